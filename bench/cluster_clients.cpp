#include "bench/cluster_clients.hpp"

#include <random>
#include <stdexcept>
#include <thread>
#include <utility>

#include "apps/tour/person.hpp"
#include "bench/own_charterd.hpp"

namespace charter::bench {

namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

constexpr auto asks_again_after = 20ms; // while a shard moves, or etcd is slow

bool is_post(std::string_view message) {
  constexpr std::size_t method_within = 64; // a push begins with its method
  return message.substr(0, method_within).find("\"post.published\"") != message.npos;
}

} // namespace

std::string publish_request(const std::string& account, std::size_t text_bytes) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  std::minstd_rand random(static_cast<unsigned>(std::hash<std::string>{}(account)));
  std::string text(text_bytes, ' ');
  for (auto& c : text)
    c = letters[random() / 64 % letters.size()];
  return client::encode_request(1, "account.publish", {{"account", account}, {"text", std::move(text)}});
}

void publish(chaos::caller& publisher, const std::string& account, const std::string& text) {
  client::json params{{"account", account}, {"text", text}, {"command_id", tour::fresh_command_id()}};
  for (auto until = steady::now() + 10s;; std::this_thread::sleep_for(10ms)) {
    auto published = publisher.attempt("account.publish", params);
    if (published)
      return;
    if (!client::may_repeat(published.why()) || steady::now() > until)
      throw std::runtime_error("a post was refused: " + published.why().why.detail);
  }
}

// -- publishers -----------------------------------------------------------------------------------------------------

publishers_at::publishers_at(const cluster_under_test& which, std::size_t node, std::size_t count,
                             std::size_t text_bytes)
    : all_(which.node(node)) {
  all_.opened = [](crowd::member) {};
  all_.received = [this](crowd::member who, std::string_view message) { on_answer(who, message); };
  auto& people = which.people();
  for (std::size_t i = 0; i < count; ++i) {
    auto account = (i * cluster_under_test::nodes + node) % cluster_under_test::accounts;
    requests_.push_back(publish_request(people.accounts[account], text_bytes));
    all_.open({"/v1/ws", "charter.v1.json", people.owners[account].token});
  }
  for (auto until = steady::now() + 10s; !ready();) {
    if (steady::now() > until)
      throw std::runtime_error("publishers can't connect");
    all_.turn(10ms);
  }
}

void publishers_at::run(const std::atomic<bool>& stop) {
  for (crowd::member who = 0; who < requests_.size(); ++who)
    ask(who);
  for (auto asked_again = steady::now(); !stop;) {
    all_.turn(5ms);
    if (steady::now() < asked_again + asks_again_after)
      continue;
    asked_again = steady::now();
    for (auto who : std::exchange(refused_, {}))
      ask(who);
  }
  stopping_ = true;
  for (auto until = steady::now() + 10s; open_ > 0 && steady::now() < until;)
    all_.turn(10ms);
}

bool publishers_at::ready() const {
  for (crowd::member who = 0; who < requests_.size(); ++who)
    if (!all_.is_open(who))
      return false;
  return true;
}

void publishers_at::ask(crowd::member who) {
  ++open_;
  all_.say(who, requests_[who]);
}

void publishers_at::on_answer(crowd::member who, std::string_view message) {
  if (is_post(message))
    return;
  --open_;
  if (message.find("\"unavailable\"") != message.npos) {
    refused_.push_back(who);
    return;
  }
  if (message.find("\"result\"") == message.npos)
    throw std::runtime_error("the server said: " + std::string{message});
  ++acknowledged_;
  if (!stopping_)
    ask(who);
}

// -- subscribers ----------------------------------------------------------------------------------------------------

subscribers_at::subscribers_at(const cluster_under_test& which, std::size_t node, std::size_t count,
                               std::string account)
    : account_(std::move(account)), listen_(own_charterd::listen_request()), all_(which.node(node)) {
  all_.opened = [this](crowd::member who) { all_.say(who, listen_); };
  all_.received = [this](crowd::member, std::string_view message) { on_message(message); };
  auto& people = which.people();
  constexpr std::size_t connecting_max = 256;
  for (std::size_t i = 0; i < count; ++i) {
    all_.open({"/v1/ws", "charter.v1.json", people.followers[i % people.followers.size()].token});
    await(i + 1 - std::min(i, connecting_max));
  }
  await(count);
}

void subscribers_at::run(const std::atomic<bool>& stop) {
  while (!stop)
    all_.turn(5ms);
}

void subscribers_at::await(std::size_t listening) {
  for (auto until = steady::now() + 30s; listening_ < listening;) {
    if (steady::now() > until)
      throw std::runtime_error("subscribers can't connect");
    all_.turn(10ms);
  }
}

void subscribers_at::on_message(std::string_view message) {
  if (!is_post(message)) {
    ++listening_;
  } else if (message.find(account_) != message.npos) {
    times_.push_back(all_.read_at());
    ++heard_;
  }
}

} // namespace charter::bench
