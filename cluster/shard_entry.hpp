#pragma once
// What etcd knows of a shard, and under which keys. Below a prefix that deployments may choose:
//
//   node/<name>                  see cluster/members.hpp
//   admitted/<dir>               a directory that may list itself, see cluster/roster.hpp
//   cluster                      the cluster's id, see cluster/cluster_memory.hpp
//   begun                        the directories that the cluster began with, separated by blanks
//   wish/…                       what operators ask of the nodes, see cluster/wishes.hpp
//   policy                       the version of the policy that nobody may decide under an older one than
//   reserve                      room for bad times, see cluster/space.hpp
//   log/SSSS/<position>          one batch; the position is its last record's, so that a range from p+1 begins with p+1
//   shard/SSSS/claim             "epoch:nonce": who may append
//   shard/SSSS/owner             the directory that claimed it, or empty when it has let it go; for people and for
//                                routing, decides nothing
//   shard/SSSS/head              "epoch:position:nonce:mark": right after what, who appended that, and which record it
//                                is (cluster/record_mark.hpp; older versions put no mark)
//   shard/SSSS/replicas          the directories that keep the shard, separated by blanks
//   shard/SSSS/synced/<dir>      up to here a directory has it on disk
//   shard/SSSS/effects           up to here all effects of its changes have arrived; the next owner begins there
//
// Shards (16 bits), epochs and positions (64) are hex of full width, so that etcd's order is theirs. How far the log
// was trimmed has no key: an etcd without space takes no puts, and that is when trimming matters most. Pure, but for
// `read_entries`. What can fail: a value that nobody of us wrote is `internal`.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "cluster/etcd/client.hpp"
#include "cluster/record_mark.hpp"

namespace charter::cluster {

using storage::position;
using epoch = std::uint64_t;

/// Every claim and every append puts a nonce of its own: so it can be told by whom, and no value comes back.
struct log_claim {
  epoch term = 0;    ///< 0: nobody has claimed the shard yet
  std::string nonce; ///< 32 hex digits
  friend bool operator==(const log_claim&, const log_claim&) = default;
};
struct log_head {
  epoch term = 0; ///< of who appended
  position last = 0;
  std::string nonce;
  std::optional<record_mark> mark{};
  friend bool operator==(const log_head&, const log_head&) = default;
};

std::string to_text(const log_claim& claim);
std::string to_text(const log_head& head);
result<log_claim> parse_claim(std::string_view text);
result<log_head> parse_head(std::string_view text);

std::string number_text(std::uint64_t number); ///< 16 hex digits
result<std::uint64_t> parse_number(std::string_view text);

class log_keys {
public:
  log_keys() = default;
  explicit log_keys(std::string prefix) : prefix_(std::move(prefix)) {}

  std::string claim(shard_id shard) const { return of(shard, "claim"); }
  std::string head(shard_id shard) const { return of(shard, "head"); }
  std::string owner(shard_id shard) const { return of(shard, "owner"); }
  std::string replicas(shard_id shard) const { return of(shard, "replicas"); }
  std::string synced(shard_id shard, const std::string& directory) const { return of(shard, "synced/" + directory); }
  std::string effects(shard_id shard) const { return of(shard, "effects"); }
  std::string batch(shard_id shard, position last) const;

  std::string admitted(const std::string& directory) const { return prefix_ + "admitted/" + directory; }
  std::string cluster() const { return prefix_ + "cluster"; }
  std::string begun() const { return prefix_ + "begun"; }
  etcd::key_range wishes() const { return etcd::keys_below(prefix_ + "wish/"); }
  std::string drained() const { return wishes().first + "drained"; }
  std::string spread() const { return wishes().first + "spread"; }
  std::string policy() const { return prefix_ + "policy"; }
  std::string reserve() const { return prefix_ + "reserve"; }
  etcd::key_range nodes() const { return etcd::keys_below(prefix_ + "node/"); }
  std::string node(const std::string& name) const { return nodes().first + name; }
  etcd::key_range entries() const { return etcd::keys_below(prefix_ + "shard/"); }
  etcd::key_range entry(shard_id shard) const { return etcd::keys_below(of(shard, {})); }
  etcd::key_range log(shard_id shard) const;
  /// The batches that end at `from` or later.
  etcd::key_range log_from(shard_id shard, position from) const;
  /// The batches that end at `last` or earlier.
  etcd::key_range log_up_to(shard_id shard, position last) const;

  /// Of a key below `entries()` or `log()`.
  std::optional<shard_id> shard_of(std::string_view key) const;
  /// "head", "synced/…": the rest of a key below `entries()`.
  std::string_view name_of(std::string_view key) const;

private:
  std::string of(shard_id shard, std::string_view name) const;

  std::string prefix_ = "charter/";
};

struct shard_entry {
  std::optional<log_claim> claim; ///< absent: never created, or etcd has lost its data
  log_head head;
  std::string owner;
  std::set<std::string> replicas;
  etcd::revision replicas_modified = 0;
  std::map<std::string, position> synced; ///< also of directories that are listed no more

  /// 0: it hasn't reported.
  position synced_by(const std::string& directory) const {
    auto found = synced.find(directory);
    return found == synced.end() ? 0 : found->second;
  }
};

struct shard_entries {
  etcd::revision at = 0;
  std::map<shard_id, shard_entry> of;
};

result<shard_entries> parse_entries(const log_keys& keys, const etcd::page& rows);

/// As of a moment after the call (linearizable): one question for all shards.
result<shard_entries> read_entries(etcd::client& etcd, const log_keys& keys);
result<shard_entry> read_entry(etcd::client& etcd, const log_keys& keys, shard_id shard);

/// Words separated by blanks, and back.
std::string to_text(const std::set<std::string>& words);
std::set<std::string> words_of(std::string_view text);

} // namespace charter::cluster
