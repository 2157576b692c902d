// What the desk sees of a case. Rendered for those who may decide in it and are no party to it.

#include "net/methods/desk_case.hpp"
#include "net/methods/case_work.hpp"

namespace charter::net {

namespace {

std::string name_of(const call& c, const user_id& who) {
  return storage::pseudonyms(c.rows(), std::span{&who, 1}).front();
}

// -- applications -----------------------------------------------------------------------------

void add_application(const call& c, const cases::state& s, desk_case_result& out) {
  if (!s.applied)
    return;
  out.application = s.applied->application;
  if (out.application->organisation)
    if (auto facts = storage::organisation_facts(c.rows(), *out.application->organisation))
      out.declared = std::move(facts->declared);
  auto book = c.book();
  auto* in_lane = book ? lane_for(**book, out.application->kind) : nullptr;
  if (!in_lane)
    return;
  for (auto* item : checklist_for(**book, *in_lane))
    out.checklist.push_back(*item);
}

// -- complaints and sanctions -----------------------------------------------------------------

/// With its words even when readers don't see them: whether they broke a rule is what is being decided.
std::optional<post_view> post_in_question(const call& c, const cases::target& about) {
  if (!about.post || about.entity.kind != entity_kind::account)
    return {};
  auto view = storage::post(c.rows(), post_id{about.entity.as<entity_kind::account>(), *about.post});
  if (!view || view->state == post_state::visible)
    return view;
  auto row = storage::facts_for(c.rows(), about.entity, {needed_row::table::post, *about.post}).post;
  if (!row)
    return view;
  view->title = row->title;
  view->text = row->text.value_or_empty();
  view->link = row->link;
  view->source = row->source;
  view->earlier = row->earlier;
  return view;
}

/// By the rules of the day on which it happened, as the decision will be (article 10).
std::optional<recommendation> recommended(const call& c, const cases::target& about, severity weight,
                                          const std::vector<strike>& record) {
  auto book = judging_book(c, about.at);
  if (!book)
    return {};
  return recommended_step(**book, weight, record, c.now());
}

void add_target(const call& c, const cases::state& s, desk_case_result& out) {
  const cases::target* about = nullptr;
  std::optional<severity> weight;
  if (s.complained) {
    about = &s.complained->target;
    weight = s.complained->weight;
  } else if (s.sanction) {
    about = &s.sanction->what.target;
    weight = s.sanction->what.weight;
  } else if (s.proposed && s.proposed->imposition) {
    about = &s.proposed->imposition->target;
    weight = s.proposed->imposition->weight;
  }
  if (!about)
    return;
  out.view.target = *about;
  out.post = post_in_question(c, *about);
  out.record = storage::record_of(c.rows(), about->entity);
  if (weight)
    out.recommended = recommended(c, *about, *weight, out.record);
}

// -- what a first person proposed ---------------------------------------------------------------

std::optional<proposal_view> proposal_in(const call& c, const cases::state& s) {
  if (!s.proposed || s.status != cases::case_status::second)
    return {};
  auto& p = *s.proposed;
  proposal_view out;
  out.by = p.by;
  out.by_name = name_of(c, p.by);
  out.at = p.at;
  if (auto& decision = p.application_decision) {
    out.verdict = decision->verdict;
    out.reason = decision->reason;
    out.confirms = decision->confirms;
    out.approval = decision->approval;
  } else if (auto& decided = p.complaint_decision) {
    out.verdict = decided->verdict;
    out.measure = decided->measure;
    out.reasons = decided->reasons;
  } else if (auto& imposition = p.imposition) {
    out.measure = imposition->measure;
    out.reasons = imposition->reasons;
  }
  return out;
}

} // namespace

desk_case_result desk_view(const call& c, const case_id& which, const cases::state& s) {
  desk_case_result out;
  if (auto view = storage::case_for_party(c.rows(), which))
    out.view = std::move(*view);
  add_application(c, s, out);
  add_target(c, s, out);
  if (s.complained) {
    out.statement = s.complained->statement.value_or_empty();
    out.evidence = s.complained->evidence;
  } else if (s.sanction) {
    out.evidence = s.sanction->what.reasons.evidence;
  }
  for (auto& n : s.notes)
    out.notes.push_back({n.by, name_of(c, n.by), n.at, n.text.value_or_empty()});
  out.assignee = s.assignee;
  out.proposal = proposal_in(c, s);
  out.office_items = storage::office_items_about(c.rows(), which);
  return out;
}

} // namespace charter::net
