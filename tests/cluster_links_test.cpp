// Who a node has links to: whoever is registered and keeps a shard, or was admitted.

#include <catch2/catch.hpp>

#include "cluster/links.hpp"
#include "tests/link_pair.hpp"

using namespace charter;
using namespace charter::cluster;
using namespace charter::test;

namespace {

/// A node of three, with what it sees of the cluster given by hand.
class linked_node {
public:
  explicit linked_node(int number) : name_("node-" + std::to_string(number)) {
    links_options options;
    options.name = name_;
    options.directory = "d" + std::to_string(number);
    options.listen = "127.0.0.1:0";
    options.tls = tls_of(scratch(), name_);
    options.asked = [this](const std::string& directory, std::string message, const send_fn&) -> status {
      std::lock_guard lock{mutex_};
      if (message == "garbage")
        return refuse(errc::internal, "it says nothing");
      heard_.push_back(directory + ": " + message);
      return done{};
    };
    options.answered = [](const std::string&) { return done{}; };
    options.up = options.silent = options.broken = [](auto&) {};
    options.alarm = [this](const std::string& name, const std::string& what) {
      std::lock_guard lock{mutex_};
      alarms_.push_back(name + ": " + what);
    };
    auto started = links::start(std::move(options));
    if (!started)
      throw std::runtime_error(started.why().detail);
    links_ = *std::move(started);
  }

  member as_member() const {
    return {own_protocol(), "d" + name_.substr(5), "127.0.0.1:" + std::to_string(links_->port()),
            member_phase::serving};
  }
  links& all() { return *links_; }
  const std::string& name() const { return name_; }
  bool has_heard(const std::string& what) { return contains(heard_, what); }
  bool has_alarm(const std::string& what) { return contains(alarms_, what); }

private:
  bool contains(const std::vector<std::string>& where, const std::string& what) {
    std::lock_guard lock{mutex_};
    return std::ranges::any_of(where, [&](auto& one) { return one.find(what) != std::string::npos; });
  }

  std::string name_;
  std::mutex mutex_;
  std::vector<std::string> heard_;
  std::vector<std::string> alarms_;
  std::unique_ptr<links> links_; // last, so that it ends first
};

} // namespace

TEST_CASE("links: a registered node with a valid certificate gets none unless its directory keeps a shard, or may",
          "[cluster]") {
  linked_node one{1}, two{2}, three{3};
  cluster_view view;
  for (auto* node : {&one, &two, &three})
    view.members.emplace(node->name(), node->as_member());
  view.shards[0].replicas = {"d1", "d2"};
  auto see = [&] {
    for (auto* node : {&one, &two})
      node->all().update(view);
  };
  see();
  auto as_three_believes = view; // it was removed, and goes on as before
  as_three_believes.shards[0].replicas.insert("d3");
  three.all().update(as_three_believes);
  REQUIRE(comes_true([&] { return one.all().ask("d2", "a") && two.all().ask("d1", "a"); }));
  REQUIRE(comes_true([&] { return one.has_heard("d2: a") && two.has_heard("d1: a"); }));
  REQUIRE(comes_true([&] { return one.all().counts().refused >= 3 && two.all().counts().refused >= 3; }));
  CHECK(one.has_alarm("link_refused: ipv4:127.0.0.1:"));
  CHECK(one.has_alarm("node-3 isn't one of the cluster's nodes"));
  CHECK(comes_true([&] { return three.has_alarm("dial_refused: node-1 at 127.0.0.1:"); }));
  CHECK(three.all().counts().dials_refused > 0);
  CHECK(three.all().down() == 2);
  CHECK_FALSE(one.all().ask("d3", "a")); // nor does one call it

  view.admitted.insert("d3");
  see();
  REQUIRE(comes_true([&] { return three.all().ask("d1", "b") && one.all().ask("d3", "b"); }));
  CHECK(comes_true([&] { return one.has_heard("d3: b") && three.has_heard("d1: b"); }));
  CHECK(comes_true([&] { return three.all().down() == 0; }));

  view.admitted.clear(); // and before it is on a list: somebody has changed their mind
  see();
  auto before = one.all().counts().refused;
  REQUIRE(three.all().ask("d1", "c")); // its stream is still there
  CHECK(comes_true([&] { return one.all().counts().refused > before; }));
  CHECK_FALSE(one.has_heard(": c"));
}

TEST_CASE("links: who isn't registered for a moment is answered all the same, and messages without sense are counted",
          "[cluster]") {
  linked_node one{1}, two{2};
  cluster_view view;
  for (auto* node : {&one, &two})
    view.members.emplace(node->name(), node->as_member());
  view.shards[0].replicas = {"d1", "d2"};
  one.all().update(view);
  two.all().update(view);
  REQUIRE(comes_true([&] { return two.all().ask("d1", "a"); }));
  view.members.erase("node-2");
  one.all().update(view);
  REQUIRE(two.all().ask("d1", "b"));
  CHECK(comes_true([&] { return one.has_heard("d2: b"); }));
  for (int i = 0; i < 5; ++i)
    REQUIRE(two.all().ask("d1", "garbage"));
  CHECK(comes_true([&] { return one.all().counts().garbage == 5; }));
  CHECK(one.has_alarm("link_garbage: from node-2: it says nothing"));
  REQUIRE(two.all().ask("d1", "c"));
  CHECK(comes_true([&] { return one.has_heard("d2: c"); }));
  CHECK(one.all().counts().refused == 0);
}
