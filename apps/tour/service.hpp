#pragma once
// A server to walk around in: which of its methods change something, its public pages, and sockets to it.

#include <set>
#include <string>

#include "apps/client/live_socket.hpp"

namespace charter::tour {

using client::json;
using client::reply;

struct page {
  unsigned status = 0; ///< 0: no answer
  std::string type;
  std::string body;
};

class service {
public:
  /// Reads the OpenRPC document. Errors: `unreachable`, `garbled`.
  static reply<service> reach(client::server which);

  /// Whether the method takes a `command_id`.
  bool changes(const std::string& method) const { return changing_.contains(method); }
  /// A public page, as a reader without a token sees it.
  page get(const std::string& path) const;
  reply<client::live_socket> open(const std::string& token) const;

private:
  explicit service(client::server which) : where_(std::move(which)) {}

  client::server where_;
  std::set<std::string> changing_;
};

/// For paths: everything but letters, digits and "-._~" is escaped.
std::string escape_path(std::string_view text);

} // namespace charter::tour
