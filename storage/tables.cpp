#include "storage/tables.hpp"

#include <algorithm>
#include <chrono>

namespace charter::storage::tables {

namespace {

key_builder table(char letter) { return key_builder{letter}; }

std::uint32_t hour_of(timestamp at) {
  auto hours = std::chrono::floor<std::chrono::hours>(at).time_since_epoch().count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(hours, 0, UINT32_MAX));
}

/// The first `count` code points, as bytes.
std::string_view first_letters(std::string_view text, int count) {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    bool begins = (static_cast<std::uint8_t>(text[at]) & 0xc0) != 0x80;
    if (begins && count-- == 0)
      break;
  }
  return text.substr(0, at);
}

std::uint8_t number_of(auto enumerator) { return static_cast<std::uint8_t>(enumerator); }

} // namespace

bool is_folded(std::string_view key) {
  return !key.empty() && key.front() != 'S' && key.front() != 'f' && key.front() != 'X';
}

// -- the shard's own ------------------------------------------------------------------

std::string folded_positions() { return table('F').take(); }
std::string folded_position(shard_id shard) { return table('F').number16(shard).take(); }

std::string effect_cursors(shard_id source) { return table('f').number16(source).take(); }
std::string effect_cursor(shard_id source, shard_id target) {
  return table('f').number16(source).number16(target).take();
}

std::string snapshot(const entity_id& x) { return table('S').entity(x).take(); }

std::string changes_of(const entity_id& x) { return table('E').entity(x).take(); }
std::string change_of(const entity_id& x, position at) { return table('E').entity(x).number(at).take(); }

std::string command_results(const entity_id& principal, const command_id& c) {
  return table('R').entity(principal).raw(c.raw).take();
}
std::string command_result(const entity_id& principal, const command_id& c, const entity_id& x) {
  return table('R').entity(principal).raw(c.raw).entity(x).take();
}
std::string result_hour(timestamp at) { return table('r').number32(hour_of(at)).take(); }
std::string result_in_hour(timestamp at, const entity_id& principal, const command_id& c, const entity_id& x) {
  return table('r').number32(hour_of(at)).entity(principal).raw(c.raw).entity(x).take();
}

std::string due_of(const entity_id& x) { return table('d').entity(x).take(); }
std::string due_times(shard_id shard) { return table('D').number16(shard).take(); }
std::string due_at(shard_id shard, timestamp at, const entity_id& x) {
  return table('D').number16(shard).time(at).entity(x).take();
}

std::string bodies_of(const entity_id& x, std::uint64_t item) { return table('B').entity(x).number(item).take(); }
std::string body_of(const entity_id& x, std::uint64_t item, position at) {
  return table('B').entity(x).number(item).number(at).take();
}

std::string erasures(shard_id shard) { return table('X').number16(shard).take(); }
std::string erasure(shard_id shard, position at) { return table('X').number16(shard).number(at).take(); }

// -- users ------------------------------------------------------------------------------

std::string user(const user_id& u) { return table('U').raw(u.raw).take(); }
std::string password(const user_id& u) { return table('W').raw(u.raw).take(); }

std::string notices(const user_id& u) { return table('N').raw(u.raw).take(); }
std::string notice(const user_id& u, std::uint64_t number) { return table('N').raw(u.raw).number(number).take(); }

std::string session(const digest32& token_hash) { return table('T').raw(token_hash).take(); }
std::string sessions_of(const user_id& u) { return table('s').raw(u.raw).take(); }
std::string session_of(const user_id& u, std::uint64_t session) { return table('s').raw(u.raw).number(session).take(); }

std::string holders(const name_id& name) { return table('H').raw(name.raw).take(); }
std::string holder(const name_id& name, const entity_id& who) { return table('H').raw(name.raw).entity(who).take(); }

std::string name_bucket(std::string_view pseudonym) {
  auto letters = folded(first_letters(pseudonym, 2));
  return table('h').number32(static_cast<std::uint32_t>(fnv1a(view_of(letters)))).take();
}
std::string in_name_bucket(std::string_view pseudonym, const user_id& u) {
  return key_builder{name_bucket(pseudonym)}.raw(u.raw).take();
}

// -- accounts ---------------------------------------------------------------------------

std::string account(const account_id& a) { return table('A').raw(a.raw).take(); }
std::string account_head(const account_id& a) { return table('a').raw(a.raw).take(); }

std::string posts(const account_id& a) { return table('P').raw(a.raw).take(); }
std::string post(const account_id& a, std::uint64_t number) { return table('P').raw(a.raw).number(number).take(); }

std::string account_names() { return table('Q').take(); }
std::string account_name(std::string_view name, const account_id& a) {
  return table('Q').text(folded(name)).raw(a.raw).take();
}

std::string directory(facet f, std::string_view value) {
  return table('G').byte(static_cast<std::uint8_t>(f)).text(value).take();
}
std::string in_directory(facet f, std::string_view value, std::string_view name, const account_id& a) {
  return key_builder{directory(f, value)}.text(folded(name)).raw(a.raw).take();
}

std::string edited_by(const user_id& u) { return table('e').raw(u.raw).take(); }
std::string edited_by(const user_id& u, const account_id& a) { return table('e').raw(u.raw).raw(a.raw).take(); }

