#pragma once
// The questions put to the store. Read-only, each with bounded work; any thread may ask.
//
// What is found was folded from durable records only, so it may be told to anybody who may ask: *whether* they may is
// for the caller to decide, except that public views (post_view, account_view, sanction_view) are safe for everyone.
// Lists take `page_request`; a cursor that isn't one of ours gives `invalid_params` naming `after`.
// Rows of another shard may lag behind its journal; nothing here waits.

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/pages.hpp"
#include "domain/policies.hpp"
#include "storage/journal.hpp"
#include "storage/store.hpp"
#include "storage/stored_rows.hpp"

namespace charter::storage {

/// By which time and policy badges and restrictions are judged. Without policy there are no badges.
struct viewpoint {
  timestamp now;
  const policy_view* policy = nullptr;
};

// -- for shards (queries_shard.cpp) ------------------------------------------------------

/// How a row is read: from the store, or through a folder that holds what isn't durable yet.
using row_source = std::function<std::optional<bytes>(const std::string& key)>;

/// The rows that a decision needs.
facts facts_for(const row_source& rows, const entity_id& self, needed_row which);
facts facts_for(const store& rows, const entity_id& self, needed_row which);

/// None, too, when it can't be decoded.
std::optional<snapshot_row> snapshot_of(const store& rows, const entity_id& x);
/// Positions of the entity's changes after `after`, ascending, at most `limit`.
std::vector<position> changes_of(const store& rows, const entity_id& x, position after, std::size_t limit);
/// The position of the last one; zero when there is none.
position last_change_of(const store& rows, const entity_id& x);
/// Zero when nothing was delivered yet.
effect_cursor effect_cursor_of(const store& rows, shard_id source, shard_id target);

/// By this entity; a point look-up.
std::optional<command_row> command_result(const store& rows, const entity_id& principal, const command_id& c,
                                          const entity_id& x);
/// By any entity: for the same id with other content (`conflict`).
std::optional<command_row> command_result(const store& rows, const entity_id& principal, const command_id& c);
/// Deletes results older than limits::command_results_kept, at most `limit`. Gives their number.
std::size_t expire_command_results(store& rows, timestamp now, std::size_t limit);

struct due_entity {
  timestamp at;
  entity_id entity;
};
/// What is due up to and with `now`, earliest first.
std::vector<due_entity> due_entities(const store& rows, shard_id shard, timestamp now, std::size_t limit);
/// When the next one is due.
std::optional<timestamp> next_due(const store& rows, shard_id shard);
std::optional<timestamp> due_of(const store& rows, const entity_id& x);

// -- users (queries_users.cpp) -----------------------------------------------------------

/// None when it isn't registered (yet). A closed one is found, without its name.
std::optional<user_view> user(const store& rows, const user_id& u);
/// By the hash of the name's normal form.
std::optional<user_id> user_by_name(const store& rows, const name_id& name);
/// Pseudonyms that begin so, in no order; at least two letters, ASCII ones in any case. Looks at search_rows_max rows.
std::vector<user_view> find_users(const store& rows, std::string_view prefix, std::uint32_t limit);
/// In the order of `who`; empty for who isn't registered or is closed.
std::vector<std::string> pseudonyms(const store& rows, std::span<const user_id> who);

/// While it lasts.
std::optional<session_row> session_by_token(const store& rows, const digest32& token_hash, timestamp now);
std::vector<session_view> sessions_of(const store& rows, const user_id& u);
/// Argon2id, encoded; none when the user isn't registered or is closed.
std::optional<std::string> password_of(const store& rows, const user_id& u);
/// Whom the vault asks about this user: ids only, on nodes that fold the vault's shards. One, unless a registration was
/// tried with two.
std::vector<identity_id> identities_behind(const store& rows, const user_id& u);

/// Newest first. `after` is a cursor.
result<page<notice_view>> notices(const store& rows, const user_id& u, const page_request& ask);
/// After this number, oldest first: for who saw a hole.
std::vector<notice_view> notices_after(const store& rows, const user_id& u, std::uint64_t number, std::size_t limit);

// -- accounts (queries_accounts.cpp) -------------------------------------------------------

std::optional<account_view> account(const store& rows, const account_id& a, const viewpoint& view);
std::optional<account_id> account_by_name(const store& rows, const name_id& name);
/// Those that the user edits or is invited to edit.
std::vector<my_account> accounts_of(const store& rows, const user_id& u, const viewpoint& view);
std::vector<account_view> accounts_of(const store& rows, const organisation_id& o, const viewpoint& view);

struct directory_filter {
  std::string kind; ///< empty: any; so are the others
  std::string region;
  std::string category;
  std::optional<news_right> badge; ///< exactly this
  CHARTER_FIELDS(directory_filter, kind, region, category, badge)
};
/// By name. Closed accounts are left out. A page may be short although there is a `next`: its work is bounded.
result<page<account_view>> directory(const store& rows, const directory_filter& filter, const page_request& ask,
                                     const viewpoint& view);
/// In the directory under this region, closed ones among them; counts at most limits::search_rows_max.
std::uint64_t accounts_in_region(const store& rows, std::string_view region);
/// Names that begin with the text, then those that contain it. Bounded as the directory is.
result<page<account_view>> search_accounts(const store& rows, std::string_view text, const page_request& ask,
                                           const viewpoint& view);

std::optional<organisation_view> organisation(const store& rows, const organisation_id& o, timestamp now);
std::optional<organisation_row> organisation_facts(const store& rows, const organisation_id& o); ///< for its owner
std::vector<organisation_view> organisations_of(const store& rows, const user_id& owner, timestamp now);

/// Who is told of a complaint or a sanction: the active editors, the organisation's owner, the user.
std::vector<user_id> notified_for(const store& rows, const entity_id& target);
/// GB/T 2260; empty when unknown.
std::string region_of(const store& rows, const entity_id& target);

// -- posts and feeds (queries_feed.cpp) ----------------------------------------------------

std::optional<post_view> post(const store& rows, const post_id& p);
/// For who re-posts it: none unless it is visible.
std::optional<post_source> source_of(const store& rows, const post_id& p);
/// Newest first. `after` is a cursor.
result<page<post_view>> posts_of(const store& rows, const account_id& a, const page_request& ask);
/// Numbers from `from` to `to`, ascending, at most page_items_max: for who saw a hole.
std::vector<post_view> posts_between(const store& rows, const account_id& a, std::uint64_t from, std::uint64_t to);

struct feed_request {
  std::uint32_t limit = 0;
  std::string newer; ///< cursor of an earlier page; both empty: the newest posts
  std::string older;
  CHARTER_FIELDS(feed_request, limit, newer, older)
};
/// Merges the accounts' posts by (time, account, number), oldest first within the page. A cursor holds one position
/// per shard, so no post is missed, however late its shard was, and none comes twice. `shards`: of the node.
result<feed_page> feed_sync(const store& rows, std::span<const account_id> subscriptions, const feed_request& ask,
                            shard_id shards);

// -- chats (queries_chats.cpp) -------------------------------------------------------------

std::optional<membership_row> membership(const store& rows, const user_id& u, const chat_id& c);
/// All that the user is a member of or invited to, at most limits::chats_listed_max: who closes leaves them.
std::vector<chat_id> chat_ids_of(const store& rows, const user_id& u);
/// By last activity, newest first. At most limits::chats_listed_max are looked at.
result<page<chat_view>> chats_of(const store& rows, const user_id& u, const page_request& ask);
std::vector<invitation_view> invitations_of(const store& rows, const user_id& u);
/// Sealed, newest first, after the number that the member may see from. `after` is a cursor.
result<page<message_row>> messages(const store& rows, const chat_id& c, std::uint64_t from, const page_request& ask);
/// Numbers from `from` to `to`, ascending, at most page_items_max.
std::vector<message_row> messages_between(const store& rows, const chat_id& c, std::uint64_t from, std::uint64_t to);

// -- the desk (queries_desk.cpp) -----------------------------------------------------------

struct queue_filter {
  std::string lane;
  std::string region;
  std::optional<bool> claimed; ///< by anybody
  user_id assignee;            ///< empty: any
  CHARTER_FIELDS(queue_filter, lane, region, claimed, assignee)
};
/// Escalated ones first, then by deadline. A page may be short although there is a `next`: its work is bounded.
result<page<queue_item>> desk_queue_page(const store& rows, desk_queue q, const queue_filter& filter,
                                         const page_request& ask);
/// Counts at most limits::search_rows_max per queue.
std::vector<queue_load> desk_load(const store& rows);

std::optional<case_row> case_facts(const store& rows, const case_id& c);
std::optional<case_view> case_for_party(const store& rows, const case_id& c);
/// Newest first. `role` empty: any.
result<page<case_view>> cases_of(const store& rows, const user_id& u, std::optional<party_role> role,
                                 const page_request& ask);
/// All about an account, an organisation or a user, newest first; for the desk.
result<page<case_view>> cases_about(const store& rows, const entity_id& target, const page_request& ask);
/// By the receipt that a complainant holds.
std::optional<case_id> case_by_receipt(const store& rows, const digest32& receipt_hash);

std::optional<sanction_view> sanction(const store& rows, const case_id& c);
/// Newest first; about one target, or all. Persons are named only when `target` is that person.
result<page<sanction_view>> sanctions(const store& rows, const std::optional<entity_id>& target,
                                      const page_request& ask);
/// The target's strikes, oldest first: sanctions in force or over, but none that an appeal overturned.
std::vector<strike> record_of(const store& rows, const entity_id& target);

// -- offices, disclosures, the public log (queries_offices.cpp) -------------------------------

std::optional<office_id> office_by_code(const store& rows, std::string_view code);
std::optional<office_item_view> office_item_of(const store& rows, const office_id& o, office_item_kind kind,
                                               std::uint64_t number);
/// Of one office, by number, oldest first.
result<page<office_item_view>> office_items(const store& rows, const office_id& o, office_item_kind kind,
                                            bool open_only, const page_request& ask);
/// Of all offices, what is open, by due time.
result<page<office_item_view>> open_office_items(const store& rows, office_item_kind kind, const page_request& ask);
/// Filings of an account; reports and referrals of a case.
std::vector<office_item_view> office_items_about(const store& rows, const entity_id& about);

std::optional<disclosure_row> disclosure(const store& rows, const disclosure_id& d);
/// Newest first.
result<page<disclosure_view>> disclosures(const store& rows, std::optional<identities::disclosure_status> status,
                                          const page_request& ask);

std::uint64_t log_size(const store& rows);
std::optional<bytes> log_entry(const store& rows, std::uint64_t number);
std::vector<bytes> log_entries(const store& rows, std::uint64_t from, std::size_t limit);

} // namespace charter::storage
