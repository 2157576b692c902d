// Organisations, and whose they are.

#include <algorithm>

#include "storage/fold_events.hpp"

namespace charter::storage {

namespace {

organisation_id self_of(const occasion& here) { return here.self.as<entity_kind::organisation>(); }

template <class Change>
void rewrite(const occasion& here, Change change) {
  auto key = tables::organisation(self_of(here));
  auto row = here.get_or_new<organisation_row>(key);
  change(row);
  here.put(key, row);
}

/// One of the same kind and number is renewed.
void put_credential(std::vector<credential>& all, const credential& c) {
  auto same = [&](const credential& x) { return x.kind == c.kind && x.number == c.number; };
  if (auto at = std::find_if(all.begin(), all.end(), same); at != all.end())
    *at = c;
  else
    all.push_back(c);
}

void apply(const occasion& here, const organisations::registered& e) {
  rewrite(here, [&](organisation_row& row) {
    row.kind = e.kind;
    row.name = e.name;
    row.region = e.region;
    row.owner = e.owner;
    row.registered_at = e.at;
    row.declared = e.credentials;
  });
  here.mark(tables::owned_by(e.owner, self_of(here)));
}

void apply(const occasion& here, const organisations::credential_declared& e) {
  rewrite(here, [&](organisation_row& row) { put_credential(row.declared, e.credential); });
}

void apply(const occasion& here, const organisations::confirmed& e) {
  rewrite(here, [&](organisation_row& row) {
    row.confirmed = e.credentials;
    row.approval = e.approval;
  });
}

void apply(const occasion& here, const organisations::restricted& e) {
  rewrite(here, [&](organisation_row& row) { put_restriction(row.held, e.what); });
}

void apply(const occasion& here, const organisations::restriction_lifted& e) {
  rewrite(here, [&](organisation_row& row) { drop_restriction(row.held, e.sanction); });
}

void apply(const occasion&, const organisations::edge_begun&) {} // the account's own rows say so
void apply(const occasion&, const organisations::standing_seen&) {}
void apply(const occasion&, const organisations::effect_refused&) {}

} // namespace

void fold(const occasion& here, const organisations::event& e) {
  std::visit([&](const auto& one) { apply(here, one); }, e);
}

} // namespace charter::storage
