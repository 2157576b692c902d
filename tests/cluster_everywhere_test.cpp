// Who closes a session is answered when no node takes it any more: what is waited for, and for how long.

#include <catch2/catch.hpp>

#include "cluster/everywhere.hpp"
#include "tests/actor_world.hpp"
#include "tests/domain_fixture.hpp"

using namespace charter;
using namespace charter::cluster;
using namespace charter::test;
using namespace std::chrono_literals;

namespace {

constexpr shard_id the_shard = 3;

/// A node, and what it is told of the others, whose questions it keeps.
class node {
public:
  explicit node(std::set<std::string> others) {
    everywhere_parts parts;
    parts.shard_of = [](const entity_id&) { return the_shard; };
    parts.log_ends = [this]() -> result<std::map<shard_id, position>> {
      ++reads;
      if (!etcd_answers)
        return refuse(errc::unavailable, "no etcd");
      return std::map<shard_id, position>{{the_shard, log_end}};
    };
    parts.folded = [this](shard_id) { return folded; };
    parts.ask = [this](const std::string& directory, const std::string& message) {
      if (broken.contains(directory))
        return false;
      auto question = decode_question(message);
      REQUIRE(question);
      CHECK(question->shard == the_shard);
      asked[directory].push_back({question->number, std::get<asked_rows>(question->what).at});
      return true;
    };
    parts.others = std::move(others);
    here_ = world_.own(spawn_everywhere(world_.system(), std::move(parts), false));
  }

  /// Somebody closes a session.
  void begin() {
    begin_without_running();
    world_.run();
  }
  void begin_without_running() {
    world_.own(world_.system().spawn([this](caf::event_based_actor* self) {
      self->request(here_, caf::infinite, reach_everywhere{usr("anna")}).then([this](done) { ++answered; });
    }));
  }
  void tell(auto what) {
    caf::anon_send(here_, std::move(what));
    world_.run();
  }
  void pass(actor_world::clock_duration time) { world_.run_for(time); }

  struct asked_of {
    std::uint64_t number;
    position at;
  };
  std::map<std::string, std::vector<asked_of>> asked;
  std::set<std::string> broken;
  bool etcd_answers = true;
  position log_end = 7;
  position folded = 7;
  int answered = 0;
  int reads = 0; ///< of etcd

private:
  actor_world world_;
  everywhere_here here_;
};

} // namespace

TEST_CASE("everywhere: a node that is alone waits for nobody", "[cluster]") {
  node n{{}};
  n.begin();
  CHECK(n.answered == 1);
}

TEST_CASE("everywhere: all nodes have to show it, this one too", "[cluster]") {
  node n{{"b", "c"}};
  n.folded = 6;
  n.begin();
  REQUIRE(n.asked["b"].size() == 1);
  REQUIRE(n.asked["c"].size() == 1);
  CHECK(n.asked["b"][0].at == 7);
  n.tell(rows_answered{n.asked["b"][0].number});
  n.tell(rows_answered{n.asked["b"][0].number});
  CHECK(n.answered == 0);
  n.tell(rows_answered{n.asked["c"][0].number});
  CHECK(n.answered == 0);
  n.folded = 7;
  n.pass(cluster::limits::remote_pulse);
  CHECK(n.answered == 1);
}

TEST_CASE("everywhere: an answer counts for its own question only", "[cluster]") {
  node n{{"b"}};
  n.begin();
  n.log_end = n.folded = 9;
  n.begin();
  REQUIRE(n.asked["b"].size() == 2);
  CHECK(n.asked["b"][1].at == 9);
  n.tell(rows_answered{n.asked["b"][0].number}); // it has 7, not 9
  CHECK(n.answered == 1);
}

TEST_CASE("everywhere: who comes together is asked about together", "[cluster]") {
  node n{{"b"}};
  n.begin_without_running();
  n.begin_without_running();
  n.begin();
  CHECK(n.reads == 1);
  CHECK(n.asked["b"].size() == 3);
}

TEST_CASE("everywhere: a node that isn't reached is asked again, and waited for only as long as it serves",
          "[cluster]") {
  node n{{"b"}};
  n.broken = {"b"};
  n.begin();
  n.pass(cluster::limits::trust - 500ms);
  CHECK(n.answered == 0);
  SECTION("it is there in time") {
    n.broken.clear();
    n.pass(cluster::limits::remote_pulse);
    REQUIRE(n.asked["b"].size() == 1);
    n.tell(rows_answered{n.asked["b"][0].number});
    CHECK(n.answered == 1);
  }
  SECTION("it isn't") {
    n.pass(1s);
    CHECK(n.answered == 1);
  }
}

TEST_CASE("everywhere: a node that refuses is asked again", "[cluster]") {
  node n{{"b"}};
  n.begin();
  n.pass(cluster::limits::rows_patience + cluster::limits::remote_pulse); // what it refuses isn't told here
  REQUIRE(n.asked["b"].size() == 2);
  n.tell(rows_answered{n.asked["b"][1].number});
  CHECK(n.answered == 1);
}

TEST_CASE("everywhere: who has just left may still serve, for a while", "[cluster]") {
  node n{{"b", "c"}};
  n.tell(others_are{{"c"}});
  n.broken = {"b"};
  n.begin();
  n.tell(rows_answered{n.asked["c"][0].number});
  CHECK(n.answered == 0);
  n.pass(cluster::limits::trust + cluster::limits::remote_pulse);
  CHECK(n.answered == 1);
  n.begin();
  CHECK(n.answered == 1);
  n.tell(rows_answered{n.asked["c"].back().number});
  CHECK(n.answered == 2);
}

TEST_CASE("everywhere: while etcd doesn't answer, nobody hears of anything", "[cluster]") {
  node n{{"b"}};
  n.etcd_answers = false;
  n.begin();
  CHECK(n.asked.empty());
  SECTION("it answers again") {
    n.etcd_answers = true;
    n.log_end = 8;
    n.folded = 8;
    n.pass(cluster::limits::remote_pulse);
    REQUIRE(n.asked["b"].size() == 1);
    CHECK(n.asked["b"][0].at == 8);
  }
  SECTION("it doesn't") {
    n.pass(cluster::limits::trust + cluster::limits::remote_pulse);
    CHECK(n.answered == 1);
  }
}
