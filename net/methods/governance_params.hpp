#pragma once
// Parameters and results: complaint.*, appeal.*, desk.*, sanction.* (docs/API.md). Optional fields may be left out.

#include "domain/pages.hpp"

namespace charter::net {

// -- complaint ----------------------------------------------------------------------
struct complaint_reasons_result {
  std::vector<complaint_reason> reasons;
  CHARTER_FIELDS(complaint_reasons_result, reasons)
};
/// About a post, an account or an organisation: exactly one of them.
struct complaint_file {
  std::optional<post_id> post;
  std::optional<account_id> account;
  std::optional<organisation_id> organisation;
  std::optional<chat_id> chat; ///< refused: block the person instead (user.block)
  std::string reason;          ///< key in the charter
  std::string statement;
  std::optional<std::string> contact;               ///< for who isn't signed in
  std::optional<std::vector<std::string>> evidence; ///< references
  CHARTER_FIELDS(complaint_file, post, account, organisation, chat, reason, statement, contact, evidence)
};
struct complaint_file_result {
  std::string complaint; ///< "cmp_…"
  std::string receipt;   ///< looks it up without signing in: keep it
  timestamp deadline;    ///< by which it is decided
  CHARTER_FIELDS(complaint_file_result, complaint, receipt, deadline)
};
/// By the complainant (signed in), or by whoever holds the receipt.
struct complaint_get {
  std::optional<std::string> complaint;
  std::optional<std::string> receipt;
  CHARTER_FIELDS(complaint_get, complaint, receipt)
};

// -- appeal -------------------------------------------------------------------------
struct appeal_file {
  std::string sanction; ///< "snc_…"
  std::string statement;
  CHARTER_FIELDS(appeal_file, sanction, statement)
};
struct appeal_get {
  std::string appeal; ///< "apl_…"
  CHARTER_FIELDS(appeal_get, appeal)
};

// -- desk ---------------------------------------------------------------------------
struct desk_queue_params {
  desk_queue queue = desk_queue::application;
  std::optional<std::string> lane;
  std::optional<std::string> region;
  std::optional<bool> claimed;
  std::optional<bool> mine; ///< claimed by the caller
  std::optional<std::uint32_t> limit;
  std::optional<std::string> after;
  CHARTER_FIELDS(desk_queue_params, queue, lane, region, claimed, mine, limit, after)
};
struct desk_note {
  std::string case_;
  std::string text;
  CHARTER_FIELDS(desk_note, case_, text)
};
struct note_view {
  user_id by;
  std::string by_name;
  timestamp at;
  std::string text;
  CHARTER_FIELDS(note_view, by, by_name, at, text)
};
/// A decision that waits for the other pair of eyes, with all that it would bring about.
struct proposal_view {
  user_id by;
  std::string by_name;
  timestamp at;
  std::optional<cases::verdict> verdict; ///< of an application or a complaint
  std::string reason;                    ///< of an application's verdict
  std::vector<credential> confirms;      ///< of the applicant's organisation
  std::optional<special_approval> approval;
  std::optional<cases::measure> measure; ///< of a sanction
  std::optional<cases::reasons> reasons; ///< of a complaint's verdict or a sanction
  CHARTER_FIELDS(proposal_view, by, by_name, at, verdict, reason, confirms, approval, measure, reasons)
};
/// All that the desk needs to decide: the matter, the checklist, the record, what the charter recommends.
struct desk_case_result {
  case_view view;
  std::optional<cases::application> application;
  std::vector<credential> declared; ///< by the applicant's organisation, to be seen on paper
  std::vector<checklist_item> checklist;
  std::string statement; ///< of the complainant
  std::vector<std::string> evidence;
  std::optional<post_view> post;
  std::vector<strike> record; ///< of the target
  std::optional<recommendation> recommended;
  std::vector<note_view> notes;
  user_id assignee;
  std::optional<proposal_view> proposal;
  std::vector<office_item_view> office_items;
  CHARTER_FIELDS(desk_case_result, view, application, declared, checklist, statement, evidence, post, record,
                 recommended, notes, assignee, proposal, office_items)
};
struct desk_decide_application {
  std::string case_;
  cases::verdict verdict = cases::verdict::reject; ///< approve, ask_more, reject
  std::optional<std::vector<std::string>> checklist;
  std::optional<std::vector<credential>> confirms;
  std::optional<special_approval> approval;
  std::optional<std::string> reason;
  std::optional<rule_ref> rule;
  CHARTER_FIELDS(desk_decide_application, case_, verdict, checklist, confirms, approval, reason, rule)
};
struct measure_params {
  sanction_step step = sanction_step::warn;
  std::optional<sanction_scope> scope; ///< absent: the step's default
  std::optional<duration> length;      ///< milliseconds; absent: the step's default
  std::optional<std::uint32_t> posts_per_day;
  std::optional<bool> withhold_post;
  CHARTER_FIELDS(measure_params, step, scope, length, posts_per_day, withhold_post)
};
struct reasons_params {
  std::string facts; ///< public: no personal data
  std::optional<std::vector<std::string>> evidence;
  std::optional<rule_ref> rule;               ///< absent for complaints: the reason's own
  std::optional<std::string> differs_because; ///< required when the step isn't the recommended one
  CHARTER_FIELDS(reasons_params, facts, evidence, rule, differs_because)
};
struct desk_decide_complaint {
  std::string case_;
  cases::verdict verdict = cases::verdict::dismiss; ///< uphold, dismiss
  std::optional<measure_params> measure;            ///< with uphold
  reasons_params reasons;
  CHARTER_FIELDS(desk_decide_complaint, case_, verdict, measure, reasons)
};
struct desk_decide_appeal {
  std::string appeal;
  cases::verdict verdict = cases::verdict::dismiss; ///< uphold (the appeal), dismiss
  std::string reason;
  CHARTER_FIELDS(desk_decide_appeal, appeal, verdict, reason)
};
struct desk_second {
  std::string case_;
  bool agree = false;
  std::optional<std::string> reason;
  CHARTER_FIELDS(desk_second, case_, agree, reason)
};
struct desk_load_result {
  std::vector<queue_load> queues;
  CHARTER_FIELDS(desk_load_result, queues)
};

// -- sanction -----------------------------------------------------------------------
struct target_params {
  std::optional<account_id> account;
  std::optional<organisation_id> organisation;
  std::optional<user_id> user;
  std::optional<post_id> post; ///< its account is the target
  CHARTER_FIELDS(target_params, account, organisation, user, post)
};
struct sanction_impose {
  target_params target;
  measure_params measure;
  reasons_params reasons;
  CHARTER_FIELDS(sanction_impose, target, measure, reasons)
};
struct sanction_reason {
  std::string sanction; ///< "snc_…"
  std::string reason;
  CHARTER_FIELDS(sanction_reason, sanction, reason)
};
/// Interim, within an open complaint.
struct sanction_withhold_post {
  std::string complaint; ///< "cmp_…"
  reasons_params reasons;
  CHARTER_FIELDS(sanction_withhold_post, complaint, reasons)
};
struct sanction_restore_post {
  std::string complaint;
  std::string reason;
  CHARTER_FIELDS(sanction_restore_post, complaint, reason)
};
struct sanction_list {
  std::optional<target_params> target;
  std::optional<std::uint32_t> limit;
  std::optional<std::string> after;
  CHARTER_FIELDS(sanction_list, target, limit, after)
};
struct sanction_get {
  std::string sanction;
  CHARTER_FIELDS(sanction_get, sanction)
};

} // namespace charter::net
