#pragma once
// A public account: who edits it, what it may publish, and what holds it back.
//
// Articles 7.2 (current political news), 7.3 (badge), 8.2 (ladder). Every way to publish — post, re-post, import,
// correction — passes `may_publish`, the one gate (I2, I7, I8). Posts are rows; corrections, withdrawals and
// withholding get theirs as an argument (see `needs`).

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "domain/context.hpp"
#include "domain/standing.hpp"

namespace charter::accounts {

enum class editor_role : std::uint8_t { owner, editor };
CHARTER_ENUM(editor_role, 0, owner, editor)

// -- commands -----------------------------------------------------------------------

/// From the case that approved it, as an effect.
struct open {
  std::string name; ///< as shown; its normal form is claimed already
  name_id name_key;
  std::string description;
  std::string category; ///< key in the charter
  std::string kind;     ///< organisation kind, also for personal accounts
  std::string region;
  user_id owner;
  std::optional<organisation_id> organisation;
  news_right requested = news_right::none; ///< as approved; the organisation's entitlement bounds it
  CHARTER_FIELDS(open, name, name_key, description, category, kind, region, owner, organisation, requested)
};

/// Errors: `forbidden` (no active editor), `sanctioned`, `agreement_required`, `identity_required`, `not_entitled`,
/// `credential_missing`, `unavailable` (no policy), `too_large`.
struct publish {
  post_kind kind = post_kind::general;
  std::string title;
  personal_text text;
  std::string link; ///< origin of an imported entry
  CHARTER_FIELDS(publish, kind, title, text, link)
};
/// The source is read where the command enters.
struct repost {
  post_source source;
  post_kind kind = post_kind::general; ///< general or news_repost
  personal_text comment;
  CHARTER_FIELDS(repost, source, kind, comment)
};
/// Keeps the earlier wording. Needs the post.
struct correct {
  std::uint64_t number = 0;
  std::optional<std::string> title;
  personal_text text;
  CHARTER_FIELDS(correct, number, title, text)
};
/// By an editor, also under a sanction: taking back one's words is always possible. Needs the post.
struct withdraw_post {
  std::uint64_t number = 0;
  CHARTER_FIELDS(withdraw_post, number)
};
/// By the owner. Awaits the user's standing.
struct add_editor {
  user_id user;
  CHARTER_FIELDS(add_editor, user)
};
/// By the owner, or by the editor for itself. The owner stays.
struct remove_editor {
  user_id user;
  CHARTER_FIELDS(remove_editor, user)
};

// Effects.
/// From a user: its standing, at an edge's begin and at every change. Answered by users::standing_confirmed. It counts
/// for its own invitation only: an editor who was let go and invited anew doesn't act on what the first one brought,
/// since a sanction may have been confirmed in between (I2).
struct editor_standing {
  user_standing standing;
  std::uint64_t invitation = 0;
  CHARTER_FIELDS(editor_standing, standing, invitation)
};
/// From a user that refuses to be an editor (closed, unknown, too many).
struct editor_refused {
  std::string why;
  std::uint64_t invitation = 0;
  CHARTER_FIELDS(editor_refused, why, invitation)
};
/// From the organisation. Answered by organisations::standing_confirmed.
struct organisation_standing {
  charter::organisation_standing standing;
  CHARTER_FIELDS(organisation_standing, standing)
};
/// From a case: answered by cases::enforcement_confirmed.
struct restrict_ {
  restriction what;
  CHARTER_FIELDS(restrict_, what)
};
struct lift {
  case_id sanction;
  CHARTER_FIELDS(lift, sanction)
};
/// From a case. Need the post. Answered by cases::enforcement_confirmed.
struct withhold_post {
  case_id sanction;
  std::uint64_t number = 0;
  rule_ref rule;
  CHARTER_FIELDS(withhold_post, sanction, number, rule)
};
struct restore_post {
  case_id sanction;
  std::uint64_t number = 0;
  CHARTER_FIELDS(restore_post, sanction, number)
};
/// From a case: a news right granted later by review.
struct grant_right {
  news_right right = news_right::none;
  std::optional<special_approval> approval; ///< of a personal account; an organisation's stands with the organisation
  CHARTER_FIELDS(grant_right, right, approval)
};
struct follower_joined {
  CHARTER_NO_FIELDS(follower_joined)
};
struct follower_left {
  CHARTER_NO_FIELDS(follower_left)
};
/// From the organisation: it doesn't exist, has too many accounts, or the account's owner is none of its people.
struct organisation_refused {
  std::string why;
  CHARTER_FIELDS(organisation_refused, why)
};

using command = std::variant<open, publish, repost, correct, withdraw_post, add_editor, remove_editor, editor_standing,
                             editor_refused, organisation_standing, restrict_, lift, withhold_post, restore_post,
                             grant_right, follower_joined, follower_left, organisation_refused>;

// -- events -------------------------------------------------------------------------

struct opened {
  std::string name;
  name_id name_key;
  std::string description;
  std::string category;
  std::string kind;
  std::string region;
  user_id owner;
  std::optional<organisation_id> organisation;
  news_right requested = news_right::none;
  timestamp at;
  case_id by; ///< which hears when the account can be used
  CHARTER_FIELDS(opened, name, name_key, description, category, kind, region, owner, organisation, requested, at, by)
};
/// A post, a re-post or an imported entry.
struct published {
  std::uint64_t number = 0; ///< in the account's stream, from 1, without holes (I4)
  timestamp at;
  post_kind kind = post_kind::general;
  std::string title;
  personal_text text;
  std::string link;
  user_id author;
  std::optional<post_source> source;
  news_right badge = news_right::none; ///< carried by the post for ever (article 7.3)
  CHARTER_FIELDS(published, number, at, kind, title, text, link, author, source, badge)
};
struct corrected {
  std::uint64_t number = 0;
  timestamp at;
  std::string title;
  personal_text text;
  CHARTER_FIELDS(corrected, number, at, title, text)
};
struct post_withdrawn {
  std::uint64_t number = 0;
  timestamp at;
  CHARTER_FIELDS(post_withdrawn, number, at)
};
struct post_withheld {
  std::uint64_t number = 0;
  timestamp at;
  case_id sanction;
  rule_ref rule;
  CHARTER_FIELDS(post_withheld, number, at, sanction, rule)
};
struct post_restored {
  std::uint64_t number = 0;
  timestamp at;
  CHARTER_FIELDS(post_restored, number, at)
};
struct editor_invited {
  user_id user;
  editor_role role = editor_role::editor;
  std::uint64_t invitation = 0; ///< numbered per account, from 1
  CHARTER_FIELDS(editor_invited, user, role, invitation)
};
/// Makes an invited editor active, or brings an active one's standing up to date.
struct editor_standing_kept {
  user_id user;
  user_standing standing;
  CHARTER_FIELDS(editor_standing_kept, user, standing)
};
struct editor_removed {
  user_id user;
  bool refused = false; ///< the user declined, or can't be one
  CHARTER_FIELDS(editor_removed, user, refused)
};
struct organisation_standing_kept {
  charter::organisation_standing standing;
  CHARTER_FIELDS(organisation_standing_kept, standing)
};
struct restricted {
  restriction what;
  CHARTER_FIELDS(restricted, what)
};
struct restriction_lifted {
  case_id sanction;
  CHARTER_FIELDS(restriction_lifted, sanction)
};
struct right_granted {
  news_right right = news_right::none;
  std::optional<special_approval> approval;
  CHARTER_FIELDS(right_granted, right, approval)
};
struct followers_changed {
  std::uint64_t followers = 0;
  CHARTER_FIELDS(followers_changed, followers)
};
struct effect_refused {
  std::string why;
  CHARTER_FIELDS(effect_refused, why)
};
/// The owner or the organisation refused its part before the account could be used: it never came to be, and its case
/// gives the name back.
struct opening_failed {
  std::string why;
  CHARTER_FIELDS(opening_failed, why)
};

using event = std::variant<opened, published, corrected, post_withdrawn, post_withheld, post_restored, editor_invited,
                           editor_standing_kept, editor_removed, organisation_standing_kept, restricted,
                           restriction_lifted, right_granted, followers_changed, effect_refused, opening_failed>;

// -- state --------------------------------------------------------------------------

struct editor {
  user_id user;
  editor_role role = editor_role::editor;
  bool active = false; ///< false until the user's standing has arrived
  user_standing standing;
  std::uint64_t invitation = 0;
  CHARTER_FIELDS(editor, user, role, active, standing, invitation)
};
struct state {
  bool exists = false;
  std::string name;
  name_id name_key;
  std::string description;
  std::string category;
  std::string kind;
  std::string region;
  std::optional<organisation_id> organisation;
  news_right requested = news_right::none;
  std::optional<charter::organisation_standing> organisation_copy; ///< absent until it arrived; none for personal ones
  std::vector<editor> editors;
  std::vector<user_id> refused_editors; ///< the last few, so that a repeated command finds its answer
  restrictions held;
  timestamp opened_at;
  std::uint64_t last_number = 0;
  std::uint64_t followers = 0;
  timestamp day; ///< the UTC day that `posts_today` counts
  std::uint32_t posts_today = 0;
  case_id opened_by;
  bool opening_failed = false;
  std::optional<special_approval> approval; ///< of a personal account
  std::uint64_t last_invitation = 0;
  CHARTER_FIELDS(state, exists, name, name_key, description, category, kind, region, organisation, requested,
                 organisation_copy, editors, refused_editors, held, opened_at, last_number, followers, day, posts_today,
                 opened_by, opening_failed, approval, last_invitation)
};

/// What the account may do with current political news now: the lesser of what was approved and what its
/// organisation's kind and credentials give (article 7.2).
news_right right_of(const state& s, const context& in);

/// The gate of every way to publish.
status may_publish(const state& s, post_kind kind, const context& in);

needed_row needs(const command& c);
result<decision<event>> decide(const state& s, const command& c, const context& in);
void evolve(state& s, const event& e);

/// An invited editor (key: the user's id): active, refused, or not yet.
std::optional<status> outcome(const state& s, const id_bytes& key);

} // namespace charter::accounts
