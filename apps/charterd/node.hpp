#pragma once
// A node: storage, actors and gateway, started in order and stopped in reverse. What `charterd` runs.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/server_config.hpp"
#include "domain/charter.hpp"
#include "domain/result.hpp"
#include "net/local_door.hpp"

namespace charter::node {

/// What founds a provider: journaled once, and in the public log.
struct founding {
  std::string provider;
  std::vector<credential> credentials;
  std::string charter_text;
  // The first operator: a verified person like everybody else.
  std::string identity_provider;
  std::string identity_subject;
  /// What the person answers to the identity provider's prompt, such as the code that came by telephone.
  std::function<result<std::string>(const std::string& prompt)> answer;
  std::string pseudonym;
  std::string password;
};

/// Tells what happens, for logs and progress displays.
struct node_report {
  std::uint16_t port = 0;    ///< of the first listener
  bool founded = false;      ///< the provider exists
  bool gave_up = false;      ///< the supervision tree could not mend itself, and has ended
  std::uint64_t changes = 0; ///< in the journal
};

class node {
public:
  /// Opens the data directory (making it when it is new), starts the actors and, with `serve`, the listeners.
  /// Errors: `unavailable` or `internal` with what is wrong and what to do about it. When the tree gives up later on,
  /// the process gets a SIGTERM. `stamps_file`: see stamping_journal.hpp. `door`: with `serve`, another way in, for
  /// callers in this process; outlives the node, and they have left before it ends.
  static result<std::unique_ptr<node>> start(const config::server_config& config, bool serve,
                                             const std::string& stamps_file = {}, net::local_door* door = nullptr);
  /// Drains: refuses new connections, answers what is open, flushes, stops the tree in reverse. Ends the process when
  /// the tree doesn't stop in time: whatever it holds up, nothing acknowledged depends on it.
  ~node();

  node_report report() const;

  /// Errors: `conflict` when the provider was founded before; whatever a step refuses.
  status found(const founding& f);

private:
  node();
  struct parts;
  std::unique_ptr<parts> parts_;
};

} // namespace charter::node
