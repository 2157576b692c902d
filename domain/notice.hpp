#pragma once
// A notice to one user: a sanction, a decision, a deadline, the agreement, security. Numbered per user without holes.

#include <optional>
#include <string>

#include "domain/ids.hpp"
#include "domain/personal.hpp"
#include "domain/result.hpp"
#include "domain/time.hpp"

namespace charter {

enum class notice_kind : std::uint8_t {
  sanction = 1, ///< imposed or lifted; reason, rule, evidence and the way to appeal are in it (I9)
  decision,     ///< on an application, a complaint or an appeal
  deadline,
  agreement,  ///< a new version to sign
  security,   ///< log-ins, passwords, roles, an opened identity
  invitation, ///< to edit an account or join a group
};
CHARTER_ENUM(notice_kind, 1, sanction, decision, deadline, agreement, security, invitation)

struct notice {
  notice_kind kind = notice_kind::decision;
  personal_text text; ///< for people
  entity_id about;    ///< case, account, chat …
  rule_ref rule;
  std::string evidence; ///< reference, may be empty
  std::optional<timestamp> appeal_until;
  std::string expects; ///< method that the person may call next: "appeal.file", "agreement.sign"
  CHARTER_FIELDS(notice, kind, text, about, rule, evidence, appeal_until, expects)
};

} // namespace charter
