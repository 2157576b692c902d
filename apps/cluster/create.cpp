#include "apps/cluster/create.hpp"

#include <algorithm>

#include "actors/router.hpp"
#include "cluster/cluster_memory.hpp"
#include "cluster/fenced_log.hpp"
#include "cluster/replica.hpp"
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
  std::map<shard_id, log_end> ends;
  std::uint64_t policy = 0; ///< its version
  bool has_data() const {
    return std::ranges::any_of(ends, [](auto& shard) { return shard.second.last > 0; });
  }
};

/// The policy's version as its events leave it. Errors: `internal` when they can't be read.
result<std::uint64_t> policy_version(const storage::journal& journal, shard_id shard, const tell_fn& tell) {
  policies::state facts;
  status readable = done{};
  const auto last = journal.head(shard);
  auto read = journal.read(shard, 1, [&](position at, const storage::log_record& record) {
    tell("reading the policy", at, last);
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

result<beginning> look_at(const std::string& directory, const tell_fn& tell) {
  auto identity = storage::read_directory_identity(directory);
  if (!identity)
    return identity.why();
  auto journal = storage::open_leveldb_journal(directory); // holds the lock: no node runs
  if (!journal)
    return journal.why();
  beginning out;
  out.directory = identity->id;
  router shards{identity->shards};
  replica local{**journal};
  for (auto shard : shards.shards()) {
    auto end = local.end(shard);
    if (!end)
      return end.why();
    out.ends[shard] = *end;
  }
  auto policy = policy_version(**journal, shards.shard_for(policy_entity), tell);
  if (!policy)
    return policy.why();
  out.policy = *policy;
  return out;
}

refusal another_cluster(const log_keys& keys) {
  return refuse(errc::conflict, "etcd knows another cluster under " + keys.nodes().first +
                                    "; give this one another cluster.prefix, or empty etcd");
}

refusal used_since(const log_keys& keys) {
  return refuse(errc::conflict, "the directory has more than etcd knows under " + keys.nodes().first +
                                    ": it was used alone since the cluster began, or etcd has lost data. If no other "
                                    "directory has anything, empty etcd and begin again");
}

/// Errors: `conflict` unless the cluster that is there began with this directory.
status check_known(const shard_entry& known, const log_keys& keys, const std::string& directory, const log_end& end) {
  bool differs = known.head.last == end.last && known.head.mark && *known.head.mark != end.mark;
  if (!known.replicas.contains(directory) || differs)
    return another_cluster(keys);
  return known.head.last < end.last ? status{used_since(keys)} : status{done{}};
}

/// What the first `init` said of who keeps the shards; whoever finds it half done goes on with that.
/// Errors: `conflict` when that is somebody else's cluster, or another list.
result<std::set<std::string>> as_begun(const std::string& said, const log_keys& keys, const beginning& from,
                                       const std::set<std::string>& replicas) {
  auto begun = words_of(said);
  if (!begun.contains(from.directory))
    return another_cluster(keys);
  if (replicas.size() > 1 && replicas != begun)
    return refuse(errc::conflict, "the cluster has begun with the directories " + said +
                                      "; leave --with out, and add others once it is there");
  return begun;
}

/// One transaction decides with which directories the cluster begins, however many try at once. The policy's version,
/// which moves with what is appended from then on, tells that it has. Errors: as above.
result<std::set<std::string>> begin(etcd::client& etcd, const log_keys& keys, const beginning& from,
                                    const std::set<std::string>& replicas) {
  auto policy = etcd.range({keys.policy(), {}});
  if (!policy)
    return policy.why();
  if (policy->rows.empty()) {
    if (replicas.size() > 1 && from.has_data())
      return refuse(errc::conflict, "the directory has data in it: begin with it alone, and add the others, which then "
                                    "take it over");
    etcd::transaction what;
    what.conditions = {etcd::modified_at(keys.policy(), 0), etcd::modified_at(keys.begun(), 0)};
    what.then = {etcd::put(keys.policy(), number_text(from.policy)), etcd::put(keys.begun(), to_text(replicas))};
    auto answer = etcd.commit(what);
    if (!answer)
      return answer.why();
  } else if (auto version = parse_number(policy->rows.front().value); !version || *version < from.policy) {
    return version ? used_since(keys) : version.why();
  }
  auto begun = etcd.range({keys.begun(), {}});
  if (!begun)
    return begun.why();
  return begun->rows.empty() ? replicas : as_begun(begun->rows.front().value, keys, from, replicas);
}

/// Errors: `conflict` when it is another cluster's.
status create_shard(etcd::client& etcd, fenced_log& log, shard_id shard, const beginning& from,
                    const std::set<std::string>& replicas) {
  auto& end = from.ends.at(shard);
  // What several directories begin with is nothing; where this one has more, the shard was made before, and used.
  if (replicas.size() == 1 || end.last == 0) {
    auto created = log.create(shard, end, replicas);
    if (created || created.why().code != errc::conflict)
      return created;
  }
  auto known = read_entry(etcd, log.keys(), shard);
  return known ? check_known(*known, log.keys(), from.directory, end) : status{known.why()};
}

status create_shards(etcd::client& etcd, const log_keys& keys, const beginning& from,
                     const std::set<std::string>& replicas, environment& world, const tell_fn& tell) {
  fenced_log log{etcd, keys, world};
  std::uint64_t count = 0;
  for (auto& [shard, end] : from.ends) {
    tell("making shards known", count++, from.ends.size());
    if (auto created = create_shard(etcd, log, shard, from, replicas); !created)
      return created;
  }
  return done{};
}

/// Gives the cluster an id, unless it has one, and lets the directory know.
status name_cluster(etcd::client& etcd, const log_keys& keys, const std::string& directory, environment& world) {
  std::array<std::uint8_t, 16> fresh;
  world.fill_random(fresh);
  auto id = put_cluster_id(etcd, keys, to_hex(fresh));
  return id ? write_known_cluster(directory, {*id, 0}) : status{id.why()};
}

} // namespace

status create_cluster(etcd::client& etcd, const log_keys& keys, const std::string& directory,
                      const std::vector<std::string>& others, environment& world, const tell_fn& tell) {
  auto from = look_at(directory, tell);
  if (!from)
    return from.why();
  std::set<std::string> replicas{others.begin(), others.end()};
  replicas.insert(from->directory);
  auto begun = begin(etcd, keys, *from, replicas);
  if (!begun)
    return begun.why();
  if (auto made = create_shards(etcd, keys, *from, *begun, world, tell); !made)
    return made;
  if (auto named = name_cluster(etcd, keys, directory, world); !named)
    return named;
  return reserve_space(etcd, keys);
}

} // namespace charter::cluster_tool
