#include "net/methods/case_work.hpp"
#include "net/methods/paging.hpp"
#include "net/methods/table.hpp"

namespace charter::net {

namespace {

// -- by senior moderators ---------------------------------------------------------------------

// trace: sanction 1/8
void impose(const call_ptr& c, sanction_impose& p) {
  if (auto allowed = require_power(*c, {act_of(p.measure.step)}); !allowed)
    return c->refuse(allowed.why());
  auto target = target_of(*c, p.target);
  if (!target)
    return c->refuse(target.why());
  auto book = judging_book(*c, target->at);
  if (!book)
    return c->refuse(book.why());
  auto command = std::make_shared<cases::impose>();
  command->target = *target;
  command->measure = measure_of(**book, p.measure);
  command->reasons = reasons_of(std::move(p.reasons));
  command->notify = storage::notified_for(c->rows(), target->entity);
  command->region = storage::region_of(c->rows(), target->entity);
  command->record = storage::record_of(c->rows(), target->entity);
  auto id = case_id{c->new_id("sanction")};
  c->ask_same_person(command->notify, [=](bool same_person) {
    command->same_person = same_person;
    c->send({id, cases::command{std::move(*command)}});
  });
}

/// Looks whose matter it is, and sends what `make(same_person)` gives.
template <class Make>
void send_to_case(const call_ptr& c, const std::string& named, std::string_view field, Make make) {
  auto id = case_named(named, field);
  if (!id)
    return c->refuse(id.why());
  look_at_case(c, *id, other_eyes::parties, [c, id = *id, make = std::move(make)](const cases::state&, bool same) {
    c->send({id, cases::command{make(same)}});
  });
}

void lift(const call_ptr& c, sanction_reason& p) {
  send_to_case(c, p.sanction, "sanction", [why = p.reason](bool same) { return cases::lift{why, same}; });
}

void withhold_post(const call_ptr& c, sanction_withhold_post& p) {
  send_to_case(c, p.complaint, "complaint", [why = reasons_of(std::move(p.reasons))](bool same) {
    return cases::withhold{why, same};
  });
}

void restore_post(const call_ptr& c, sanction_restore_post& p) {
  send_to_case(c, p.complaint, "complaint", [why = p.reason](bool same) { return cases::restore{why, same}; });
}

void add_decisions(method_table& table) {
  table.task<sanction_impose, sanction_answer>(
      "sanction.impose", access::staff,
      "Imposes a step of the ladder without a complaint; answered once everything concerned has it on disk.", true,
      impose);
  table.task<sanction_reason, decision_answer>("sanction.lift", access::staff, "Lifts a sanction before its time.",
                                               true, lift);
  table.task<sanction_withhold_post, decision_answer>("sanction.withhold_post", access::staff,
                                                      "Holds a post back while the complaint about it is undecided.",
                                                      true, withhold_post);
  table.task<sanction_restore_post, decision_answer>(
      "sanction.restore_post", access::staff, "Lets a post that was held back be read again.", true, restore_post);
}

// -- public facts (I9) --------------------------------------------------------------------------

/// A person's sanctions are for that person and for those who might impose the next one.
status may_list(const call& c, const entity_id& target) {
  if (target.kind != entity_kind::user || entity_id{c.user()} == target)
    return done{};
  if (c.who && require_power(c, {act::decide_complaint, act::suspend}))
    return done{};
  return refuse(errc::forbidden, "sanctions of a person are told to that person only");
}

result<page<sanction_view>> list(call& c, sanction_list& p) {
  if (!p.target)
    return storage::sanctions(c.rows(), {}, page_of(p));
  auto target = target_of(c, *p.target);
  if (!target)
    return target.why();
  if (auto allowed = may_list(c, target->entity); !allowed)
    return allowed.why();
  return storage::sanctions(c.rows(), target->entity, page_of(p));
}

result<sanction_view> get(call& c, sanction_get& p) {
  auto id = case_named(p.sanction, "sanction");
  if (!id)
    return id.why();
  auto found = storage::sanction(c.rows(), *id);
  return found ? result<sanction_view>{std::move(*found)} : refuse(errc::not_found, "there is no such sanction");
}

void add_look_ups(method_table& table) {
  table.query<sanction_list, page<sanction_view>>(
      "sanction.list", access::anyone, "Sanctions, newest first: all of them, or those of one target.", list);
  table.query<sanction_get, sanction_view>("sanction.get", access::anyone,
                                           "A sanction's public facts: what, why, by which rule, until when.", get);
}

} // namespace

void add_sanction_methods(method_table& table) {
  add_decisions(table);
  add_look_ups(table);
}

} // namespace charter::net
