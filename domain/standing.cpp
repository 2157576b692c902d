#include "domain/standing.hpp"

namespace charter {

namespace {

std::string what_it_does(const restriction& r) {
  switch (r.scope) {
    case sanction_scope::nothing: return "is a warning";
    case sanction_scope::news_posts: return "stops current political news";
    case sanction_scope::posts_per_day: return "allows " + std::to_string(r.posts_per_day.value_or(0)) + " posts a day";
    case sanction_scope::all_posts: return "stops new posts";
    case sanction_scope::account: return "stops all public acts";
  }
  return "stops this";
}

} // namespace

const restriction* what_forbids(const restrictions& all, post_kind kind, std::uint32_t posts_today, timestamp now) {
  const restriction* strongest = nullptr;
  for (auto& r : all)
    if (r.in_force(now) && forbids(r.scope, kind, posts_today, r.posts_per_day.value_or(0)))
      if (!strongest || std::pair{strongest->step, strongest->scope} < std::pair{r.step, r.scope})
        strongest = &r;
  return strongest;
}

refusal refuse_sanctioned(const restriction& r, std::string_view whose) {
  auto id = to_text(r.sanction, case_aspect::sanction);
  auto detail = "a sanction on " + std::string{whose} + ' ' + what_it_does(r) + ' ' +
                (r.until ? "until " + to_text(*r.until) : "until it is lifted") +
                "; to appeal, call appeal.file with " + id;
  auto no = refuse(errc::sanctioned, std::move(detail), r.rule);
  no.sanction = std::move(id);
  return no;
}

void put_restriction(restrictions& all, const restriction& r) {
  auto at = std::find_if(all.begin(), all.end(), [&](const restriction& x) { return x.sanction == r.sanction; });
  if (at == all.end())
    all.push_back(r);
  else
    *at = r;
}

bool drop_restriction(restrictions& all, const case_id& sanction) {
  return std::erase_if(all, [&](const restriction& x) { return x.sanction == sanction; }) > 0;
}

} // namespace charter
