#include "net/methods/case_work.hpp"

#include <algorithm>

namespace charter::net {

result<case_id> case_named(std::string_view text, std::string_view field) {
  case_id id;
  if (!parse(text, id))
    return invalid(std::string{field}, "expected the id of a case: cas_, cmp_, snc_ or apl_ and 26 letters");
  return id;
}

status require_power(const call& c, std::initializer_list<act> any_of) {
  auto book = c.book();
  if (!book)
    return book.why();
  auto held = roles_of(c.viewpoint().policy, c.user());
  std::optional<refusal> why;
  for (auto what : any_of) {
    // An act of staff that the charter gives to no role is nobody's.
    if (!find_power(**book, what))
      continue;
    auto allowed = check_role(**book, what, held);
    if (allowed || check_role(**book, what, held, false))
      return done{};
    if (!why)
      why = allowed.why();
  }
  return why ? *why : refuse(errc::forbidden, "the charter gives this to nobody");
}

result<const rule_book*> judging_book(const call& c, std::optional<timestamp> at) {
  auto now = c.book();
  if (!now || !at)
    return now;
  auto* then = c.viewpoint().policy->book_at(*at);
  return then ? then : *now;
}

namespace {

const cases::target* target_in(const cases::state& s) {
  if (s.sanction)
    return &s.sanction->what.target;
  if (s.complained)
    return &s.complained->target;
  return s.proposed && s.proposed->imposition ? &s.proposed->imposition->target : nullptr;
}

} // namespace

void look_at_case(const call_ptr& c, const case_id& which, other_eyes whose,
                  std::function<void(const cases::state&, bool same_person)> then) {
  c->look(which, [=, then = std::move(then)](const any_state& found) {
    auto file = std::make_shared<const cases::state>(std::get<cases::state>(found));
    if (!file->exists)
      return c->refuse(refuse(errc::not_found, "there is no such case"));
    auto others = cases::parties(*file);
    if (whose == other_eyes::parties_and_deciders) {
      others.insert(others.end(), file->deciders.begin(), file->deciders.end());
      if (file->proposed)
        others.push_back(file->proposed->by);
    }
    // Under this very name the case itself knows the caller, and says more exactly why not.
    std::erase(others, c->user());
    // Whoever has come to stand behind the target since then is a party as well.
    if (auto* about = target_in(*file)) {
      auto by_now = storage::notified_for(c->rows(), about->entity);
      others.insert(others.end(), by_now.begin(), by_now.end());
    }
    c->ask_same_person(std::move(others), [file, then](bool same) { then(*file, same); });
  });
}

result<cases::target> target_of(const call& c, const target_params& p) {
  if (p.account.has_value() + p.organisation.has_value() + p.user.has_value() + p.post.has_value() != 1)
    return invalid("target", "name exactly one of account, organisation, user and post");
  auto missing = [](std::string_view what) { return refuse(errc::not_found, "there is no such " + std::string{what}); };
  if (p.post) {
    auto post = storage::post(c.rows(), *p.post);
    return post ? result<cases::target>{{p.post->owner, p.post->number, post->at}} : missing("post");
  }
  if (p.account)
    return storage::account(c.rows(), *p.account, c.viewpoint()) ? result<cases::target>{{*p.account, {}, {}}}
                                                                 : missing("account");
  if (p.organisation)
    return storage::organisation_facts(c.rows(), *p.organisation) ? result<cases::target>{{*p.organisation, {}, {}}}
                                                                  : missing("organisation");
  return storage::user(c.rows(), *p.user) ? result<cases::target>{{*p.user, {}, {}}} : missing("user");
}

cases::measure measure_of(const rule_book& book, const measure_params& p) {
  cases::measure out;
  out.step = p.step;
  out.length = p.length;
  out.posts_per_day = p.posts_per_day;
  out.withhold_post = p.withhold_post.value_or(false);
  auto* step = find_step(book, p.step);
  auto usual = step && !step->scopes.empty() ? step->scopes.front() : sanction_scope::nothing;
  out.scope = p.scope.value_or(usual);
  if (!step)
    return out;
  if (!out.length)
    out.length = step->length_default;
  if (!out.posts_per_day && out.scope == sanction_scope::posts_per_day)
    out.posts_per_day = step->posts_per_day;
  return out;
}

cases::reasons reasons_of(reasons_params p) {
  return {std::move(p.facts), std::move(p.evidence).value_or(std::vector<std::string>{}),
          std::move(p.rule).value_or(rule_ref{}), std::move(p.differs_because).value_or("")};
}

} // namespace charter::net
