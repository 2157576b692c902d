#include "cluster/space.hpp"

#include <algorithm>

#include "cluster/limits.hpp"

namespace charter::cluster {

namespace {

// Every node looks once a round: by then all know that it is full, and don't use up what is set free.
constexpr int rounds_before_freeing = 3;

etcd::transaction if_no_reserve(const log_keys& keys) {
  etcd::transaction out;
  out.conditions.push_back(etcd::modified_at(keys.reserve(), 0));
  return out;
}

} // namespace

result<space_state> look_at_space(etcd::client& etcd, const log_keys& keys) {
  space_state out;
  for (auto& member : etcd.members()) {
    out.answers |= member.answers;
    out.full |= member.out_of_space;
    if (member.database_bytes > out.database_bytes) {
      out.database_bytes = member.database_bytes;
      out.used_bytes = member.used_bytes;
    }
  }
  auto missing = etcd.commit(if_no_reserve(keys)); // asks without fetching it
  if (!missing)
    return missing.why();
  out.reserved = !missing->met;
  return out;
}

status reserve_space(etcd::client& etcd, const log_keys& keys) {
  auto what = if_no_reserve(keys);
  what.then.push_back(etcd::put(keys.reserve(), std::string(limits::reserve_bytes, '.')));
  auto answer = etcd.commit(what);
  return answer ? status{done{}} : status{answer.why()};
}

status space_keeper::mend(const space_state& now) {
  if (now.full) {
    full_bytes_ = now.database_bytes;
    return ++full_rounds_ < rounds_before_freeing ? status{done{}} : free_all();
  }
  full_rounds_ = 0;
  if (now.reserved)
    return done{};
  if (now.database_bytes - now.used_bytes > limits::reserve_bytes)
    return defragment_all();
  if (now.database_bytes < full_bytes_ / 4 * 3)
    return reserve_space(etcd_, keys_);
  return done{}; // replicas are yet to sync
}

status space_keeper::free_all() {
  etcd::transaction what;
  what.then.push_back(etcd::erase({keys_.reserve(), {}}));
  auto erased = etcd_.commit(what);
  if (!erased)
    return erased.why();
  if (auto compacted = etcd_.compact(erased->at); !compacted)
    return compacted;
  if (auto given = defragment_all(); !given)
    return given;
  return etcd_.disarm();
}

status space_keeper::defragment_all() {
  for (auto& member : etcd_.members()) // in turn, since it serves nothing meanwhile
    if (member.answers)
      if (auto given = etcd_.defragment(member.endpoint); !given)
        return given;
  return done{};
}

} // namespace charter::cluster
