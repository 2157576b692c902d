#include "net/methods/case_work.hpp"
#include "net/methods/office_params.hpp"
#include "net/methods/paging.hpp"
#include "net/methods/table.hpp"

// An identity is named nowhere in here: it is looked up from the user, and only the vault's answer to the officer who
// opens says anything about a person (I10).

namespace charter::net {

namespace {

refusal no_such_disclosure() { return refuse(errc::not_found, "there is no such disclosure"); }

// -- asking -------------------------------------------------------------------------------------

/// A closed user has forgotten its person; the vault's own rows still know, as long as the file is kept.
std::optional<identity_id> identity_behind(const call& c, const user_id& who, const users::state& s) {
  auto known = s.identity.value_or_empty();
  if (!known.empty())
    return known;
  auto kept = storage::identities_behind(c.rows(), who);
  return kept.empty() ? std::optional<identity_id>{} : kept.front();
}

void send_request(const call_ptr& c, const identity_id& identity, vault_request p) {
  auto disclosure = disclosure_id{c->new_id("disclosure")};
  c->ask_same_person({p.user}, [c, identity, disclosure, p = std::move(p)](bool same_person) {
    identities::request_disclosure command{disclosure, p.user, p.basis, p.reference, {p.reason}, same_person};
    c->send({identity, identities::command{std::move(command)}});
  });
}

void request(const call_ptr& c, vault_request& p) {
  if (auto allowed = require_power(*c, {act::request_disclosure}); !allowed)
    return c->refuse(allowed.why());
  c->look(p.user, [c, p = p](const any_state& found) {
    auto identity = identity_behind(*c, p.user, std::get<users::state>(found));
    if (!identity)
      return c->refuse(refuse(errc::not_found, "no identity is on file behind this user"));
    send_request(c, *identity, p);
  });
}

// -- deciding: another officer, another person ----------------------------------------------------

void decide(const call_ptr& c, const vault_params& p, bool approve) {
  if (auto allowed = require_power(*c, {act::approve_disclosure}); !allowed)
    return c->refuse(allowed.why());
  auto row = storage::disclosure(c->rows(), p.disclosure);
  if (!row || row->identity.empty())
    return c->refuse(no_such_disclosure());
  std::vector<user_id> others{row->view.about};
  // Who asked is told so by name, not as somebody's double.
  if (row->view.requested_by != c->user())
    others.push_back(row->view.requested_by);
  c->ask_same_person(std::move(others), [c, p, approve, identity = row->identity](bool same_person) {
    identities::decide_disclosure command{p.disclosure, approve, p.reason.value_or(""), same_person};
    c->send({identity, identities::command{std::move(command)}});
  });
}

// -- opening --------------------------------------------------------------------------------------

/// The log entry is durable and served when the identity answers; only then the vault is asked to show.
void open(const call_ptr& c, vault_params& p) {
  if (auto allowed = require_power(*c, {act::request_disclosure, act::approve_disclosure}); !allowed)
    return c->refuse(allowed.why());
  auto row = storage::disclosure(c->rows(), p.disclosure);
  if (!row || row->identity.empty())
    return c->refuse(no_such_disclosure());
  auto disclosure = p.disclosure;
  auto identity = row->identity;
  c->send({identity, identities::command{identities::open{disclosure}}}, [c, disclosure, identity](const answer&) {
    c->ask<identity_shown>(c->services().vault(), show_identity{disclosure, identity, c->user()},
                           [c, disclosure](const identity_shown& shown) {
                             auto opened = storage::disclosure(c->rows(), disclosure);
                             auto leaf = opened ? opened->view.leaf.value_or(0) : 0;
                             c->reply(wire::encode(vault_open_result{disclosure, leaf, shown.legal_name, shown.document,
                                                                     shown.document_number, shown.region}));
                           });
  });
}

result<page<disclosure_view>> disclosures(call& c, vault_disclosures& p) {
  if (auto allowed = require_power(c, {act::request_disclosure, act::approve_disclosure}); !allowed)
    return allowed.why();
  return storage::disclosures(c.rows(), p.status, page_of(p));
}

} // namespace

void add_vault_methods(method_table& table) {
  table.task<vault_request, disclosure_answer>(
      "vault.request", access::staff, "A privacy officer asks who is behind a user, on a cited ground.", true, request);
  table.task<vault_params, disclosure_answer>("vault.approve", access::staff,
                                              "Another privacy officer, another person, agrees.", true,
                                              [](const call_ptr& c, vault_params& p) { decide(c, p, true); });
  table.task<vault_params, disclosure_answer>("vault.refuse", access::staff, "Another privacy officer says no.", true,
                                              [](const call_ptr& c, vault_params& p) { decide(c, p, false); });
  table.task<vault_params, vault_open_result>(
      "vault.open", access::staff,
      "By one of the two officers: shows the identity, once the public log says that it was opened.", true, open);
  table.query<vault_disclosures, page<disclosure_view>>(
      "vault.disclosures", access::staff, "For privacy officers: what was asked for, never what was seen.",
      disclosures);
}

} // namespace charter::net
