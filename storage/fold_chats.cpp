// Chats: who is a member, and sealed messages. A recalled message leaves its number and nothing else (I16).

#include "storage/fold_events.hpp"

namespace charter::storage {

namespace {

chat_id self_of(const occasion& here) { return here.self.as<entity_kind::chat>(); }

template <class Change>
void rewrite_chat(const occasion& here, Change change) {
  auto key = tables::chat(self_of(here));
  auto row = here.get_or_new<chat_row>(key);
  change(row);
  here.put(key, row);
}

template <class Change>
void rewrite_message(const occasion& here, std::uint64_t number, Change change) {
  auto key = tables::message(self_of(here), number);
  auto row = here.get<message_row>(key);
  if (!row)
    return;
  change(*row);
  here.put(key, *row);
}

// -- members --------------------------------------------------------------------------

void apply(const occasion& here, const chats::opened& e) {
  rewrite_chat(here, [&](chat_row& row) {
    row.kind = e.kind;
    row.title = e.title;
    row.members = e.members.size();
    row.last_at = e.at;
  });
  for (const auto& user : e.members) {
    membership_row row;
    row.joined_at = e.at;
    if (e.kind == chats::chat_kind::direct && e.members.size() == 2)
      row.peer = user == e.members.front() ? e.members.back() : e.members.front();
    here.put(tables::membership(user, self_of(here)), row);
  }
  here.carries(0);
}

void apply(const occasion& here, const chats::invited& e) {
  here.put(tables::invitation(e.user, self_of(here)), invitation_row{e.by, e.at});
}

void apply(const occasion& here, const chats::joined& e) {
  here.erase(tables::invitation(e.user, self_of(here)));
  rewrite_chat(here, [&](chat_row& row) {
    ++row.members;
    here.put(tables::membership(e.user, self_of(here)), membership_row{{}, row.last_number, row.last_number, e.at});
  });
}

/// Members leave, and who was invited declines.
void apply(const occasion& here, const chats::left& e) {
  here.erase(tables::invitation(e.user, self_of(here)));
  auto key = tables::membership(e.user, self_of(here));
  if (!here.rows.get(key))
    return;
  here.erase(key);
  rewrite_chat(here, [&](chat_row& row) { --row.members; });
}

void apply(const occasion& here, const chats::was_read& e) {
  auto key = tables::membership(e.user, self_of(here));
  auto row = here.get<membership_row>(key);
  if (!row)
    return;
  row->read = e.number;
  here.put(key, *row);
}

// -- messages -------------------------------------------------------------------------

void apply(const occasion& here, const chats::sent& e) {
  message_row row;
  row.number = e.number;
  row.at = e.at;
  row.author = e.author;
  row.sealed = e.sealed;
  here.put(tables::message(self_of(here), e.number), row);
  rewrite_chat(here, [&](chat_row& chat) {
    chat.last_number = e.number;
    chat.last_at = e.at;
  });
  here.carries(e.number);
}

void erase_message_bodies(const occasion& here, std::uint64_t number) {
  here.erase_bodies(number, false, {only(tables::message(self_of(here), number))});
}

void apply(const occasion& here, const chats::edited& e) {
  rewrite_message(here, e.number, [&](message_row& row) {
    row.sealed = e.sealed;
    row.edited_at = e.at;
  });
  erase_message_bodies(here, e.number);
  here.carries(e.number);
}

void apply(const occasion& here, const chats::recalled& e) {
  rewrite_message(here, e.number, [&](message_row& row) {
    row.sealed = personal<bytes>::erased();
    row.recalled = true;
  });
  erase_message_bodies(here, e.number);
}

void apply(const occasion&, const chats::direct_asked&) {}
void apply(const occasion&, const chats::contact_answered&) {}
void apply(const occasion&, const chats::block_kept&) {}
void apply(const occasion&, const chats::effect_refused&) {}

} // namespace

void fold(const occasion& here, const chats::event& e) {
  std::visit([&](const auto& one) { apply(here, one); }, e);
}

} // namespace charter::storage
