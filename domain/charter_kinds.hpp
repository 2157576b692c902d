#pragma once
// What the engine knows by name, whatever the charter says about it: roles, acts, kinds of posts, steps of the ladder.
//
// A charter file speaks of these words in its tables; what only a charter knows (organisation kinds, complaint
// reasons, offices) is a key in the file instead. Numbers are in journals: append, never reuse.

#include <cstdint>

#include "domain/codec/fields.hpp"

namespace charter {

/// Staff, and those outside who have a desk here (articles 3.1, 3.2, 5.1, 5.2).
enum class role : std::uint8_t {
  moderator = 1,
  senior_moderator,
  liaison_officer,
  privacy_officer,
  operator_,     ///< spelled "operator" on the wire
  regulator,     ///< an officer of a regulator office; may do nothing in the desk
  industry_body, ///< countersigns credit standings
};
CHARTER_ENUM(role, 1, moderator, senior_moderator, liaison_officer, privacy_officer, operator_, regulator,
             industry_body)

/// What somebody does that the charter may tie to a credential (`gate_rule`) or to roles and persons (`power`).
enum class act : std::uint8_t {
  // users and editors
  register_ = 1, ///< opens a user; "register" on the wire
  sign_agreement,
  register_organisation,
  apply_account,
  open_account, ///< the approval taking effect
  publish,      ///< also repost, schedule, correct
  file_complaint,
  file_appeal,
  // desk
  decide_application,
  grant_news_right,
  grant_special_approval,
  decide_complaint,
  withhold_post,
  restore_post,
  warn,
  limit,
  suspend,
  close,
  lift_sanction,
  decide_appeal,
  // liaison
  send_filing,
  acknowledge_filing,
  send_report,
  acknowledge_report,
  refer_case,
  answer_referral,
  // vault
  request_disclosure,
  approve_disclosure,
  // provider
  countersign_credit,
  add_provider_credential,
  grant_role,
  activate_charter,
};
CHARTER_ENUM(act, 1, register_, sign_agreement, register_organisation, apply_account, open_account, publish,
             file_complaint, file_appeal, decide_application, grant_news_right, grant_special_approval,
             decide_complaint, withhold_post, restore_post, warn, limit, suspend, close, lift_sanction, decide_appeal,
             send_filing, acknowledge_filing, send_report, acknowledge_report, refer_case, answer_referral,
             request_disclosure, approve_disclosure, countersign_credit, add_provider_credential, grant_role,
             activate_charter)

/// What an account may do with current political news (article 7.2). Ordered: each includes those before it.
enum class news_right : std::uint8_t { none = 1, repost, original };
CHARTER_ENUM(news_right, 1, none, repost, original)

/// As declared by the author; a wrong declaration is a matter for a complaint, not for a scanner.
enum class post_kind : std::uint8_t { general = 1, news_repost, news_original };
CHARTER_ENUM(post_kind, 1, general, news_repost, news_original)

/// Of a complaint that was upheld. Ordered.
enum class severity : std::uint8_t { minor = 1, moderate, serious, grave };
CHARTER_ENUM(severity, 1, minor, moderate, serious, grave)

/// The ladder (article 8.2). Ordered.
enum class sanction_step : std::uint8_t { warn = 1, limit, suspend, close };
CHARTER_ENUM(sanction_step, 1, warn, limit, suspend, close)

/// What a sanction holds back.
enum class sanction_scope : std::uint8_t {
  nothing = 1,   ///< a warning: on the record only
  news_posts,    ///< current political news of either kind
  posts_per_day, ///< all kinds, up to a number per day
  all_posts,     ///< no new posts; everything else goes on
  account,       ///< no posts, no menus, no counter; readers see a notice
};
CHARTER_ENUM(sanction_scope, 1, nothing, news_posts, posts_per_day, all_posts, account)

/// What a duty to report begins with (article 8.3).
enum class report_trigger : std::uint8_t {
  period_ended = 1,
  complaint_upheld,
  sanction_imposed,
  identity_disclosed,
  staffing_short,
  provider_credential_over,
};
CHARTER_ENUM(report_trigger, 1, period_ended, complaint_upheld, sanction_imposed, identity_disclosed, staffing_short,
             provider_credential_over)

/// What is kept for how long (article 8.3).
enum class record_class : std::uint8_t {
  case_file = 1, ///< application, complaint, sanction, appeal, with evidence
  filing,        ///< categorised record of an account
  report,
  referral,
  signature,      ///< of the agreement
  disclosure,     ///< that an identity was opened; never what was seen
  identity,       ///< after the person's last user is closed
  complainant,    ///< how to reach somebody who complained
  withdrawn_post, ///< a post's text after its author withdrew it
};
CHARTER_ENUM(record_class, 1, case_file, filing, report, referral, signature, disclosure, identity, complainant,
             withdrawn_post)

} // namespace charter
