// A post held back before its complaint is decided (article 8.2), for a bounded time, with its reasons told at once.

#include "domain/cases_parts.hpp"
#include "domain/limits.hpp"

namespace charter::cases {

namespace {

/// Of the post's account, from whichever decision holds the post back.
const std::vector<user_id>& concerned(const state& s) {
  return s.sanction ? s.sanction->what.notify : s.complained->notify;
}

} // namespace

decision<event> end_withholding(const state& s, user_id by, std::string reason, const context& in) {
  const auto& target = *target_of(s);
  const auto& rule = s.withholding->what.reasons.rule;
  decision<event> out;
  out.events.push_back(post_restored{by, reason, in.now});
  out.effects.push_back({target.entity, accounts::restore_post{in.self.as<entity_kind::case_file>(), *target.post}});
  tell_all(out, concerned(s),
           about_case(in, notice_kind::sanction, "Your post can be read again: " + reason + ".", rule));
  auto entry = leaf_about(in, leaf_type::post_restored, case_aspect::complaint, target, rule);
  if (!s.complained)
    entry.subject = text_of(in, case_aspect::sanction);
  entry.detail.push_back({"withheld_at", to_text(s.withholding->what.at)});
  out.effects.push_back(log_entry(std::move(entry)));
  return out;
}

made on(const state& s, const withhold& c, const context& in) {
  if (auto ok = check_desk(s, act::withhold_post, c.same_person, in); !ok)
    return ok.why();
  bool undecided = s.status == case_status::open || s.status == case_status::second;
  if (s.kind != case_kind::complaint || !undecided || !s.complained->target.post)
    return refuse(errc::conflict, "only a post whose complaint is undecided can be held back meanwhile");
  // Once only: withholding again and again would be a sanction without a decision.
  if (s.withholding)
    return refuse(errc::conflict, "this post was held back before in this case");
  auto book = rules_of(in);
  if (!book)
    return book.why();
  const auto& rules = (*book)->sanctions.withholding;
  const auto& filed = *s.complained;
  if (filed.weight < rules.from)
    return refuse(errc::forbidden, "a complaint of this severity doesn't allow it before the decision", rules.rule);
  if (auto ok = check_text("facts", c.reasons.facts, limits::statement_bytes_max, true); !ok)
    return ok.why();
  if (auto ok = check_evidence(c.reasons.evidence); !ok)
    return ok.why();
  auto reasons = c.reasons;
  if (reasons.rule.empty())
    reasons.rule = filed.rule;
  auto until = in.now + rules.interim_max;

  decision<event> out;
  out.events.push_back(post_withheld{in.by.user(), reasons, in.now, until, true});
  out.effects.push_back({filed.target.entity, accounts::withhold_post{in.self.as<entity_kind::case_file>(),
                                                                      *filed.target.post, reasons.rule}});
  tell_all(out, filed.notify,
           about_case(in, notice_kind::sanction,
                      "Your post is out of sight while a complaint about it is being decided, until " + to_text(until) +
                          " at the latest. Why: " + reasons.facts + " You can appeal the decision once it is made.",
                      reasons.rule));
  auto entry = leaf_about(in, leaf_type::post_withheld, case_aspect::complaint, filed.target, reasons.rule);
  entry.detail.push_back({"until", to_text(until)});
  out.effects.push_back(log_entry(std::move(entry)));
  out.answer = decision_answer{text_of(in, case_aspect::complaint), false, {}};
  out.awaiting = await_withheld;
  return out;
}

made on(const state& s, const restore& c, const context& in) {
  if (auto ok = check_desk(s, act::restore_post, c.same_person, in); !ok)
    return ok.why();
  if (!post_is_withheld(s))
    return refuse(errc::conflict, "no post is withheld in this case");
  if (auto ok = check_text("reason", c.reason, limits::statement_bytes_max, true); !ok)
    return ok.why();
  auto out = end_withholding(s, in.by.user(), c.reason, in);
  out.answer = decision_answer{text_of(s, in), false, {}};
  out.awaiting = await_restored;
  return out;
}

} // namespace charter::cases
