#include "apps/chaos/caller.hpp"

namespace charter::chaos {

using namespace std::chrono_literals;

namespace {
// A node that stands still costs whoever calls it a second or three. Short enough that it has callers when it wakes.
constexpr auto failed_for = 2s;
} // namespace

nodes nodes_at(std::uint16_t first_port, std::size_t count, std::chrono::milliseconds answer_time) {
  nodes out(count);
  for (std::size_t i = 0; i < count; ++i) {
    out[i].where = {false, "127.0.0.1", std::to_string(first_port + i)};
    out[i].connect_time = connects_within;
    out[i].answer_time = answer_time;
  }
  return out;
}

reply<json> caller::attempt(const std::string& method, const json& params) {
  if (!socket_) {
    auto which = all_[node_];
    which.token = token_;
    auto opened = client::live_socket::open(which);
    if (!opened) {
      failed_[node_] = std::chrono::steady_clock::now();
      return opened.why();
    }
    socket_ = std::move(*opened);
  }
  auto answer = socket_->call(method, params);
  if (!answer && answer.why().cause == client::cause::unreachable) {
    failed_[node_] = std::chrono::steady_clock::now();
    socket_.reset();
  }
  return answer;
}

bool caller::has_just_failed(std::size_t node) const {
  return std::chrono::steady_clock::now() < failed_[node] + failed_for;
}

void caller::move_on() {
  socket_.reset();
  auto next = (node_ + 1) % all_.size();
  for (std::size_t i = 0; i < all_.size() && has_just_failed(next); ++i)
    next = (next + 1) % all_.size();
  node_ = next;
}

void caller::return_home() {
  if (node_ == home_ || has_just_failed(home_))
    return;
  node_ = home_;
  socket_.reset();
}

} // namespace charter::chaos
