#pragma once
// A case: one matter from its opening to its end. Applications, complaints, sanctions and appeals share this life:
// opened → (claimed) → decided → (seconded) → sanction in force → appealed → over. At most one sanction and one appeal.
//
// Articles 5.5 (complaints), 7.1 (review, filing), 8.2 (ladder, appeals), 8.3 (reports), 9 (referrals).
// Nobody decides twice in one case, and nobody decides in whose matter the same person is a party (I9). Every sanction
// carries notice, reason, rule, evidence, the way to appeal, and a leaf.

#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "domain/context.hpp"
#include "domain/offices.hpp"
#include "domain/standing.hpp"

namespace charter::cases {

enum class case_kind : std::uint8_t {
  application = 1, ///< for a public account, or for a news right of an open one
  complaint,       ///< about a public post or account
  sanction,        ///< imposed without a complaint
};
CHARTER_ENUM(case_kind, 1, application, complaint, sanction)

enum class case_status : std::uint8_t {
  opening = 1, ///< the account's name is being claimed
  open,        ///< in the queue
  waiting,     ///< for the applicant to amend
  second,      ///< for the other pair of eyes
  enforcing,   ///< until every entity concerned has journaled it
  decided,     ///< done, or a sanction in force
  withdrawn,
  failed, ///< the name was taken
};
CHARTER_ENUM(case_status, 1, opening, open, waiting, second, enforcing, decided, withdrawn, failed)

// -- what a case is about -------------------------------------------------------------

struct application {
  std::string name;
  name_id name_key;
  std::string description;
  std::string category;
  std::string kind; ///< organisation kind; a personal one without organisation
  std::string region;
  std::optional<organisation_id> organisation;
  news_right requested = news_right::none;
  std::string statement;         ///< what the account is for
  std::string organisation_name; ///< official name, for the filing; read where the command enters
  CHARTER_FIELDS(application, name, name_key, description, category, kind, region, organisation, requested, statement,
                 organisation_name)
};
/// What a complaint or a sanction is about: an account, one of its posts, an organisation or a user (public acts only).
struct target {
  entity_id entity;
  std::optional<std::uint64_t> post;
  std::optional<timestamp>
      at; ///< when the act took place, read from the post; absent: now. Its rules judge (article 10)
  CHARTER_FIELDS(target, entity, post, at)
};
/// The sanction that a decision imposes.
struct measure {
  sanction_step step = sanction_step::warn;
  sanction_scope scope = sanction_scope::nothing;
  std::optional<duration> length; ///< empty: without end
  std::optional<std::uint32_t> posts_per_day;
  bool withhold_post = false; ///< also withhold the post that it is about
  CHARTER_FIELDS(measure, step, scope, length, posts_per_day, withhold_post)
};
/// Why. Facts are public (no personal data in them); the evidence is a reference list.
struct reasons {
  std::string facts;                 ///< limits::statement_bytes_max
  std::vector<std::string> evidence; ///< post ids, links, file numbers
  rule_ref rule;
  std::string differs_because; ///< required when the step is not the recommended one
  CHARTER_FIELDS(reasons, facts, evidence, rule, differs_because)
};

// -- commands -----------------------------------------------------------------------

/// A user applies for an account. Awaits the claim of the name.
struct apply {
  cases::application application;
  account_id account; ///< that it will become
  CHARTER_FIELDS(apply, application, account)
};
/// The applicant, when asked for more. The name stays.
struct amend {
  std::string description;
  std::string statement;
  std::string category;
  CHARTER_FIELDS(amend, description, statement, category)
};
struct withdraw {
  CHARTER_NO_FIELDS(withdraw)
};
/// Anyone, signed in or not (article 5.5). `notify` and `region` are read where the command enters.
struct complain {
  cases::target target;
  std::string reason; ///< key in the charter
  personal_text statement;
  personal_text contact;   ///< how to reach somebody who isn't signed in; may be empty
  digest32 receipt_hash{}; ///< SHA-256 of the receipt that lets the complainant look it up
  std::vector<std::string> evidence;
  std::vector<user_id> notify; ///< of the target: who is to be told
  std::string region;          ///< of the target
  CHARTER_FIELDS(complain, target, reason, statement, contact, receipt_hash, evidence, notify, region)
};
/// Senior moderator. Answered when every entity that it restricts has journaled it (I2).
struct impose {
  cases::target target;
  cases::measure measure;
  cases::reasons reasons;
  std::vector<user_id> notify;
  std::string region;
  std::vector<strike> record;     ///< of the target, for the recommendation; read where the command enters
  bool same_person = false;       ///< the moderator is a party
  std::optional<severity> weight; ///< absent: as the charter weighs a complaint about the same rule, or the step
  CHARTER_FIELDS(impose, target, measure, reasons, notify, region, record, same_person, weight)
};
/// Takes the case from the queue; a claim lapses with its moderator's release.
struct claim {
  bool same_person = false;
  CHARTER_FIELDS(claim, same_person)
};
struct release {
  CHARTER_NO_FIELDS(release)
};
struct note {
  personal_text text; ///< for the desk only
  CHARTER_FIELDS(note, text)
};
enum class verdict : std::uint8_t { approve = 1, ask_more, reject, uphold, dismiss };
CHARTER_ENUM(verdict, 1, approve, ask_more, reject, uphold, dismiss)
/// Moderator. Approving needs the whole checklist; a news right needs four eyes (`second`).
struct decide_application {
  cases::verdict verdict = verdict::reject;
  std::vector<std::string> checklist; ///< keys of the items found in order
  std::vector<credential> confirms;   ///< the organisation's, as seen on paper
  std::optional<special_approval> approval;
  std::string reason;
  rule_ref rule;
  bool same_person = false;
  CHARTER_FIELDS(decide_application, verdict, checklist, confirms, approval, reason, rule, same_person)
};
/// Moderator; upholding names the measure and reasons.
struct decide_complaint {
  cases::verdict verdict = verdict::dismiss;
  std::optional<cases::measure> measure;
  cases::reasons reasons;
  std::vector<strike> record;
  bool same_person = false;
  std::vector<user_id> notify; ///< of the target, as of now; empty: those of the complaint
  CHARTER_FIELDS(decide_complaint, verdict, measure, reasons, record, same_person, notify)
};
/// The sanctioned, within the window.
struct file_appeal {
  std::string statement;
  CHARTER_FIELDS(file_appeal, statement)
};
/// Somebody else than who imposed it. Upholding the appeal lifts the sanction and strikes it from the record.
struct decide_appeal {
  cases::verdict verdict = verdict::dismiss;
  std::string reason;
  bool same_person = false;
  CHARTER_FIELDS(decide_appeal, verdict, reason, same_person)
};
/// The other pair of eyes on a decision that needs two persons.
struct second {
  bool agree = false;
  std::string reason;
  bool same_person = false; ///< as the first, or as a party
  CHARTER_FIELDS(second, agree, reason, same_person)
};
struct lift {
  std::string reason;
  bool same_person = false;
  CHARTER_FIELDS(lift, reason, same_person)
};
/// Interim: before a complaint is decided. Ends by itself (charter: `withholding.interim_max`).
struct withhold {
  cases::reasons reasons;
  bool same_person = false;
  CHARTER_FIELDS(withhold, reasons, same_person)
};
struct restore {
  std::string reason;
  bool same_person = false;
  CHARTER_FIELDS(restore, reason, same_person)
};
/// Liaison officer (article 9).
struct refer {
  std::string department; ///< key in the charter
  std::string office;     ///< code of the office that passes it on
  std::string summary;
  digest32 bundle{}; ///< SHA-256 of the evidence bundle
  CHARTER_FIELDS(refer, department, office, summary, bundle)
};

// Effects.
struct name_answer {
  name_id name;
  bool granted = false;
  CHARTER_FIELDS(name_answer, name, granted)
};
/// An account, organisation or user has journaled the restriction, the lift, the withholding or the restoring, and so
/// have its children.
struct enforcement_confirmed {
  bool lifting = false;
  bool refused = false; ///< the target doesn't exist (any more)
  CHARTER_FIELDS(enforcement_confirmed, lifting, refused)
};
/// The approved account has opened, or can't.
struct account_opened {
  account_id account;
  bool refused = false;
  std::string why;
  CHARTER_FIELDS(account_opened, account, refused, why)
};
/// From an office: the filing, report or referral has its number, was acknowledged or answered.
struct office_news {
  std::string office;
  office_item_kind kind = office_item_kind::filing;
  std::uint64_t number = 0;
  office_item_state state = office_item_state::sent;
  std::string text;
  CHARTER_FIELDS(office_news, office, kind, number, state, text)
};
/// A deadline, an escalation, a timed sanction's end.
struct tick {
  CHARTER_NO_FIELDS(tick)
};

using command = std::variant<apply, amend, withdraw, complain, impose, claim, release, note, decide_application,
                             decide_complaint, file_appeal, decide_appeal, second, lift, withhold, restore, refer,
                             name_answer, enforcement_confirmed, account_opened, office_news, tick>;

// -- events -------------------------------------------------------------------------

struct applied {
  cases::application application;
  account_id account;
  user_id by;
  timestamp at;
  due_times due;
  std::string lane;
  CHARTER_FIELDS(applied, application, account, by, at, due, lane)
};
struct name_settled {
  bool granted = false;
  CHARTER_FIELDS(name_settled, granted)
};
struct amended {
  std::string description;
  std::string statement;
  std::string category;
  timestamp at;
  due_times due;
  CHARTER_FIELDS(amended, description, statement, category, at, due)
};
struct withdrawn {
  timestamp at;
  user_id by; ///< empty: the time to amend was over
  CHARTER_FIELDS(withdrawn, at, by)
};
struct complained {
  cases::target target;
  std::string reason;
  personal_text statement;
  personal_text contact;
  digest32 receipt_hash{};
  std::vector<std::string> evidence;
  std::vector<user_id> notify;
  std::string region;
  user_id by; ///< empty: not signed in
  timestamp at;
  due_times due;
  severity weight = severity::minor;
  rule_ref rule;
  CHARTER_FIELDS(complained, target, reason, statement, contact, receipt_hash, evidence, notify, region, by, at, due,
                 weight, rule)
};
struct claimed {
  user_id by;
  timestamp at;
  CHARTER_FIELDS(claimed, by, at)
};
struct released {
  CHARTER_NO_FIELDS(released)
};
struct noted {
  user_id by;
  timestamp at;
  personal_text text;
  CHARTER_FIELDS(noted, by, at, text)
};
/// A first decision that waits for the other pair of eyes. `application_decision` or `complaint_decision` says which.
struct proposed {
  user_id by;
  timestamp at;
  std::optional<cases::decide_application> application_decision;
  std::optional<cases::decide_complaint> complaint_decision;
  std::optional<cases::impose> imposition;
  CHARTER_FIELDS(proposed, by, at, application_decision, complaint_decision, imposition)
};
/// The other pair of eyes disagreed: back to the queue.
struct disagreed {
  user_id by;
  std::string reason;
  timestamp at;
  CHARTER_FIELDS(disagreed, by, reason, at)
};
struct application_decided {
  cases::verdict verdict = verdict::reject;
  std::vector<user_id> by; ///< one or two
  std::string reason;
  rule_ref rule;
  timestamp at;
  due_times due; ///< of the applicant's answer, for `ask_more`
  CHARTER_FIELDS(application_decided, verdict, by, reason, rule, at, due)
};
struct complaint_decided {
  cases::verdict verdict = verdict::dismiss;
  std::vector<user_id> by;
  cases::reasons reasons;
  timestamp at;
  CHARTER_FIELDS(complaint_decided, verdict, by, reasons, at)
};
/// What a target journals for a case. Confirmed in the order in which the case asked.
enum class enforcement : std::uint8_t { restriction = 1, lift, withholding, restoring };
CHARTER_ENUM(enforcement, 1, restriction, lift, withholding, restoring)
/// In force from here; acknowledged when `enforced` follows.
struct imposed {
  cases::target target;
  cases::measure measure;
  cases::reasons reasons;
  std::vector<user_id> by;
  std::vector<user_id> notify;
  std::string region;
  timestamp at;
  std::optional<timestamp> until;
  timestamp appeal_until;
  severity weight = severity::minor; ///< the strike's
  sanction_step recommended = sanction_step::warn;
  personal<bytes> salt; ///< of the leaf's commitment
  CHARTER_FIELDS(imposed, target, measure, reasons, by, notify, region, at, until, appeal_until, weight, recommended,
                 salt)
};
struct enforced {
  bool lifting = false;
  bool refused = false;
  timestamp at;
  enforcement of = enforcement::restriction;
  CHARTER_FIELDS(enforced, lifting, refused, at, of)
};
struct lifted {
  user_id by; ///< empty: it was over, or an appeal lifted it
  std::string reason;
  bool over = false;       ///< by time
  bool overturned = false; ///< by an appeal: struck from the record
  timestamp at;
  CHARTER_FIELDS(lifted, by, reason, over, overturned, at)
};
struct post_withheld {
  user_id by;
  cases::reasons reasons;
  timestamp at;
  timestamp until;     ///< of an interim one
  bool interim = true; ///< false: part of a sanction, until it is lifted
  CHARTER_FIELDS(post_withheld, by, reasons, at, until, interim)
};
struct post_restored {
  user_id by; ///< empty: the interim time was over
  std::string reason;
  timestamp at;
  CHARTER_FIELDS(post_restored, by, reason, at)
};
struct appealed {
  user_id by;
  std::string statement;
  timestamp at;
  due_times due;
  CHARTER_FIELDS(appealed, by, statement, at, due)
};
struct appeal_decided {
  cases::verdict verdict = verdict::dismiss;
  user_id by;
  std::string reason;
  timestamp at;
  CHARTER_FIELDS(appeal_decided, verdict, by, reason, at)
};
struct referred {
  std::string department;
  std::string office;
  std::string summary;
  digest32 bundle{};
  user_id by;
  timestamp at;
  CHARTER_FIELDS(referred, department, office, summary, bundle, by, at)
};
struct office_told {
  std::string office;
  office_item_kind kind = office_item_kind::filing;
  std::uint64_t number = 0;
  office_item_state state = office_item_state::sent;
  std::string text;
  timestamp at;
  CHARTER_FIELDS(office_told, office, kind, number, state, text, at)
};
struct account_is_open {
  timestamp at;
  bool refused = false; ///< it isn't: the name is free again
  std::string why;
  CHARTER_FIELDS(account_is_open, at, refused, why)
};
struct escalated {
  timestamp at;
  bool overdue = false; ///< the deadline has passed, too
  CHARTER_FIELDS(escalated, at, overdue)
};
struct effect_refused {
  std::string why;
  CHARTER_FIELDS(effect_refused, why)
};

using event =
    std::variant<applied, name_settled, amended, withdrawn, complained, claimed, released, noted, proposed, disagreed,
                 application_decided, complaint_decided, imposed, enforced, lifted, post_withheld, post_restored,
                 appealed, appeal_decided, referred, office_told, account_is_open, escalated, effect_refused>;

// -- state --------------------------------------------------------------------------

struct note_state {
  user_id by;
  timestamp at;
  personal_text text;
  CHARTER_FIELDS(note_state, by, at, text)
};
struct sanction_state {
  cases::imposed what;
  bool enforced = false;
  bool enforcement_refused = false;
  std::optional<cases::lifted> lifted;
  bool lift_enforced = false;
  CHARTER_FIELDS(sanction_state, what, enforced, enforcement_refused, lifted, lift_enforced)
};
struct withholding_state {
  cases::post_withheld what;
  bool enforced = false;
  std::optional<cases::post_restored> restored;
  bool restore_enforced = false;
  bool refused = false; ///< there is no such post (any more)
  CHARTER_FIELDS(withholding_state, what, enforced, restored, restore_enforced, refused)
};
struct appeal_state {
  cases::appealed what;
  std::optional<cases::appeal_decided> decided;
  CHARTER_FIELDS(appeal_state, what, decided)
};
struct state {
  bool exists = false;
  case_kind kind = case_kind::application;
  case_status status = case_status::opening;
  timestamp opened_at;
  due_times due;
  bool escalated = false;
  user_id assignee;
  std::set<user_id> deciders; ///< all who decided or seconded in this case
  std::vector<note_state> notes;
  std::optional<cases::applied> applied;
  std::optional<application_decided> application_outcome;
  bool account_open = false;
  std::optional<cases::complained> complained;
  std::optional<complaint_decided> complaint_outcome;
  std::optional<cases::proposed> proposed;
  std::optional<sanction_state> sanction;
  std::optional<withholding_state> withholding;
  std::optional<appeal_state> appeal;
  std::vector<cases::referred> referrals;
  std::vector<office_told> office_items; ///< the newest news of each item
  std::vector<enforcement> pending;      ///< asked of the target and not confirmed, in order
  bool overdue = false;
  std::optional<std::string> account_refused; ///< why the approved account didn't open
  CHARTER_FIELDS(state, exists, kind, status, opened_at, due, escalated, assignee, deciders, notes, applied,
                 application_outcome, account_open, complained, complaint_outcome, proposed, sanction, withholding,
                 appeal, referrals, office_items, pending, overdue, account_refused)
};

/// Users whose matter it is: the applicant, the complainant, who is notified. For the same-person question.
std::vector<user_id> parties(const state& s);

result<decision<event>> decide(const state& s, const command& c, const context& in);
void evolve(state& s, const event& e);
std::optional<timestamp> due(const state& s);

/// Keys that commands await. An application: the claim of its name, then (on approval) the opened account.
inline constexpr id_bytes await_name{'n', 'a', 'm', 'e'};
inline constexpr id_bytes await_account{'a', 'c', 'c', 'o', 'u', 'n', 't'};
inline constexpr id_bytes await_sanction{'s', 'a', 'n', 'c', 't', 'i', 'o', 'n'};
inline constexpr id_bytes await_lift{'l', 'i', 'f', 't'};
inline constexpr id_bytes await_withheld{'w', 'i', 't', 'h', 'h', 'e', 'l', 'd'};
inline constexpr id_bytes await_restored{'r', 'e', 's', 't', 'o', 'r', 'e', 'd'};
std::optional<status> outcome(const state& s, const id_bytes& key);

} // namespace charter::cases
