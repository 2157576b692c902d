#include "domain/policies.hpp"

#include <algorithm>
#include <set>

#include "domain/effects.hpp"
#include "domain/limits.hpp"

namespace charter {

// -- what others see of the policy ----------------------------------------------

const rule_book* policy_view::book_at(timestamp at) const {
  const rule_book* best = nullptr;
  std::pair<timestamp, std::uint32_t> best_rank;
  for (std::size_t i = 0; i < books.size(); ++i) {
    if (!books[i])
      continue;
    // A file may have been in force elsewhere for years; here it counts from its activation on.
    auto from = books[i]->effective_from;
    if (i < facts.charters.size())
      from = std::max(from, facts.charters[i].from);
    auto rank = std::pair{from, books[i]->version};
    if (from <= at && (!best || best_rank < rank)) {
      best = books[i].get();
      best_rank = rank;
    }
  }
  return best;
}

result<const rule_book*> rules_of(const context& in) {
  const auto* book = in.policy ? in.policy->book_at(in.now) : nullptr;
  if (book)
    return book;
  auto why = refuse(errc::unavailable, "the rules in force are not known at the moment; please try again");
  why.retry_after_ms = 1'000;
  return why;
}

status pass_gate(const context& in, act what) {
  auto book = rules_of(in);
  if (!book)
    return book.why();
  return gate(**book, what, in.policy->facts.credentials, in.now);
}

namespace {

/// Those after the users' and editors' own acts, in the order of the enum.
bool is_of_staff(act what) { return what > act::file_appeal; }

} // namespace

status may_act(const context& in, act what, bool first) {
  if (in.by.from == caller::origin::system)
    return done{};
  auto book = rules_of(in);
  if (!book)
    return book.why();
  if (is_of_staff(what) && !find_power(**book, what))
    return refuse(errc::forbidden, "the charter gives this power to nobody");
  return check_role(**book, what, roles_of(in.policy, in.by.user()), first);
}

bool has_role(const context& in, user_id user, role r) {
  auto held = roles_of(in.policy, user);
  return std::find(held.begin(), held.end(), r) != held.end();
}

std::vector<role> roles_of(const policy_view* policy, user_id user) {
  std::vector<role> held;
  if (!policy || user.empty())
    return held;
  if (auto grants = policy->facts.roles.find(user); grants != policy->facts.roles.end())
    for (const auto& grant : grants->second)
      held.push_back(grant.role);
  return held;
}

} // namespace charter

