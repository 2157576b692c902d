// What shards ask: rows for decisions, snapshots, results of commands, due times.

#include "domain/limits.hpp"
#include "storage/queries.hpp"
#include "storage/row_codec.hpp"
#include "storage/tables.hpp"

namespace charter::storage {

namespace {

std::optional<office_item> item_for(const row_source& rows, const entity_id& self, office_item_kind kind,
                                    std::uint64_t number) {
  auto key = tables::office_item(self.as<entity_kind::office>(), kind, number);
  return decode_row<office_item>(key, rows(key));
}

} // namespace

facts facts_for(const row_source& rows, const entity_id& self, needed_row which) {
  using table = needed_row::table;
  facts out;
  switch (which.in) {
    case table::none: break;
    case table::post: {
      auto key = tables::post(self.as<entity_kind::account>(), which.number);
      if (auto row = decode_row<stored_post>(key, rows(key)))
        out.post = std::move(row->post);
      break;
    }
    case table::message: {
      auto key = tables::message(self.as<entity_kind::chat>(), which.number);
      out.message = decode_row<message_row>(key, rows(key));
      break;
    }
    case table::filing: out.item = item_for(rows, self, office_item_kind::filing, which.number); break;
    case table::report: out.item = item_for(rows, self, office_item_kind::report, which.number); break;
    case table::referral: out.item = item_for(rows, self, office_item_kind::referral, which.number); break;
  }
  return out;
}

facts facts_for(const store& rows, const entity_id& self, needed_row which) {
  return facts_for([&](const std::string& key) { return rows.get(key); }, self, which);
}

std::optional<snapshot_row> snapshot_of(const store& rows, const entity_id& x) {
  auto row = rows.get(tables::snapshot(x));
  if (!row)
    return {};
  // Unlike other rows it is passed over when it doesn't decode: whoever asks has the journal, which says the same.
  auto decoded = codec::decode<snapshot_row>(*row);
  return decoded ? std::optional{*std::move(decoded)} : std::nullopt;
}

std::vector<position> changes_of(const store& rows, const entity_id& x, position after, std::size_t limit) {
  std::vector<position> found;
  auto prefix = tables::changes_of(x);
  rows.scan(tables::change_of(x, after + 1), end_of(prefix), [&](std::string_view key, byte_view) {
    if (found.size() == limit)
      return false;
    found.push_back(key_reader{key, prefix}.number());
    return true;
  });
  return found;
}

position last_change_of(const store& rows, const entity_id& x) {
  position last = 0;
  auto prefix = tables::changes_of(x);
  rows.scan_back(prefix, end_of(prefix), [&](std::string_view key, byte_view) {
    last = key_reader{key, prefix}.number();
    return false;
  });
  return last;
}

effect_cursor effect_cursor_of(const store& rows, shard_id source, shard_id target) {
  return get_row<effect_cursor>(rows, tables::effect_cursor(source, target)).value_or(effect_cursor{});
}

// -- results of commands ------------------------------------------------------------------

std::optional<command_row> command_result(const store& rows, const entity_id& principal, const command_id& c,
                                          const entity_id& x) {
  return get_row<command_row>(rows, tables::command_result(principal, c, x));
}

std::optional<command_row> command_result(const store& rows, const entity_id& principal, const command_id& c) {
  std::optional<command_row> found;
  auto prefix = tables::command_results(principal, c);
  rows.scan(prefix, end_of(prefix), [&](std::string_view key, byte_view value) {
    found = decode_row<command_row>(key, value);
    return false;
  });
  return found;
}

std::size_t expire_command_results(store& rows, timestamp now, std::size_t limit) {
  row_batch batch;
  std::size_t expired = 0;
  // The hour of the oldest result that is still kept is kept as a whole.
  auto begin = tables::result_hour(timestamp{});
  rows.scan(begin, tables::result_hour(now - limits::command_results_kept), [&](std::string_view key, byte_view) {
    if (expired == limit)
      return false;
    key_reader parts{key.substr(1)};
    parts.number32();
    auto principal = parts.entity();
    command_id command{parts.raw16()};
    auto entity = parts.entity();
    batch.erase(tables::command_result(principal, command, entity));
    batch.erase(std::string{key});
    ++expired;
    return true;
  });
  if (!batch.empty())
    rows.write(batch);
  return expired;
}

// -- due times ------------------------------------------------------------------------------

std::vector<due_entity> due_entities(const store& rows, shard_id shard, timestamp now, std::size_t limit) {
  std::vector<due_entity> found;
  auto prefix = tables::due_times(shard);
  rows.scan(prefix, end_of(prefix), [&](std::string_view key, byte_view) {
    key_reader parts{key, prefix};
    auto at = parts.time();
    if (at > now || found.size() == limit)
      return false;
    found.push_back({at, parts.entity()});
    return true;
  });
  return found;
}

std::optional<timestamp> next_due(const store& rows, shard_id shard) {
  auto first = due_entities(rows, shard, timestamp::max(), 1);
  return first.empty() ? std::nullopt : std::optional{first.front().at};
}

std::optional<timestamp> due_of(const store& rows, const entity_id& x) {
  auto row = get_row<due_row>(rows, tables::due_of(x));
  return row ? std::optional{row->at} : std::nullopt;
}

} // namespace charter::storage
