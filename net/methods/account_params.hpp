#pragma once
// Parameters and results: org.*, account.*, feed.* (docs/API.md). Optional fields may be left out.

#include "domain/pages.hpp"

namespace charter::net {

// -- organisation -------------------------------------------------------------------
struct org_register {
  std::string kind; ///< key in the charter's `organisations`
  std::string name;
  std::string region; ///< GB/T 2260 code of the province
  std::optional<std::vector<credential>> credentials;
  CHARTER_FIELDS(org_register, kind, name, region, credentials)
};
struct org_get {
  organisation_id organisation;
  CHARTER_FIELDS(org_get, organisation)
};
struct org_add_credential {
  organisation_id organisation;
  charter::credential credential;
  CHARTER_FIELDS(org_add_credential, organisation, credential)
};
/// For its owner; others get the public part by org.get.
struct org_members_result {
  user_id owner;
  std::vector<account_view> accounts;
  std::vector<credential> declared;
  std::vector<credential> confirmed;
  CHARTER_FIELDS(org_members_result, owner, accounts, declared, confirmed)
};

// -- account ------------------------------------------------------------------------
struct account_apply {
  std::string name;
  std::string description;
  std::string category; ///< key in the charter
  std::string kind;     ///< organisation kind; a personal one without organisation
  std::string region;
  std::optional<organisation_id> organisation;
  std::optional<news_right> news; ///< right asked for; needs four eyes
  std::string statement;          ///< what the account is for
  CHARTER_FIELDS(account_apply, name, description, category, kind, region, organisation, news, statement)
};
struct account_amend {
  std::string application; ///< "cas_…"
  std::string description;
  std::string statement;
  std::string category;
  CHARTER_FIELDS(account_amend, application, description, statement, category)
};
struct case_params {
  std::string case_; ///< on the wire "case": "cas_…", "cmp_…", "snc_…", "apl_…"
  CHARTER_FIELDS(case_params, case_)
};
struct account_mine_result {
  std::vector<my_account> accounts;
  std::vector<case_view> applications; ///< newest first
  CHARTER_FIELDS(account_mine_result, accounts, applications)
};
/// By id or by name.
struct account_get {
  std::optional<account_id> account;
  std::optional<std::string> name;
  CHARTER_FIELDS(account_get, account, name)
};
struct account_get_result {
  account_view account;
  std::optional<charter::badge> badge; ///< with what it stands for
  CHARTER_FIELDS(account_get_result, account, badge)
};
struct account_directory {
  std::optional<std::string> kind;
  std::optional<std::string> region;
  std::optional<std::string> category;
  std::optional<news_right> badge;
  std::optional<std::uint32_t> limit;
  std::optional<std::string> after;
  CHARTER_FIELDS(account_directory, kind, region, category, badge, limit, after)
};
struct account_search {
  std::string text;
  std::optional<std::uint32_t> limit;
  std::optional<std::string> after;
  CHARTER_FIELDS(account_search, text, limit, after)
};
struct account_publish {
  account_id account;
  std::string text;
  std::optional<std::string> title;
  std::optional<post_kind> kind; ///< absent: general
  std::optional<std::string> link;
  CHARTER_FIELDS(account_publish, account, text, title, kind, link)
};
struct account_repost {
  account_id account;
  post_id source;
  std::optional<std::string> comment;
  std::optional<post_kind> kind; ///< absent: news_repost when the source is news, else general
  CHARTER_FIELDS(account_repost, account, source, comment, kind)
};
struct account_correct {
  post_id post;
  std::string text;
  std::optional<std::string> title;
  CHARTER_FIELDS(account_correct, post, text, title)
};
struct post_params {
  post_id post;
  CHARTER_FIELDS(post_params, post)
};
/// A page, newest first; or with `from` and `to` a range of numbers, for who saw a hole.
struct account_posts {
  account_id account;
  std::optional<std::uint32_t> limit;
  std::optional<std::string> after;
  std::optional<std::uint64_t> from;
  std::optional<std::uint64_t> to;
  CHARTER_FIELDS(account_posts, account, limit, after, from, to)
};
struct account_params {
  account_id account;
  CHARTER_FIELDS(account_params, account)
};
struct editor_view {
  user_id user;
  std::string pseudonym;
  accounts::editor_role role = accounts::editor_role::editor;
  bool active = false;
  CHARTER_FIELDS(editor_view, user, pseudonym, role, active)
};
struct account_editors_result {
  std::vector<editor_view> editors;
  CHARTER_FIELDS(account_editors_result, editors)
};
struct account_editor {
  account_id account;
  user_id user;
  CHARTER_FIELDS(account_editor, account, user)
};

// -- feed ---------------------------------------------------------------------------
struct feed_subscriptions_result {
  std::vector<account_view> accounts;
  CHARTER_FIELDS(feed_subscriptions_result, accounts)
};
/// The newest posts of all subscriptions; or what is newer or older than a cursor.
struct feed_sync {
  std::optional<std::uint32_t> limit;
  std::optional<std::string> newer;
  std::optional<std::string> older;
  CHARTER_FIELDS(feed_sync, limit, newer, older)
};
/// Live pushes on this socket from here on; each stream's last number, so that the client can see holes.
struct stream_head {
  account_id account;
  std::uint64_t number = 0;
  CHARTER_FIELDS(stream_head, account, number)
};
struct feed_listen_result {
  std::vector<stream_head> streams;
  std::uint64_t notices = 0; ///< number of the last notice
  CHARTER_FIELDS(feed_listen_result, streams, notices)
};

} // namespace charter::net
