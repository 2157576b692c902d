#pragma once
// What a data directory remembers of the cluster that it belongs to, in a file of its own beside DIRECTORY:
//
//   CLUSTER   the cluster's id, which `charter cluster init` makes up and puts into etcd, and the highest revision of
//             etcd that was seen; text, written as a whole
//
// An etcd that holds another cluster, or that is older than what was seen (restored from a backup), is not followed and
// nothing is claimed there: whoever did would append where others have acknowledged records already. The revision is
// written every ten seconds and at a clean end, so a backup that is younger than that may go unnoticed by a node that
// was killed; cluster/record_mark.hpp notices logs that differ in any case.
//
// Thread-safe. What can fail: the file system; a damaged file is `internal`.

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "cluster/etcd/client.hpp"
#include "cluster/shard_entry.hpp"

namespace charter::cluster {

struct known_cluster {
  std::string id; ///< 32 hex digits, random; empty: one that an older version made
  etcd::revision seen = 0;
};

/// Nothing: the directory has never been in a cluster.
result<std::optional<known_cluster>> read_known_cluster(const std::string& directory);
status write_known_cluster(const std::string& directory, const known_cluster& known);

/// Empty: an older version made the cluster, or there is none. Errors: as etcd::client.
result<std::string> read_cluster_id(etcd::client& etcd, const log_keys& keys);
/// Unless it has one already; gives the one that it has. Errors: as etcd::client.
result<std::string> put_cluster_id(etcd::client& etcd, const log_keys& keys, const std::string& fresh);

class cluster_memory {
public:
  /// Errors: as `read_known_cluster`.
  static result<std::shared_ptr<cluster_memory>> open(std::string directory);
  ~cluster_memory();

  etcd::revision seen() const;

  /// Whether etcd, as of the revision `at`, is the one that was seen before it was asked. `admitted`: a person lets
  /// this directory into the cluster, also from another one. Errors: `internal` if it isn't; those of the file.
  status recognise(const std::string& id, etcd::revision at, etcd::revision seen_before, bool admitted);

  /// etcd, once recognised, is there now. Written down now and then. Errors: those of the file.
  status saw(etcd::revision at);

private:
  cluster_memory(std::string directory, std::optional<known_cluster> known)
      : directory_(std::move(directory)), known_(std::move(known)) {}
  status write(const known_cluster& now);

  const std::string directory_;
  mutable std::mutex mutex_;
  std::optional<known_cluster> known_; ///< as in the file, but for a newer revision
  std::chrono::steady_clock::time_point written_{};
};

} // namespace charter::cluster
