#include "apps/chaos/load.hpp"

#include <algorithm>
#include <set>

#include "apps/chaos/writers.hpp"

namespace charter::chaos {

using namespace std::chrono_literals;

namespace {

constexpr auto rests_within = 20s; // effects between accounts and followers, on a slow machine
constexpr int looks_at_rest = 4;   // the same so often, `between_looks` apart
constexpr auto between_looks = 200ms;
constexpr std::uint64_t page_items = 200;
constexpr int attempts_max = 20;

} // namespace

load::load(scene& where, const cast& who, std::uint64_t seed, bool short_suspensions) : scene_(where) {
  auto add = [&]<class Worker>(std::unique_ptr<Worker> made) {
    auto* there = made.get();
    workers_.push_back(std::move(made));
    return there;
  };
  auto nodes = where.all.size();
  auto accounts = where.accounts.size();
  for (std::size_t i = 0; i < accounts; ++i)
    for (std::size_t editor : {i, i + 1}) {
      bool is_patient = editor != i;
      add(std::make_unique<publisher>(where, who.owners[editor % accounts], editor % nodes, ++seed, i, is_patient));
    }
  for (std::size_t i = 0; i < std::min(moderated_accounts, accounts); ++i)
    add(std::make_unique<moderator>(where, who.moderator, (i + 2) % nodes, ++seed, i, short_suspensions));
  for (std::size_t i = 0; i < who.followers.size(); ++i) {
    followers_.push_back(add(std::make_unique<follower>(where, who.followers[i], i % nodes, ++seed)));
    followers_.back()->follow_all();
  }
  add(std::make_unique<joiner>(where, who.joiner, 0, ++seed));
  add(std::make_unique<onlooker>(where, member_of_cast{"onlooker", {}}, 0, ++seed));
}

void load::begin() {
  scene_.goes_on = true;
  for (auto& w : workers_)
    threads_.emplace_back([&w] { w->work(); });
}

void load::end() {
  scene_.goes_on = false;
  for (auto& t : threads_)
    t.join();
  threads_.clear();
}

// -- when all is quiet ------------------------------------------------------------------------

/// What one node shows of an account.
std::optional<load::shown> load::show(const std::string& account, std::size_t node) {
  client::rpc_client asks{scene_.all[node]};
  auto found = asks.call("account.get", {{"account", account}});
  if (!found)
    return std::nullopt;
  auto& of = (*found)["account"];
  return shown{of.value("posts", std::uint64_t{0}), of.value("followers", std::uint64_t{0})};
}

/// All nodes show the same for a while. Followers are effects, which arrive a little later than the answer.
std::optional<load::shown> load::at_rest(const std::string& account) {
  auto until = std::chrono::steady_clock::now() + rests_within;
  std::optional<shown> before;
  for (int same = 0; std::chrono::steady_clock::now() < until;) {
    auto now = show(account, 0);
    bool agree = now.has_value();
    for (std::size_t node = 1; node < scene_.all.size() && agree; ++node)
      agree = show(account, node) == now;
    same = agree && now == before ? same + 1 : 0;
    before = now;
    if (same == looks_at_rest)
      return now;
    std::this_thread::sleep_for(between_looks);
  }
  return std::nullopt;
}

/// A node's posts from the first on, as one more subscriber who sees all of them at once.
void load::read_all(const std::string& account, std::uint64_t last, std::size_t node, final_counts& counts) {
  client::rpc_client asks{scene_.all[node]};
  auto subscriber = "all of node " + std::to_string(node + 1);
  auto see = [&](history::sighting_kind kind, std::uint64_t number, const std::string& command) {
    scene_.log.see({kind, subscriber, account, scene_.log.now(), number, 0, command});
  };
  see(history::sighting_kind::listen, 0, {});
  std::vector<std::string> commands;
  for (int attempts = 0; commands.size() < last && attempts < attempts_max;) {
    auto from = commands.size() + 1;
    auto found = asks.call("account.posts", {{"account", account}, {"from", from}, {"to", from + page_items - 1}});
    if (!found || (*found)["items"].empty()) {
      ++attempts;
      std::this_thread::sleep_for(between_looks);
      continue;
    }
    for (auto& item : (*found)["items"]) {
      commands.push_back(command_in(item.value("text", "")));
      see(history::sighting_kind::item, item.value("number", std::uint64_t{0}), commands.back());
    }
  }
  see(history::sighting_kind::quiet, 0, {});
  compare(account, commands, subscriber, counts);
  if (node == 0)
    counts.posts += commands.size();
}

void load::compare(const std::string& account, const std::vector<std::string>& commands, const std::string& where,
                   final_counts& counts) {
  std::uint64_t lost = 0;
  for (auto& [number, command] : acknowledged_[account])
    lost += number > commands.size() || commands[number - 1] != command;
  std::set<std::string> once{commands.begin(), commands.end()};
  auto duplicated = commands.size() - once.size();
  scene_.found.saw(claim::rows, lost == 0 && duplicated == 0,
                   where + " has lost " + std::to_string(lost) + " of " + account + "'s acknowledged posts, and " +
                       std::to_string(duplicated) + " stand there twice");
  counts.lost = std::max(counts.lost, lost);
  counts.duplicated = std::max<std::uint64_t>(counts.duplicated, duplicated);
}

final_counts load::look_when_quiet() {
  final_counts counts;
  for (auto& op : scene_.log.snapshot().operations)
    if (op.kind == history::operation_kind::publish && op.result == history::outcome::ok &&
        acknowledged_[op.account].emplace(op.number, op.command).second)
      ++counts.acknowledged;
  numbers last;
  for (auto& account : scene_.accounts) {
    auto began = scene_.log.now();
    auto rest = at_rest(account);
    scene_.found.saw(claim::rows, rest.has_value(), "the nodes don't come to show the same of " + account);
    if (!rest)
      continue;
    last[account] = rest->posts;
    history::operation read;
    read.kind = history::operation_kind::read;
    read.account = account;
    read.client = "who looks in the end";
    read.invoked = began;
    read.answered = scene_.log.now();
    read.result = history::outcome::ok;
    read.posts = rest->posts;
    read.followers = rest->followers;
    scene_.log.add(std::move(read));
    for (std::size_t node = 0; node < scene_.all.size(); ++node)
      read_all(account, rest->posts, node, counts);
  }
  for (auto* f : followers_)
    f->hear_the_rest(last);
  return counts;
}

} // namespace charter::chaos
