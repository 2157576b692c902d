// Complaints (article 5.5): anyone's, with a receipt at once, a deadline by reason, and an outcome that both sides
// learn.

#include <algorithm>

#include "domain/cases_parts.hpp"
#include "domain/limits.hpp"

namespace charter::cases {

namespace {

status check_complaint(const complain& c) {
  if (auto ok = check_target(c.target); !ok)
    return ok.why();
  if (c.target.entity.kind == entity_kind::user)
    return invalid("target", "complaints are about public accounts, their posts and organisations");
  if (auto ok = check_text("statement", c.statement.value_or_empty(), limits::statement_bytes_max, false); !ok)
    return ok.why();
  if (auto ok = check_text("contact", c.contact.value_or_empty(), limits::title_bytes_max, false); !ok)
    return ok.why();
  if (auto ok = check_text("region", c.region, limits::key_bytes_max, false); !ok)
    return ok.why();
  if (c.notify.size() > limits::editors_max)
    return refuse(errc::too_large, "at most 32 users stand behind an account");
  return check_evidence(c.evidence);
}

/// The reason by today's deadlines, and the rule by the book of the day on which it happened (article 10).
result<rule_ref> rule_broken(const complain& c, const complaint_reason*& reason, const context& in) {
  auto book = rules_of(in);
  if (!book)
    return book.why();
  reason = find_reason(**book, c.reason);
  if (!reason)
    return invalid("reason", "the charter knows no such reason for a complaint");
  auto then = judging_book(c.target, in);
  if (!then)
    return then.why();
  const auto* judged = find_reason(**then, c.reason);
  if (!judged || !in_force(**then, judged->rule, c.target.at.value_or(in.now)))
    return refuse(errc::conflict, "this was no breach of the rules when it took place", reason->rule);
  return broken_rule(**then, *judged);
}

leaf leaf_of(const state& s, verdict v, rule_ref rule, const context& in) {
  const auto& filed = *s.complained;
  auto out = leaf_about(in, leaf_type::complaint_decided, case_aspect::complaint, filed.target, std::move(rule));
  out.detail.push_back({"outcome", v == verdict::uphold ? "upheld" : "dismissed"});
  out.detail.push_back({"reason", filed.reason});
  out.detail.push_back({"region", filed.region});
  out.detail.push_back({"filed_at", to_text(filed.at)});
  out.detail.push_back({"deadline", to_text(filed.due.deadline)});
  return out;
}

const std::vector<user_id>& concerned(const state& s, const decide_complaint& c) {
  return c.notify.empty() ? s.complained->notify : c.notify;
}

decision<event> dismiss(const state& s, const decide_complaint& c, std::vector<user_id> by, const context& in) {
  decision<event> out;
  auto reasons = c.reasons;
  if (reasons.rule.empty())
    reasons.rule = s.complained->rule;
  out.events.push_back(complaint_decided{verdict::dismiss, std::move(by), reasons, in.now});
  tell_complainant(
      out, s, about_case(in, notice_kind::decision, "Your complaint was not upheld: " + reasons.facts, reasons.rule));
  tell_all(
      out, concerned(s, c),
      about_case(in, notice_kind::decision, "A complaint about you was not upheld: " + reasons.facts, reasons.rule));
  out.effects.push_back(log_entry(leaf_of(s, verdict::dismiss, reasons.rule, in)));
  // What was held back until the decision comes back with it.
  if (post_is_withheld(s))
    append(out, end_withholding(s, {}, "the complaint was not upheld", in));
  return out;
}

decision<event> uphold(const state& s, const sentence& what, std::vector<user_id> by, const context& in) {
  decision<event> out;
  out.events.push_back(complaint_decided{verdict::uphold, by, what.reasons, in.now});
  tell_complainant(
      out, s,
      about_case(in, notice_kind::decision,
                 "Your complaint was upheld. What follows from it: " + std::string{to_name(what.measure.step)} + ".",
                 what.reasons.rule));
  out.effects.push_back(log_entry(leaf_of(s, verdict::uphold, what.reasons.rule, in)));
  if (post_is_withheld(s) && !what.measure.withhold_post)
    append(out, end_withholding(s, {}, "the decision doesn't hold the post back", in));
  append(out, carry_out(s, what, std::move(by), true, in));
  out.awaiting = await_sanction;
  return out;
}

} // namespace

made on(const state& s, const complain& c, const context& in) {
  if (!in.by.is_user() && in.by.from != caller::origin::anonymous)
    return refuse(errc::forbidden, "complaints come from people");
  if (s.exists)
    return refuse(errc::conflict, "this complaint was filed before");
  if (auto ok = pass_gate(in, act::file_complaint); !ok)
    return ok.why();
  if (auto ok = check_complaint(c); !ok)
    return ok.why();
  const complaint_reason* reason = nullptr;
  auto rule = rule_broken(c, reason, in);
  if (!rule)
    return rule.why();
  auto due = complaint_deadline(**rules_of(in), c.reason, in.now);
  if (!due)
    return due.why();

  decision<event> out;
  out.events.push_back(complained{c.target, c.reason, c.statement, c.contact, c.receipt_hash, c.evidence, c.notify,
                                  c.region, in.by.user(), in.now, *due, reason->weight, *rule});
  if (in.by.is_user())
    out.effects.push_back(tell(in.by.user(), about_case(in, notice_kind::decision,
                                                        "Your complaint was received and is decided until " +
                                                            to_text(due->deadline) + ". You will learn the outcome.",
                                                        *rule)));
  out.answer = complaint_answer{text_of(in, case_aspect::complaint), due->deadline};
  return out;
}

made settle(const state& s, const decide_complaint& c, std::vector<user_id> by, const context& in) {
  if (c.verdict == verdict::dismiss) {
    auto out = dismiss(s, c, std::move(by), in);
    out.answer = decision_answer{text_of(in, case_aspect::complaint), false, {}};
    return out;
  }
  auto what = sentence_of(s, c, in);
  if (!what)
    return what.why();
  auto out = uphold(s, *what, std::move(by), in);
  out.answer = decision_answer{text_of(in, case_aspect::complaint), false, text_of(in, case_aspect::sanction)};
  return out;
}

made on(const state& s, const decide_complaint& c, const context& in) {
  if (auto ok = check_desk(s, act::decide_complaint, c.same_person, in); !ok)
    return ok.why();
  if (s.kind != case_kind::complaint || s.status != case_status::open)
    return refuse(errc::conflict, "this is no complaint that waits for a decision");
  if (auto ok = check_free(s, in); !ok)
    return ok.why();
  if (auto ok = check_fresh(s, act::decide_complaint, in); !ok)
    return ok.why();
  if (auto ok = check_text("facts", c.reasons.facts, limits::statement_bytes_max, true); !ok)
    return ok.why();
  std::vector<act> acts{act::decide_complaint};
  if (c.verdict == verdict::uphold) {
    if (!c.measure)
      return invalid("measure", "a complaint that is upheld has a consequence");
    acts.push_back(act_of(c.measure->step));
  } else if (c.verdict != verdict::dismiss) {
    return invalid("verdict", "a complaint is upheld or dismissed");
  }
  for (auto what : acts)
    if (auto ok = may_act(in, what); !ok)
      return ok.why();
  auto book = rules_of(in);
  if (!book)
    return book.why();
  if (persons_for(**book, acts) < 2)
    return settle(s, c, {in.by.user()}, in);

  if (c.verdict == verdict::uphold)
    if (auto what = sentence_of(s, c, in); !what)
      return what.why();
  decision<event> out;
  out.events.push_back(proposed{in.by.user(), in.now, {}, c, {}});
  out.answer = decision_answer{text_of(in, case_aspect::complaint), true, {}};
  return out;
}

} // namespace charter::cases
