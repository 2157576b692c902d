#pragma once
// Parameters and results: liaison.*, vault.*, provider.*, admin.* (docs/API.md). Optional fields may be left out.

#include "actors/supervision_tree.hpp"
#include "domain/pages.hpp"
#include "domain/policies.hpp"

namespace charter::net {

// -- liaison ------------------------------------------------------------------------
/// liaison.filings, .reports, .referrals, .inbox
struct liaison_list {
  std::optional<std::string> office; ///< code; absent: all (liaison officers), one's own (regulators)
  std::optional<bool> open_only;
  std::optional<std::uint32_t> limit;
  std::optional<std::string> after;
  CHARTER_FIELDS(liaison_list, office, open_only, limit, after)
};
struct liaison_refer {
  std::string case_;
  std::string department;            ///< key in the charter
  std::optional<std::string> office; ///< absent: the region's
  std::string summary;
  CHARTER_FIELDS(liaison_refer, case_, department, office, summary)
};
struct liaison_acknowledge {
  std::string item; ///< "fil_…", "rep_…", "ref_…"
  std::string receipt;
  CHARTER_FIELDS(liaison_acknowledge, item, receipt)
};
struct liaison_answer {
  std::string item; ///< "ref_…"
  std::string text;
  CHARTER_FIELDS(liaison_answer, item, text)
};

// -- vault --------------------------------------------------------------------------
struct vault_request {
  user_id user;
  std::string basis; ///< key in the charter
  std::string reference;
  std::string reason;
  CHARTER_FIELDS(vault_request, user, basis, reference, reason)
};
struct vault_params {
  disclosure_id disclosure;
  std::optional<std::string> reason;
  CHARTER_FIELDS(vault_params, disclosure, reason)
};
/// What the vault shows, once, to the officer who opens. The log entry came first (I10).
struct vault_open_result {
  disclosure_id disclosure;
  std::uint64_t leaf = 0; ///< /audit/entry/N
  std::string legal_name;
  std::string document;
  std::string document_number;
  std::string region;
  CHARTER_FIELDS(vault_open_result, disclosure, leaf, legal_name, document, document_number, region)
};
struct vault_disclosures {
  std::optional<identities::disclosure_status> status;
  std::optional<std::uint32_t> limit;
  std::optional<std::string> after;
  CHARTER_FIELDS(vault_disclosures, status, limit, after)
};

// -- provider -----------------------------------------------------------------------
struct gate_view {
  act what = act::publish;
  bool open = false;
  std::string why; ///< when it is shut
  rule_ref rule;
  CHARTER_FIELDS(gate_view, what, open, why, rule)
};
struct provider_status_result {
  std::string provider;
  timestamp founded_at;
  std::vector<credential> credentials;
  std::vector<gate_view> gates;
  std::string charter;
  std::uint32_t charter_version = 0;
  std::uint64_t policy_version = 0;
  std::uint64_t log_size = 0;
  CHARTER_FIELDS(provider_status_result, provider, founded_at, credentials, gates, charter, charter_version,
                 policy_version, log_size)
};
struct provider_add_credential {
  charter::credential credential;
  CHARTER_FIELDS(provider_add_credential, credential)
};
struct provider_staffing_result {
  std::vector<staff_count> staff;
  std::vector<shortfall> shortfalls;
  CHARTER_FIELDS(provider_staffing_result, staff, shortfalls)
};
/// The rule book in force, as data.
struct provider_charter_result {
  rule_book book;
  CHARTER_FIELDS(provider_charter_result, book)
};

// -- admin --------------------------------------------------------------------------
struct admin_grant_role {
  user_id user;
  charter::role role = charter::role::moderator;
  std::optional<std::string> office; ///< code for regulators, region for liaison officers
  CHARTER_FIELDS(admin_grant_role, user, role, office)
};
struct admin_revoke_role {
  user_id user;
  charter::role role = charter::role::moderator;
  CHARTER_FIELDS(admin_revoke_role, user, role)
};
struct admin_activate_charter {
  std::string text; ///< the charter file as it is
  CHARTER_FIELDS(admin_activate_charter, text)
};
struct admin_tree_result {
  tree_node root;
  CHARTER_FIELDS(admin_tree_result, root)
};

} // namespace charter::net
