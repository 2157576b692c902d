// Appeals (article 8.2): by the sanctioned, within the window, once; decided by somebody who decided nothing before in
// the case (I9). An appeal that is upheld lifts the sanction, strikes it from the record and restores what was lost.

#include <algorithm>

#include "domain/cases_parts.hpp"
#include "domain/limits.hpp"

namespace charter::cases {

namespace {

notice outcome_notice(bool upheld, const std::string& reason, const rule_ref& rule, const context& in) {
  return about_case(in, notice_kind::decision,
                    std::string{"The appeal was "} + (upheld ? "upheld" : "dismissed") + ": " + reason, rule);
}

leaf leaf_of(const state& s, bool upheld, const context& in) {
  const auto& imposed = s.sanction->what;
  auto out = leaf_about(in, leaf_type::appeal_decided, case_aspect::appeal, imposed.target, imposed.reasons.rule);
  out.detail.push_back({"outcome", upheld ? "upheld" : "dismissed"});
  out.detail.push_back({"sanction", text_of(in, case_aspect::sanction)});
  out.detail.push_back({"filed_at", to_text(s.appeal->what.at)});
  out.detail.push_back({"deadline", to_text(s.appeal->what.due.deadline)});
  return out;
}

} // namespace

made on(const state& s, const file_appeal& c, const context& in) {
  if (auto ok = only_users(in); !ok)
    return ok.why();
  if (!s.exists || !s.sanction)
    return refuse(errc::not_found, "there is no such sanction");
  const auto& imposed = s.sanction->what;
  if (std::find(imposed.notify.begin(), imposed.notify.end(), in.by.user()) == imposed.notify.end())
    return refuse(errc::forbidden, "only those who are sanctioned can appeal");
  if (s.appeal)
    return refuse(errc::conflict, "an appeal was filed before; a sanction is appealed once");
  if (auto ok = pass_gate(in, act::file_appeal); !ok)
    return ok.why();
  auto book = rules_of(in);
  if (!book)
    return book.why();
  if (in.now >= imposed.appeal_until)
    return refuse(errc::conflict, "the time to appeal was over on " + to_text(imposed.appeal_until),
                  (*book)->appeals.rule);
  if (auto ok = check_text("statement", c.statement, limits::statement_bytes_max, true); !ok)
    return ok.why();
  auto due = appeal_deadline(**book, in.now);

  decision<event> out;
  out.events.push_back(appealed{in.by.user(), c.statement, in.now, due});
  tell_all(out, imposed.notify,
           about_case(in, notice_kind::decision,
                      "The appeal was received and is decided until " + to_text(due.deadline) +
                          ", by somebody who didn't decide before.",
                      (*book)->appeals.rule));
  tell_complainant(
      out, s,
      about_case(in, notice_kind::decision, "What followed from your complaint was appealed.", (*book)->appeals.rule));
  out.answer = appeal_answer{text_of(in, case_aspect::appeal), due.deadline};
  return out;
}

made on(const state& s, const decide_appeal& c, const context& in) {
  if (auto ok = check_desk(s, act::decide_appeal, c.same_person, in); !ok)
    return ok.why();
  if (!appeal_pending(s))
    return refuse(errc::conflict, "no appeal waits for a decision in this case");
  if (auto ok = check_fresh(s, act::decide_appeal, in); !ok)
    return ok.why();
  if (auto ok = check_free(s, in); !ok)
    return ok.why();
  if (c.verdict != verdict::uphold && c.verdict != verdict::dismiss)
    return invalid("verdict", "an appeal is upheld or dismissed");
  if (auto ok = check_text("reason", c.reason, limits::statement_bytes_max, true); !ok)
    return ok.why();

  bool upheld = c.verdict == verdict::uphold;
  const auto& rule = s.sanction->what.reasons.rule;
  decision<event> out;
  out.events.push_back(appeal_decided{c.verdict, in.by.user(), c.reason, in.now});
  tell_all(out, s.sanction->what.notify, outcome_notice(upheld, c.reason, rule, in));
  tell_complainant(out, s, outcome_notice(upheld, c.reason, rule, in));
  out.effects.push_back(log_entry(leaf_of(s, upheld, in)));
  if (upheld) {
    auto ended = end_sanction(s, {{}, c.reason, false, true, in.now}, true, in);
    out.awaiting = ended.awaiting;
    append(out, std::move(ended));
  }
  out.answer = decision_answer{text_of(in, case_aspect::appeal), false, text_of(in, case_aspect::sanction)};
  return out;
}

} // namespace charter::cases
