#include "apps/cluster/create.hpp"

#include "actors/router.hpp"
#include "cluster/fenced_log.hpp"
#include "cluster/space.hpp"
#include "domain/codec/record.hpp"
#include "domain/policies.hpp"
#include "storage/data_directory.hpp"
#include "storage/leveldb_journal.hpp"

namespace charter::cluster_tool {

namespace {

using namespace cluster;

/// Where a cluster takes over from one machine.
struct beginning {
  std::string directory; ///< its id
  std::map<shard_id, position> heads;
  std::uint64_t policy = 0; ///< its version
};

/// The policy's version as its events leave it. Errors: `internal` when they can't be read.
result<std::uint64_t> policy_version(const storage::journal& journal, shard_id shard) {
  policies::state facts;
  status readable = done{};
  auto read = journal.read(shard, 1, [&](position, const storage::log_record& record) {
    auto c = codec::decode_change(record.header, record.body);
    if (!c)
      readable = c.why();
    else if (c->entity == policy_entity)
      for (auto& event : c->events)
        evolve(facts, std::get<policies::event>(event));
    return bool(readable);
  });
  if (!read)
    return read.why();
  return readable ? result<std::uint64_t>{facts.version} : result<std::uint64_t>{readable.why()};
}

result<beginning> look_at(const std::string& directory) {
  auto identity = storage::read_directory_identity(directory);
  if (!identity)
    return identity.why();
  auto journal = storage::open_leveldb_journal(directory); // holds the lock: no node runs
  if (!journal)
    return journal.why();
  beginning out;
  out.directory = identity->id;
  router shards{identity->shards};
  for (auto shard : shards.shards())
    out.heads[shard] = (*journal)->head(shard);
  auto policy = policy_version(**journal, shards.shard_for(policy_entity));
  if (!policy)
    return policy.why();
  out.policy = *policy;
  return out;
}

/// From here on it moves with what is appended.
status put_policy(etcd::client& etcd, const log_keys& keys, std::uint64_t version) {
  etcd::transaction what;
  what.conditions.push_back(etcd::modified_at(keys.policy(), 0));
  what.then.push_back(etcd::put(keys.policy(), number_text(version)));
  auto answer = etcd.commit(what);
  return answer ? status{done{}} : status{answer.why()};
}

refusal another_cluster(const log_keys& keys) {
  return refuse(errc::conflict, "etcd knows another cluster under " + keys.nodes().first +
                                    "; give this one another cluster.prefix, or empty etcd");
}

/// Errors: `conflict` unless the cluster that is there began with this directory.
status check_known(const shard_entry& known, const log_keys& keys, const std::string& directory, position last) {
  if (!known.replicas.contains(directory) || known.head.last < last)
    return another_cluster(keys);
  return done{};
}

status create_shards(etcd::client& etcd, const log_keys& keys, const beginning& from,
                     const std::set<std::string>& replicas, environment& world) {
  fenced_log log{etcd, keys, world};
  for (auto [shard, last] : from.heads) {
    auto created = log.create(shard, last, replicas);
    if (created)
      continue;
    if (created.why().code != errc::conflict)
      return created;
    auto known = read_entry(etcd, keys, shard);
    if (!known)
      return known.why();
    if (auto ours = check_known(*known, keys, from.directory, last); !ours)
      return ours;
  }
  return done{};
}

} // namespace

status create_cluster(etcd::client& etcd, const log_keys& keys, const std::string& directory,
                      const std::vector<std::string>& others, environment& world) {
  auto from = look_at(directory);
  if (!from)
    return from.why();
  bool has_data = std::ranges::any_of(from->heads, [](auto& shard) { return shard.second > 0; });
  if (has_data && !others.empty())
    return refuse(errc::conflict, directory + " has data in it: begin with it alone, and add the others, which then "
                                              "take it over");
  std::set<std::string> replicas{others.begin(), others.end()};
  replicas.insert(from->directory);
  if (auto put = put_policy(etcd, keys, from->policy); !put)
    return put;
  if (auto made = create_shards(etcd, keys, *from, replicas, world); !made)
    return made;
  return reserve_space(etcd, keys);
}

} // namespace charter::cluster_tool
