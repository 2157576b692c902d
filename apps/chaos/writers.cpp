#include "apps/chaos/writers.hpp"

#include "apps/tour/person.hpp"

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
    auto sanction = suspend();
    rest(between_steps_min, between_steps_max);
    if (!sanction.empty())
      lift(sanction);
    rest(between_steps_min, between_steps_max);
  }
}

/// Its id, or nothing.
std::string moderator::suspend() {
  auto& account = scene_.accounts[account_];
  auto what = operation_on(operation_kind::suspend, account);
  what.sanction = what.command; // until the answer tells
  json measure{{"step", "suspend"}};
  json rule{{"charter", "cn-2014"}, {"article", "6.2"}, {"item", "truthfulness"}};
  json reasons{{"facts", "It says things that aren't so, at great speed."},
               {"evidence", {"its posts of today"}},
               {"rule", rule},
               {"differs_because", "Each step is taken in turn."}};
  auto done =
      carry_out(what, "sanction.impose",
                {{"target", {{"account", account}}}, {"measure", measure}, {"reasons", reasons}}, errc::sanctioned);
  if (!done.accepted)
    return {};
  auto id = done.answer.value("sanction", "");
  scene_.log.name_sanction(done.attempts, id);
  return id;
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
