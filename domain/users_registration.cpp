#include "domain/users_decisions.hpp"

namespace charter::users {

namespace {

// -- checks -------------------------------------------------------------------------

charter::status check_pseudonym(const personal_text& pseudonym, const name_id& name) {
  auto text = pseudonym.value_or_empty();
  if (text.empty() || name.empty())
    return invalid("pseudonym", "please choose a pseudonym");
  if (text.size() > limits::pseudonym_bytes_max)
    return refuse(errc::too_large, "a pseudonym has at most 64 bytes");
  return done{};
}

charter::status check_language(const std::string& language) {
  if (language.size() > limits::key_bytes_max)
    return refuse(errc::too_large, "a language tag has at most 64 bytes");
  return done{};
}

/// Item by item, and over the very text that is in force now.
charter::status check_agreement(std::uint32_t version, const digest32& digest, const std::vector<std::string>& items,
                                const context& in) {
  auto book = rules_of(in);
  if (!book)
    return book.why();
  if (auto ok = check_signature(**book, version, items); !ok)
    return ok.why();
  if (digest != in.digest(view_of(canonical_text((*book)->agreement))))
    return refuse(errc::agreement_required,
                  "the text that was signed is not the agreement in force; please read it anew",
                  (*book)->agreement.rule);
  return done{};
}

charter::status check_registration(const register_& c) {
  if (auto ok = check_pseudonym(c.pseudonym, c.name); !ok)
    return ok.why();
  if (c.identity.value_or_empty().empty())
    return refuse(errc::identity_required, "please verify your identity first");
  auto hash = c.password_hash.value_or_empty();
  if (hash.empty() || hash.size() > limits::password_bytes_max)
    return invalid("password", "please choose a password");
  return check_language(c.language);
}

rule_ref identity_rule(const context& in) {
  auto book = rules_of(in);
  return book ? (*book)->identity.rule : rule_ref{};
}

} // namespace

// -- registration ---------------------------------------------------------------------

made on(const state& s, const register_& c, const context& in) {
  if (in.by.from != caller::origin::anonymous)
    return refuse(errc::forbidden, "whoever is signed in is registered already");
  if (s.status != status::none)
    return refuse(errc::conflict, "this registration was begun already");
  if (auto ok = pass_gate(in, act::register_); !ok)
    return ok.why();
  if (auto ok = check_registration(c); !ok) {
    auto why = ok.why();
    if (why.code == errc::identity_required)
      why.rule = identity_rule(in);
    return why;
  }
  if (auto ok = check_agreement(c.agreement_version, c.agreement_digest, c.items, in); !ok)
    return ok.why();
  auto self = self_of(in);
  decision<event> out;
  out.events.push_back(registration_started{c.pseudonym, c.name, c.identity, c.password_hash, c.agreement_version,
                                            c.agreement_digest, c.language, in.now});
  out.effects.push_back({c.name, names::claim{self}});
  out.effects.push_back({*c.identity.value, identities::claim_place{self, c.ticket}});
  out.answer = user_answer{self};
  out.awaiting = in.self.raw;
  return out;
}

namespace {

effect release_name(const name_id& name, const context& in) { return {name, names::release{in.self}}; }
effect release_place(const identity_id& identity, const context& in, bool registration_failed) {
  return {identity, identities::release_place{self_of(in), registration_failed}};
}

/// Both granted: registered. One refused: failed, and the other is given back, now or when it is known.
decision<event> step(const state& s, registration_step e, std::string detail, rule_ref rule, const context& in) {
  auto next = s;
  evolve(next, e);
  decision<event> out;
  out.events.push_back(e);
  bool over = s.status == status::failed;
  bool fails = !over && !e.granted;
  if (next.status == status::registering && next.name_granted && next.place_granted)
    out.events.push_back(registered{next.region, in.now});
  if (fails)
    out.events.push_back(registration_failed{e.why, std::move(detail), std::move(rule)});
  // Given back: the one that has just come too late, or the one that came before the refusal.
  bool give_name = e.name ? over && e.granted : fails && s.name_granted;
  bool give_place = e.name ? fails && s.place_granted : over && e.granted;
  if (give_name)
    out.effects.push_back(release_name(s.name, in));
  if (give_place)
    out.effects.push_back(release_place(s.identity.value_or_empty(), in, true));
  return out;
}

made rename_step(const state& s, const name_answer& c, const context& in) {
  const auto& wanted = s.renaming.front();
  decision<event> out;
  if (c.granted && s.status == status::active) {
    out.events.push_back(renamed{wanted.pseudonym, wanted.name});
    out.effects.push_back(release_name(s.name, in));
    return out;
  }
  out.events.push_back(rename_failed{wanted.name});
  if (c.granted)
    out.effects.push_back(release_name(wanted.name, in));
  return out;
}

bool registering(const state& s) { return s.status == status::registering || s.status == status::failed; }

} // namespace

made on(const state& s, const name_answer& c, const context& in) {
  if (!in.by.is(c.name))
    return refuse(errc::forbidden, "only the name itself says who holds it");
  if (registering(s) && c.name == s.name)
    return step(s, {true, c.granted, errc::conflict, {}}, "this pseudonym is taken; please choose another one", {}, in);
  if (!s.renaming.empty() && s.renaming.front().name == c.name)
    return rename_step(s, c, in);
  return refuse(errc::conflict, "nobody waits for this name");
}

made on(const state& s, const place_answer& c, const context& in) {
  if (!registering(s) || !s.identity.value || !in.by.is(*s.identity.value))
    return refuse(errc::conflict, "nobody waits for this place");
  return step(s, {false, c.granted, c.why, c.region}, c.detail, c.rule, in);
}

// -- what a user changes about itself -------------------------------------------------

made on(const state& s, const sign_agreement& c, const context& in) {
  if (auto ok = check_self(s, in); !ok)
    return ok.why();
  if (auto ok = pass_gate(in, act::sign_agreement); !ok)
    return ok.why();
  if (auto ok = check_agreement(c.version, c.digest, c.items, in); !ok)
    return ok.why();
  decision<event> out;
  if (s.agreement_version == c.version && s.agreement_digest == c.digest)
    return out;
  out.events = {agreement_signed{c.version, c.digest, in.now}, standing_changed{s.standing_sequence + 1}};
  auto next = s;
  for (const auto& e : out.events)
    evolve(next, e);
  for (const auto& edge : next.edges)
    out.effects.push_back(standing_for(edge, next));
  return out;
}

namespace {

charter::status check_profile(const update& c) {
  if (c.pseudonym.has_value() != c.name.has_value())
    return invalid("pseudonym", "a pseudonym goes with its normal form");
  if (c.pseudonym)
    if (auto ok = check_pseudonym(*c.pseudonym, *c.name); !ok)
      return ok.why();
  if (c.about && c.about->value_or_empty().size() > limits::profile_bytes_max)
    return refuse(errc::too_large, "a profile has at most 2000 bytes");
  return c.language ? check_language(*c.language) : charter::status{done{}};
}

} // namespace

made on(const state& s, const update& c, const context& in) {
  if (auto ok = check_self(s, in); !ok)
    return ok.why();
  if (auto ok = check_profile(c); !ok)
    return ok.why();
  if (c.name && !s.renaming.empty())
    return refuse(errc::conflict, "another change of the pseudonym is under way");
  decision<event> out;
  if (c.about || c.language)
    out.events.push_back(profile_updated{c.about, c.language});
  if (!c.name)
    return out;
  // Another spelling of the same name is no other name: it is held already.
  if (*c.name == s.name) {
    if (*c.pseudonym != s.pseudonym)
      out.events.push_back(renamed{*c.pseudonym, *c.name});
    return out;
  }
  out.events.push_back(rename_started{*c.pseudonym, *c.name});
  out.effects.push_back({*c.name, names::claim{in.self}});
  out.awaiting = c.name->raw;
  return out;
}

/// A sanction holds back public acts, not leaving.
made on(const state& s, const close& c, const context& in) {
  if (auto ok = check_self(s, in); !ok)
    return ok.why();
  decision<event> out;
  if (auto all = close_sessions(s, [](const session_state&) { return true; }))
    out.events.push_back(std::move(*all));
  out.events.push_back(closed{in.now});
  out.events.push_back(standing_changed{s.standing_sequence + 1});
  auto next = s;
  for (const auto& e : out.events)
    evolve(next, e);
  // The accounts first, so that rights on them end before anything else is given up.
  for (const auto& edge : next.edges)
    out.effects.push_back(standing_for(edge, next));
  for (const auto& account : s.subscriptions)
    out.effects.push_back({account, accounts::follower_left{}});
  for (const auto& chat : c.chats)
    out.effects.push_back({chat, chats::member_closed{}});
  out.effects.push_back(release_name(s.name, in));
  if (s.identity.value)
    out.effects.push_back(release_place(*s.identity.value, in, false));
  return out;
}

} // namespace charter::users
