#include "bench/followers.hpp"

#include <charconv>
#include <stdexcept>

namespace charter::bench {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t connecting_max = 256;
constexpr std::uint64_t page_items_max = 200; // of account.posts
constexpr auto moment = 20ms;
constexpr std::pair tries_again_after{100, 500}; // milliseconds, at random, when the server names no time
constexpr int jitter_part = 10;                  // of the time that it names, at random, on top

/// The value of the next "number" from `at` on, which then stands behind it; 0 if there is none.
std::uint64_t next_number(std::string_view message, std::string_view key, std::size_t& at) {
  at = message.find(key, at);
  if (at == message.npos)
    return 0;
  at += key.size();
  std::uint64_t number = 0;
  std::from_chars(message.data() + at, message.data() + message.size(), number);
  return number;
}

std::uint64_t number_in(std::string_view message, std::string_view key) {
  std::size_t at = 0;
  return next_number(message, key, at);
}

bool is_push(std::string_view message, std::string_view quoted_method) {
  constexpr std::size_t method_within = 64; // a push begins with its method
  return message.substr(0, method_within).find(quoted_method) != message.npos;
}

} // namespace

followers::followers(const own_charterd& server, settings s)
    : server_(server), all_([&] {
        auto where = server.where();
        where.segment_bytes = s.segment_bytes;
        return where;
      }()),
      listen_(own_charterd::listen_request()), publish_(server.publish_request(std::string(s.text_bytes, 'x'))) {
  all_.opened = [this](crowd::member who) { on_opened(who); };
  all_.received = [this](crowd::member who, std::string_view message) { on_message(who, message); };
  all_.lost = [this](crowd::member who, const std::string& why, std::chrono::milliseconds retry_after) {
    if (who >= known_.size())
      throw std::runtime_error("the publisher lost its connection: " + why);
    ++refused_;
    auto [shortest, longest] = tries_again_after;
    if (retry_after > 0ms) {
      shortest = static_cast<int>(retry_after.count());
      longest = shortest + shortest / jitter_part;
    }
    lose(who, clock::now() + std::chrono::milliseconds{std::uniform_int_distribution{shortest, longest}(random_)});
  };
  known_.resize(s.count);
  for (std::size_t i = 0; i < s.count; ++i) {
    all_.open({"/v1/ws", "charter.v1.json", server.tokens()[i % server.tokens().size()]});
    turn_until(*this, 10s, "connecting", [&] { return all_.size() - present_ < connecting_max; });
  }
  turn_until(*this, 10s, "connecting", [&] { return present_ == s.count; });
  publishers_.push_back(all_.open({"/v1/ws", "charter.v1.json", server.owner_token()}));
  turn_until(*this, 10s, "connecting", [&] { return all_.is_open(publishers_.front()); });
}

// -- time -------------------------------------------------------------------------------------

void followers::publish_every(std::chrono::milliseconds between) {
  between_ = between;
  next_post_ = clock::now();
}

void followers::turn() {
  auto now = clock::now();
  for (; !away_.empty() && away_.top().first <= now; away_.pop())
    all_.reopen(away_.top().second);
  for (; between_ > 0ms && next_post_ <= now; next_post_ += between_)
    publish();
  auto wake = now + moment;
  if (!away_.empty())
    wake = std::min(wake, away_.top().first);
  if (between_ > 0ms)
    wake = std::min(wake, next_post_);
  all_.turn(std::chrono::floor<std::chrono::milliseconds>(std::max(wake - now, clock::duration{0})));
}

void followers::publish() {
  ++published_;
  due_.push_back(next_post_);
  all_.say(publishers_.front(), publish_);
}

void followers::lose(std::size_t who, clock::time_point back) {
  all_.leave(who);
  auto& mine = known_[who];
  present_ -= mine.present;
  mine.listening = mine.present = mine.asking = false;
  away_.emplace(back, who);
}

// -- messages ---------------------------------------------------------------------------------

void followers::on_opened(crowd::member who) {
  if (who < known_.size())
    all_.say(who, listen_);
}

void followers::on_message(crowd::member who, std::string_view message) {
  bool follows = who < known_.size();
  if (is_push(message, "\"post.published\"")) {
    auto number = number_in(message, "\"number\":");
    if (arrived)
      arrived(who, number, all_.read_at());
    learn(who, number);
    catch_up(who, number);
  } else if (is_push(message, "\"stream.gap\"")) {
    catch_up(who, number_in(message, "\"to\":"));
  } else if (message.find("\"error\"") != message.npos) {
    throw std::runtime_error("the server said: " + std::string{message});
  } else if (follows && message.find("\"streams\"") != message.npos) {
    known_[who].listening = true;
    catch_up(who, number_in(message, "\"number\":"));
  } else if (follows && message.find("\"items\"") != message.npos) {
    known_[who].asking = false;
    std::size_t at = 0;
    while (auto number = next_number(message, "\"number\":", at)) {
      ++asked_for_;
      learn(who, number);
    }
    catch_up(who, 0);
  }
}

void followers::learn(std::size_t who, std::uint64_t number) {
  auto& mine = known_[who];
  if (number > mine.up_to)
    mine.beyond.insert(number);
  while (!mine.beyond.empty() && *mine.beyond.begin() == mine.up_to + 1) {
    ++mine.up_to;
    mine.beyond.erase(mine.beyond.begin());
  }
}

/// It has heard of a post with this number: asks for what it lacks, a page at a time.
void followers::catch_up(std::size_t who, std::uint64_t number) {
  auto& mine = known_[who];
  mine.heard_of = std::max(mine.heard_of, number);
  if (mine.asking)
    return;
  if (mine.heard_of > mine.up_to) {
    mine.asking = true;
    all_.say(who, server_.posts_request(mine.up_to + 1, std::min(mine.heard_of, mine.up_to + page_items_max)));
  } else if (mine.listening && !mine.present) {
    mine.present = true;
    ++present_;
  }
}

} // namespace charter::bench
