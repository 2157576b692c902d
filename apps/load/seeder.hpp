#pragma once
// Brings a population about: registers people behind verified identities, opens their accounts by application and
// review, lets everybody follow and chat. All of it over the real protocol, as everybody else does it.
//
// Goes on where an earlier seeding was stopped: whatever is there already answers so. Only against a server in trial
// mode, whose identity provider is a file of made-up persons, and whose passwords cost next to nothing.

#include <functional>
#include <stdexcept>

#include "apps/load/population.hpp"
#include "apps/load/session.hpp"

namespace charter::load {

/// With a sentence about what to do.
struct not_seeded : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What is being done, how much of it, and out of how much.
using seeding_progress = std::function<void(const std::string& what, std::size_t done, std::size_t of)>;

class seeder {
public:
  seeder(network& net, population& people, seeding_progress told)
      : net_(net), people_(people), told_(std::move(told)) {}

  /// Throws `not_seeded`.
  task<> run();

private:
  task<json> must(session& on, std::string method, json params = json::object());
  task<> open(session& on);
  task<> check_server();
  task<std::string> verify(session& on, std::string identity, std::string secret);
  task<> arrive(session& on, simulated_user& who, std::string identity, std::string secret);
  task<> hire();
  task<> open_account(std::size_t i);
  task<> review(session& desk, std::string application);
  task<> settle(std::size_t i);
  task<> open_chat(std::size_t i);
  void step(const std::string& what, std::size_t of);

  network& net_;
  population& people_;
  seeding_progress told_;
  std::vector<std::vector<std::uint32_t>> follows_;
  json signature_; ///< of the current agreement
  std::string step_;
  std::size_t done_ = 0;
};

/// The provider's founding time, which names its data directory. Throws `not_seeded` when nobody answers.
task<std::string> ask_founded_at(network& net);

/// Whether the server still takes these tokens, by a sample.
task<bool> are_tokens_good(network& net, const population& people);

} // namespace charter::load
