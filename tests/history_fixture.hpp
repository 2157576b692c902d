#pragma once
// Histories by hand, with times in milliseconds.

#include <cstdint>
#include <string>
#include <utility>

#include "apps/history/recording.hpp"

namespace charter::history_test {

using namespace charter::history;

inline instant ms(int t) { return std::chrono::milliseconds{t}; }

struct script {
  recording what;
  std::string account = "acc";

  operator const recording&() const { return what; }

  operation& add(operation_kind kind, const char* client, int invoked, int answered, outcome result,
                 std::string command = {}) {
    operation op;
    op.kind = kind;
    op.account = account;
    op.client = client;
    op.command = std::move(command);
    op.invoked = ms(invoked);
    op.answered = result == outcome::unknown ? never : ms(answered);
    op.result = result;
    return what.operations.emplace_back(std::move(op));
  }

  void publish(int invoked, int answered, std::uint64_t number, std::string command = {}) {
    add(operation_kind::publish, "owner", invoked, answered, outcome::ok, std::move(command)).number = number;
  }
  void publish_refused(int invoked, int answered, std::string command = {}) {
    add(operation_kind::publish, "owner", invoked, answered, outcome::refused, std::move(command));
  }
  void publish_lost(int invoked, std::string command = {}) {
    add(operation_kind::publish, "owner", invoked, 0, outcome::unknown, std::move(command));
  }
  void suspend(int invoked, int answered, const char* sanction, std::string command = {}) {
    add(operation_kind::suspend, "staff", invoked, answered, outcome::ok, std::move(command)).sanction = sanction;
  }
  void suspend_lost(int invoked, const std::string& sanction) {
    add(operation_kind::suspend, "staff", invoked, 0, outcome::unknown).sanction = sanction;
  }
  void lift(int invoked, int answered, const char* sanction) {
    add(operation_kind::lift, "staff", invoked, answered, outcome::ok).sanction = sanction;
  }
  void lift_lost(int invoked, const char* sanction) {
    add(operation_kind::lift, "staff", invoked, 0, outcome::unknown).sanction = sanction;
  }
  void subscribe(int invoked, int answered, const std::string& who) {
    add(operation_kind::subscribe, "", invoked, answered, outcome::ok).client = who;
  }
  void subscribe_lost(int invoked, const std::string& who) {
    add(operation_kind::subscribe, "", invoked, 0, outcome::unknown).client = who;
  }
  void unsubscribe(int invoked, int answered, const std::string& who) {
    add(operation_kind::unsubscribe, "", invoked, answered, outcome::ok).client = who;
  }
  void read_posts(int invoked, int answered, std::uint64_t last) {
    add(operation_kind::read, "reader", invoked, answered, outcome::ok).posts = last;
  }
  void read_followers(int invoked, int answered, std::uint64_t count) {
    add(operation_kind::read, "reader", invoked, answered, outcome::ok).followers = count;
  }

  sighting& see(sighting_kind kind, const std::string& who, int at) {
    sighting s;
    s.kind = kind;
    s.subscriber = who;
    s.account = account;
    s.at = ms(at);
    return what.sightings.emplace_back(std::move(s));
  }
  void listen(const std::string& who, int at, std::uint64_t after) {
    see(sighting_kind::listen, who, at).number = after;
  }
  void item(const std::string& who, int at, std::uint64_t number, std::string command = {}) {
    auto& s = see(sighting_kind::item, who, at);
    s.number = number;
    s.command = std::move(command);
  }
  void gap(const std::string& who, int at, std::uint64_t from, std::uint64_t to) {
    auto& s = see(sighting_kind::gap, who, at);
    s.number = from;
    s.to = to;
  }
  void quiet(const std::string& who, int at) { see(sighting_kind::quiet, who, at); }
};

} // namespace charter::history_test
