#include "storage/leveldb_cursor.hpp"

#include <algorithm>

namespace charter::storage {

namespace {

bytes copy_of(byte_view data) { return {data.begin(), data.end()}; }

refusal at_place(shard_id shard, position at, std::string_view part, const refusal& why) {
  return refuse(why.code, place_text(shard, at) + ", " + std::string{part} + ": " + why.detail);
}

} // namespace

record_cursor::record_cursor(engine& engine, shard_id shard, position from, bool fill_cache)
    : pass_(engine.readers()), shard_(shard), expected_(std::max<position>(from, 1)) {
  headers_.reset(engine.db().NewIterator(checked_reads(fill_cache)));
  bodies_.reset(engine.db().NewIterator(checked_reads(fill_cache)));
  headers_->Seek(row_key(table::header, shard, expected_));
  bodies_->Seek(row_key(table::body, shard, expected_));
}

bool record_cursor::at_header(position& at) const {
  row_place place;
  if (!headers_->Valid() || !parse_row_key(text_of(headers_->key()), place) || place.where != table::header ||
      place.shard != shard_)
    return false;
  at = place.at;
  return true;
}

leveldb::Status record_cursor::trouble() const {
  return headers_->status().ok() ? bodies_->status() : headers_->status();
}

/// True when a body stands before `until` that no header speaks of.
bool record_cursor::skip_orphans(cursor_step& step, position until) {
  row_place place;
  if (!bodies_->Valid() || !parse_row_key(text_of(bodies_->key()), place) || place.where != table::body ||
      place.shard != shard_ || place.at >= until)
    return false;
  step.first = step.last = place.at;
  step.damage = refuse(errc::internal, place_text(shard_, place.at) + ": a body without a header");
  bodies_->Next();
  return true;
}

void record_cursor::take_header(cursor_step& step, bool& has_body) {
  auto header = unframe(text_of(headers_->key()), text_of(headers_->value()));
  if (!header) {
    step.damage = at_place(shard_, step.first, "header", header.why());
    return;
  }
  has_body = (header->flags & has_body_flag) != 0;
  step.record.header = copy_of(header->payload);
}

void record_cursor::take_body(cursor_step& step, bool has_body) {
  auto key = row_key(table::body, shard_, step.first);
  if (!bodies_->Valid() || text_of(bodies_->key()) != key) {
    if (has_body)
      step.damage =
          refuse(errc::internal, place_text(shard_, step.first) + ": its body is missing, and not by erasure");
    return;
  }
  if (auto body = unframe(key, text_of(bodies_->value())); !body) {
    step.damage = at_place(shard_, step.first, "body", body.why());
  } else {
    step.body = (body->flags & erased_flag) != 0 ? body_state::erased : body_state::present;
    step.record.body = copy_of(body->payload);
  }
  bodies_->Next();
}

bool record_cursor::next(cursor_step& step) {
  step = {};
  position at = 0;
  if (!at_header(at))
    return skip_orphans(step, UINT64_MAX);
  if (at > expected_) {
    step.first = expected_;
    step.last = at - 1;
    auto cause = trouble();
    step.damage = refuse(errc::internal, place_text(shard_, expected_) + " to " + std::to_string(at - 1) + ": missing" +
                                             (cause.ok() ? "" : " (" + cause.ToString() + ")"));
    expected_ = at;
    return true;
  }
  if (skip_orphans(step, at))
    return true;
  step.first = step.last = at;
  bool has_body = false;
  take_header(step, has_body);
  if (step.damage) { // whatever body there is belongs to it
    cursor_step ignored;
    skip_orphans(ignored, at + 1);
  } else {
    take_body(step, has_body);
  }
  headers_->Next();
  expected_ = at + 1;
  return true;
}

} // namespace charter::storage
