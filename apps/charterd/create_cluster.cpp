// Making a cluster out of new data directories.

#include <algorithm>

#include "actors/router.hpp"
#include "apps/charterd/cluster_part.hpp"
#include "apps/charterd/cluster_settings.hpp"
#include "cluster/fenced_log.hpp"
#include "cluster/space.hpp"
#include "storage/leveldb_journal.hpp"

namespace charter::node {

namespace {

using namespace cluster;

/// Errors: `conflict` when it isn't among them, or has records: those would have to get to the others first.
status check_directory(const config::server_config& config, const std::vector<std::string>& directories) {
  auto identity = storage::read_directory_identity(config.data_directory);
  if (!identity)
    return identity.why();
  if (std::ranges::find(directories, identity->id) == directories.end())
    return refuse(errc::conflict, config.data_directory + " has the id " + identity->id + ", which isn't in the list");
  auto journal = storage::open_leveldb_journal(config.data_directory);
  if (!journal)
    return journal.why();
  if (!(*journal)->shards().empty())
    return refuse(errc::conflict, config.data_directory + " has data in it; a cluster begins with new directories");
  return done{};
}

/// Nothing was decided yet, so the policy has version 0.
status put_policy(etcd::client& etcd, const log_keys& keys) {
  etcd::transaction what;
  what.conditions.push_back(etcd::modified_at(keys.policy(), 0));
  what.then.push_back(etcd::put(keys.policy(), number_text(0)));
  auto answer = etcd.commit(what);
  return answer ? status{done{}} : status{answer.why()};
}

status create_shards(etcd::client& etcd, const log_keys& keys, shard_id shards, const std::set<std::string>& replicas,
                     environment& world) {
  fenced_log log{etcd, keys, world};
  for (auto shard : router{shards}.shards()) {
    auto created = log.create(shard, 0, replicas);
    if (created || created.why().code != errc::conflict) {
      if (!created)
        return created;
      continue;
    }
    auto entry = read_entry(etcd, keys, shard);
    if (!entry)
      return entry.why();
    if (entry->replicas != replicas)
      return refuse(errc::conflict, "etcd knows another cluster under " + keys.nodes().first +
                                        "; give this one another cluster.prefix, or empty etcd");
  }
  return done{};
}

} // namespace

status create_cluster(const config::server_config& config, const std::vector<std::string>& directories,
                      environment& world) {
  auto& settings = *config.cluster;
  if (auto fits = check_directory(config, directories); !fits)
    return fits;
  auto tls = read_tls(settings);
  if (!tls)
    return tls.why();
  auto etcd = connect_etcd(settings, *tls);
  if (!etcd)
    return etcd.why();
  const log_keys keys{settings.prefix};
  if (auto put = put_policy(**etcd, keys); !put)
    return put;
  if (auto made = create_shards(**etcd, keys, config.shards, {directories.begin(), directories.end()}, world); !made)
    return made;
  return reserve_space(**etcd, keys);
}

} // namespace charter::node