std::string accounts_of(const organisation_id& o) { return table('o').raw(o.raw).take(); }
std::string account_of(const organisation_id& o, const account_id& a) {
  return table('o').raw(o.raw).raw(a.raw).take();
}

// -- organisations ----------------------------------------------------------------------

std::string organisation(const organisation_id& o) { return table('O').raw(o.raw).take(); }
std::string owned_by(const user_id& u) { return table('w').raw(u.raw).take(); }
std::string owned_by(const user_id& u, const organisation_id& o) { return table('w').raw(u.raw).raw(o.raw).take(); }

// -- chats ------------------------------------------------------------------------------

std::string chat(const chat_id& c) { return table('C').raw(c.raw).take(); }
std::string messages(const chat_id& c) { return table('M').raw(c.raw).take(); }
std::string message(const chat_id& c, std::uint64_t number) { return table('M').raw(c.raw).number(number).take(); }
std::string memberships(const user_id& u) { return table('m').raw(u.raw).take(); }
std::string membership(const user_id& u, const chat_id& c) { return table('m').raw(u.raw).raw(c.raw).take(); }
std::string invitations(const user_id& u) { return table('I').raw(u.raw).take(); }
std::string invitation(const user_id& u, const chat_id& c) { return table('I').raw(u.raw).raw(c.raw).take(); }

// -- cases ------------------------------------------------------------------------------

std::string case_(const case_id& c) { return table('K').raw(c.raw).take(); }

std::string queue(desk_queue q) { return table('q').byte(number_of(q)).take(); }
std::string in_queue(desk_queue q, bool escalated, timestamp deadline, const case_id& c) {
  return table('q').byte(number_of(q)).byte(escalated ? 0 : 1).time(deadline).raw(c.raw).take();
}

std::string cases_about(const entity_id& target) { return table('t').entity(target).take(); }
std::string case_about(const entity_id& target, timestamp opened_at, const case_id& c) {
  return table('t').entity(target).time(opened_at).raw(c.raw).take();
}

std::string sanctions() { return table('z').take(); }
std::string sanction(timestamp imposed_at, const case_id& c) { return table('z').time(imposed_at).raw(c.raw).take(); }

std::string cases_of(const user_id& u) { return table('y').raw(u.raw).take(); }
std::string case_of(const user_id& u, timestamp opened_at, const case_id& c) {
  return table('y').raw(u.raw).time(opened_at).raw(c.raw).take();
}

std::string receipt(const digest32& receipt_hash) { return table('p').raw(receipt_hash).take(); }

// -- offices ----------------------------------------------------------------------------

std::string office_items(const office_id& o, office_item_kind kind) {
  return table('V').raw(o.raw).byte(number_of(kind)).take();
}
std::string office_item(const office_id& o, office_item_kind kind, std::uint64_t number) {
  return table('V').raw(o.raw).byte(number_of(kind)).number(number).take();
}

std::string open_items(const office_id& o, office_item_kind kind) {
  return table('v').raw(o.raw).byte(number_of(kind)).take();
}
std::string open_item(const office_id& o, office_item_kind kind, std::uint64_t number) {
  return table('v').raw(o.raw).byte(number_of(kind)).number(number).take();
}

std::string open_items_by_due(office_item_kind kind) { return table('u').byte(number_of(kind)).take(); }
std::string open_item_by_due(office_item_kind kind, timestamp due, const office_id& o, std::uint64_t number) {
  return table('u').byte(number_of(kind)).time(due).raw(o.raw).number(number).take();
}

std::string items_about(const entity_id& about) { return table('x').entity(about).take(); }
std::string item_about(const entity_id& about, const office_id& o, office_item_kind kind, std::uint64_t number) {
  return table('x').entity(about).raw(o.raw).byte(number_of(kind)).number(number).take();
}

std::string office_code(std::string_view code) { return table('c').text(code).take(); }
std::string office_of(const office_id& o) { return table('b').raw(o.raw).take(); }

// -- disclosures and the public log -------------------------------------------------------

std::string disclosure(const disclosure_id& d) { return table('J').raw(d.raw).take(); }
std::string disclosures() { return table('j').take(); }
std::string disclosure_in_time(timestamp requested_at, const disclosure_id& d) {
  return table('j').time(requested_at).raw(d.raw).take();
}

std::string disclosures_of(const identity_id& i) { return table('g').raw(i.raw).take(); }
std::string disclosure_of(const identity_id& i, const disclosure_id& d) {
  return table('g').raw(i.raw).raw(d.raw).take();
}

std::string identities_of(const user_id& u) { return table('k').raw(u.raw).take(); }
std::string identity_of(const user_id& u, const identity_id& i) { return table('k').raw(u.raw).raw(i.raw).take(); }
std::string users_of(const identity_id& i) { return table('i').raw(i.raw).take(); }
std::string user_of(const identity_id& i, const user_id& u) { return table('i').raw(i.raw).raw(u.raw).take(); }

std::string log_entries() { return table('L').take(); }
std::string log_entry(std::uint64_t number) { return table('L').number(number).take(); }
std::string log_size() { return table('l').take(); }

} // namespace charter::storage::tables
