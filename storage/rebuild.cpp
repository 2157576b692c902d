#include "storage/rebuild.hpp"

#include <algorithm>

#include "domain/codec/change_codec.hpp"
#include "domain/codec/record.hpp"

namespace charter::storage {

namespace {

/// Variants of states and events stand in the order of entity_kind.
template <std::size_t... Is>
any_state empty_state(entity_kind kind, std::index_sequence<Is...>) {
  any_state state;
  auto index = static_cast<std::size_t>(kind) - 1;
  ((index == Is ? void(state.emplace<Is>()) : void()), ...);
  return state;
}

template <std::size_t... Is>
bool evolve_by(any_state& state, const any_event& event, std::index_sequence<Is...>) {
  return ((event.index() == Is && state.index() == Is &&
           (evolve(*std::get_if<Is>(&state), *std::get_if<Is>(&event)), true)) ||
          ...);
}

constexpr auto all_kinds = std::make_index_sequence<std::variant_size_v<any_state>>{};
static_assert(std::variant_size_v<any_event> == std::variant_size_v<any_state>);

void take(std::vector<cause>& marks, const cause& c) {
  auto mark = std::ranges::find(marks, c.shard, &cause::shard);
  if (mark == marks.end())
    marks.push_back(c);
  else
    *mark = c;
}

} // namespace

void replay(rebuilt_entity& entity, position at, const change& c) {
  if (entity.at == 0)
    entity.state = empty_state(c.entity.kind, all_kinds);
  for (const auto& event : c.events) {
    bool its_own = evolve_by(entity.state, event, all_kinds);
    CHARTER_ASSERT(its_own);
  }
  if (c.cause)
    take(entity.marks, *c.cause);
  entity.at = at;
}

result<rebuilt_entities> rebuild(const journal& log, shard_id shard) {
  rebuilt_entities all;
  status sound = done{};
  auto read = log.read(shard, 1, [&](position at, const log_record& record) {
    auto c = codec::decode_change(record.header, record.body);
    if (!c) {
      sound = refuse(c.why().code,
                     "shard " + std::to_string(shard) + " position " + std::to_string(at) + ": " + c.why().detail);
      return false;
    }
    replay(all[c->entity], at, *c);
    return true;
  });
  if (!read)
    return read.why();
  if (!sound)
    return sound.why();
  return all;
}

snapshot_row snapshot_of(const rebuilt_entity& entity) {
  return {entity.at, entity.marks, std::visit([](const auto& state) { return codec::encode(state); }, entity.state)};
}

} // namespace charter::storage
