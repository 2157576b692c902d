#include "domain/accounts_decisions.hpp"

namespace charter::accounts {

namespace {

/// Whether somebody can act for the account, and the organisation, if there is one, stands behind it.
bool usable(const state& s) {
  const auto* owner = find_owner(s);
  return s.exists && owner && owner->active && (!s.organisation || s.organisation_copy);
}

/// The event; and the case that opened the account hears of it when this is what made it usable.
decision<event> with_event(const state& s, event e, const context& in) {
  auto next = s;
  evolve(next, e);
  decision<event> out;
  out.events.push_back(std::move(e));
  if (!usable(s) && usable(next))
    out.effects.push_back({s.opened_by, cases::account_opened{self_of(in), false, {}}});
  return out;
}

/// Nobody, or no organisation, stands behind the account: it can't be used, and its case gives the name back.
decision<event> fail_opening(const state& s, const std::string& why, const context& in) {
  decision<event> out;
  out.events.push_back(opening_failed{why});
  for (const auto& editor : s.editors)
    out.effects.push_back({editor.user, users::end_edge{self_of(in)}});
  out.effects.push_back({s.opened_by, cases::account_opened{self_of(in), true, why}});
  return out;
}

status check_owner(const state& s, const context& in) {
  if (auto ok = check_editor(s, in); !ok)
    return ok.why();
  if (find_active(s, in.by.user())->role != editor_role::owner)
    return refuse(errc::forbidden, "only its owner says who edits an account");
  return done{};
}

} // namespace

// -- opening ----------------------------------------------------------------------------

made on(const state& s, const open& c, const context& in) {
  if (auto ok = only_entities(in, entity_kind::case_file); !ok)
    return ok.why();
  if (s.exists || s.opening_failed)
    return refuse(errc::conflict, "this account was opened before");
  auto self = self_of(in);
  decision<event> out;
  out.events.push_back(opened{c.name, c.name_key, c.description, c.category, c.kind, c.region, c.owner, c.organisation,
                              c.requested, in.now, in.by.who.as<entity_kind::case_file>()});
  auto invitation = s.last_invitation + 1;
  out.events.push_back(editor_invited{c.owner, editor_role::owner, invitation});
  out.effects.push_back({c.owner, users::begin_edge{self, invitation}});
  if (c.organisation)
    out.effects.push_back({*c.organisation, organisations::begin_edge{self, c.owner}});
  return out;
}

// -- editors ----------------------------------------------------------------------------

made on(const state& s, const add_editor& c, const context& in) {
  if (auto ok = check_owner(s, in); !ok)
    return ok.why();
  if (c.user.empty())
    return invalid("user", "please name a user");
  decision<event> out;
  const auto* known = find_editor(s, c.user);
  if (known && known->active)
    return refuse(errc::conflict, "this user edits the account already");
  out.awaiting = c.user.raw;
  if (known)
    return out;
  if (s.editors.size() >= limits::editors_max)
    return refuse(errc::too_large, "an account has at most 32 editors");
  auto invitation = s.last_invitation + 1;
  out.events.push_back(editor_invited{c.user, editor_role::editor, invitation});
  out.effects.push_back({c.user, users::begin_edge{self_of(in), invitation}});
  notice news;
  news.kind = notice_kind::invitation;
  news.text = "You may now edit the public account \"" + s.name + "\". You can give this up at any time.";
  news.about = in.self;
  news.expects = "account.remove_editor";
  out.effects.push_back(tell(c.user, std::move(news)));
  return out;
}

made on(const state& s, const remove_editor& c, const context& in) {
  if (auto ok = check_editor(s, in); !ok)
    return ok.why();
  if (c.user != in.by.user())
    if (auto ok = check_owner(s, in); !ok)
      return ok.why();
  const auto* known = find_editor(s, c.user);
  if (!known)
    return refuse(errc::not_found, "this user does not edit the account");
  if (known->role == editor_role::owner)
    return refuse(errc::conflict, "an account keeps its owner");
  decision<event> out;
  out.events.push_back(editor_removed{c.user, false});
  out.effects.push_back({c.user, users::end_edge{self_of(in)}});
  return out;
}

/// Journaled here, then confirmed: from the confirmation on, nothing that the standing forbids is accepted (I2).
made on(const state& s, const editor_standing& c, const context& in) {
  if (auto ok = only_entities(in, entity_kind::user); !ok)
    return ok.why();
  auto user = in.by.who.as<entity_kind::user>();
  const auto* known = find_editor(s, user);
  if (!known) {
    // Removed while its standing was on the way; the user forgets the edge, and no longer waits for it.
    decision<event> out;
    out.events.push_back(effect_refused{"this user does not edit the account"});
    out.effects.push_back({user, users::end_edge{self_of(in)}});
    return out;
  }
  // Of an edge that the user will find ended; what it brings may be older than a sanction that was confirmed since.
  if (c.invitation != known->invitation)
    return refuse(errc::conflict, "this standing answers another invitation");
  bool newer = !known->active || c.standing.sequence > known->standing.sequence;
  auto kept = newer ? event{editor_standing_kept{user, c.standing}} : event{effect_refused{"an older standing"}};
  auto out = with_event(s, std::move(kept), in);
  auto sequence = newer ? c.standing.sequence : known->standing.sequence;
  out.effects.push_back({user, users::standing_confirmed{self_of(in), sequence}});
  return out;
}

made on(const state& s, const editor_refused& c, const context& in) {
  if (auto ok = only_entities(in, entity_kind::user); !ok)
    return ok.why();
  auto user = in.by.who.as<entity_kind::user>();
  const auto* known = find_editor(s, user);
  if (!known || known->active || c.invitation != known->invitation)
    return refuse(errc::conflict, "nobody invited this user");
  if (known->role == editor_role::owner)
    return fail_opening(s, c.why, in);
  decision<event> out;
  out.events.push_back(editor_removed{user, true});
  return out;
}

// -- organisation -----------------------------------------------------------------------

made on(const state& s, const organisation_standing& c, const context& in) {
  if (!s.organisation || !in.by.is(*s.organisation))
    return refuse(errc::forbidden, "this account belongs to another organisation, or to none");
  const auto& copy = s.organisation_copy;
  bool newer = !copy || c.standing.sequence > copy->sequence;
  auto kept = newer ? event{organisation_standing_kept{c.standing}} : event{effect_refused{"an older standing"}};
  auto out = with_event(s, std::move(kept), in);
  auto sequence = newer ? c.standing.sequence : copy->sequence;
  out.effects.push_back({*s.organisation, organisations::standing_confirmed{self_of(in), sequence}});
  return out;
}

made on(const state& s, const organisation_refused& c, const context& in) {
  if (!s.exists || !s.organisation || !in.by.is(*s.organisation) || s.organisation_copy)
    return refuse(errc::conflict, "nothing waits for this organisation");
  return fail_opening(s, c.why, in);
}

// -- sanctions and rights -----------------------------------------------------------------

made on(const state& s, const restrict_& c, const context& in) {
  if (auto ok = check_sanction_from(in, c.what.sanction); !ok)
    return ok.why();
  if (!s.exists || !has_room_for(s.held, c.what.sanction))
    return refused_enforcement<event>(effect_refused{"no such account, or too many sanctions"}, c.what.sanction, false);
  decision<event> out;
  out.events.push_back(restricted{c.what});
  out.effects.push_back(confirm_enforcement(c.what.sanction, false));
  return out;
}

made on(const state& s, const lift& c, const context& in) {
  if (auto ok = check_sanction_from(in, c.sanction); !ok)
    return ok.why();
  if (!s.exists)
    return refused_enforcement<event>(effect_refused{"there is no such account"}, c.sanction, true);
  decision<event> out;
  out.events.push_back(restriction_lifted{c.sanction});
  out.effects.push_back(confirm_enforcement(c.sanction, true));
  return out;
}

made on(const state& s, const grant_right& c, const context& in) {
  if (auto ok = only_entities(in, entity_kind::case_file); !ok)
    return ok.why();
  if (!s.exists)
    return refuse(errc::not_found, "there is no such account");
  decision<event> out;
  out.events.push_back(right_granted{c.right, c.approval ? c.approval : s.approval});
  return out;
}

// -- followers --------------------------------------------------------------------------

namespace {

made count_followers(const state& s, std::uint64_t followers, const context& in) {
  if (auto ok = only_entities(in, entity_kind::user); !ok)
    return ok.why();
  if (!s.exists)
    return refuse(errc::not_found, "there is no such account");
  decision<event> out;
  out.events.push_back(followers_changed{followers});
  return out;
}

} // namespace

made on(const state& s, const follower_joined&, const context& in) { return count_followers(s, s.followers + 1, in); }
made on(const state& s, const follower_left&, const context& in) {
  return count_followers(s, s.followers - std::min<std::uint64_t>(s.followers, 1), in);
}

} // namespace charter::accounts
