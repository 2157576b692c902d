#include "storage/fold.hpp"

#include <stdexcept>

#include "storage/fold_events.hpp"

namespace charter::storage {

namespace {

/// Whose command ids these are. Anonymous callers and the system share theirs with the entity they address, whose id
/// came from the command id in the first place.
entity_id principal_of(const change& c) { return c.by.empty() ? c.entity : c.by; }

void fold_result(const occasion& here, const change& c) {
  if (c.command.empty())
    return;
  auto principal = principal_of(c);
  here.put(tables::command_result(principal, c.command, c.entity),
           command_row{c.parameters, c.entity, c.answer, c.awaiting, c.at});
  here.mark(tables::result_in_hour(c.at, principal, c.command, c.entity));
}

/// Each change says when its entity wants to be woken next, so the newest one counts.
void fold_due(const occasion& here, const change& c) {
  auto key = tables::due_of(c.entity);
  auto before = here.get<due_row>(key);
  if (before ? c.due == before->at : !c.due)
    return;
  if (before)
    here.erase(tables::due_at(before->shard, before->at, c.entity));
  if (!c.due) {
    here.erase(key);
    return;
  }
  here.put(key, due_row{here.shard, *c.due});
  here.mark(tables::due_at(here.shard, *c.due, c.entity));
}

} // namespace

void damaged_row(std::string_view key, const refusal& why) {
  throw std::runtime_error("the store has a damaged row, " + to_hex(view_of(key)) + ": " + why.detail +
                           "; delete the store's directory and start again, it is rebuilt from the journal");
}

// -- a run of changes -------------------------------------------------------------------

folder::folder(const store& rows, shard_id shard) : rows_(rows), shard_(shard), folded_(folded_up_to(rows, shard)) {}

void folder::apply(position at, const change& c) {
  if (at <= folded_)
    return;
  CHARTER_ASSERT(at == folded_ + 1);
  occasion here{*this, shard_, at, c.at, c.entity};
  here.mark(tables::change_of(c.entity, at));
  fold_result(here, c);
  fold_due(here, c);
  for (const auto& any : c.events)
    std::visit([&](const auto& aggregate) { fold(here, aggregate); }, any);
  folded_ = at;
  fresh_position_ = true;
}

row_batch folder::take() {
  row_batch batch;
  for (auto& [key, value] : fresh_)
    if (value)
      batch.put(key, std::move(*value));
    else
      batch.erase(key);
  if (fresh_position_)
    batch.put(tables::folded_position(shard_), codec::encode(folded_));
  fresh_.clear();
  fresh_position_ = false;
  return batch;
}

std::optional<bytes> folder::get(const std::string& key) const {
  auto fresh = fresh_.find(key);
  return fresh == fresh_.end() ? rows_.get(key) : fresh->second;
}

void folder::put(std::string key, bytes value) { fresh_.insert_or_assign(std::move(key), std::move(value)); }

void folder::erase(std::string key) { fresh_.insert_or_assign(std::move(key), std::nullopt); }

std::vector<std::string> folder::keys(const std::string& prefix) const {
  std::set<std::string> found;
  auto end = end_of(prefix);
  rows_.scan(prefix, end, [&](std::string_view key, byte_view) {
    found.emplace(key);
    return true;
  });
  for (auto fresh = fresh_.lower_bound(prefix); fresh != fresh_.end() && fresh->first.starts_with(prefix); ++fresh)
    if (fresh->second)
      found.insert(fresh->first);
    else
      found.erase(fresh->first);
  return {found.begin(), found.end()};
}

position folded_up_to(const store& rows, shard_id shard) {
  return get_row<position>(rows, tables::folded_position(shard)).value_or(0);
}

// -- erasing ----------------------------------------------------------------------------

key_range only(std::string key) {
  auto end = after(key);
  return {std::move(key), std::move(end)};
}

key_range all_under(std::string prefix) {
  auto end = end_of(prefix);
  return {std::move(prefix), std::move(end)};
}

void occasion::erase_bodies(std::uint64_t item, bool in_state, std::vector<key_range> rows_touched) const {
  auto prefix = tables::bodies_of(self, item);
  auto carriers = rows.keys(prefix);
  for (const auto& key : carriers) {
    auto position = key_reader{key, prefix}.number();
    erasure_row what{self, in_state, {}};
    // Once is enough: the ranges go with the last record.
    if (key == carriers.back())
      what.rows = rows_touched;
    put(tables::erasure(shard, position), what);
    erase(key);
  }
}

std::vector<pending_erasure> bodies_to_erase(const store& rows, shard_id shard, std::size_t limit) {
  std::vector<pending_erasure> found;
  auto prefix = tables::erasures(shard);
  rows.scan(prefix, end_of(prefix), [&](std::string_view key, byte_view value) {
    if (found.size() == limit)
      return false;
    found.push_back({key_reader{key, prefix}.number(), decode_row<erasure_row>(key, value)});
    return true;
  });
  return found;
}

void settle_erasure(row_batch& batch, shard_id shard, position at) { batch.erase(tables::erasure(shard, at)); }

std::vector<position> bodies_of(const store& rows, const entity_id& x, std::uint64_t item) {
  std::vector<position> found;
  auto prefix = tables::bodies_of(x, item);
  rows.scan(prefix, end_of(prefix), [&](std::string_view key, byte_view) {
    found.push_back(key_reader{key, prefix}.number());
    return true;
  });
  return found;
}

} // namespace charter::storage
