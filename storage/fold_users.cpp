// Users: profiles, passwords, sessions, notices, and who holds which pseudonym.

#include "storage/fold_events.hpp"

namespace charter::storage {

namespace {

user_id self_of(const occasion& here) { return here.self.as<entity_kind::user>(); }

user_row row_of(const occasion& here) { return here.get_or_new<user_row>(tables::user(self_of(here))); }
void keep(const occasion& here, const user_row& row) { here.put(tables::user(self_of(here)), row); }

// -- names ----------------------------------------------------------------------------

void hold_name(const occasion& here, const user_row& row) {
  here.mark(tables::holder(row.name, here.self));
  here.mark(tables::in_name_bucket(row.pseudonym.value_or_empty(), self_of(here)));
}

void drop_name(const occasion& here, const user_row& row) {
  here.erase(tables::holder(row.name, here.self));
  here.erase(tables::in_name_bucket(row.pseudonym.value_or_empty(), self_of(here)));
}

/// A failed registration gives back what it claimed with what its record says, so the record stays until both the name
/// and the place have answered.
void erase_failed_registration(const occasion& here, const user_row& row) {
  if (row.status != users::status::failed || !row.name_answered || !row.place_answered)
    return;
  here.erase_bodies(
      0, true,
      {only(tables::user(self_of(here))), only(tables::password(self_of(here))), only(tables::snapshot(here.self))});
}

// -- events ---------------------------------------------------------------------------

void apply(const occasion& here, const users::registration_started& e) {
  user_row row;
  row.status = users::status::registering;
  row.pseudonym = e.pseudonym;
  row.name = e.name;
  keep(here, row);
  here.put(tables::password(self_of(here)), e.password_hash);
  here.carries(0);
}

void apply(const occasion& here, const users::registration_step& e) {
  auto row = row_of(here);
  (e.name ? row.name_answered : row.place_answered) = true;
  keep(here, row);
  erase_failed_registration(here, row);
}

void apply(const occasion& here, const users::registered& e) {
  auto row = row_of(here);
  row.status = users::status::active;
  row.region = e.region;
  row.registered_at = e.at;
  keep(here, row);
  hold_name(here, row);
}

void apply(const occasion& here, const users::registration_failed&) {
  auto row = row_of(here);
  row.status = users::status::failed;
  row.pseudonym = personal_text::erased();
  keep(here, row);
  here.erase(tables::password(self_of(here)));
  erase_failed_registration(here, row);
}

void apply(const occasion& here, const users::profile_updated& e) {
  if (!e.about)
    return;
  auto row = row_of(here);
  row.about = *e.about;
  keep(here, row);
  here.carries(0);
}

void apply(const occasion& here, const users::rename_started&) { here.carries(0); }

void apply(const occasion& here, const users::renamed& e) {
  auto row = row_of(here);
  drop_name(here, row);
  row.pseudonym = e.pseudonym;
  row.name = e.name;
  keep(here, row);
  hold_name(here, row);
  here.carries(0);
}

void apply(const occasion& here, const users::password_set& e) {
  here.put(tables::password(self_of(here)), e.password_hash);
  here.carries(0);
}

void apply(const occasion& here, const users::session_opened& e) {
  here.put(tables::session(e.token_hash), session_row{self_of(here), e.session, e.device, e.at, e.until});
  here.put(tables::session_of(self_of(here), e.session), e.token_hash);
}

void apply(const occasion& here, const users::sessions_closed& e) {
  for (auto number : e.sessions) {
    auto key = tables::session_of(self_of(here), number);
    if (auto token = here.get<digest32>(key))
      here.erase(tables::session(*token));
    here.erase(key);
  }
}

void apply(const occasion& here, const users::noticed& e) {
  auto row = row_of(here);
  row.last_notice = e.number;
  keep(here, row);
  here.put(tables::notice(self_of(here), e.number), notice_row{e.number, e.at, e.notice});
  here.carries(0);
}

/// Nothing personal stays: profile, pseudonym, password and notices go, and the records that brought them.
void apply(const occasion& here, const users::closed&) {
  auto self = self_of(here);
  auto row = row_of(here);
  drop_name(here, row);
  for (std::uint64_t number = 1; number <= row.last_notice; ++number)
    here.erase(tables::notice(self, number));
  here.erase(tables::password(self));
  row.status = users::status::closed;
  row.pseudonym = personal_text::erased();
  row.about = personal_text::erased();
  keep(here, row);
  here.erase_bodies(0, true,
                    {only(tables::user(self)), only(tables::password(self)), all_under(tables::notices(self)),
                     only(tables::snapshot(here.self))});
}

// What else happens to a user is the user's own, and in its snapshot.
void apply(const occasion&, const users::agreement_signed&) {}
void apply(const occasion&, const users::rename_failed&) {}
void apply(const occasion&, const users::blocked&) {}
void apply(const occasion&, const users::unblocked&) {}
void apply(const occasion&, const users::subscribed&) {}
void apply(const occasion&, const users::unsubscribed&) {}
void apply(const occasion&, const users::edge_begun&) {}
void apply(const occasion&, const users::edge_ended&) {}
void apply(const occasion&, const users::standing_changed&) {}
void apply(const occasion&, const users::standing_seen&) {}
void apply(const occasion&, const users::restricted&) {}
void apply(const occasion&, const users::restriction_lifted&) {}
void apply(const occasion&, const users::first_contact_answered&) {}
void apply(const occasion&, const users::organisation_linked&) {}
void apply(const occasion&, const users::effect_refused&) {}

} // namespace

void fold(const occasion& here, const users::event& e) {
  std::visit([&](const auto& one) { apply(here, one); }, e);
}

} // namespace charter::storage
