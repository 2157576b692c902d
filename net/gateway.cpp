#include "net/gateway.hpp"

#include <caf/all.hpp>

namespace charter::net {

void gateway::set_actor(std::size_t io_thread, gateway_actor actor) {
  std::lock_guard lock{mutex_};
  if (actors_.size() <= io_thread)
    actors_.resize(io_thread + 1);
  actors_[io_thread] = std::move(actor);
}

std::vector<gateway_actor> gateway::actors() const {
  std::lock_guard lock{mutex_};
  return actors_;
}

gateway_actor gateway::actor_of(std::size_t io_thread) const {
  std::lock_guard lock{mutex_};
  return io_thread < actors_.size() ? actors_[io_thread] : gateway_actor{};
}

void gateway::opened(session_number session, const peer& from, codec c) {
  caf::anon_send(actor_of(io_thread_of(session)), socket_opened{session, from, c});
}

/// trace: publish 1/7
void gateway::received(session_number session, codec c, bytes message, bool over_rate) {
  caf::anon_send(actor_of(io_thread_of(session)), socket_message{session, decode_rpc(c, message), over_rate});
}

void gateway::dropped(session_number session, const push& what) {
  caf::anon_send(actor_of(io_thread_of(session)), socket_dropped{session, what.stream, what.first, what.last});
}

void gateway::drained(session_number session) {
  caf::anon_send(actor_of(io_thread_of(session)), socket_drained{session});
}

void gateway::closed(session_number session) {
  caf::anon_send(actor_of(io_thread_of(session)), socket_closed{session});
}

void gateway::probe(std::size_t io_thread, std::function<void()> back) {
  caf::anon_send(actor_of(io_thread), probe_mailbox{std::move(back)});
}

void gateway::http(http_request request, responder respond) {
  if (request.path != "/v1/rpc")
    return pages_(std::move(request), std::move(respond));
  if (request.method != http_method::post)
    return respond(make_method_not_allowed("POST"));
  std::size_t count;
  {
    std::lock_guard lock{mutex_};
    count = actors_.size();
  }
  if (count == 0)
    return respond(make_text_response(503, "the server is starting"));
  auto actor = actor_of(next_.fetch_add(1, std::memory_order_relaxed) % count);
  caf::anon_send(actor, http_rpc{std::make_shared<const http_request>(std::move(request)), std::move(respond)});
}

} // namespace charter::net
