#pragma once
// What lists and look-ups show: rows as clients see them. Pure types, so that net/ and apps/ need no storage.
//
// Public views never name a post's author or a member of staff. Every account and every post carries its badge
// (article 7.3). A list gives up to `limit` items and, when there is more, `next`, which the client hands back as
// `after`.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/accounts.hpp"
#include "domain/cases.hpp"
#include "domain/chats.hpp"
#include "domain/identities.hpp"
#include "domain/notice.hpp"
#include "domain/rows.hpp"
#include "domain/users.hpp"

namespace charter {

template <class T>
struct page {
  std::vector<T> items;
  std::optional<std::string> next; ///< opaque; absent at the end
  CHARTER_FIELDS(page, items, next)
};

/// How clients ask for one. `limit` 0 is limits::page_items_default; more than page_items_max is cut.
struct page_request {
  std::uint32_t limit = 0;
  std::string after;
  CHARTER_FIELDS(page_request, limit, after)
};

// -- accounts and posts -------------------------------------------------------------------

/// A sanction that readers are told of.
struct restriction_view {
  std::string sanction; ///< "snc_…"
  sanction_step step = sanction_step::warn;
  sanction_scope scope = sanction_scope::nothing;
  std::optional<std::uint32_t> posts_per_day;
  std::optional<timestamp> until; ///< absent: until lifted
  rule_ref rule;
  CHARTER_FIELDS(restriction_view, sanction, step, scope, posts_per_day, until, rule)
};

struct account_view {
  account_id account;
  std::string name;
  std::string description;
  std::string category;
  std::string kind; ///< organisation kind
  std::string region;
  news_right badge = news_right::none; ///< what it may do with current political news now
  std::optional<organisation_id> organisation;
  std::uint64_t followers = 0;
  std::uint64_t posts = 0;            ///< number of the last one
  std::optional<timestamp> posted_at; ///< the last one
  timestamp opened_at;
  std::vector<restriction_view> restrictions; ///< in force, its organisation's among them
  CHARTER_FIELDS(account_view, account, name, description, category, kind, region, badge, organisation, followers,
                 posts, posted_at, opened_at, restrictions)
};

/// An account for somebody who edits it.
struct my_account {
  account_view account;
  accounts::editor_role role = accounts::editor_role::editor;
  bool active = false; ///< false while the user's standing is on its way
  CHARTER_FIELDS(my_account, account, role, active)
};

struct post_view {
  post_id post;
  account_id account;
  std::string account_name;
  news_right badge = news_right::none; ///< the account's when it was published
  std::uint64_t number = 0;
  timestamp at;
  post_kind kind = post_kind::general;
  post_state state = post_state::visible; ///< unless visible, there is no title, text, link, source or history
  std::string title;
  std::string text;
  std::string link;
  std::optional<post_source> source;   ///< of a re-post
  std::vector<post_version> earlier;   ///< wordings before corrections, oldest first
  std::optional<rule_ref> rule;        ///< why it is withheld
  std::optional<std::string> sanction; ///< "snc_…" that withholds it
  CHARTER_FIELDS(post_view, post, account, account_name, badge, number, at, kind, state, title, text, link, source,
                 earlier, rule, sanction)
};

/// A merge of the accounts that somebody follows, in the order of time. Each of the two cursors stays good until a page
/// brings another one: the first page brings both.
struct feed_page {
  std::vector<post_view> items;
  std::optional<std::string> newer; ///< asks for what comes after
  std::optional<std::string> older; ///< asks for what came before; absent, too, when that is all
  bool more = false;                ///< there is more in the direction that was asked for
  CHARTER_FIELDS(feed_page, items, newer, older, more)
};

// -- users and organisations ----------------------------------------------------------------

struct user_view {
  user_id user;
  std::string pseudonym; ///< empty when closed
  std::string about;
  timestamp registered_at;
  bool closed = false;
  CHARTER_FIELDS(user_view, user, pseudonym, about, registered_at, closed)
};

struct notice_view {
  std::uint64_t number = 0;
  timestamp at;
  charter::notice notice;
  CHARTER_FIELDS(notice_view, number, at, notice)
};

struct session_view {
  std::uint64_t session = 0;
  std::string device;
  timestamp at;
  timestamp until;
  CHARTER_FIELDS(session_view, session, device, at, until)
};

struct organisation_view {
  organisation_id organisation;
  std::string kind;
  std::string name;
  std::string region;
  timestamp registered_at;
  std::vector<credential> confirmed;
  std::vector<restriction_view> restrictions; ///< in force
  CHARTER_FIELDS(organisation_view, organisation, kind, name, region, registered_at, confirmed, restrictions)
};

// -- chats ----------------------------------------------------------------------------------

struct message_view {
  std::uint64_t number = 0;
  timestamp at;
  user_id author;
  std::string author_name;
  std::string text; ///< opened by the chat's actor; empty after a recall
  std::optional<timestamp> edited_at;
  bool recalled = false;
  CHARTER_FIELDS(message_view, number, at, author, author_name, text, edited_at, recalled)
};

struct chat_view {
  chat_id chat;
  chats::chat_kind kind = chats::chat_kind::direct;
  std::string title;     ///< of a group
  user_id peer;          ///< of a direct chat
  std::string peer_name; ///< empty when closed
  std::uint64_t last_number = 0;
  timestamp last_at; ///< of the last message, or of the opening
  std::uint64_t unread = 0;
  CHARTER_FIELDS(chat_view, chat, kind, title, peer, peer_name, last_number, last_at, unread)
};

struct invitation_view {
  chat_id chat;
  std::string title;
  user_id by;
  std::string by_name;
  timestamp at;
  CHARTER_FIELDS(invitation_view, chat, title, by, by_name, at)
};

// -- cases ------------------------------------------------------------------------------------

/// What the desk has to do.
enum class desk_queue : std::uint8_t { application = 1, complaint, appeal, second };
CHARTER_ENUM(desk_queue, 1, application, complaint, appeal, second)

struct queue_item {
  std::string case_; ///< "cas_…", "cmp_…", "apl_…"
  desk_queue queue = desk_queue::application;
  cases::case_kind kind = cases::case_kind::application;
  std::string lane; ///< of an application
  std::string region;
  std::string title;                       ///< name applied for, or key of the complaint's reason
  std::optional<cases::target> target;     ///< of a complaint or a sanction
  std::optional<severity> weight;          ///< of a complaint
  news_right requested = news_right::none; ///< of an application
  timestamp opened_at;
  timestamp deadline;
  bool escalated = false;
  user_id assignee; ///< empty: free
  CHARTER_FIELDS(queue_item, case_, queue, kind, lane, region, title, target, weight, requested, opened_at, deadline,
                 escalated, assignee)
};

/// How much waits for the desk.
struct queue_load {
  desk_queue queue = desk_queue::application;
  std::uint64_t waiting = 0;
  std::uint64_t escalated = 0;
  std::uint64_t claimed = 0;
  std::optional<timestamp> next_deadline;
  CHARTER_FIELDS(queue_load, queue, waiting, escalated, claimed, next_deadline)
};

struct appeal_view {
  std::string appeal; ///< "apl_…"
  std::string statement;
  timestamp at;
  timestamp deadline;
  std::optional<cases::verdict> verdict; ///< absent: not decided
  std::string reason;
  std::optional<timestamp> decided_at;
  CHARTER_FIELDS(appeal_view, appeal, statement, at, deadline, verdict, reason, decided_at)
};

/// The public facts of a sanction: what, why, until when, and how it went on (I9). Persons are not named.
struct sanction_view {
  std::string sanction; ///< "snc_…"
  entity_id target;     ///< account or organisation; empty for a person unless it asks itself
  std::optional<std::uint64_t> post;
  cases::measure measure;
  cases::reasons reasons;
  sanction_step recommended = sanction_step::warn;
  severity weight = severity::minor;
  std::string region;
  timestamp at;
  std::optional<timestamp> until;
  timestamp appeal_until;
  bool enforced = false; ///< all that it restricts have journaled it
  std::optional<timestamp> lifted_at;
  bool overturned = false; ///< by an appeal: struck from the record
  std::string lift_reason;
  bool appealed = false;
  CHARTER_FIELDS(sanction_view, sanction, target, post, measure, reasons, recommended, weight, region, at, until,
                 appeal_until, enforced, lifted_at, overturned, lift_reason, appealed)
};

/// A case as its parties see it.
struct case_view {
  std::string case_; ///< "cas_…", "cmp_…" or "snc_…"
  cases::case_kind kind = cases::case_kind::application;
  cases::case_status status = cases::case_status::opening;
  timestamp opened_at;
  std::optional<timestamp> deadline; ///< while somebody has to act
  std::string title;                 ///< name applied for, or key of the complaint's reason
  std::optional<account_id> account; ///< that an application asks for
  bool account_open = false;
  std::optional<cases::target> target;
  std::optional<cases::verdict> verdict; ///< the latest
  std::string reason;                    ///< of the verdict
  rule_ref rule;
  std::optional<timestamp> decided_at;
  std::optional<sanction_view> sanction;
  std::optional<appeal_view> appeal;
  CHARTER_FIELDS(case_view, case_, kind, status, opened_at, deadline, title, account, account_open, target, verdict,
                 reason, rule, decided_at, sanction, appeal)
};

// -- offices, disclosures -----------------------------------------------------------------------

struct office_item_view {
  std::string item;   ///< "fil_…", "rep_…", "ref_…"
  std::string office; ///< code
  office_item_kind kind = office_item_kind::filing;
  office_item_state state = office_item_state::sent;
  timestamp at;
  timestamp due;
  entity_id about;
  std::string title;
  std::string department;
  std::vector<labelled> content;
  digest32 evidence{};
  std::optional<timestamp> acknowledged_at;
  std::string receipt;
  std::string answer;
  CHARTER_FIELDS(office_item_view, item, office, kind, state, at, due, about, title, department, content, evidence,
                 acknowledged_at, receipt, answer)
};

/// For privacy officers: that an identity was asked for, never what was seen.
struct disclosure_view {
  disclosure_id disclosure;
  identities::disclosure_status status = identities::disclosure_status::requested;
  user_id about;
  user_id requested_by;
  user_id decided_by;
  std::string basis;
  std::string reference;
  timestamp requested_at;
  std::optional<timestamp> usable_until;
  std::optional<std::uint64_t> leaf; ///< of the opening
  CHARTER_FIELDS(disclosure_view, disclosure, status, about, requested_by, decided_by, basis, reference, requested_at,
                 usable_until, leaf)
};

} // namespace charter
