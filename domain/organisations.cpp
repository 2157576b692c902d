#include "domain/organisations.hpp"

#include <algorithm>

#include "domain/edges.hpp"

namespace charter::organisations {

namespace {

using made = result<decision<event>>;

// -- credentials ------------------------------------------------------------------

bool same(const credential& a, const credential& b) { return a.kind == b.kind && a.number == b.number; }

bool contains(const std::vector<credential>& all, const credential& one) {
  return std::any_of(all.begin(), all.end(), [&](const credential& c) { return same(c, one); });
}

/// Adds, or renews the one with the same kind and number.
void put(std::vector<credential>& all, const credential& one) {
  auto at = std::find_if(all.begin(), all.end(), [&](const credential& c) { return same(c, one); });
  if (at == all.end())
    all.push_back(one);
  else
    *at = one;
}

status check_credential(const rule_book& book, const credential& c) {
  auto known = [&](const credential_kind& kind) { return kind.key == c.kind; };
  if (std::none_of(book.organisation_credentials.begin(), book.organisation_credentials.end(), known))
    return invalid("credentials", "the charter knows no such kind of credential");
  if (c.number.empty() || c.issuer.empty())
    return invalid("credentials", "a credential has a number and an issuer");
  if (c.valid_until <= c.valid_from)
    return invalid("credentials", "a credential ends after it begins");
  for (const auto* text : {&c.number, &c.issuer})
    if (text->size() > limits::title_bytes_max)
      return refuse(errc::too_large, "number and issuer of a credential have at most 256 bytes");
  if (c.scope.size() > limits::profile_bytes_max)
    return refuse(errc::too_large, "the scope of a credential has at most 2000 bytes");
  return done{};
}

// -- the owner's commands -----------------------------------------------------------

status check_owner_to_be(const rule_book& book, const user_standing& owner) {
  if (!owner.verified || owner.closed)
    return refuse(errc::identity_required, "only a user with a verified identity registers an organisation",
                  book.identity.rule);
  if (owner.agreement_version != book.agreement.version)
    return refuse(errc::agreement_required, "please sign the current agreement first", book.agreement.rule);
  return done{};
}

status check_registration(const rule_book& book, const register_& c) {
  const auto* kind = find_organisation(book, c.kind);
  if (!kind || kind->personal)
    return invalid("kind", "the charter knows no such kind of organisation");
  auto is_region = [&](const named_key& region) { return region.key == c.region; };
  if (std::none_of(book.regions.begin(), book.regions.end(), is_region))
    return invalid("region", "the charter knows no such region");
  if (c.name.empty())
    return invalid("name", "an organisation has an official name");
  if (c.name.size() > limits::title_bytes_max)
    return refuse(errc::too_large, "a name has at most 256 bytes");
  if (c.credentials.size() > limits::credentials_max)
    return refuse(errc::too_large, "an organisation declares at most 32 credentials");
  for (const auto& credential : c.credentials)
    if (auto ok = check_credential(book, credential); !ok)
      return ok.why();
  return done{};
}

made on(const state& s, const register_& c, const context& in) {
  if (auto ok = only_users(in); !ok)
    return ok.why();
  if (s.exists)
    return refuse(errc::conflict, "this organisation is registered already");
  if (auto ok = pass_gate(in, act::register_organisation); !ok)
    return ok.why();
  auto book = rules_of(in);
  if (!book)
    return book.why();
  if (auto ok = check_owner_to_be(**book, c.standing); !ok)
    return ok.why();
  if (auto ok = check_registration(**book, c); !ok)
    return ok.why();
  auto self = in.self.as<entity_kind::organisation>();
  std::vector<credential> declared;
  for (const auto& credential : c.credentials)
    put(declared, credential);
  decision<event> out;
  out.events.push_back(registered{c.kind, c.name, c.region, in.by.user(), std::move(declared), in.now});
  out.effects.push_back({in.by.user(), users::organisation_registered{self}});
  out.answer = organisation_answer{self};
  return out;
}

made on(const state& s, const add_credential& c, const context& in) {
  if (auto ok = only_users(in); !ok)
    return ok.why();
  if (!s.exists)
    return refuse(errc::not_found, "there is no such organisation");
  if (in.by.user() != s.owner)
    return refuse(errc::forbidden, "only its owner declares an organisation's credentials");
  auto book = rules_of(in);
  if (!book)
    return book.why();
  if (auto ok = check_credential(**book, c.credential); !ok)
    return ok.why();
  if (s.declared.size() >= limits::credentials_max && !contains(s.declared, c.credential))
    return refuse(errc::too_large, "an organisation declares at most 32 credentials");
  decision<event> out;
  out.events.push_back(credential_declared{c.credential, in.now});
  out.answer = organisation_answer{in.self.as<entity_kind::organisation>()};
  return out;
}

// -- standing -----------------------------------------------------------------------

effect standing_for(const account_id& account, const state& s) {
  return {account, accounts::organisation_standing{standing_of(s)}};
}

/// The event, the new standing to every account, and what that settles.
decision<event> with_new_standing(const state& s, event e) {
  auto next = s;
  evolve(next, e);
  decision<event> out;
  for (const auto& edge : next.edges)
    out.effects.push_back(standing_for(edge.account, next));
  out.events.push_back(std::move(e));
  return out;
}

/// What the owner has not declared doesn't count, whatever a review saw.
made on(const state& s, const confirm& c, const context& in) {
  if (auto ok = only_entities(in, entity_kind::case_file); !ok)
    return ok.why();
  if (!s.exists)
    return refuse(errc::not_found, "there is no such organisation");
  auto all = s.confirmed;
  for (const auto& credential : c.credentials)
    if (contains(s.declared, credential))
      put(all, credential);
  return with_new_standing(s, confirmed{std::move(all), c.approval ? c.approval : s.approval, s.standing_sequence + 1});
}

made on(const state& s, const begin_edge& c, const context& in) {
  if (!in.by.is(c.account))
    return refuse(errc::forbidden, "an account speaks for itself only");
  decision<event> out;
  auto no = [&](std::string why) {
    out.events.push_back(effect_refused{why});
    out.effects.push_back({c.account, accounts::organisation_refused{std::move(why)}});
    return out;
  };
  if (!s.exists)
    return no("there is no such organisation");
  if (c.applicant != s.owner)
    return no("the account's owner does not represent the organisation");
  if (s.edges.size() >= limits::accounts_per_organisation_max && find_edge(s.edges, c.account) == s.edges.end())
    return no("the organisation has as many accounts as it can have");
  out.events.push_back(edge_begun{c.account});
  out.effects.push_back(standing_for(c.account, s));
  return out;
}

// trace: sanction 6/8
made on(const state& s, const standing_confirmed& c, const context& in) {
  if (!in.by.is(c.account) || find_edge(s.edges, c.account) == s.edges.end())
    return refuse(errc::forbidden, "only an account of this organisation confirms its standing");
  if (c.sequence > s.standing_sequence)
    return refuse(errc::conflict, "no account has seen a standing that isn't there yet");
  decision<event> out;
  out.events.push_back(standing_seen{c.account, c.sequence});
  auto next = s;
  evolve(next, out.events.back());
  confirm_settled(s, next, out.effects);
  return out;
}

/// At once when there is no account that would have to journal it.
void confirm_if_settled(const state& s, const case_id& sanction, bool lifting, decision<event>& out) {
  if (s.edges.empty())
    out.effects.push_back(confirm_enforcement(sanction, lifting));
}

// trace: sanction 5/8
made on(const state& s, const restrict_& c, const context& in) {
  if (auto ok = check_sanction_from(in, c.what.sanction); !ok)
    return ok.why();
  if (!s.exists || !has_room_for(s.held, c.what.sanction))
    return refused_enforcement<event>(effect_refused{"no such organisation, or too many sanctions"}, c.what.sanction,
                                      false);
  auto out = with_new_standing(s, restricted{c.what, s.standing_sequence + 1});
  confirm_if_settled(s, c.what.sanction, false, out);
  return out;
}

made on(const state& s, const lift& c, const context& in) {
  if (auto ok = check_sanction_from(in, c.sanction); !ok)
    return ok.why();
  if (!s.exists)
    return refused_enforcement<event>(effect_refused{"there is no such organisation"}, c.sanction, true);
  auto out = with_new_standing(s, restriction_lifted{c.sanction, s.standing_sequence + 1});
  confirm_if_settled(s, c.sanction, true, out);
  return out;
}

// -- events -------------------------------------------------------------------------

void await_accounts(state& s, const case_id& sanction, std::uint64_t sequence, bool lifting) {
  s.standing_sequence = sequence;
  s.pending.push_back({sanction, sequence, lifting});
  drop_settled(s);
}

void apply(state& s, const registered& e) {
  s.exists = true;
  s.kind = e.kind;
  s.name = e.name;
  s.region = e.region;
  s.owner = e.owner;
  s.declared = e.credentials;
  s.registered_at = e.at;
  s.standing_sequence = 1;
}
void apply(state& s, const credential_declared& e) { put(s.declared, e.credential); }
void apply(state& s, const confirmed& e) {
  s.confirmed = e.credentials;
  s.approval = e.approval;
  s.standing_sequence = e.sequence;
}
void apply(state& s, const edge_begun& e) { put_edge(s.edges, e.account); }
void apply(state& s, const standing_seen& e) { see_standing(s, e.account, e.sequence); }
void apply(state& s, const restricted& e) {
  put_restriction(s.held, e.what);
  await_accounts(s, e.what.sanction, e.sequence, false);
}
void apply(state& s, const restriction_lifted& e) {
  drop_restriction(s.held, e.sanction);
  await_accounts(s, e.sanction, e.sequence, true);
}
void apply(state&, const effect_refused&) {}

} // namespace

result<decision<event>> decide(const state& s, const command& c, const context& in) {
  auto made = std::visit([&](const auto& x) { return on(s, x, in); }, c);
  return refusals_to_entities_are_events<effect_refused>(std::move(made), in);
}

void evolve(state& s, const event& e) {
  std::visit([&](const auto& x) { apply(s, x); }, e);
}

organisation_standing standing_of(const state& s) {
  return {s.standing_sequence, s.kind, s.confirmed, s.approval, s.held};
}

} // namespace charter::organisations
