#include "bench/fan_out.hpp"

#include <stdexcept>

namespace charter::bench {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t connecting_max = 256; ///< at a time, so that no backlog overflows
constexpr auto patience = 10s;

} // namespace

fan_out::fan_out(crowd::server where, dialect& how, std::size_t subscribers, std::size_t publishers)
    : all_(where), how_(how), subscribers_(subscribers), heard_(subscribers) {
  last_event_ = clock::now();
  all_.opened = [this](crowd::member who) {
    if (how_.greet(all_, who, who >= subscribers_))
      ++ready_;
  };
  all_.received = [this](crowd::member who, std::string_view message) { on_message(who, message); };
  for (std::size_t i = 0; i < subscribers; ++i) {
    all_.open(how_.subscriber(i));
    await_ready(all_.size() - std::min(all_.size(), connecting_max));
  }
  for (std::size_t i = 0; i < publishers; ++i)
    publishers_.push_back(all_.open(how_.publisher()));
  await_ready(all_.size());
}

void fan_out::await_ready(std::size_t count) {
  while (ready_ < count)
    turn(1s);
}

void fan_out::turn(std::chrono::milliseconds wait) {
  if (all_.turn(wait) > 0)
    last_event_ = clock::now();
  else if (clock::now() - last_event_ > patience)
    throw std::runtime_error("nothing has come for " + std::to_string(patience.count()) +
                             " s: " + std::to_string(ready_) + " clients are ready, " + std::to_string(complete_) +
                             " posts have come to all, " + std::to_string(run_.deliveries) + " deliveries in all");
}

void fan_out::on_message(crowd::member who, std::string_view message) {
  bool publishes = who >= subscribers_;
  auto heard = how_.hear(all_, who, publishes, message);
  ready_ += heard.ready;
  for (std::size_t i = 0; i < heard.posts; ++i) {
    auto post = heard_[who]++;
    if (post >= arrived_.size())
      throw std::runtime_error("a subscriber was sent more posts than were published");
    ++run_.deliveries;
    if (keeps_arrivals_)
      run_.arrivals.push_back({post, all_.read_at()});
    if (++arrived_[post] == subscribers_)
      ++complete_;
  }
  if (heard.posts > 0)
    run_.bytes += message.size();
}

// -- runs -------------------------------------------------------------------------------------

void fan_out::begin(std::size_t posts, bool keeps_arrivals) {
  heard_.assign(subscribers_, 0);
  arrived_.assign(posts, 0);
  complete_ = 0;
  keeps_arrivals_ = keeps_arrivals;
  run_ = {};
  began_ = last_event_ = clock::now();
}

void fan_out::publish(std::size_t count) {
  run_.published.insert(run_.published.end(), count, clock::now());
  how_.publish(all_, publishers_, count);
}

fan_out::outcome fan_out::finish() {
  run_.seconds = std::chrono::duration<double>(clock::now() - began_).count();
  return std::move(run_);
}

fan_out::outcome fan_out::in_flight(std::size_t posts, std::size_t window) {
  begin(posts, false);
  while (complete_ < posts) {
    auto wanted = std::min(complete_ + window, posts);
    if (wanted > run_.published.size())
      publish(wanted - run_.published.size());
    turn(1s);
  }
  return finish();
}

fan_out::outcome fan_out::at_rate(std::size_t posts, std::chrono::milliseconds between) {
  begin(posts, true);
  run_.arrivals.reserve(posts * subscribers_);
  while (complete_ < posts) {
    auto due = began_ + run_.published.size() * between;
    bool all_sent = run_.published.size() == posts;
    auto left = std::chrono::floor<std::chrono::milliseconds>(due - clock::now());
    if (!all_sent && due <= clock::now()) {
      publish(1);
      run_.published.back() = due;
    } else {
      turn(all_sent ? 1s : left);
    }
  }
  return finish();
}

void fan_out::idle(std::chrono::seconds length) {
  auto until = clock::now() + length;
  for (auto now = clock::now(); now < until; now = clock::now())
    all_.turn(std::chrono::ceil<std::chrono::milliseconds>(until - now));
}

} // namespace charter::bench
