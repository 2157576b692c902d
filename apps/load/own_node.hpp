#pragma once
// A server on trial in this process, whose callers come in without sockets: as many as memory holds. All the rest is
// as in charterd: gateway, methods, actors, journal, rows. It also listens, for who wants to look at it meanwhile.
//
// What can fail: the node doesn't start; then the constructor throws std::runtime_error, with a sentence.

#include <memory>
#include <string>

#include "apps/load/connection.hpp"
#include "apps/load/event_loop.hpp"

namespace charter::load {

class own_node {
public:
  /// In that directory (empty: a temporary one, which is gone afterwards), with made-up persons for so many users.
  /// From now on `net` leads there. Outlives all connections; the loop outlives it.
  own_node(network& net, const std::string& directory, std::size_t users);
  ~own_node();
  own_node(const own_node&) = delete;
  own_node& operator=(const own_node&) = delete;

  /// "http://localhost:40123", for browsers.
  const std::string& url() const;

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

} // namespace charter::load
