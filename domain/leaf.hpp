#pragma once
// A leaf of the public log: one decision of governance (RFC 6962 entries; see docs/FORMATS.md for the encoding).
//
// Public fields and salted commitments only, never personal data. `commitment` is SHA-256(salt ‖ what it commits to);
// the salt stays with the case, so a party can show what it was, and erasing the salt ends that.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/bytes.hpp"
#include "domain/charter_kinds.hpp"
#include "domain/result.hpp"
#include "domain/rows.hpp"
#include "domain/time.hpp"

namespace charter {

/// Numbers are in journals: append, never reuse.
enum class leaf_type : std::uint8_t {
  provider_founded = 1,
  credential_added,
  role_granted,
  role_revoked,
  charter_activated,
  account_opened,
  application_rejected,
  filing_sent,
  filing_acknowledged,
  complaint_decided,
  sanction_imposed,
  sanction_lifted,
  post_withheld,
  post_restored,
  appeal_decided,
  report_sent,
  report_acknowledged,
  case_referred,
  referral_answered,
  disclosure_requested,
  disclosure_decided,
  identity_opened,
  organisation_confirmed,
};
CHARTER_ENUM(leaf_type, 1, provider_founded, credential_added, role_granted, role_revoked, charter_activated,
             account_opened, application_rejected, filing_sent, filing_acknowledged, complaint_decided,
             sanction_imposed, sanction_lifted, post_withheld, post_restored, appeal_decided, report_sent,
             report_acknowledged, case_referred, referral_answered, disclosure_requested, disclosure_decided,
             identity_opened, organisation_confirmed)

struct leaf {
  leaf_type type = leaf_type::provider_founded;
  timestamp at;        ///< of the decision
  std::string subject; ///< id of the case, account, office item or disclosure it is about
  std::string target;  ///< id of the account or organisation concerned; never of a person
  rule_ref rule;
  std::vector<labelled> detail; ///< public facts: step, scope, until, outcome, office …, in a fixed order
  std::optional<digest32> commitment;
  CHARTER_FIELDS(leaf, type, at, subject, target, rule, detail, commitment)
};

} // namespace charter