namespace charter::policies {

namespace {

using outcome = result<decision<event>>;

// A charter's text stands in one record, with room left for the rest of it.
// A handful of roles, and a liaison officer for every region.
constexpr std::size_t roles_per_user_max = 64;
constexpr std::size_t charter_bytes_max = limits::record_bytes_max / 2;

const rule_book* book_of(const context& in) { return in.policy ? in.policy->book_at(in.now) : nullptr; }

bool same(const credential& a, const credential& b) { return a.kind == b.kind && a.number == b.number; }

std::vector<credential> with(std::vector<credential> all, const credential& added) {
  auto at = std::find_if(all.begin(), all.end(), [&](const credential& c) { return same(c, added); });
  if (at == all.end())
    all.push_back(added);
  else
    *at = added;
  return all;
}

std::vector<timestamp> all_warnings(const rule_book& book, const std::vector<credential>& all) {
  std::set<timestamp> times;
  for (const auto& held : all)
    for (auto at : expiry_warnings(book, held))
      times.insert(at);
  return {times.begin(), times.end()};
}

// -- checks ---------------------------------------------------------------------

status check(const credential& held) {
  if (held.kind.empty() || held.kind.size() > limits::key_bytes_max)
    return invalid("credential", "a credential has a kind that the charter names");
  for (const auto* text : {&held.number, &held.issuer, &held.scope})
    if (text->size() > limits::profile_bytes_max)
      return refuse(errc::too_large, "number, issuer and scope of a credential are short texts");
  if (held.number.empty())
    return invalid("credential", "a credential has a number");
  if (held.valid_until <= held.valid_from)
    return invalid("credential", "a credential ends after it begins");
  return done{};
}

template <class WithCharter> // found, activate_charter
status check_charter(const state& s, const WithCharter& c, const context& in) {
  if (c.charter_text.size() > charter_bytes_max)
    return refuse(errc::too_large, "the charter's file is too long");
  if (c.charter_id.empty() || c.charter_id.size() > limits::key_bytes_max)
    return invalid("charter_id", "a charter has an id of at most 64 bytes");
  if (in.digest && in.digest(view_of(c.charter_text)) != c.charter_digest)
    return invalid("charter_digest", "the digest is not that of the charter's text");
  for (const auto& known : s.charters)
    if (known.id == c.charter_id && known.version >= c.charter_version)
      return refuse(errc::conflict, "this charter is active already in version " + std::to_string(known.version) +
                                        "; a change of it needs a higher one");
  return done{};
}

/// An office's code goes with a regulator, a region with a liaison officer, and neither with anybody else.
status check_office(const context& in, role r, const std::string& office) {
  const auto* book = book_of(in);
  if (r == role::regulator) {
    if (office.empty() || (book && !find_office(*book, office)))
      return invalid("office", "a regulator's officer belongs to an office that the charter names");
    return done{};
  }
  if (r != role::liaison_officer && !office.empty())
    return invalid("office", "only regulators and liaison officers have an office or a region");
  auto known = [&](const named_key& region) { return region.key == office; };
  if (!office.empty() && book && std::none_of(book->regions.begin(), book->regions.end(), known))
    return invalid("office", "the charter knows no such region");
  return done{};
}

status may(const context& in, act what) {
  if (in.by.from == caller::origin::system || in.by.is_user())
    return may_act(in, what);
  return refuse(errc::forbidden, "only the provider's own staff changes its policy");
}

/// Whether somebody could still grant roles, so that a provider doesn't lock itself out.
bool somebody_grants_without(const state& s, const context& in, const revoke_role& c) {
  const auto* book = book_of(in);
  if (!book)
    return true;
  for (const auto& [user, grants] : s.roles) {
    std::vector<role> held;
    for (const auto& grant : grants)
      if (user != c.user || grant.role != c.role)
        held.push_back(grant.role);
    if (check_role(*book, act::grant_role, held))
      return true;
  }
  return false;
}

// -- leaves ---------------------------------------------------------------------

rule_ref rule_of_power(const context& in, act what) {
  const auto* book = book_of(in);
  const auto* power = book ? find_power(*book, what) : nullptr;
  return power ? power->rule : rule_ref{};
}

rule_ref rule_of_credential(const context& in, const std::string& key) {
  if (const auto* book = book_of(in))
    for (const auto& kind : book->provider.credentials)
      if (kind.key == key)
        return kind.rule;
  return {};
}

leaf leaf_of(const credential& held, const std::string& provider, const context& in) {
  leaf out;
  out.type = leaf_type::credential_added;
  out.at = in.now;
  out.subject = provider;
  out.rule = rule_of_credential(in, held.kind);
  out.detail = {{"kind", held.kind},
                {"number", held.number},
                {"issuer", held.issuer},
                {"valid_from", to_text(held.valid_from)},
                {"valid_until", to_text(held.valid_until)}};
  return out;
}

leaf leaf_of(const charter_activated& e, const context& in) {
  leaf out;
  out.type = leaf_type::charter_activated;
  out.at = e.at;
  out.subject = e.id;
  out.rule = rule_of_power(in, act::activate_charter);
  out.detail = {{"version", std::to_string(e.version)}, {"from", to_text(e.from)}, {"sha256", to_hex(e.digest)}};
  return out;
}

/// Says which role, and commits to who holds it without naming a person.
leaf leaf_of_role(leaf_type type, role r, const std::string& office, user_id user, const context& in) {
  leaf out;
  out.type = type;
  out.at = in.now;
  out.subject = std::string{to_name(r)};
  out.rule = rule_of_power(in, act::grant_role);
  if (!office.empty())
    out.detail.push_back({"office", office});
  out.commitment = commitment(in, to_text(user));
  return out;
}

notice about_role(role r, bool granted, rule_ref rule) {
  notice out;
  out.kind = notice_kind::security;
  out.text = "The role " + std::string{to_name(r)} + (granted ? " was granted to you." : " was taken from you.");
  out.about = policy_entity;
  out.rule = std::move(rule);
  return out;
}

// -- commands -------------------------------------------------------------------

template <class WithCharter>
charter_activated activated(const WithCharter& c, timestamp now) {
  return {c.charter_text, c.charter_digest, c.charter_id, c.charter_version, c.charter_from, now};
}

outcome on(const state& s, const found& c, const context& in) {
  if (in.by.from != caller::origin::system)
    return refuse(errc::forbidden, "a provider is founded where its server is set up");
  if (s.version != 0)
    return refuse(errc::conflict, "the provider is founded already");
  if (c.provider.empty() || c.provider.size() > limits::title_bytes_max)
    return invalid("provider", "a provider has a name of at most 256 bytes");
  if (c.credentials.size() > limits::credentials_max)
    return refuse(errc::too_large, "a provider holds at most 32 credentials");
  for (const auto& held : c.credentials)
    if (auto ok = check(held); !ok)
      return ok.why();
  if (auto ok = check_charter(s, c, in); !ok)
    return ok.why();
  auto warnings = c.warnings_due;
  if (const auto* book = book_of(in); book && warnings.empty())
    warnings = all_warnings(*book, c.credentials);
  std::sort(warnings.begin(), warnings.end());

  decision<event> out;
  auto charter = activated(c, in.now);
  out.events = {founded{c.provider, c.credentials, in.now, std::move(warnings)}, charter};
  leaf first;
  first.type = leaf_type::provider_founded;
  first.at = in.now;
  first.subject = c.provider;
  out.effects.push_back(log_entry(std::move(first)));
  for (const auto& held : c.credentials)
    out.effects.push_back(log_entry(leaf_of(held, c.provider, in)));
  out.effects.push_back(log_entry(leaf_of(charter, in)));
  out.answer = policy_answer{s.version + 2};
  return out;
}

outcome on(const state& s, const add_credential& c, const context& in) {
  if (auto ok = may(in, act::add_provider_credential); !ok)
    return ok.why();
  if (auto ok = check(c.credential); !ok)
    return ok.why();
  const auto* book = book_of(in);
  auto known = [&](const credential_kind& kind) { return kind.key == c.credential.kind; };
  if (book && std::none_of(book->provider.credentials.begin(), book->provider.credentials.end(), known))
    return invalid("credential", "the charter asks providers for no such credential");
  auto all = with(s.credentials, c.credential);
  if (all.size() > limits::credentials_max)
    return refuse(errc::too_large, "a provider holds at most 32 credentials");

  decision<event> out;
  out.events.push_back(credential_added{c.credential, in.now, book ? all_warnings(*book, all) : s.warnings_due});
  out.effects.push_back(log_entry(leaf_of(c.credential, s.provider, in)));
  out.answer = policy_answer{s.version + 1};
  return out;
}

outcome on(const state& s, const grant_role& c, const context& in) {
  if (auto ok = may(in, act::grant_role); !ok)
    return ok.why();
  if (c.user.empty())
    return invalid("user", "whose role?");
  if (auto ok = check_office(in, c.role, c.office); !ok)
    return ok.why();
  if (c.same_person_is_staff)
    return refuse(errc::conflict, "the same person is staff already under another pseudonym: four eyes are two persons",
                  rule_of_power(in, act::grant_role));
  decision<event> out;
  auto held = s.roles.find(c.user);
  auto alike = [&](const role_grant& grant) { return grant.role == c.role && grant.office == c.office; };
  if (held != s.roles.end() && std::any_of(held->second.begin(), held->second.end(), alike)) {
    out.answer = policy_answer{s.version};
    return out;
  }
  if (held == s.roles.end() ? s.roles.size() >= limits::roles_max : held->second.size() >= roles_per_user_max)
    return refuse(errc::too_large, "no more roles can be granted; revoke one first");

  out.events.push_back(role_granted{c.user, {c.role, c.office, in.now}, salt_of(in)});
  out.effects.push_back(log_entry(leaf_of_role(leaf_type::role_granted, c.role, c.office, c.user, in)));
  out.effects.push_back(tell(c.user, about_role(c.role, true, rule_of_power(in, act::grant_role))));
  out.answer = policy_answer{s.version + 1};
  return out;
}

outcome on(const state& s, const revoke_role& c, const context& in) {
  if (auto ok = may(in, act::grant_role); !ok)
    return ok.why();
  auto held = s.roles.find(c.user);
  auto of_role = [&](const role_grant& grant) { return grant.role == c.role; };
  if (held == s.roles.end() || std::none_of(held->second.begin(), held->second.end(), of_role))
    return refuse(errc::not_found, "this user doesn't have that role");
  if (!somebody_grants_without(s, in, c))
    return refuse(errc::conflict, "somebody must remain who can grant roles", rule_of_power(in, act::grant_role));

  decision<event> out;
  out.events.push_back(role_revoked{c.user, c.role, in.now, salt_of(in)});
  out.effects.push_back(log_entry(leaf_of_role(leaf_type::role_revoked, c.role, {}, c.user, in)));
  out.effects.push_back(tell(c.user, about_role(c.role, false, rule_of_power(in, act::grant_role))));
  out.answer = policy_answer{s.version + 1};
  return out;
}

outcome on(const state& s, const activate_charter& c, const context& in) {
  if (auto ok = may(in, act::activate_charter); !ok)
    return ok.why();
  if (s.version == 0)
    return refuse(errc::conflict, "there is no provider yet");
  if (auto ok = check_charter(s, c, in); !ok)
    return ok.why();
  // Acts are judged by the rules of their time, so nothing may come into force in the past (article 10).
  if (c.charter_from < in.now)
    return invalid("charter_from", "a charter is announced ahead: it can't come into force in the past");
  decision<event> out;
  auto charter = activated(c, in.now);
  out.events.push_back(charter);
  out.effects.push_back(log_entry(leaf_of(charter, in)));
  out.answer = policy_answer{s.version + 1};
  return out;
}

/// One line for each credential that a warning since the last one is about.
std::string what_expires(const state& s, const context& in) {
  const auto* book = book_of(in);
  auto fresh = [&](timestamp at) { return s.warned_up_to < at && at <= in.now; };
  std::string text;
  for (const auto& held : s.credentials) {
    auto warnings = book ? expiry_warnings(*book, held) : std::vector<timestamp>{};
    auto named = "the provider's credential " + held.kind + " " + held.number;
    if (fresh(held.valid_until))
      text += named + " is over since " + to_text(held.valid_until) + ".\n";
    else if (held.valid_until > in.now && std::any_of(warnings.begin(), warnings.end(), fresh))
      text += named + " is valid until " + to_text(held.valid_until) + "; renew it before.\n";
  }
  return text.empty() ? "A credential of the provider expires soon; see the provider's status." : text;
}

outcome on(const state& s, const tick&, const context& in) {
  if (auto ok = only_system(in); !ok)
    return ok.why();
  decision<event> out;
  if (auto next = due(s); !next || *next > in.now)
    return out;
  out.events.push_back(expiry_warned{in.now});
  notice warning;
  warning.kind = notice_kind::deadline;
  warning.text = what_expires(s, in);
  warning.about = policy_entity;
  warning.rule = rule_of_power(in, act::add_provider_credential);
  warning.expects = "provider.add_credential";
  for (const auto& [user, grants] : s.roles)
    if (std::any_of(grants.begin(), grants.end(), [](const role_grant& g) { return g.role == role::operator_; }))
      out.effects.push_back(tell(user, warning));
  return out;
}

// -- events ---------------------------------------------------------------------

void apply(state& s, const founded& e) {
  ++s.version;
  s.provider = e.provider;
  s.founded_at = e.at;
  s.credentials = e.credentials;
  s.warnings_due = e.warnings_due;
  s.warned_up_to = e.at;
}
void apply(state& s, const credential_added& e) {
  ++s.version;
  s.credentials = with(std::move(s.credentials), e.credential);
  s.warnings_due = e.warnings_due;
}
void apply(state& s, const role_granted& e) {
  ++s.version;
  s.roles[e.user].push_back(e.grant);
}
void apply(state& s, const role_revoked& e) {
  ++s.version;
  auto& held = s.roles[e.user];
  std::erase_if(held, [&](const role_grant& grant) { return grant.role == e.role; });
  if (held.empty())
    s.roles.erase(e.user);
}
void apply(state& s, const charter_activated& e) {
  ++s.version;
  s.charters.push_back({e.id, e.version, e.digest, e.from, e.at, e.text});
}
void apply(state& s, const expiry_warned& e) { s.warned_up_to = e.up_to; }
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
  auto consider = [&](timestamp at) {
    if (at > s.warned_up_to && (!next || at < *next))
      next = at;
  };
  for (auto at : s.warnings_due)
    consider(at);
  for (const auto& held : s.credentials)
    consider(held.valid_until);
  return next;
}

} // namespace charter::policies
