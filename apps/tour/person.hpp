#pragma once
// Somebody at the other end of a socket: registers, logs in, asks for things. Without logging in: anybody.
//
// Whatever changes something goes out with a command id, and is sent again with the same one when the answer was lost
// or the server was busy: it takes effect once (I3).

#include <memory>
#include <optional>

#include "apps/tour/service.hpp"

namespace charter::tour {

class person {
public:
  person(const service& at, std::string name) : at_(&at), node_(at.node_for(name)), name_(std::move(name)) {}

  const std::string& name() const { return name_; }
  /// Everybody's on trial: the name, and " on trial".
  std::string password() const { return name_ + " on trial"; }
  const std::string& user() const { return user_; }

  reply<json> call(const std::string& method, json params = json::object());
  /// Once, as it is: without a command id of its own, and not again when the answer was lost.
  reply<json> attempt(const std::string& method, const json& params);
  /// The next push of that kind within `wait`; others before it are dropped.
  std::optional<json> next_push(std::string_view method, std::chrono::milliseconds wait);

  reply<json> log_in();
  /// Verifies a trial identity ("T-0042" for 42) and gives the ticket for it.
  reply<std::string> verify(int identity);
  /// With a ticket of a verified identity: signs all items and registers.
  reply<json> register_with(const std::string& ticket);
  /// Logs in, or registers behind that identity who isn't there yet.
  reply<json> arrive(int identity);

private:
  reply<json> keep(reply<json> session);

  const service* at_;
  std::size_t node_; ///< the next one, when this one can't be reached
  std::string name_;
  std::string user_;
  std::string token_;
  std::optional<client::live_socket> socket_;
};

/// A command id that wasn't used before.
std::string fresh_command_id();

} // namespace charter::tour
