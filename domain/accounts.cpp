#include "domain/accounts.hpp"

#include "domain/accounts_decisions.hpp"

namespace charter::accounts {

namespace {

void apply(state& s, const opened& e) {
  s.exists = true;
  s.name = e.name;
  s.name_key = e.name_key;
  s.description = e.description;
  s.category = e.category;
  s.kind = e.kind;
  s.region = e.region;
  s.organisation = e.organisation;
  s.requested = e.requested;
  s.opened_at = e.at;
  s.opened_by = e.by;
}

// -- posts ------------------------------------------------------------------------------

void apply(state& s, const published& e) {
  auto day = std::chrono::floor<std::chrono::days>(e.at);
  s.posts_today = s.day == day ? s.posts_today + 1 : 1;
  s.day = day;
  s.last_number = e.number;
}
void apply(state&, const corrected&) {}
void apply(state&, const post_withdrawn&) {}
void apply(state&, const post_withheld&) {}
void apply(state&, const post_restored&) {}

// -- editors and organisation -------------------------------------------------------------

void apply(state& s, const editor_invited& e) {
  std::erase(s.refused_editors, e.user);
  s.editors.push_back({e.user, e.role, false, {}, e.invitation});
  s.last_invitation = e.invitation;
}
void apply(state& s, const editor_standing_kept& e) {
  for (auto& editor : s.editors)
    if (editor.user == e.user) {
      editor.active = true;
      editor.standing = e.standing;
    }
}
void apply(state& s, const editor_removed& e) {
  std::erase_if(s.editors, [&](const editor& x) { return x.user == e.user; });
  if (!e.refused)
    return;
  if (s.refused_editors.size() >= limits::answers_remembered_max)
    s.refused_editors.erase(s.refused_editors.begin());
  s.refused_editors.push_back(e.user);
}
void apply(state& s, const organisation_standing_kept& e) { s.organisation_copy = e.standing; }
void apply(state& s, const opening_failed&) {
  s.opening_failed = true;
  s.exists = false;
  s.editors.clear();
}

// -- sanctions, rights, followers -----------------------------------------------------------

void apply(state& s, const restricted& e) { put_restriction(s.held, e.what); }
void apply(state& s, const restriction_lifted& e) { drop_restriction(s.held, e.sanction); }
void apply(state& s, const right_granted& e) {
  s.requested = e.right;
  s.approval = e.approval;
}
void apply(state& s, const followers_changed& e) { s.followers = e.followers; }
void apply(state&, const effect_refused&) {}

} // namespace

needed_row needs(const command& c) {
  return std::visit(
      [](const auto& x) -> needed_row {
        if constexpr (requires { x.number; })
          return {needed_row::table::post, x.number};
        else
          return {};
      },
      c);
}

result<decision<event>> decide(const state& s, const command& c, const context& in) {
  auto made = std::visit([&](const auto& x) { return on(s, x, in); }, c);
  return refusals_to_entities_are_events<effect_refused>(std::move(made), in);
}

void evolve(state& s, const event& e) {
  std::visit([&](const auto& x) { apply(s, x); }, e);
}

std::optional<status> outcome(const state& s, const id_bytes& key) {
  user_id user{key};
  if (std::find(s.refused_editors.begin(), s.refused_editors.end(), user) != s.refused_editors.end())
    return refuse(errc::forbidden, "this user can't be an editor, or doesn't want to");
  const auto* known = find_editor(s, user);
  // Taken back before the answer came: there is nothing left to wait for.
  if (!known)
    return refuse(errc::conflict, "the invitation was taken back");
  return known->active ? std::optional{status{done{}}} : std::nullopt;
}

} // namespace charter::accounts
