#pragma once
// Public pages, feeds and operations: everything that is neither WebSocket nor JSON-RPC.
//
// Server-rendered, readable without JavaScript, cacheable. Called on I/O threads: reads rows, never waits.

#include <functional>
#include <string>

#include "net/counters.hpp"
#include "net/gateway.hpp"
#include "net/methods/table.hpp"
#include "net/metrics.hpp"

namespace charter::net {

struct page_parts {
  const gateway_services* services = nullptr;
  const method_table* methods = nullptr;
  std::function<const counters&()> transport; ///< for /metrics; asked when the server runs, since it has none before
  std::string web_root;                       ///< static files of the web page
  bool metrics = true;
  std::function<std::vector<figure>()> figures = [] { return std::vector<figure>{}; }; ///< more of them for /metrics
  std::function<std::uint64_t()> room_bytes; ///< free disk above the reserve; 0 makes the health check say why
};

page_handler make_pages(page_parts parts);

} // namespace charter::net
