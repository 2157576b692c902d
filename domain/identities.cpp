#include "domain/identities.hpp"

#include <algorithm>

#include "domain/effects.hpp"
#include "domain/limits.hpp"

namespace charter::identities {

namespace {

using made = result<decision<event>>;

/// How long an identity without users stays, as far as can be said now; empty: for good.
std::optional<timestamp> kept_until(timestamp since, const context& in) {
  constexpr duration ask_again = std::chrono::hours{24};
  auto book = rules_of(in);
  if (!book)
    return in.now + ask_again;
  auto keep = retention(**book, record_class::identity);
  return keep ? std::optional{since + *keep} : std::nullopt;
}

// -- places -----------------------------------------------------------------------

made on(const state&, const verify& c, const context& in) {
  if (in.by.from != caller::origin::system)
    return refuse(errc::forbidden, "identities are verified by an identity provider");
  decision<event> out;
  out.events.push_back(verified{c.sealed, c.wrapped_key, c.provider, c.region, c.ticket, in.now,
                                in.now + limits::ticket_lifetime, kept_until(in.now, in)});
  return out;
}

bool usable(const ticket_state& ticket, const claim_place& c, timestamp now) {
  return ticket.hash == c.ticket && !ticket.spent_by && now < ticket.until;
}

status check_place(const state& s, const claim_place& c, const context& in) {
  auto book = rules_of(in);
  if (!book)
    return book.why();
  const auto& rule = (*book)->identity.rule;
  auto fits = [&](const ticket_state& ticket) { return usable(ticket, c, in.now); };
  if (!s.on_file || std::none_of(s.tickets.begin(), s.tickets.end(), fits))
    return refuse(errc::identity_required, "the ticket is over or used up; please verify your identity again", rule);
  auto places = (*book)->identity.pseudonyms_max;
  if (s.users.size() >= places)
    return refuse(errc::conflict,
                  "one person may hold " + std::to_string(places) + (places == 1 ? " pseudonym" : " pseudonyms") +
                      " here, and you do; close one first",
                  rule);
  return done{};
}

made on(const state& s, const claim_place& c, const context& in) {
  if (!in.by.is(c.user) || c.user.empty())
    return refuse(errc::forbidden, "a user claims its own place only");
  decision<event> out;
  auto ok = s.users.contains(c.user) ? status{done{}} : check_place(s, c, in);
  if (ok) {
    out.events.push_back(place_claimed{c.user, c.ticket});
    out.effects.push_back({c.user, users::place_answer{true, errc::conflict, s.region, {}, {}}});
  } else {
    const auto& no = ok.why();
    out.events.push_back(place_refused{c.user, no.code, no.detail, no.rule});
    out.effects.push_back({c.user, users::place_answer{false, no.code, {}, no.detail, no.rule}});
  }
  return out;
}

made on(const state& s, const release_place& c, const context& in) {
  if (!in.by.is(c.user) || !s.users.contains(c.user))
    return refuse(errc::forbidden, "a user releases its own place only");
  decision<event> out;
  out.events.push_back(place_released{c.user, in.now, kept_until(in.now, in), c.registration_failed});
  return out;
}

// -- openings ---------------------------------------------------------------------

std::string what_is_sought(const request_disclosure& c) {
  return to_text(c.about) + '\n' + c.basis + '\n' + c.reference + '\n' + c.reason.value_or_empty();
}

bool undecided(const disclosure_state& d) { return d.status == disclosure_status::requested; }

leaf entry(leaf_type type, const disclosure_id& about, timestamp at, rule_ref rule, std::vector<labelled> detail) {
  leaf out;
  out.type = type;
  out.at = at;
  out.subject = to_text(about);
  out.rule = std::move(rule);
  out.detail = std::move(detail);
  return out;
}

rule_ref rule_of_basis(const rule_book& book, const std::string& key) {
  const auto* basis = find_basis(book, key);
  return basis ? basis->rule : book.disclosure.rule;
}

status check_request(const state& s, const request_disclosure& c, const context& in) {
  if (auto ok = only_users(in); !ok)
    return ok.why();
  if (auto ok = may_act(in, act::request_disclosure); !ok)
    return ok.why();
  if (c.same_person)
    return refuse(errc::forbidden, "nobody asks for the own identity, or one of the same person");
  if (!s.on_file || (!s.users.contains(c.about) && !s.former_users.contains(c.about)))
    return refuse(errc::not_found, "no identity is on file behind this user");
  if (c.disclosure.empty() || s.disclosures.contains(c.disclosure))
    return refuse(errc::conflict, "this disclosure was asked for already");
  if (c.reference.empty() || c.reference.size() > limits::title_bytes_max)
    return invalid("reference", "please cite the request's file number, in at most 256 bytes");
  auto reason = c.reason.value_or_empty();
  if (reason.empty() || reason.size() > limits::statement_bytes_max)
    return invalid("reason", "please say why, in at most 5000 bytes");
  auto open =
      std::count_if(s.disclosures.begin(), s.disclosures.end(), [](const auto& d) { return undecided(d.second); });
  if (static_cast<std::size_t>(open) >= limits::disclosures_open_max)
    return refuse(errc::too_large, "too many requests about this person wait for a decision; decide them first");
  return done{};
}

made on(const state& s, const request_disclosure& c, const context& in) {
  if (auto ok = check_request(s, c, in); !ok)
    return ok.why();
  auto book = rules_of(in);
  if (!book)
    return book.why();
  const auto* basis = find_basis(**book, c.basis);
  if (!basis || !in_force(**book, basis->rule, in.now))
    return invalid("basis", "the charter knows no such ground for opening an identity");
  decision<event> out;
  out.events.push_back(
      disclosure_requested{c.disclosure, c.about, in.by.user(), c.basis, c.reference, c.reason, in.now, salt_of(in)});
  auto logged = entry(leaf_type::disclosure_requested, c.disclosure, in.now, basis->rule, {{"basis", c.basis}});
  logged.commitment = commitment(in, what_is_sought(c));
  out.effects.push_back(log_entry(std::move(logged)));
  out.answer = disclosure_answer{c.disclosure, 0};
  return out;
}

/// Two different officers, and neither is the person (I10).
status check_second(const disclosure_state& d, const decide_disclosure& c, const context& in) {
  if (auto ok = may_act(in, act::approve_disclosure); !ok)
    return ok.why();
  if (in.by.user() == d.requested_by)
    return refuse(errc::forbidden, "another officer than the one who asked decides");
  if (c.same_person)
    return refuse(errc::forbidden, "four eyes are two persons, and neither of them the one who is sought");
  if (!undecided(d))
    return refuse(errc::conflict, "this disclosure is decided already");
  if (c.reason.size() > limits::statement_bytes_max)
    return refuse(errc::too_large, "a reason has at most 5000 bytes");
  return done{};
}

made on(const state& s, const decide_disclosure& c, const context& in) {
  if (auto ok = only_users(in); !ok)
    return ok.why();
  auto found = s.disclosures.find(c.disclosure);
  if (found == s.disclosures.end())
    return refuse(errc::not_found, "there is no such disclosure");
  if (auto ok = check_second(found->second, c, in); !ok)
    return ok.why();
  auto book = rules_of(in);
  if (!book)
    return book.why();
  const auto& rules = (*book)->disclosure;
  decision<event> out;
  out.events.push_back(disclosure_decided{c.disclosure, in.by.user(), c.approve, c.reason, in.now,
                                          c.approve ? in.now + rules.approval_valid_for : in.now});
  out.effects.push_back(
      log_entry(entry(leaf_type::disclosure_decided, c.disclosure, in.now, rule_of_basis(**book, found->second.basis),
                      {{"basis", found->second.basis}, {"outcome", c.approve ? "approved" : "refused"}})));
  out.answer = disclosure_answer{c.disclosure, 0};
  return out;
}

/// Either of the two, as long as the charter still lets them.
status check_opener(const disclosure_state& d, const context& in) {
  if (in.by.user() != d.requested_by && in.by.user() != d.decided_by)
    return refuse(errc::forbidden, "only the two officers of this disclosure open it");
  return may_act(in, in.by.user() == d.requested_by ? act::request_disclosure : act::approve_disclosure);
}

effect ask_log(const disclosure_id& which, leaf what) {
  return {audit_log_entity, audit::append{std::move(what), which}};
}

made on(const state& s, const open& c, const context& in) {
  if (auto ok = only_users(in); !ok)
    return ok.why();
  auto found = s.disclosures.find(c.disclosure);
  if (found == s.disclosures.end() || !s.on_file)
    return refuse(errc::not_found, "there is no such disclosure");
  const auto& d = found->second;
  if (auto ok = check_opener(d, in); !ok)
    return ok.why();
  auto book = rules_of(in);
  if (!book)
    return book.why();
  decision<event> out;
  out.answer = disclosure_answer{c.disclosure, 0};
  out.awaiting = c.disclosure.raw;
  if (d.status == disclosure_status::opening)
    return out;
  if (d.status == disclosure_status::opened)
    return refuse(errc::conflict, "this disclosure was used; each opening needs its own");
  if (d.status != disclosure_status::approved || in.now >= d.usable_until)
    return refuse(errc::conflict, "this disclosure is not approved, or its approval is over", (*book)->disclosure.rule);
  const auto* basis = find_basis(**book, d.basis);
  auto tell_at = basis && basis->silence_max ? std::optional{in.now + *basis->silence_max} : std::nullopt;
  out.events.push_back(opening_begun{c.disclosure, in.by.user(), in.now, tell_at});
  std::vector<labelled> facts{{"basis", d.basis}, {"person_told", tell_at ? to_text(*tell_at) : "at once"}};
  out.effects.push_back(ask_log(c.disclosure, entry(leaf_type::identity_opened, c.disclosure, in.now,
                                                    rule_of_basis(**book, d.basis), std::move(facts))));
  return out;
}

/// Under the pseudonym that was sought, or under any other of this person if that one is closed.
void tell_person(const state& s, const disclosure_id& which, const disclosure_state& d, const context& in,
                 decision<event>& out) {
  notice news;
  news.kind = notice_kind::security;
  news.text = std::string{"Your verified identity was opened by two privacy officers, on a lawful ground (" + d.basis +
                          "). The entry in the public log is number " + std::to_string(d.leaf) + ", about " +
                          to_text(which) + "."};
  news.about = entity_id{d.about};
  news.evidence = to_text(which);
  if (auto book = rules_of(in))
    news.rule = rule_of_basis(**book, d.basis);
  if (s.users.contains(d.about))
    out.effects.push_back(tell(d.about, news));
  else
    for (auto user : s.users)
      out.effects.push_back(tell(user, news));
  out.events.push_back(person_told{which});
}

made on(const state& s, const leaf_logged& c, const context& in) {
  if (!in.by.is(audit_log_entity))
    return refuse(errc::forbidden, "only the log says what it holds");
  auto found = s.disclosures.find(c.disclosure);
  if (found == s.disclosures.end() || found->second.status != disclosure_status::opening)
    return refuse(errc::conflict, "nothing waits for this entry");
  decision<event> out;
  out.events.push_back(opened{c.disclosure, c.leaf, in.now});
  auto d = found->second;
  d.leaf = c.leaf;
  if (!d.tell_person_at)
    tell_person(s, c.disclosure, d, in, out);
  return out;
}

bool silent(const disclosure_state& d) {
  return d.status == disclosure_status::opened && d.tell_person_at && !d.person_told;
}

bool goes_on(const disclosure_state& d, timestamp now) {
  return d.status == disclosure_status::requested || d.status == disclosure_status::opening ||
         (d.status == disclosure_status::approved && now < d.usable_until);
}

/// Nobody is behind it any more, and the charter doesn't keep it any longer.
event end_of_retention(const state& s, const context& in) {
  bool sought =
      std::any_of(s.disclosures.begin(), s.disclosures.end(), [&](const auto& d) { return goes_on(d.second, in.now); });
  auto until = kept_until(sought ? in.now : *s.empty_since, in);
  if (sought || !until || in.now < *until)
    return kept_longer{until};
  return erased{in.now};
}

bool may_go(const state& s) { return s.on_file && s.users.empty() && s.keep_until; }

made on(const state& s, const tick&, const context& in) {
  if (auto ok = only_system(in); !ok)
    return ok.why();
  decision<event> out;
  for (const auto& [which, d] : s.disclosures)
    if (silent(d) && *d.tell_person_at <= in.now)
      tell_person(s, which, d, in, out);
  if (may_go(s) && *s.keep_until <= in.now)
    out.events.push_back(end_of_retention(s, in));
  return out;
}

// -- events -----------------------------------------------------------------------

void apply(state& s, const verified& e) {
  s.on_file = true;
  s.sealed = e.sealed;
  s.wrapped_key = e.wrapped_key;
  s.provider = e.provider;
  s.region = e.region;
  if (s.users.empty()) {
    s.empty_since = e.at;
    s.keep_until = e.keep_until;
  }
  std::erase_if(s.tickets, [&](const ticket_state& t) { return t.until <= e.at; });
  if (s.tickets.size() >= limits::tickets_max)
    s.tickets.erase(s.tickets.begin());
  s.tickets.push_back({e.ticket, e.ticket_until, {}});
}
void apply(state& s, const place_claimed& e) {
  s.users.insert(e.user);
  s.former_users.erase(e.user);
  s.empty_since.reset();
  s.keep_until.reset();
  for (auto& ticket : s.tickets)
    if (ticket.hash == e.ticket)
      ticket.spent_by = e.user;
}
void apply(state&, const place_refused&) {}
void apply(state& s, const place_released& e) {
  s.users.erase(e.user);
  s.former_users.insert(e.user);
  if (s.users.empty()) {
    s.empty_since = e.at;
    s.keep_until = e.keep_until;
  }
  for (auto& ticket : s.tickets)
    if (e.ticket_too && ticket.spent_by == e.user)
      ticket.spent_by.reset();
}
void apply(state& s, const disclosure_requested& e) {
  auto& d = s.disclosures[e.disclosure];
  d.about = e.about;
  d.requested_by = e.by;
  d.basis = e.basis;
  d.reference = e.reference;
  d.reason = e.reason;
  d.requested_at = e.at;
  d.salt = e.salt;
}
void apply(state& s, const disclosure_decided& e) {
  auto& d = s.disclosures[e.disclosure];
  d.status = e.approved ? disclosure_status::approved : disclosure_status::refused;
  d.decided_by = e.by;
  d.usable_until = e.usable_until;
}
void apply(state& s, const opening_begun& e) {
  auto& d = s.disclosures[e.disclosure];
  d.status = disclosure_status::opening;
  d.tell_person_at = e.tell_person_at;
}
void apply(state& s, const opened& e) {
  auto& d = s.disclosures[e.disclosure];
  d.status = disclosure_status::opened;
  d.leaf = e.leaf;
}
void apply(state& s, const person_told& e) { s.disclosures[e.disclosure].person_told = true; }
void apply(state& s, const kept_longer& e) { s.keep_until = e.until; }
void apply(state& s, const erased&) {
  s.on_file = false;
  s.keep_until.reset();
  s.sealed = personal<bytes>::erased();
  s.wrapped_key = personal<bytes>::erased();
  s.tickets.clear();
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

std::optional<timestamp> due(const state& s) {
  std::optional<timestamp> next;
  for (const auto& [which, d] : s.disclosures)
    if (silent(d))
      next = next ? std::min(*next, *d.tell_person_at) : *d.tell_person_at;
  if (may_go(s))
    next = next ? std::min(*next, *s.keep_until) : *s.keep_until;
  return next;
}

std::optional<status> outcome(const state& s, const id_bytes& key) {
  auto found = s.disclosures.find(disclosure_id{key});
  if (found == s.disclosures.end() || found->second.status != disclosure_status::opened)
    return {};
  return status{done{}};
}

} // namespace charter::identities
