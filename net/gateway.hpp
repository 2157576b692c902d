#pragma once
// The gateway: the transport's events on one side, the gateway's actors on the other. Holds no state of sessions
// itself.

#include <vector>

#include "net/gateway_actor.hpp"
#include "net/server.hpp"

namespace charter::net {

/// Public pages and operations; see net/pages.hpp. Called on I/O threads, must not block.
using page_handler = std::function<void(http_request, responder)>;

class gateway final : public handler {
public:
  explicit gateway(page_handler pages) : pages_(std::move(pages)) {}

  /// The actor of that I/O thread began, or began again. Thread-safe.
  void set_actor(std::size_t io_thread, gateway_actor actor);
  std::vector<gateway_actor> actors() const;

  void opened(session_number session, const peer& from, codec c) override;
  void received(session_number session, codec c, bytes message, bool over_rate) override;
  void dropped(session_number session, const push& what) override;
  void drained(session_number session) override;
  void closed(session_number session) override;
  void http(http_request request, responder respond) override;
  void probe(std::size_t io_thread, std::function<void()> back) override;

private:
  gateway_actor actor_of(std::size_t io_thread) const;

  page_handler pages_;
  mutable std::mutex mutex_;
  std::vector<gateway_actor> actors_;
  std::atomic<std::size_t> next_{0};
};

} // namespace charter::net
