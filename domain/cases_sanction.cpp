// Sanctions (articles 8.2, 8.3): the ladder's step with notice, reason, rule, evidence, a way to appeal, a leaf and the
// reports it obliges to (I9). Answered when every entity that it restricts has journaled it (I2).

#include <algorithm>
#include <set>

#include "domain/cases_parts.hpp"
#include "domain/limits.hpp"

namespace charter::cases {

namespace {

// -- what may be imposed --------------------------------------------------------

/// As the charter weighs a complaint about the same rule; else the least severity for which its ladder has this step.
severity weight_of(const rule_book& book, const rule_ref& rule, sanction_step step) {
  for (const auto& reason : book.complaints)
    if (broken_rule(book, reason) == rule)
      return reason.weight;
  std::optional<severity> least;
  for (const auto& row : book.sanctions.ladder)
    if (row.step == step && (!least || row.weight < *least))
      least = row.weight;
  return least.value_or(severity::minor);
}

status check_reasons(const rule_book& book, const sentence& what, const context& in) {
  const auto& why = what.reasons;
  if (auto ok = check_text("facts", why.facts, limits::statement_bytes_max, true); !ok)
    return ok.why();
  if (auto ok = check_evidence(why.evidence); !ok)
    return ok.why();
  if (why.evidence.empty())
    return invalid("evidence", "a sanction names what shows the facts");
  if (!in_force(book, why.rule, what.target.at.value_or(in.now)))
    return invalid("rule", "a sanction names the rule that was broken, as in force when it happened");
  if (auto ok = check_text("differs_because", why.differs_because, limits::statement_bytes_max,
                           what.measure.step != what.recommended);
      !ok)
    return ok.why().code == errc::too_large
               ? ok.why()
               : invalid("differs_because", "the charter recommends \"" + std::string{to_name(what.recommended)} +
                                                "\" here; please say why this differs");
  if (what.notify.empty())
    return invalid("notify", "whoever is sanctioned is told: there is nobody to tell");
  return done{};
}

result<sentence> checked(sentence what, const std::vector<strike>& record, const rule_book& book, const context& in) {
  if (auto ok = check_target(what.target); !ok)
    return ok.why();
  const auto& m = what.measure;
  if (auto ok = check_sanction(book, m.step, m.scope, m.length, m.posts_per_day); !ok)
    return ok.why();
  if (m.withhold_post && !what.target.post)
    return invalid("withhold_post", "there is no post to withhold");
  // The post itself shows the facts, if nothing else is named.
  if (what.reasons.evidence.empty() && what.target.post)
    what.reasons.evidence.push_back(to_text(post_id{what.target.entity.as<entity_kind::account>(), *what.target.post}));
  if (what.target.entity.kind == entity_kind::user && what.notify.empty())
    what.notify.push_back(what.target.entity.as<entity_kind::user>());
  if (what.notify.size() > limits::editors_max)
    return refuse(errc::too_large, "at most 32 users stand behind an account");
  what.recommended = recommended_step(book, what.weight, record, in.now).step;
  if (auto ok = check_reasons(book, what, in); !ok)
    return ok.why();
  return what;
}

// -- what goes to the target ----------------------------------------------------

effect restrict_at(const entity_id& at, restriction what) {
  switch (at.kind) {
    case entity_kind::organisation: return {at, organisations::restrict_{std::move(what)}};
    case entity_kind::user: return {at, users::restrict_{std::move(what)}};
    default: return {at, accounts::restrict_{std::move(what)}};
  }
}

effect lift_at(const entity_id& at, const case_id& sanction) {
  switch (at.kind) {
    case entity_kind::organisation: return {at, organisations::lift{sanction}};
    case entity_kind::user: return {at, users::lift{sanction}};
    default: return {at, accounts::lift{sanction}};
  }
}

std::string join(const std::vector<std::string>& texts) {
  std::string out;
  for (const auto& text : texts)
    out += (out.empty() ? "" : ", ") + text;
  return out;
}

/// "suspend (all_posts) until 2026-…"
std::string in_words(const imposed& what) {
  auto out = std::string{to_name(what.measure.step)};
  if (what.measure.scope != sanction_scope::nothing)
    out += " (" + std::string{to_name(what.measure.scope)} + ")";
  if (what.until)
    out += " until " + to_text(*what.until);
  return out;
}

notice notice_of(const imposed& what, const context& in) {
  auto out = about_case(in, notice_kind::sanction,
                        "Sanction: " + in_words(what) + ". Why: " + what.reasons.facts +
                            (what.measure.withhold_post ? " The post is withheld." : "") + " You can appeal until " +
                            to_text(what.appeal_until) + "; somebody else decides about it then.",
                        what.reasons.rule);
  out.evidence = join(what.reasons.evidence);
  out.appeal_until = what.appeal_until;
  out.expects = "appeal.file";
  return out;
}

leaf leaf_of(const imposed& what, bool from_complaint, const context& in) {
  auto out = leaf_about(in, leaf_type::sanction_imposed, case_aspect::sanction, what.target, what.reasons.rule);
  auto add = [&](std::string key, std::string value) { out.detail.push_back({std::move(key), std::move(value)}); };
  add("step", std::string{to_name(what.measure.step)});
  add("scope", std::string{to_name(what.measure.scope)});
  if (what.measure.posts_per_day)
    add("posts_per_day", std::to_string(*what.measure.posts_per_day));
  add("until", what.until ? to_text(*what.until) : "");
  add("appeal_until", to_text(what.appeal_until));
  add("severity", std::string{to_name(what.weight)});
  add("recommended", std::string{to_name(what.recommended)});
  add("source", from_complaint ? "complaint" : "own");
  add("persons", std::to_string(what.by.size()));
  add("post_withheld", what.measure.withhold_post ? "yes" : "no");
  add("region", what.region);
  out.commitment = commitment(in, what.reasons.facts);
  return out;
}

office_item report_of(const report_duty& duty, const imposed& what, const context& in) {
  office_item item;
  item.kind = office_item_kind::report;
  item.about = in.self;
  item.title = duty.title.zh_cn;
  item.content = {{"duty", duty.key},
                  {"sanction", text_of(in, case_aspect::sanction)},
                  {"target", what.target.entity.kind == entity_kind::user ? "" : to_text(what.target.entity)},
                  {"measure", in_words(what)},
                  {"rule", what.reasons.rule.article + " " + what.reasons.rule.item},
                  {"facts", what.reasons.facts}};
  item.evidence = in.digest(view_of(join(what.reasons.evidence)));
  return item;
}

void report(decision<event>& out, report_trigger trigger, const imposed& what, const context& in) {
  auto book = rules_of(in);
  if (!book)
    return;
  for (const auto* duty : reports_due(**book, trigger, what.weight))
    send_to_offices(out, **book, what.region, duty->copy_to_national, report_of(*duty, what, in), in);
}

void withhold_at_target(decision<event>& out, const state& s, const imposed& what, const context& in) {
  out.events.push_back(post_withheld{what.by.front(), what.reasons, in.now, {}, false});
  if (post_is_withheld(s)) // by an interim decision, which becomes a lasting one
    return;
  out.effects.push_back({what.target.entity, accounts::withhold_post{in.self.as<entity_kind::case_file>(),
                                                                     *what.target.post, what.reasons.rule}});
  out.effects.push_back(
      log_entry(leaf_about(in, leaf_type::post_withheld, case_aspect::sanction, what.target, what.reasons.rule)));
}

} // namespace

result<sentence> sentence_of(const impose& c, const context& in) {
  auto book = judging_book(c.target, in);
  if (!book)
    return book.why();
  auto weight = c.weight.value_or(weight_of(**book, c.reasons.rule, c.measure.step));
  return checked({c.target, c.measure, c.reasons, c.notify, c.region, weight, {}}, c.record, **book, in);
}

result<sentence> sentence_of(const state& s, const decide_complaint& c, const context& in) {
  const auto& filed = *s.complained;
  auto book = judging_book(filed.target, in);
  if (!book)
    return book.why();
  auto reasons = c.reasons;
  if (reasons.rule.empty())
    reasons.rule = filed.rule;
  auto notify = c.notify.empty() ? filed.notify : c.notify;
  return checked({filed.target, *c.measure, std::move(reasons), std::move(notify), filed.region, filed.weight, {}},
                 c.record, **book, in);
}

// trace: sanction 3/8
decision<event> carry_out(const state& s, const sentence& what, std::vector<user_id> by, bool from_complaint,
                          const context& in) {
  const auto* book = in.policy->book_at(in.now);
  CHARTER_ASSERT(book);
  const auto& m = what.measure;
  auto until = m.length ? std::optional{in.now + *m.length} : std::nullopt;
  imposed e{what.target,
            m,
            what.reasons,
            std::move(by),
            what.notify,
            what.region,
            in.now,
            until,
            appeal_until(*book, in.now),
            what.weight,
            what.recommended,
            salt_of(in)};
  decision<event> out;
  out.events.push_back(e);
  out.effects.push_back(restrict_at(what.target.entity, {in.self.as<entity_kind::case_file>(), m.step, m.scope,
                                                         m.posts_per_day, in.now, until, what.reasons.rule}));
  if (m.withhold_post)
    withhold_at_target(out, s, e, in);
  tell_all(out, e.notify, notice_of(e, in));
  out.effects.push_back(log_entry(leaf_of(e, from_complaint, in)));
  report(out, report_trigger::sanction_imposed, e, in);
  if (from_complaint)
    report(out, report_trigger::complaint_upheld, e, in);
  return out;
}

made settle(const state& s, const impose& c, std::vector<user_id> by, const context& in) {
  auto what = sentence_of(c, in);
  if (!what)
    return what.why();
  auto out = carry_out(s, *what, std::move(by), false, in);
  const auto& e = std::get<imposed>(out.events.front());
  out.answer = sanction_answer{text_of(in, case_aspect::sanction), false, e.until, e.appeal_until, what->recommended};
  out.awaiting = await_sanction;
  return out;
}

// trace: sanction 2/8
made on(const state& s, const impose& c, const context& in) {
  if (auto ok = only_users(in); !ok)
    return ok.why();
  auto step = act_of(c.measure.step);
  if (auto ok = may_act(in, step); !ok)
    return ok.why();
  if (s.exists)
    return refuse(errc::conflict, "this case has begun before");
  if (c.same_person || std::find(c.notify.begin(), c.notify.end(), in.by.user()) != c.notify.end() ||
      c.target.entity == entity_id{in.by.user()})
    return refuse(errc::forbidden, "nobody decides in a matter of their own");
  auto what = sentence_of(c, in);
  if (!what)
    return what.why();
  auto book = rules_of(in);
  if (!book)
    return book.why();
  if (persons_needed(**book, step) < 2)
    return settle(s, c, {in.by.user()}, in);

  decision<event> out;
  out.events.push_back(proposed{in.by.user(), in.now, {}, {}, c});
  out.answer = sanction_answer{text_of(in, case_aspect::sanction), true, {}, {}, what->recommended};
  return out;
}

// -- the end of a sanction ------------------------------------------------------

decision<event> end_sanction(const state& s, lifted what, bool restores, const context& in) {
  const auto& imposed = s.sanction->what;
  bool was_lifted = s.sanction->lifted.has_value();
  decision<event> out;
  out.events.push_back(what);
  if (!was_lifted)
    out.effects.push_back(lift_at(imposed.target.entity, in.self.as<entity_kind::case_file>()));
  auto why = what.overturned ? "an appeal was upheld" : what.over ? "its time is over" : what.reason;
  tell_all(out, imposed.notify,
           about_case(in, notice_kind::sanction, "The sanction is lifted: " + why + ".", imposed.reasons.rule));
  auto entry = leaf_about(in, leaf_type::sanction_lifted, case_aspect::sanction, imposed.target, imposed.reasons.rule);
  entry.detail.push_back({"because", what.overturned ? "appeal" : what.over ? "over" : "lifted"});
  entry.detail.push_back({"imposed_at", to_text(imposed.at)});
  out.effects.push_back(log_entry(std::move(entry)));
  bool restores_post = restores && post_is_withheld(s);
  if (restores_post)
    append(out, end_withholding(s, what.by, why, in));
  if (!was_lifted || restores_post)
    out.awaiting = await_lift;
  return out;
}

made on(const state& s, const lift& c, const context& in) {
  if (auto ok = check_desk(s, act::lift_sanction, c.same_person, in); !ok)
    return ok.why();
  if (!sanction_in_force(s, in.now))
    return refuse(errc::conflict, "no sanction is in force in this case");
  if (auto ok = check_text("reason", c.reason, limits::statement_bytes_max, true); !ok)
    return ok.why();
  const auto* power = find_power(**rules_of(in), act::lift_sanction);
  if (power && power->fresh_eyes)
    if (auto ok = check_fresh(s, act::lift_sanction, in); !ok)
      return ok.why();
  auto out = end_sanction(s, {in.by.user(), c.reason, false, false, in.now}, true, in);
  out.answer = decision_answer{text_of(s, in), false, text_of(in, case_aspect::sanction)};
  return out;
}

// -- what the target answers ----------------------------------------------------

/// The target confirms in the order in which it was asked, so the oldest of that direction is meant.
// trace: sanction 7/8
made on(const state& s, const enforcement_confirmed& c, const context& in) {
  const auto* target = target_of(s);
  auto lifts = [](enforcement x) { return x == enforcement::lift || x == enforcement::restoring; };
  auto meant = std::find_if(s.pending.begin(), s.pending.end(), [&](auto x) { return lifts(x) == c.lifting; });
  if (!target || !in.by.is(target->entity) || meant == s.pending.end())
    return refuse(errc::forbidden, "nothing was asked of this entity");
  decision<event> out;
  out.events.push_back(enforced{c.lifting, c.refused, in.now, *meant});
  return out;
}

} // namespace charter::cases
