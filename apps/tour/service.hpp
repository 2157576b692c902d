#pragma once
// A server to walk around in: which of its methods change something, its public pages, and sockets to it. It may have
// several nodes; people are spread over them.

#include <set>
#include <string>
#include <vector>

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
  /// At least one node. Reads the first one's OpenRPC document. Errors: `unreachable`, `garbled`.
  static reply<service> reach(std::vector<client::server> nodes);
  static reply<service> reach(client::server which) { return reach(std::vector{std::move(which)}); }

  std::size_t nodes() const { return nodes_.size(); }
  /// The node for somebody of this name, always the same one.
  std::size_t node_for(std::string_view name) const;

  /// Whether the method takes a `command_id`.
  bool changes(const std::string& method) const { return changing_.contains(method); }
  /// A public page, as a reader without a token sees it.
  page get(const std::string& path, std::size_t node = 0) const;
  reply<client::live_socket> open(const std::string& token, std::size_t node = 0) const;

private:
  explicit service(std::vector<client::server> nodes) : nodes_(std::move(nodes)) {}

  std::vector<client::server> nodes_;
  std::set<std::string> changing_;
};

/// For paths: everything but letters, digits and "-._~" is escaped.
std::string escape_path(std::string_view text);

} // namespace charter::tour
