#pragma once
// A node: storage, actors and gateway, started in order and stopped in reverse. What `charterd` runs, and what tests
// and `charter init` run in process.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "config/server_config.hpp"
#include "domain/charter.hpp"
#include "domain/result.hpp"

namespace charter::node {

/// What founds a provider (`charter init`): journaled once, and in the public log.
struct founding {
  std::string provider;
  std::vector<credential> credentials;
  std::string charter_text;
  // The first operator: a verified person like everybody else.
  std::string identity_provider;
  std::string identity_subject;
  std::string identity_answer;
  std::string pseudonym;
  std::string password;
};

/// Tells what happens, for logs and progress displays.
struct node_report {
  std::uint16_t port = 0;    ///< of the first listener
  bool founded = false;      ///< the provider exists
  std::uint64_t changes = 0; ///< in the journal
};

class node {
public:
  /// Opens the data directory (making it when it is new), starts the actors and, with `serve`, the listeners.
  /// Errors: `unavailable` or `internal` with what is wrong and what to do about it.
  static result<std::unique_ptr<node>> start(const config::server_config& config, bool serve);
  /// Drains: refuses new connections, answers what is open, flushes, stops the tree in reverse.
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
