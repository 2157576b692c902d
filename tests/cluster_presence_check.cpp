// Two people at different nodes of a running cluster: one hears how the other is, and that the other types.
//
// usage: cluster_presence_check URL URL…   (one of each node)

#include <iostream>
#include <stdexcept>

#include "apps/tour/enrolment.hpp"
#include "apps/tour/trial_data.hpp"

using namespace charter;
using namespace std::chrono_literals;
using tour::json;
using tour::must;

namespace {

constexpr auto heard_within = 5s; // presence goes out once a second

void expect(bool holds, const std::string& what) {
  if (!holds)
    throw std::runtime_error(what);
  std::cout << what << "\n";
}

/// A name that begins so, of somebody at that node.
std::string name_at(const tour::service& at, std::size_t node, const std::string& begin) {
  for (int i = 1;; ++i)
    if (auto name = begin + std::to_string(i); at.node_for(name) == node)
      return name;
}

bool hears_state(tour::person& watcher, const std::string& user, const std::string& state) {
  for (auto until = std::chrono::steady_clock::now() + heard_within; std::chrono::steady_clock::now() < until;)
    if (auto push = watcher.next_push("presence.changed", heard_within))
      for (auto& view : (*push)["users"])
        if (view["user"] == user && view["state"] == state)
          return true;
  return false;
}

void check(const tour::service& at) {
  auto here = name_at(at, 0, "presence-watcher-"), there = name_at(at, 1, "presence-watched-");
  const tour::trial_person everybody[] = {{"operator", 1}, {here, 71}, {there, 72}};
  auto all = tour::enrol(at, everybody);
  auto& watcher = all.at(here);
  auto& watched = all.at(there);
  auto chat = must(watched, "chat.direct", {{"user", watcher.user()}})["chat"];
  must(watched, "chat.send", {{"chat", chat}, {"text", "tea?"}});
  for (auto* one : {&watched, &watcher}) // what one node has answered, the other shows a moment later
    expect(tour::eventually([&] {
             return bool(one->call("chat.read", {{"chat", chat}, {"number", 1}}));
           }),
           one->name() + " has read it");
  must(watcher, "feed.listen");
  expect(tour::eventually([&] {
           return bool(watcher.call("presence.watch", {{"users", json::array({watched.user()})}}));
         }),
         "one may watch whom one talks with");
  expect(hears_state(watcher, watched.user(), "online"), "who is at another node is online");
  must(watched, "presence.set", {{"state", "away"}});
  expect(hears_state(watcher, watched.user(), "away"), "and away");
  must(watched, "chat.typing", {{"chat", chat}});
  auto typing = watcher.next_push("chat.typing", heard_within);
  expect(typing && (*typing)["user"] == watched.user(), "and types");
  must(watched, "presence.set", {{"state", "offline"}});
  expect(hears_state(watcher, watched.user(), "offline"), "and gone");
}

} // namespace

int main(int argc, char** argv) try {
  std::vector<client::server> nodes;
  for (int i = 1; i < argc; ++i) {
    auto where = client::parse_endpoint(argv[i]);
    if (!where)
      throw std::runtime_error(where.why().detail);
    nodes.emplace_back().where = *where;
  }
  if (nodes.size() < 2)
    throw std::runtime_error("usage: cluster_presence_check URL URL…");
  auto reached = tour::service::reach(std::move(nodes));
  if (!reached)
    throw std::runtime_error(reached.why().why.detail);
  check(*reached);
} catch (const std::exception& e) {
  std::cerr << "cluster_presence_check: " << e.what() << "\n";
  return 1;
}
