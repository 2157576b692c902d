#include "domain/users.hpp"

#include "domain/users_decisions.hpp"

namespace charter::users {

namespace {

// -- registration and profile ---------------------------------------------------------

void apply(state& s, const registration_started& e) {
  s.status = status::registering;
  s.pseudonym = e.pseudonym;
  s.name = e.name;
  s.identity = e.identity;
  s.agreement_version = e.agreement_version;
  s.agreement_digest = e.agreement_digest;
  s.agreement_at = e.at;
  s.language = e.language;
}
void apply(state& s, const registration_step& e) {
  (e.name ? s.name_granted : s.place_granted) = e.granted;
  if (!e.region.empty())
    s.region = e.region;
  if (!e.name && (!e.granted || s.status == status::failed))
    s.identity = personal<identity_id>::erased(); // there is nothing more to tell it
}
void apply(state& s, const registered& e) {
  s.status = status::active;
  s.region = e.region;
  s.registered_at = e.at;
  s.standing_sequence = 1;
}
void apply(state& s, const registration_failed& e) {
  s.status = status::failed;
  s.failure = e.why;
  s.failure_detail = e.detail;
  s.failure_rule = e.rule;
  s.pseudonym = personal_text::erased();
  if (s.place_granted) // else its answer is yet to come, and a place that it grants goes back
    s.identity = personal<identity_id>::erased();
}
void apply(state& s, const agreement_signed& e) {
  s.agreement_version = e.version;
  s.agreement_digest = e.digest;
  s.agreement_at = e.at;
}
void apply(state& s, const profile_updated& e) {
  if (e.about)
    s.about = *e.about;
  if (e.language)
    s.language = *e.language;
}
void apply(state& s, const rename_started& e) {
  erase(s.rename_failures, e.name);
  s.renaming = {rename{e.pseudonym, e.name}};
}
void apply(state& s, const renamed& e) {
  s.renaming.clear();
  s.pseudonym = e.pseudonym;
  s.name = e.name;
}
void apply(state& s, const rename_failed& e) {
  s.renaming.clear();
  if (s.rename_failures.size() >= limits::answers_remembered_max)
    s.rename_failures.erase(s.rename_failures.begin());
  s.rename_failures.push_back(e.name);
}
/// A claim that is under way stays, so that its grant can be given back.
void apply(state& s, const closed&) {
  s.status = status::closed;
  s.pseudonym = personal_text::erased();
  s.about = personal_text::erased();
  s.identity = personal<identity_id>::erased();
  for (auto& wanted : s.renaming)
    wanted.pseudonym = personal_text::erased();
  s.sessions.clear();
  s.subscriptions.clear();
  s.blocks.clear();
}

// -- sessions -------------------------------------------------------------------------

void apply(state& s, const session_opened& e) {
  s.last_session = e.session;
  s.sessions.push_back({e.session, e.token_hash, e.device, e.at, e.until});
}
void apply(state& s, const sessions_closed& e) {
  erase_if(s.sessions, [&](const session_state& x) {
    return std::find(e.sessions.begin(), e.sessions.end(), x.number) != e.sessions.end();
  });
}
void apply(state&, const password_set&) {}

// -- relations ------------------------------------------------------------------------

void apply(state& s, const blocked& e) { s.blocks.push_back(e.who); }
void apply(state& s, const unblocked& e) { erase(s.blocks, e.who); }
void apply(state& s, const subscribed& e) { s.subscriptions.push_back(e.account); }
void apply(state& s, const unsubscribed& e) { std::erase(s.subscriptions, e.account); }
void apply(state& s, const noticed& e) { s.last_notice = e.number; }
void apply(state& s, const first_contact_answered& e) {
  if (!e.initiator || !e.allowed)
    return;
  auto day = std::chrono::floor<std::chrono::days>(e.at);
  s.contacts = s.contacts_since == day ? s.contacts + 1 : 1;
  s.contacts_since = day;
}
void apply(state& s, const organisation_linked& e) { s.organisations.push_back(e.organisation); }

// -- standing -------------------------------------------------------------------------

void await_accounts(state& s, const case_id& sanction, std::uint64_t sequence, bool lifting) {
  s.standing_sequence = sequence;
  s.pending.push_back({sanction, sequence, lifting});
  drop_settled(s);
}

void apply(state& s, const edge_begun& e) {
  put_edge(s.edges, e.account);
  find_edge(s.edges, e.account)->invitation = e.invitation;
}
void apply(state& s, const edge_ended& e) {
  erase_if(s.edges, [&](const edge& x) { return x.account == e.account; });
  drop_settled(s);
}
void apply(state& s, const standing_changed& e) { s.standing_sequence = e.sequence; }
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

charter::status registration_outcome(const state& s) {
  if (s.status != status::failed)
    return done{};
  return refuse(s.failure, *s.failure_detail, *s.failure_rule);
}

} // namespace

result<decision<event>> decide(const state& s, const command& c, const context& in) {
  auto made = std::visit([&](const auto& x) { return on(s, x, in); }, c);
  return refusals_to_entities_are_events<effect_refused>(std::move(made), in);
}

void evolve(state& s, const event& e) {
  std::visit([&](const auto& x) { apply(s, x); }, e);
}

std::optional<timestamp> due(const state& s) {
  std::optional<timestamp> next;
  for (const auto& session : s.sessions)
    next = next ? std::min(*next, session.until) : session.until;
  return next;
}

std::optional<charter::status> outcome(const state& s, const id_bytes& key) {
  auto is_key = [&](const name_id& name) { return name.raw == key; };
  if (!s.renaming.empty() && is_key(s.renaming.front().name))
    return {};
  if (std::any_of(s.rename_failures.begin(), s.rename_failures.end(), is_key))
    return refuse(errc::conflict, "this pseudonym is taken; yours stays as it is");
  if (s.status == status::none || s.status == status::registering)
    return {};
  return registration_outcome(s);
}

user_standing standing_of(const state& s) {
  return {s.standing_sequence, s.agreement_version, s.status == status::active, s.status == status::closed, s.held};
}

} // namespace charter::users
