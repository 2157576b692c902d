// Chats, for their members only: whoever calls this has asked the chat whether somebody is one (I11).

#include "storage/paging.hpp"

namespace charter::storage {

namespace {

std::string pseudonym_of(const store& rows, const user_id& u) {
  auto view = user(rows, u);
  return view ? view->pseudonym : std::string{};
}

/// Newest first, then by id, so that a page can say where it ended.
bool comes_first(const chat_view& x, const chat_view& y) {
  return x.last_at != y.last_at ? x.last_at > y.last_at : x.chat < y.chat;
}

std::string cursor_of(const chat_view& x) {
  return to_hex(view_of(key_builder{""}.time(x.last_at).raw(x.chat.raw).take()));
}

result<chat_view> parse_chat_cursor(const std::string& cursor) {
  auto key = from_cursor(cursor, {});
  if (!key)
    return key.why();
  key_reader parts{*key};
  chat_view at;
  at.last_at = parts.time();
  at.chat = parts.id_of<entity_kind::chat>();
  if (!parts.ok() || !parts.at_end())
    return invalid("after", "this is not a cursor of this list");
  return at;
}

/// Without names, which only the chats of one page need.
std::vector<chat_view> all_chats_of(const store& rows, const user_id& u) {
  std::vector<chat_view> found;
  auto prefix = tables::memberships(u);
  rows.scan(prefix, end_of(prefix), [&](std::string_view key, byte_view value) {
    auto member = decode_row<membership_row>(key, value);
    auto id = key_reader{key, prefix}.id_of<entity_kind::chat>();
    auto row = get_row<chat_row>(rows, tables::chat(id));
    if (!row)
      return true;
    chat_view chat;
    chat.chat = id;
    chat.kind = row->kind;
    chat.title = row->title.value_or_empty();
    chat.peer = member.peer.value_or(user_id{});
    chat.last_number = row->last_number;
    chat.last_at = row->last_at;
    chat.unread = row->last_number - std::max(member.read, member.from);
    found.push_back(std::move(chat));
    return found.size() < limits::chats_listed_max;
  });
  std::sort(found.begin(), found.end(), comes_first);
  return found;
}

} // namespace

std::optional<membership_row> membership(const store& rows, const user_id& u, const chat_id& c) {
  return get_row<membership_row>(rows, tables::membership(u, c));
}

std::vector<chat_id> chat_ids_of(const store& rows, const user_id& u) {
  std::vector<chat_id> found;
  for (const auto& prefix : {tables::memberships(u), tables::invitations(u)})
    rows.scan(prefix, end_of(prefix), [&](std::string_view key, byte_view) {
      if (found.size() == limits::chats_listed_max)
        return false;
      found.push_back(key_reader{key, prefix}.id_of<entity_kind::chat>());
      return true;
    });
  return found;
}

result<page<chat_view>> chats_of(const store& rows, const user_id& u, const page_request& ask) {
  auto all = all_chats_of(rows, u);
  auto begin = all.begin();
  if (!ask.after.empty()) {
    auto at = parse_chat_cursor(ask.after);
    if (!at)
      return at.why();
    begin = std::upper_bound(all.begin(), all.end(), *at, comes_first);
  }
  auto left = static_cast<std::size_t>(all.end() - begin);
  auto end = begin + static_cast<std::ptrdiff_t>(std::min(left, page_size(ask.limit)));
  page<chat_view> out;
  out.items.assign(begin, end);
  for (auto& chat : out.items)
    if (!chat.peer.empty())
      chat.peer_name = pseudonym_of(rows, chat.peer);
  if (end != all.end())
    out.next = cursor_of(out.items.back());
  return out;
}

std::vector<invitation_view> invitations_of(const store& rows, const user_id& u) {
  std::vector<invitation_view> found;
  auto prefix = tables::invitations(u);
  rows.scan(prefix, end_of(prefix), [&](std::string_view key, byte_view value) {
    auto invitation = decode_row<invitation_row>(key, value);
    auto id = key_reader{key, prefix}.id_of<entity_kind::chat>();
    auto chat = get_row<chat_row>(rows, tables::chat(id));
    found.push_back({id, chat ? chat->title.value_or_empty() : std::string{}, invitation.by,
                     pseudonym_of(rows, invitation.by), invitation.at});
    return found.size() < limits::page_items_max;
  });
  return found;
}

// -- messages -------------------------------------------------------------------------------

result<page<message_row>> messages(const store& rows, const chat_id& c, std::uint64_t from, const page_request& ask) {
  return list_page<message_row>(
      rows, tables::messages(c), ask, direction::descending,
      [](std::string_view key, byte_view value) { return std::optional{decode_row<message_row>(key, value)}; },
      tables::message(c, from + 1));
}

std::vector<message_row> messages_between(const store& rows, const chat_id& c, std::uint64_t from, std::uint64_t to) {
  std::vector<message_row> found;
  rows.scan(tables::message(c, from), after(tables::message(c, to)), [&](std::string_view key, byte_view value) {
    found.push_back(decode_row<message_row>(key, value));
    return found.size() < limits::page_items_max;
  });
  return found;
}

} // namespace charter::storage
