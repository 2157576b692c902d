#pragma once
// Somebody's connection to one of several nodes, given up for the next node when it doesn't answer. Every wait has an
// end. One thread.

#include <chrono>
#include <string>
#include <vector>

#include "apps/client/live_socket.hpp"

namespace charter::chaos {

using client::json;
using client::reply;
using nodes = std::vector<client::server>;

/// Short, so that a node that stands still is left soon: the next one may know the answer.
inline constexpr std::chrono::milliseconds connects_within{1'000};
inline constexpr std::chrono::milliseconds answers_within{3'000};

inline constexpr std::chrono::milliseconds patient_ones_within{10'000};

/// Node i listens at `first_port` + i of loopback.
nodes nodes_at(std::uint16_t first_port, std::size_t count, std::chrono::milliseconds answer_time);

class caller {
public:
  /// `home`: where it goes first, and again when that hasn't failed it for a while.
  caller(const nodes& all, std::string token, std::size_t home)
      : all_(all), token_(std::move(token)), home_(home), node_(home), failed_(all.size()) {}

  /// Once, as it is, at `node()`. Errors: as live_socket.
  reply<json> attempt(const std::string& method, const json& params);
  /// That one didn't answer, or can't now. Goes to the next one, past those that have just failed.
  void move_on();
  void return_home();

  std::size_t node() const { return node_; }
  /// Null until something was attempted, and after a connection broke.
  client::live_socket* socket() { return socket_ ? &*socket_ : nullptr; }
  void hang_up() { socket_.reset(); }

private:
  bool has_just_failed(std::size_t node) const;

  const nodes& all_;
  std::string token_;
  std::size_t home_;
  std::size_t node_;
  std::vector<std::chrono::steady_clock::time_point> failed_; ///< when each node last didn't answer
  std::optional<client::live_socket> socket_;
};

} // namespace charter::chaos
