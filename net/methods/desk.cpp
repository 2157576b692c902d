#include "net/methods/account_params.hpp"
#include "net/methods/case_work.hpp"
#include "net/methods/desk_case.hpp"
#include "net/methods/identity_params.hpp"
#include "net/methods/paging.hpp"
#include "net/methods/table.hpp"

namespace charter::net {

namespace {

// -- looking ------------------------------------------------------------------------------------

/// Whoever decides anything in a case, as a first person or as a second.
status require_desk(const call& c) {
  return require_power(c, {act::decide_application, act::decide_complaint, act::grant_news_right,
                           act::grant_special_approval, act::suspend, act::close, act::decide_appeal});
}

result<page<queue_item>> queue(call& c, desk_queue_params& p) {
  if (auto allowed = require_desk(c); !allowed)
    return allowed.why();
  storage::queue_filter filter{p.lane.value_or(""), p.region.value_or(""), p.claimed,
                               p.mine.value_or(false) ? c.user() : user_id{}};
  return storage::desk_queue_page(c.rows(), p.queue, filter, page_of(p));
}

result<desk_load_result> load(call& c, no_params&) {
  // Whoever grants roles has to see when there are too few hands.
  if (!require_power(c, {act::grant_role}))
    if (auto allowed = require_desk(c); !allowed)
      return allowed.why();
  return desk_load_result{storage::desk_load(c.rows())};
}

void show_case(const call_ptr& c, case_params& p) {
  auto id = case_named(p.case_, "case");
  if (!id)
    return c->refuse(id.why());
  // Who refers cases to departments reads them first.
  if (!require_power(*c, {act::refer_case}))
    if (auto allowed = require_desk(*c); !allowed)
      return c->refuse(allowed.why());
  look_at_case(c, *id, other_eyes::parties, [c, id = *id](const cases::state& s, bool same_person) {
    auto involved = cases::parties(s);
    if (same_person || std::ranges::count(involved, c->user()) > 0)
      return c->refuse(refuse(errc::forbidden, "nobody looks behind the desk in a matter of their own"));
    c->reply(wire::encode(desk_view(*c, id, s)));
  });
}

void add_looking(method_table& table) {
  table.query<desk_queue_params, page<queue_item>>("desk.queue", access::staff,
                                                   "What waits: escalated cases first, then by deadline.", queue);
  table.query<no_params, desk_load_result>("desk.load", access::staff, "How much waits in each queue.", load);
  table.task<case_params, desk_case_result>("desk.case", access::staff, "All that is needed to decide a case.", false,
                                            show_case);
}

// -- taking, releasing, notes ---------------------------------------------------------------------

/// Looks whose matter it is, and sends what `make(case's state, same_person)` gives.
template <class Make>
void send_to_case(const call_ptr& c, const std::string& named, std::string_view field, other_eyes whose, Make make) {
  auto id = case_named(named, field);
  if (!id)
    return c->refuse(id.why());
  look_at_case(c, *id, whose, [c, id = *id, make = std::move(make)](const cases::state& s, bool same_person) {
    c->send({id, cases::command{make(s, same_person)}});
  });
}

void claim(const call_ptr& c, case_params& p) {
  send_to_case(c, p.case_, "case", other_eyes::parties,
               [](const cases::state&, bool same) { return cases::claim{same}; });
}

template <class Command>
result<outgoing> to_case(const std::string& named, Command what) {
  auto id = case_named(named, "case");
  if (!id)
    return id.why();
  return outgoing{*id, cases::command{std::move(what)}};
}

void add_taking(method_table& table) {
  table.task<case_params, decision_answer>("desk.claim", access::staff, "Takes a case from the queue.", true, claim);
  table.command<case_params, done>("desk.release", access::staff, "Puts a case back.",
                                   [](call&, case_params& p) { return to_case(p.case_, cases::release{}); });
  table.command<desk_note, done>("desk.note", access::staff, "Leaves a note that only the desk reads.",
                                 [](call&, desk_note& p) { return to_case(p.case_, cases::note{std::move(p.text)}); });
}

// -- deciding -------------------------------------------------------------------------------------

void decide_application(const call_ptr& c, desk_decide_application& p) {
  cases::decide_application command{p.verdict,
                                    std::move(p.checklist).value_or(std::vector<std::string>{}),
                                    std::move(p.confirms).value_or(std::vector<credential>{}),
                                    std::move(p.approval),
                                    std::move(p.reason).value_or(""),
                                    std::move(p.rule).value_or(rule_ref{}),
                                    false};
  send_to_case(c, p.case_, "case", other_eyes::parties, [command = std::move(command)](const cases::state&, bool same) {
    auto decided = command;
    decided.same_person = same;
    return decided;
  });
}

/// Without a rule, the case cites the one that the complaint's reason is about.
void decide_complaint(const call_ptr& c, desk_decide_complaint& p) {
  auto params = std::make_shared<desk_decide_complaint>(std::move(p));
  auto id = case_named(params->case_, "case");
  if (!id)
    return c->refuse(id.why());
  look_at_case(c, *id, other_eyes::parties, [=, id = *id](const cases::state& s, bool same_person) {
    if (!s.complained)
      return c->refuse(refuse(errc::conflict, "this case is no complaint"));
    auto& about = s.complained->target;
    auto book = judging_book(*c, about.at);
    if (!book)
      return c->refuse(book.why());
    cases::decide_complaint command;
    command.verdict = params->verdict;
    if (params->measure)
      command.measure = measure_of(**book, *params->measure);
    command.reasons = reasons_of(std::move(params->reasons));
    command.record = storage::record_of(c->rows(), about.entity);
    command.notify = storage::notified_for(c->rows(), about.entity);
    command.same_person = same_person;
    c->send({id, cases::command{std::move(command)}});
  });
}

void decide_appeal(const call_ptr& c, desk_decide_appeal& p) {
  send_to_case(c, p.appeal, "appeal", other_eyes::parties_and_deciders,
               [verdict = p.verdict, reason = std::move(p.reason)](const cases::state&, bool same) {
                 return cases::decide_appeal{verdict, reason, same};
               });
}

/// A sanction without a complaint answers as one; the caller gets the same shape for every case.
nlohmann::json decision_of(const answer& a) {
  if (auto* imposed = std::get_if<sanction_answer>(&a))
    return wire::encode(decision_answer{imposed->sanction, imposed->needs_second, imposed->sanction});
  return wire::encode(a);
}

void second(const call_ptr& c, desk_second& p) {
  auto id = case_named(p.case_, "case");
  if (!id)
    return c->refuse(id.why());
  look_at_case(c, *id, other_eyes::parties_and_deciders,
               [c, id = *id, agree = p.agree, reason = p.reason.value_or("")](const cases::state&, bool same) {
                 c->send({id, cases::command{cases::second{agree, reason, same}}},
                         [c](const answer& a) { c->reply(decision_of(a)); });
               });
}

void add_deciding(method_table& table) {
  table.task<desk_decide_application, decision_answer>(
      "desk.decide_application", access::staff,
      "Approves (with the whole checklist), asks for more, or rejects; a news right waits for a second person.", true,
      decide_application);
  table.task<desk_decide_complaint, decision_answer>(
      "desk.decide_complaint", access::staff,
      "Upholds with a measure, or dismisses; what is left out of the measure is the charter's default.", true,
      decide_complaint);
  table.task<desk_decide_appeal, decision_answer>(
      "desk.decide_appeal", access::staff, "By somebody who decided nothing before in the case.", true, decide_appeal);
  table.task<desk_second, decision_answer>("desk.second", access::staff,
                                           "The other pair of eyes: agrees, or sends the case back.", true, second);
}

} // namespace

void add_desk_methods(method_table& table) {
  add_looking(table);
  add_taking(table);
  add_deciding(table);
}

} // namespace charter::net
