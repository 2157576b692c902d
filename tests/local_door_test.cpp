#include "net/local_door.hpp"

#include <catch2/catch.hpp>

#include "net/frame.hpp"

using namespace charter;
using namespace charter::net;

namespace {

constexpr std::size_t io_thread = 3;
constexpr std::size_t all = 1'000;

/// The layer above, which writes down what it is told.
struct host final : handler {
  void opened(session_number session, const peer& from, codec) override {
    said.push_back("opened " + from.address);
    last = session;
  }
  void received(session_number, codec, bytes message, bool) override {
    said.push_back("received " + std::string{text_of(message)});
  }
  void closed(session_number session) override {
    said.emplace_back("closed");
    last = session;
  }
  void dropped(session_number, const push&) override { said.emplace_back("dropped"); }
  void drained(session_number) override { said.emplace_back("drained"); }
  void http(http_request, responder) override {}

  std::vector<std::string> said;
  session_number last = 0;
};

struct visitor final : local_door::guest {
  void heard(byte_view frames) override { heard_.emplace_back(text_of(frames.subspan(2))); } // short ones' header
  void shown_out(std::uint16_t code, std::string_view reason) override {
    heard_.push_back(std::to_string(code) + " " + std::string{reason});
  }
  std::vector<std::string> heard_;
};

shared_frame text(std::string_view what) { return make_message(codec::json, bytes_of(what)); }

struct house {
  house() { door.lead_to(above, io_thread); }
  session_number enter(visitor& who) { return door.enter(who, peer{"here", false, {}}, codec::json); }
  void publish(std::string_view what, std::vector<session_number> to) {
    push p;
    p.frames = text(what);
    REQUIRE(door.publish(io_thread, p, std::make_shared<const std::vector<session_number>>(std::move(to))));
  }

  host above;
  int wakes = 0;
  local_door door{[this] { ++wakes; }};
};

using words = std::vector<std::string>;

} // namespace

TEST_CASE("net: who comes by the door is a session like any other", "[net]") {
  house h;
  visitor ann;
  auto session = h.enter(ann);
  CHECK(io_thread_of(session) == io_thread);
  CHECK(h.above.last == session);
  h.door.say(session, bytes_of("hello"));
  h.door.leave(session);
  h.door.leave(session);
  h.door.say(session, bytes_of("too late"));
  CHECK(h.above.said == words{"opened here", "received hello", "closed"});
  CHECK(h.door.inside() == 0);
}

TEST_CASE("net: guests hear answers and pushes in the order in which they were sent [I4]", "[net]") {
  house h;
  visitor ann, ben, cid;
  auto a = h.enter(ann), b = h.enter(ben), c = h.enter(cid);
  CHECK_FALSE(a == b);
  h.publish("one", {a, b, c});
  CHECK(h.door.send(b, text("answer")));
  h.publish("two", {c, a});
  CHECK(h.wakes == 1);
  CHECK(ann.heard_.empty());
  CHECK_FALSE(h.door.turn(all));
  CHECK(ann.heard_ == words{"one", "two"});
  CHECK(ben.heard_ == words{"one", "answer"});
  CHECK(cid.heard_ == words{"one", "two"});
  CHECK(h.door.send(a, text("three")));
  CHECK(h.wakes == 2);
}

TEST_CASE("net: a push to many guests takes several turns, and what comes meanwhile waits [I4]", "[net]") {
  house h;
  std::vector<visitor> guests(10);
  std::vector<session_number> sessions;
  for (auto& g : guests)
    sessions.push_back(h.enter(g));
  h.publish("one", sessions);
  CHECK(h.door.turn(4));
  CHECK(guests[3].heard_ == words{"one"});
  CHECK(guests[4].heard_.empty());
  h.publish("two", sessions);
  h.door.leave(sessions[9]);
  int turns = 1;
  while (h.door.turn(4))
    ++turns;
  CHECK(turns == 4); // and the last one
  for (std::size_t i = 0; i < 9; ++i)
    CHECK(guests[i].heard_ == words{"one", "two"});
  CHECK(guests[9].heard_.empty());
  h.publish("to nobody", {});
  CHECK_FALSE(h.door.turn(4));
}

TEST_CASE("net: a guest who is shown out hears what came before, and nothing more", "[net]") {
  house h;
  visitor ann;
  auto session = h.enter(ann);
  CHECK(h.door.send(session, text("before")));
  h.door.close(session, 1001, "the server stops");
  CHECK(h.door.send(session, text("after")));
  CHECK_FALSE(h.door.turn(all));
  CHECK(ann.heard_ == words{"before", "1001 the server stops"});
  CHECK(h.above.said == words{"opened here", "closed"});
  h.door.leave(session);
  CHECK(h.above.said.size() == 2);
}

TEST_CASE("net: guests who don't come for what they are sent fill a bounded mailbox, and still hear why they go [I12]",
          "[net]") {
  house h;
  visitor ann;
  auto session = h.enter(ann);
  constexpr auto most = transport_limits{}.thread_tasks_max;
  std::size_t taken = 0;
  while (taken <= most && h.door.send(session, text("more")))
    ++taken;
  CHECK(taken == most);
  push p;
  p.frames = text("to all");
  CHECK_FALSE(h.door.publish(io_thread, p, std::make_shared<const std::vector<session_number>>(1, session)));
  CHECK(h.wakes == 1);
  CHECK(h.door.turn(1)); // whoever has taken what was there makes room
  CHECK(h.door.send(session, text("the last")));
  h.door.close(session, 1013, "come back later");
  while (h.door.turn(all))
    ;
  REQUIRE(ann.heard_.size() == most + 2);
  CHECK(ann.heard_[most] == "the last");
  CHECK(ann.heard_.back() == "1013 come back later");
}
