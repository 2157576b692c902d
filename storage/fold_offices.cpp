// What has few events: regulator offices, disclosures, the public log. Names and the policy have no rows of their own.

#include "storage/fold_events.hpp"

namespace charter::storage {

namespace {

// -- offices --------------------------------------------------------------------------

office_id office_here(const occasion& here) { return here.self.as<entity_kind::office>(); }

void close_item(const occasion& here, const office_item& item) {
  auto self = office_here(here);
  here.erase(tables::open_item(self, item.kind, item.number));
  here.erase(tables::open_item_by_due(item.kind, item.due, self, item.number));
}

void apply(const occasion& here, const offices::received& e) {
  auto self = office_here(here);
  const auto& item = e.item;
  here.put(tables::office_code(e.code), self);
  here.put(tables::office_of(self), e.code);
  here.put(tables::office_item(self, item.kind, item.number), item);
  here.mark(tables::open_item(self, item.kind, item.number));
  here.mark(tables::open_item_by_due(item.kind, item.due, self, item.number));
  if (!item.about.empty())
    here.mark(tables::item_about(item.about, self, item.kind, item.number));
  if (!item.case_.empty())
    here.mark(tables::item_about(item.case_, self, item.kind, item.number));
}

/// A referral stays open until it is answered.
void apply(const occasion& here, const offices::acknowledged& e) {
  auto key = tables::office_item(office_here(here), e.kind, e.number);
  auto item = here.get<office_item>(key);
  if (!item)
    return;
  item->state = office_item_state::acknowledged;
  item->acknowledged_at = e.at;
  item->receipt = e.receipt;
  here.put(key, *item);
  if (e.kind != office_item_kind::referral)
    close_item(here, *item);
}

void apply(const occasion& here, const offices::answered& e) {
  auto key = tables::office_item(office_here(here), office_item_kind::referral, e.number);
  auto item = here.get<office_item>(key);
  if (!item)
    return;
  item->state = office_item_state::answered;
  item->answer = e.text;
  here.put(key, *item);
  close_item(here, *item);
}

void apply(const occasion&, const offices::effect_refused&) {}

// -- identities: who asked for one, never what it says -----------------------------------

identity_id identity_here(const occasion& here) { return here.self.as<entity_kind::identity>(); }

template <class Change>
void rewrite_disclosure(const occasion& here, const disclosure_id& which, Change change) {
  auto key = tables::disclosure(which);
  auto row = here.get_or_new<disclosure_row>(key);
  change(row);
  here.put(key, row);
}

void apply(const occasion& here, const identities::verified&) { here.carries(0); }

void apply(const occasion& here, const identities::place_claimed& e) {
  here.mark(tables::identity_of(e.user, identity_here(here)));
  here.mark(tables::user_of(identity_here(here), e.user));
}

void apply(const occasion& here, const identities::disclosure_requested& e) {
  rewrite_disclosure(here, e.disclosure, [&](disclosure_row& row) {
    row.identity = identity_here(here);
    row.view.disclosure = e.disclosure;
    row.view.about = e.about;
    row.view.requested_by = e.by;
    row.view.basis = e.basis;
    row.view.reference = e.reference;
    row.view.requested_at = e.at;
  });
  here.mark(tables::disclosure_in_time(e.at, e.disclosure));
  here.mark(tables::disclosure_of(identity_here(here), e.disclosure));
}

void apply(const occasion& here, const identities::disclosure_decided& e) {
  using identities::disclosure_status;
  rewrite_disclosure(here, e.disclosure, [&](disclosure_row& row) {
    row.view.status = e.approved ? disclosure_status::approved : disclosure_status::refused;
    row.view.decided_by = e.by;
    if (e.approved)
      row.view.usable_until = e.usable_until;
  });
}

void apply(const occasion& here, const identities::opening_begun& e) {
  rewrite_disclosure(here, e.disclosure,
                     [](disclosure_row& row) { row.view.status = identities::disclosure_status::opening; });
}

void apply(const occasion& here, const identities::opened& e) {
  rewrite_disclosure(here, e.disclosure, [&](disclosure_row& row) {
    row.view.status = identities::disclosure_status::opened;
    row.view.leaf = e.leaf;
  });
}

/// That identities were opened stays on record; whose it was goes with the person.
void apply(const occasion& here, const identities::erased&) {
  auto self = identity_here(here);
  auto users = tables::users_of(self);
  for (const auto& key : here.rows.keys(users)) {
    here.erase(tables::identity_of(key_reader{key, users}.id_of<entity_kind::user>(), self));
    here.erase(key);
  }
  auto disclosures = tables::disclosures_of(self);
  for (const auto& key : here.rows.keys(disclosures)) {
    rewrite_disclosure(here, disclosure_id{key_reader{key, disclosures}.raw16()}, [](disclosure_row& row) {
      row.identity = {};
      row.view.about = {};
    });
    here.erase(key);
  }
  here.erase_bodies(0, true, {only(tables::snapshot(here.self))});
}

void apply(const occasion&, const identities::place_refused&) {}
void apply(const occasion&, const identities::place_released&) {} // who was behind a closed user may still be asked
void apply(const occasion&, const identities::person_told&) {}
void apply(const occasion&, const identities::effect_refused&) {}
void apply(const occasion&, const identities::kept_longer&) {}

// -- the public log -----------------------------------------------------------------------

void apply(const occasion& here, const audit::appended& e) {
  here.rows.put(tables::log_entry(e.number), e.entry);
  here.put(tables::log_size(), e.number + 1);
}

void apply(const occasion&, const audit::effect_refused&) {}

} // namespace

void fold(const occasion& here, const offices::event& e) {
  std::visit([&](const auto& one) { apply(here, one); }, e);
}

void fold(const occasion& here, const identities::event& e) {
  std::visit([&](const auto& one) { apply(here, one); }, e);
}

void fold(const occasion& here, const audit::event& e) {
  std::visit([&](const auto& one) { apply(here, one); }, e);
}

void fold(const occasion&, const names::event&) {}
void fold(const occasion&, const policies::event&) {}

} // namespace charter::storage
