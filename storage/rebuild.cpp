#include "storage/rebuild.hpp"

#include <algorithm>

#include "domain/codec/change_codec.hpp"
#include "domain/codec/record.hpp"
#include "storage/queries.hpp"

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

std::optional<rebuilt_entity> from_snapshot(const store& rows, const entity_id& x) {
  auto row = snapshot_of(rows, x);
  if (!row)
    return {};
  rebuilt_entity out{empty_state(x.kind, all_kinds), row->position, std::move(row->marks), 0};
  bool decoded = std::visit(
      [&](auto& state) {
        auto stored = codec::decode<std::remove_cvref_t<decltype(state)>>(row->state);
        if (stored)
          state = *std::move(stored);
        return static_cast<bool>(stored);
      },
      out.state);
  return decoded ? std::optional{std::move(out)} : std::nullopt;
}

/// Replays the entity's changes at these positions, which ascend. Looks at no record of others, which may be damaged.
status replay_all(rebuilt_entity& entity, const journal& log, shard_id shard, const entity_id& x,
                  std::span<const position> positions) {
  for (auto next = positions.begin(); next != positions.end();) {
    const auto from = next;
    status sound = done{};
    auto read = log.read(shard, *next, [&](position at, const log_record& record) {
      auto c = codec::decode_change(record.header, record.body);
      if (!c || c->entity != x) {
        sound = refuse(c ? errc::internal : c.why().code,
                       "position " + std::to_string(at) + ": " + (c ? "is another entity's" : c.why().detail));
        return false;
      }
      replay(entity, at, *c);
      return ++next != positions.end() && *next == at + 1;
    });
    if (!read)
      return read;
    if (!sound)
      return sound;
    if (next == from)
      return refuse(errc::internal, "position " + std::to_string(*next) + ": rows have it, and the journal doesn't");
  }
  return done{};
}

} // namespace

void take(std::vector<cause>& marks, const cause& c) {
  auto mark = std::ranges::find(marks, c.shard, &cause::shard);
  if (mark == marks.end())
    marks.push_back(c);
  else
    *mark = c;
}

result<rebuilt_entity> load_entity(const store& rows, const journal& log, shard_id shard, const entity_id& x) {
  constexpr std::size_t positions_at_once = 1'024;
  auto found = from_snapshot(rows, x);
  auto entity = found ? *std::move(found) : rebuilt_entity{empty_state(x.kind, all_kinds), 0, {}, 0};
  for (;;) {
    auto positions = changes_of(rows, x, entity.at, positions_at_once);
    if (auto replayed = replay_all(entity, log, shard, x, positions); !replayed)
      return replayed.why();
    if (positions.size() < positions_at_once)
      return entity;
  }
}

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
  ++entity.since_snapshot;
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
