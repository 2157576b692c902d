#include "apps/chaos/caller.hpp"

namespace charter::chaos {

using namespace std::chrono_literals;

namespace {
constexpr auto home_again_after = 2s; // so that a node that was paused has its callers back when it wakes
}

nodes nodes_at(std::uint16_t first_port, std::size_t count) {
  nodes out(count);
  for (std::size_t i = 0; i < count; ++i) {
    out[i].where = {false, "127.0.0.1", std::to_string(first_port + i)};
    out[i].connect_time = connects_within;
    out[i].answer_time = answers_within;
  }
  return out;
}

reply<json> caller::attempt(const std::string& method, const json& params) {
  if (!socket_) {
    auto which = all_[node_];
    which.token = token_;
    auto opened = client::live_socket::open(which);
    if (!opened)
      return opened.why();
    socket_ = std::move(*opened);
  }
  auto answer = socket_->call(method, params);
  if (!answer && answer.why().cause == client::cause::unreachable)
    socket_.reset();
  return answer;
}

void caller::move_on() {
  if (node_ == home_)
    failed_ = std::chrono::steady_clock::now();
  node_ = (node_ + 1) % all_.size();
  socket_.reset();
}

void caller::return_home() {
  if (node_ == home_ || std::chrono::steady_clock::now() < failed_ + home_again_after)
    return;
  node_ = home_;
  socket_.reset();
}

} // namespace charter::chaos
