// Questions and outgoing pieces that all parts of a case share. Declared in domain/cases_parts.hpp.

#include "domain/cases_parts.hpp"

#include <algorithm>

#include "domain/limits.hpp"

namespace charter::cases {

// -- questions ------------------------------------------------------------------

bool appeal_pending(const state& s) { return s.appeal && !s.appeal->decided; }

bool awaits_decision(const state& s) {
  return appeal_pending(s) || s.status == case_status::open || s.status == case_status::second;
}

act next_act(const state& s) {
  if (appeal_pending(s))
    return act::decide_appeal;
  if (s.proposed && s.proposed->imposition)
    return act_of(s.proposed->imposition->measure.step);
  if (s.sanction && s.kind == case_kind::sanction)
    return act_of(s.sanction->what.measure.step);
  return s.kind == case_kind::application ? act::decide_application : act::decide_complaint;
}

const target* target_of(const state& s) {
  if (s.sanction)
    return &s.sanction->what.target;
  if (s.complained)
    return &s.complained->target;
  return s.proposed && s.proposed->imposition ? &s.proposed->imposition->target : nullptr;
}

bool sanction_in_force(const state& s, timestamp now) {
  return s.sanction && !s.sanction->lifted && (!s.sanction->what.until || now < *s.sanction->what.until);
}

bool post_is_withheld(const state& s) { return s.withholding && !s.withholding->restored; }

status check_desk(const state& s, act what, bool same_person, const context& in, bool first) {
  if (auto ok = only_users(in); !ok)
    return ok.why();
  if (auto ok = may_act(in, what, first); !ok)
    return ok.why();
  if (!s.exists)
    return refuse(errc::not_found, "there is no such case");
  auto involved = parties(s);
  if (same_person || std::find(involved.begin(), involved.end(), in.by.user()) != involved.end())
    return refuse(errc::forbidden, "nobody decides in a matter of their own");
  return done{};
}

status check_fresh(const state& s, act what, const context& in) {
  if (!s.deciders.contains(in.by.user()))
    return done{};
  const auto* book = in.policy ? in.policy->book_at(in.now) : nullptr;
  const auto* power = book ? find_power(*book, what) : nullptr;
  return refuse(errc::forbidden, "you have decided in this case before: somebody else decides now",
                power ? power->rule : rule_ref{});
}

status check_free(const state& s, const context& in) {
  if (s.assignee.empty() || s.assignee == in.by.user())
    return done{};
  return refuse(errc::conflict, "somebody else has taken this case; it can be decided once they release it");
}

status check_text(std::string_view field, std::string_view text, std::size_t bytes_max, bool required) {
  if (required && text.empty())
    return invalid(std::string{field}, "please say something here");
  if (text.size() <= bytes_max)
    return done{};
  auto why = refuse(errc::too_large, "at most " + std::to_string(bytes_max) + " bytes fit here");
  why.field = field;
  return why;
}

status check_evidence(const std::vector<std::string>& evidence) {
  if (evidence.size() > limits::evidence_max)
    return refuse(errc::too_large, "at most 32 references");
  for (const auto& reference : evidence)
    if (auto ok = check_text("evidence", reference, limits::profile_bytes_max, true); !ok)
      return ok.why();
  return done{};
}

status check_target(const target& what) {
  auto kind = what.entity.kind;
  bool known = kind == entity_kind::account || kind == entity_kind::organisation || kind == entity_kind::user;
  if (!known || what.entity.empty())
    return invalid("target", "this is about public accounts, their posts, organisations and users only");
  if (what.post && (kind != entity_kind::account || *what.post == 0))
    return invalid("target", "only an account has posts, numbered from 1");
  return done{};
}

result<const rule_book*> judging_book(const target& what, const context& in) {
  auto book = rules_of(in);
  if (!book || !what.at)
    return book;
  if (const auto* then = in.policy->book_at(*what.at))
    return then;
  return refuse(errc::conflict, "no rules were in force when this took place", {(*book)->id, {}, {}});
}

// -- what goes out --------------------------------------------------------------

std::string text_of(const context& in, case_aspect aspect) {
  return to_text(in.self.as<entity_kind::case_file>(), aspect);
}

std::string text_of(const state& s, const context& in) {
  return text_of(in, s.kind == case_kind::application ? case_aspect::application
                     : s.kind == case_kind::complaint ? case_aspect::complaint
                                                      : case_aspect::sanction);
}

notice about_case(const context& in, notice_kind kind, std::string text, rule_ref rule) {
  notice out;
  out.kind = kind;
  out.text = std::move(text);
  out.about = in.self;
  out.rule = std::move(rule);
  return out;
}

void tell_all(decision<event>& out, const std::vector<user_id>& who, const notice& what) {
  for (auto user : who)
    out.effects.push_back(tell(user, what));
}

void tell_complainant(decision<event>& out, const state& s, const notice& what) {
  if (s.complained && !s.complained->by.empty())
    out.effects.push_back(tell(s.complained->by, what));
}

leaf leaf_about(const context& in, leaf_type type, case_aspect aspect, const target& what, rule_ref rule) {
  leaf out;
  out.type = type;
  out.at = in.now;
  out.subject = text_of(in, aspect);
  if (what.entity.kind != entity_kind::user && !what.entity.empty())
    out.target = to_text(what.entity);
  out.rule = std::move(rule);
  if (what.post && what.entity.kind == entity_kind::account)
    out.detail.push_back({"post", to_text(post_id{what.entity.as<entity_kind::account>(), *what.post})});
  return out;
}

void send_to_offices(decision<event>& out, const rule_book& book, std::string_view region, bool copy,
                     const office_item& item, const context& in) {
  const auto* own = office_for_region(book, region);
  const auto* national = &book.regulators.national;
  CHARTER_ASSERT(in.digest);
  auto send = [&](const std::string& code) {
    out.effects.push_back({offices::office_of(code, in.digest), offices::receive{code, item}});
  };
  if (own)
    send(own->code);
  if ((copy || !own) && own != national)
    send(national->code);
}

void append(decision<event>& out, decision<event> more) {
  std::move(more.events.begin(), more.events.end(), std::back_inserter(out.events));
  std::move(more.effects.begin(), more.effects.end(), std::back_inserter(out.effects));
}

} // namespace charter::cases
