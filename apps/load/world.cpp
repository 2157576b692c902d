#include "apps/load/world.hpp"

#include "apps/load/person.hpp"

namespace charter::load {

namespace {

constexpr std::size_t posts_remembered = 2'000;

} // namespace

world::world(const scenario& plan_, const population& people_, network& net_, std::uint64_t seed, std::string run)
    : plan(plan_), people(people_), net(net_), loop(net_.loop), random(seed), decoder(std::move(run), streams) {
  for (std::size_t i = 0; i < plan.population.users; ++i)
    persons.push_back(std::make_unique<person>(*this, people.users[i], i < people.accounts.size()));
  for (auto& member : people.staff)
    persons.push_back(std::make_unique<person>(*this, member.who, true));
}

world::~world() = default;

namespace {

person& any_of_staff(world& w, bool is_senior) {
  auto& staff = w.people.staff;
  auto first = w.below(staff.size());
  for (std::size_t i = 0; i < staff.size(); ++i)
    if (auto at = (first + i) % staff.size(); staff[at].is_senior == is_senior)
      return *w.persons[w.plan.population.users + at];
  return *w.persons.back();
}

} // namespace

person& world::moderator() { return any_of_staff(*this, false); }
person& world::senior() { return any_of_staff(*this, true); }

command_number world::begin_command(command_kind kind, stream_number stream, instant when) {
  due.push_back(when);
  return commands.begin(kind, stream);
}

void world::found(command_checker::findings all) {
  for (auto& f : all)
    broken.add(f.invariant, std::move(f.what));
}

void world::remember(known_post post) {
  if (posts.size() < posts_remembered)
    posts.push_back(std::move(post));
  else
    posts[below(posts.size())] = std::move(post);
}

} // namespace charter::load
