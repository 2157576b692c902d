#pragma once
// Parameters and results: identity.*, agreement.*, auth.*, user.* (docs/API.md). Optional fields may be left out.

#include "domain/pages.hpp"

namespace charter::net {

// -- identity -----------------------------------------------------------------------
struct no_params {
  CHARTER_NO_FIELDS(no_params)
};
struct provider_info {
  std::string key;
  localized name;
  std::string kind; ///< "registry" (a trial identity) or "code" (a one-time code to a telephone)
  CHARTER_FIELDS(provider_info, key, name, kind)
};
struct identity_providers_result {
  std::vector<provider_info> providers;
  CHARTER_FIELDS(identity_providers_result, providers)
};
/// `subject`: what the provider asks for first: a trial identity's number, a telephone number.
struct identity_begin {
  std::string provider;
  std::string subject;
  CHARTER_FIELDS(identity_begin, provider, subject)
};
struct identity_begin_result {
  std::string attempt; ///< hand it back with the answer
  timestamp until;
  std::string prompt; ///< what the person has to answer
  CHARTER_FIELDS(identity_begin_result, attempt, until, prompt)
};
struct identity_complete {
  std::string attempt;
  std::string answer; ///< a trial identity's secret, a one-time code
  CHARTER_FIELDS(identity_complete, attempt, answer)
};
struct identity_complete_result {
  std::string ticket; ///< single use, for auth.register
  timestamp until;
  CHARTER_FIELDS(identity_complete_result, ticket, until)
};

// -- agreement ----------------------------------------------------------------------
struct agreement_current_result {
  std::uint32_t version = 0;
  digest32 digest{}; ///< to be signed along
  localized title;
  localized preamble;
  std::vector<agreement_item> items;
  rule_ref rule;
  CHARTER_FIELDS(agreement_current_result, version, digest, title, preamble, items, rule)
};
struct signature {
  std::uint32_t version = 0;
  digest32 digest{};
  std::vector<std::string> items; ///< keys of the seven, one by one
  CHARTER_FIELDS(signature, version, digest, items)
};

// -- auth ---------------------------------------------------------------------------
struct auth_register {
  std::string ticket;
  std::string pseudonym;
  std::string password;
  charter::net::signature signature;
  std::optional<std::string> language;
  CHARTER_FIELDS(auth_register, ticket, pseudonym, password, signature, language)
};
struct auth_login {
  std::string pseudonym;
  std::string password;
  std::optional<std::string> device;
  std::optional<bool> cookie; ///< over HTTP: set the session cookie for browsers
  CHARTER_FIELDS(auth_login, pseudonym, password, device, cookie)
};
/// `token` goes into `Authorization: Bearer …`, the cookie, or auth.attach.
struct auth_token_result {
  user_id user;
  std::string token;
  std::uint64_t session = 0;
  timestamp until;
  CHARTER_FIELDS(auth_token_result, user, token, session, until)
};
struct auth_attach {
  std::string token;
  CHARTER_FIELDS(auth_attach, token)
};
struct auth_attach_result {
  user_id user;
  std::uint64_t session = 0;
  timestamp until;
  CHARTER_FIELDS(auth_attach_result, user, session, until)
};
struct auth_sessions_result {
  std::vector<session_view> sessions;
  std::uint64_t current = 0;
  CHARTER_FIELDS(auth_sessions_result, sessions, current)
};
struct auth_revoke {
  std::optional<std::uint64_t> session; ///< absent: all others
  CHARTER_FIELDS(auth_revoke, session)
};
struct auth_change_password {
  std::string old_password;
  std::string new_password;
  CHARTER_FIELDS(auth_change_password, old_password, new_password)
};

// -- user ---------------------------------------------------------------------------
struct user_me_result {
  user_id user;
  std::string pseudonym;
  std::string about;
  std::string language;
  timestamp registered_at;
  std::uint32_t agreement_version = 0; ///< signed last
  bool agreement_current = false;      ///< false: sign before the next public act
  std::vector<std::string> roles;
  std::vector<restriction_view> restrictions; ///< in force on public acts
  std::uint64_t notices = 0;                  ///< number of the last one
  std::vector<my_account> accounts;
  std::vector<organisation_id> organisations;
  CHARTER_FIELDS(user_me_result, user, pseudonym, about, language, registered_at, agreement_version, agreement_current,
                 roles, restrictions, notices, accounts, organisations)
};
struct user_profile {
  user_id user;
  CHARTER_FIELDS(user_profile, user)
};
struct user_update {
  std::optional<std::string> pseudonym;
  std::optional<std::string> about;
  std::optional<std::string> language;
  CHARTER_FIELDS(user_update, pseudonym, about, language)
};
struct user_find {
  std::string pseudonym; ///< or its beginning
  CHARTER_FIELDS(user_find, pseudonym)
};
struct user_list {
  std::vector<user_view> users;
  CHARTER_FIELDS(user_list, users)
};
struct user_block {
  user_id user;
  CHARTER_FIELDS(user_block, user)
};
struct page_params {
  std::optional<std::uint32_t> limit; ///< 1 to 200
  std::optional<std::string> after;
  CHARTER_FIELDS(page_params, limit, after)
};
/// A page, newest first; or with `from` and `to` a range of numbers, for who saw a hole.
struct user_notices {
  std::optional<std::uint32_t> limit;
  std::optional<std::string> after;
  std::optional<std::uint64_t> from;
  std::optional<std::uint64_t> to;
  CHARTER_FIELDS(user_notices, limit, after, from, to)
};
/// Everything that is kept about the caller, chats it is in included; in the caller's own hands only (I11).
struct user_export_result {
  user_me_result me;
  std::vector<session_view> sessions;
  std::vector<notice_view> notices;
  std::vector<account_id> subscriptions;
  std::vector<user_id> blocks;
  std::vector<case_view> cases;
  std::vector<chat_view> chats;
  std::map<std::string, std::vector<message_view>> messages; ///< by chat id; the newest limits::export_messages_max
  CHARTER_FIELDS(user_export_result, me, sessions, notices, subscriptions, blocks, cases, chats, messages)
};

} // namespace charter::net
