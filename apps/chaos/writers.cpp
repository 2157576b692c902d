#include "apps/chaos/writers.hpp"

#include "apps/tour/person.hpp"
#include "domain/time.hpp"

namespace charter::chaos {

using namespace std::chrono_literals;
using history::operation_kind;

namespace {

constexpr std::size_t padding_max = 200; // texts of different lengths
// Eight publishers at this pace make some 25 posts a second, which leaves two cores time for three nodes and etcd.
constexpr auto between_posts_min = 150ms;
constexpr auto between_posts_max = 450ms;
constexpr auto between_steps_min = 200ms; // of a moderator: often enough that faults fall between
constexpr auto between_steps_max = 900ms;
constexpr std::chrono::milliseconds length_min{1'500}; // of a suspension that ends by itself
constexpr std::chrono::milliseconds length_max{4'000};
constexpr std::uint64_t timed_one_of = 3;
constexpr auto between_looks = 400ms;

} // namespace

history::operation operation_on(operation_kind kind, const std::string& account) {
  history::operation what;
  what.kind = kind;
  what.account = account;
  what.command = tour::fresh_command_id();
  return what;
}

void publisher::work() {
  auto& account = scene_.accounts[account_];
  while (goes_on()) {
    auto what = operation_on(operation_kind::publish, account);
    auto padding = random_() % padding_max;
    auto text = what.command + " by " + name() + ' ' + std::string(padding, '.');
    auto done = carry_out(what, "account.publish", {{"account", account}, {"text", std::move(text)}}, errc::sanctioned);
    if (done.answered)
      scene_.back.answered(account_, done.node, done.accepted, done.invoked, scene_.log.now());
    rest(between_posts_min, between_posts_max);
  }
}

// -- the moderator ----------------------------------------------------------------------------

void moderator::work() {
  while (goes_on()) {
    if (may_be_short_ && random_() % timed_one_of == 0)
      suspend_for_a_while();
    else
      suspend_and_lift();
    rest(between_steps_min, between_steps_max);
  }
}

void moderator::suspend_and_lift() {
  auto done = suspend(0ms);
  rest(between_steps_min, between_steps_max);
  if (done.accepted)
    lift(done.answer.value("sanction", ""));
}

/// The next one may begin before it is over.
void moderator::suspend_for_a_while() {
  auto span = static_cast<std::uint64_t>((length_max - length_min).count());
  auto done = suspend(length_min + std::chrono::milliseconds{random_() % span});
  if (done.accepted) {
    auto until = parse_time(done.answer.value("until", ""));
    scene_.found.saw(claim::answers, bool(until), "a suspension of some seconds was answered without its end");
    if (until)
      scene_.log.ends_by_itself(scene_.accounts[account_], done.answer.value("sanction", ""), *until);
  }
  rest(length_min, length_max);
}

/// For so long, or without an end that comes into it.
worker::carried_out moderator::suspend(std::chrono::milliseconds length) {
  auto& account = scene_.accounts[account_];
  auto what = operation_on(operation_kind::suspend, account);
  what.sanction = what.command; // until the answer tells
  json measure{{"step", "suspend"}};
  if (length > 0ms)
    measure["length"] = length.count();
  json rule{{"charter", "cn-2014"}, {"article", "6.2"}, {"item", "truthfulness"}};
  json reasons{{"facts", "It says things that aren't so, at great speed."},
               {"evidence", {"its posts of today"}},
               {"rule", rule},
               {"differs_because", "Each step is taken in turn."}};
  auto done =
      carry_out(what, "sanction.impose",
                {{"target", {{"account", account}}}, {"measure", measure}, {"reasons", reasons}}, errc::sanctioned);
  if (done.accepted)
    scene_.log.name_sanction(done.attempts, done.answer.value("sanction", ""));
  return done;
}

void moderator::lift(const std::string& sanction) {
  auto what = operation_on(operation_kind::lift, scene_.accounts[account_]);
  what.sanction = sanction;
  carry_out(what, "sanction.lift", {{"sanction", sanction}, {"reason", "It has lasted long enough."}}, errc::conflict);
}

// -- readers ----------------------------------------------------------------------------------

void joiner::work() {
  while (goes_on()) {
    auto& account = scene_.accounts[random_() % scene_.accounts.size()];
    bool joins = random_() % 2 == 0;
    auto what = operation_on(joins ? operation_kind::subscribe : operation_kind::unsubscribe, account);
    carry_out(what, joins ? "feed.subscribe" : "feed.unsubscribe", {{"account", account}}, errc::sanctioned);
    rest(between_posts_min, 2 * between_posts_max);
  }
}

void onlooker::work() {
  for (std::size_t looks = 0; goes_on(); ++looks) {
    auto& account = scene_.accounts[looks % scene_.accounts.size()];
    auto answer = at_.attempt("account.get", {{"account", account}});
    auto posts = answer ? (*answer)["account"].value("posts", std::uint64_t{0}) : 0;
    if (posts > 0) {
      history::sighting seen{history::sighting_kind::listen,
                             name() + " " + std::to_string(looks),
                             account,
                             scene_.log.now(),
                             posts - 1,
                             0,
                             {}};
      scene_.log.see(seen);
      seen.kind = history::sighting_kind::item;
      seen.number = posts;
      scene_.log.see(seen);
    }
    at_.move_on();
    rest(between_looks, between_looks);
  }
}

} // namespace charter::chaos
