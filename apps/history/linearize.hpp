#pragma once
// Is there an order of the calls, each at one moment of its own time, in which the model gives all that was answered?
//
// The search of Wing and Gong (1993) with Lowe's memory of configurations (2017), as in Porcupine. Invocations and
// answers stand in one list by time. Any call may be next whose invocation stands before the first answer in the list:
// what it follows in real time has then been taken already. It is tried on the model and taken out together with its
// answer; when no call fits, there is no way past that answer, and the search goes back. An order is found when the
// list is empty. Calls without an answer stand beside it: each may be taken at any time after its invocation, or never.
//
// What keeps it small:
// - A call that only looks (a read, a refusal) is taken as soon as it fits: no order is lost by that.
// - Of calls without an answer that can't be told apart (publishes that nobody heard of again), only the one asked for
//   first is tried, since they could change places; none takes a number that is known to be another's; and none is
//   tried before something stands open that may need it.
// - A configuration is what was taken and the model's state, known by 128 bits. Where the search has been with as many
//   calls without an answer to spare, or more, it doesn't go again.

#include <cstddef>
#include <span>
#include <vector>

#include "apps/history/account_model.hpp"

namespace charter::history {

struct bounds {
  std::size_t configurations = 1'000'000; ///< some hundred MB
  std::size_t trials = 100'000'000;       ///< calls tried on the model, some seconds
};

enum class verdict : std::uint8_t {
  ordered,
  impossible,
  undecided, ///< a bound was reached
};

struct search_result {
  verdict found = verdict::undecided;
  std::vector<std::size_t> order; ///< if `ordered`: indices of calls
  std::size_t configurations = 0;
  std::size_t trials = 0;
};

/// `start` is the account before the first call.
search_result linearize(std::span<const call> calls, const account_model& start, const bounds& within);

} // namespace charter::history
