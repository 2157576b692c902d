// Users: profiles, names, sessions, passwords, notices.

#include "storage/paging.hpp"

namespace charter::storage {

namespace {

bool is_known(const user_row& row) {
  return row.status == users::status::active || row.status == users::status::closed;
}

user_view view_of(const user_id& u, const user_row& row) {
  return {u, row.pseudonym.value_or_empty(), row.about.value_or_empty(), row.registered_at,
          row.status == users::status::closed};
}

std::optional<user_row> row_of(const store& rows, const user_id& u) { return get_row<user_row>(rows, tables::user(u)); }

} // namespace

std::optional<user_view> user(const store& rows, const user_id& u) {
  auto row = row_of(rows, u);
  return row && is_known(*row) ? std::optional{view_of(u, *row)} : std::nullopt;
}

std::optional<user_id> user_by_name(const store& rows, const name_id& name) {
  std::optional<user_id> found;
  auto prefix = tables::holders(name);
  rows.scan(prefix, end_of(prefix), [&](std::string_view key, byte_view) {
    auto who = key_reader{key, prefix}.entity();
    if (who.kind == entity_kind::user)
      found = who.as<entity_kind::user>();
    return !found;
  });
  return found;
}

std::vector<user_view> find_users(const store& rows, std::string_view prefix, std::uint32_t limit) {
  std::vector<user_view> found;
  auto wanted = folded(prefix);
  auto bucket = tables::name_bucket(prefix);
  std::size_t looked_at = 0;
  rows.scan(bucket, end_of(bucket), [&](std::string_view key, byte_view) {
    auto u = key_reader{key, bucket}.id_of<entity_kind::user>();
    if (auto view = user(rows, u); view && !view->closed && folded(view->pseudonym).starts_with(wanted))
      found.push_back(std::move(*view));
    return found.size() < page_size(limit) && ++looked_at < limits::search_rows_max;
  });
  return found;
}

std::vector<std::string> pseudonyms(const store& rows, std::span<const user_id> who) {
  std::vector<std::string> names;
  for (const auto& u : who) {
    auto view = user(rows, u);
    names.push_back(view ? view->pseudonym : std::string{});
  }
  return names;
}

// -- signing in ---------------------------------------------------------------------------

std::optional<session_row> session_by_token(const store& rows, const digest32& token_hash, timestamp now) {
  auto row = get_row<session_row>(rows, tables::session(token_hash));
  return row && now < row->until ? row : std::nullopt;
}

std::vector<session_view> sessions_of(const store& rows, const user_id& u) {
  std::vector<session_view> found;
  auto prefix = tables::sessions_of(u);
  rows.scan(prefix, end_of(prefix), [&](std::string_view key, byte_view value) {
    auto token = decode_row<digest32>(key, value);
    if (auto row = get_row<session_row>(rows, tables::session(token)))
      found.push_back({row->session, row->device, row->at, row->until});
    return true;
  });
  return found;
}

std::optional<std::string> password_of(const store& rows, const user_id& u) {
  auto row = row_of(rows, u);
  if (!row || row->status != users::status::active)
    return {};
  auto hash = get_row<personal_text>(rows, tables::password(u));
  return hash ? hash->value : std::nullopt;
}

std::vector<identity_id> identities_behind(const store& rows, const user_id& u) {
  std::vector<identity_id> found;
  auto prefix = tables::identities_of(u);
  rows.scan(prefix, end_of(prefix), [&](std::string_view key, byte_view) {
    found.push_back(key_reader{key, prefix}.id_of<entity_kind::identity>());
    return true;
  });
  return found;
}

// -- notices ------------------------------------------------------------------------------

result<page<notice_view>> notices(const store& rows, const user_id& u, const page_request& ask) {
  return list_page<notice_view>(
      rows, tables::notices(u), ask, direction::descending,
      [](std::string_view key, byte_view value) { return std::optional{decode_row<notice_row>(key, value)}; });
}

std::vector<notice_view> notices_after(const store& rows, const user_id& u, std::uint64_t number, std::size_t limit) {
  std::vector<notice_view> found;
  rows.scan(after(tables::notice(u, number)), end_of(tables::notices(u)), [&](std::string_view key, byte_view value) {
    if (found.size() == std::min(limit, limits::page_items_max))
      return false;
    found.push_back(decode_row<notice_row>(key, value));
    return true;
  });
  return found;
}

} // namespace charter::storage
