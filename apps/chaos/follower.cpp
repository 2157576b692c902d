#include "apps/chaos/follower.hpp"

#include <algorithm>
#include <thread>

#include "apps/chaos/writers.hpp"

namespace charter::chaos {

using namespace std::chrono_literals;

namespace {

constexpr auto hears_for = 200ms;
constexpr auto between_connections = 100ms;
constexpr auto rest_within = 30s;
constexpr std::uint64_t page_items = 200;

} // namespace

follower::follower(scene& where, const member_of_cast& who, std::size_t home, std::uint64_t seed)
    : worker(where, who, home, seed) {
  for (auto& account : where.accounts)
    accounts_.emplace(account, heard{live_stream{name(), account}, {}});
}

void follower::follow_all() {
  for (auto& account : scene_.accounts)
    carry_out(operation_on(history::operation_kind::subscribe, account), "feed.subscribe", {{"account", account}},
              errc::sanctioned);
}

void follower::work() {
  while (goes_on()) {
    if (listens_ || listen()) {
      listens_ = hear();
      ask_for_missing();
    } else {
      std::this_thread::sleep_for(between_connections);
    }
  }
}

bool follower::listen() {
  auto heads = at_.attempt("feed.listen", json::object());
  if (!heads) {
    at_.move_on();
    return false;
  }
  for (auto& head : (*heads)["streams"])
    if (auto of = accounts_.find(head.value("account", "")); of != accounts_.end())
      of->second.stream.listening(head.value("number", std::uint64_t{0}));
  return listens_ = true;
}

/// Whether the connection stands.
bool follower::hear() {
  auto* socket = at_.socket();
  auto next = socket ? socket->next(hears_for) : reply<std::optional<client::push>>{client::unreachable("")};
  if (!next) {
    at_.move_on();
    return false;
  }
  if (*next)
    take(**next);
  return true;
}

void follower::take(const client::push& what) {
  auto at = scene_.log.now();
  if (what.method == "post.published") {
    auto of = accounts_.find(what.params.value("account", ""));
    auto number = what.params.value("number", std::uint64_t{0});
    if (of == accounts_.end() || number == 0)
      return;
    record(of->second.stream.pushed(number, command_in(what.params.value("text", "")), at));
    keep(of->second, number);
  } else if (what.method == "stream.gap") {
    auto of = accounts_.find(what.params.value("stream", ""));
    if (of != accounts_.end() && what.params.contains("from"))
      record(of->second.stream.told_of_gap(what.params["from"], what.params["to"], at));
  }
}

void follower::ask_for_missing() {
  for (auto& [account, of] : accounts_)
    for (auto range : of.stream.take_missing())
      while (range.from <= range.to) {
        number_range page{range.from, std::min(range.to, range.from + page_items - 1)};
        if (!ask_for(of, account, page)) {
          of.stream.ask_again(range);
          break;
        }
        range.from = page.to + 1;
      }
}

/// A node that isn't that far yet gives less; then it is asked again later.
bool follower::ask_for(heard& of, const std::string& account, number_range range) {
  auto found = at_.attempt("account.posts", {{"account", account}, {"from", range.from}, {"to", range.to}});
  if (!found || (*found)["items"].size() != range.to - range.from + 1)
    return false;
  std::vector<std::string> commands;
  for (auto& item : (*found)["items"]) {
    auto expected = range.from + commands.size();
    scene_.found.saw(claim::streams, item.value("number", std::uint64_t{0}) == expected,
                     name() + " asked " + account + " for post " + std::to_string(expected) + " and got another");
    commands.push_back(command_in(item.value("text", "")));
    keep(of, expected);
  }
  record(of.stream.given(range, commands, scene_.log.now()));
  return true;
}

void follower::record(live_stream::sightings seen) {
  for (auto& s : seen)
    scene_.log.see(std::move(s));
}

void follower::keep(heard& of, std::uint64_t number) {
  if (of.has.size() < number)
    of.has.resize(number);
  of.has[number - 1] = true;
}

std::size_t follower::heard::lacks(std::uint64_t last) const {
  std::size_t count = 0;
  for (std::uint64_t i = 0; i < last; ++i)
    count += i >= has.size() || !has[i];
  return count;
}

bool follower::has_all(const std::map<std::string, std::uint64_t>& last_numbers) const {
  return std::ranges::all_of(last_numbers, [&](auto& last) {
    auto& of = accounts_.at(last.first);
    return of.lacks(last.second) == 0 && of.stream.reached() >= last.second;
  });
}

void follower::hear_the_rest(const std::map<std::string, std::uint64_t>& last_numbers) {
  auto until = std::chrono::steady_clock::now() + rest_within;
  while (std::chrono::steady_clock::now() < until && !has_all(last_numbers)) {
    if (!listens_ && !listen()) {
      std::this_thread::sleep_for(between_connections);
      continue;
    }
    listens_ = hear();
    // Who connected after the last post hears of none, and learns from the heads what it lacks.
    for (auto& [account, of] : accounts_)
      record(of.stream.begun(scene_.log.now()));
    ask_for_missing();
  }
  for (auto& [account, of] : accounts_)
    record(of.stream.quiet(scene_.log.now()));
  for (auto& [account, last] : last_numbers) {
    auto lacks = accounts_.at(account).lacks(last);
    scene_.found.saw(claim::streams, lacks == 0,
                     name() + " lacks " + std::to_string(lacks) + " of " + account + "'s " + std::to_string(last) +
                         " posts, pushed or asked for");
  }
}

} // namespace charter::chaos
