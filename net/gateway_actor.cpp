#include "net/gateway_state.hpp"

namespace charter::net {

namespace {

void on_opened(gateway_state& s, const socket_opened& o) {
  auto opened = std::make_shared<live_socket>(s, o.session, o.from, o.codec);
  s.sockets.emplace(o.session, opened);
  if (!s.parts.services->complete()) // whose token that is can't be told
    s.parts.sessions->close(o.session, static_cast<std::uint16_t>(close_code::try_again_later), "the node is starting");
  if (!o.from.bearer.empty())
    if (auto who = find_session(s, s.parts.services->digest(view_of(o.from.bearer))))
      opened->attach(*who);
}

void on_closed(gateway_state& s, const socket_closed& c) {
  auto found = s.sockets.find(c.session);
  if (found == s.sockets.end())
    return;
  found->second->end();
  s.sockets.erase(found);
}

caf::behavior behavior(gateway_ptr self, gateway_parts parts) {
  auto& s = self->state;
  s.self = self;
  s.parts = std::move(parts);
  auto& l = s.parts.limits;
  constexpr std::size_t keys_max = 100'000;
  s.per_user = std::make_unique<rate_limiter>(l.calls_per_user, keys_max);
  s.logins = std::make_unique<rate_limiter>(l.logins_per_address, keys_max);
  s.identities = std::make_unique<rate_limiter>(l.identities_per_address, keys_max);
  s.complaints = std::make_unique<rate_limiter>(l.complaints_per_address, keys_max);
  s.shared.emplace(*s.parts.services->rows);
  join_delivery(s);
  return {
      [self](const socket_opened& o) { on_opened(self->state, o); },
      [self](socket_message& m) { on_message(self->state, m); },
      [self](const socket_dropped& d) { on_dropped(self->state, d); },
      [self](const socket_drained& d) { on_drained(self->state, d.session); },
      [self](const socket_closed& c) { on_closed(self->state, c); },
      [self](http_rpc& h) { on_http(self->state, h); },
      [](const probe_mailbox& p) { p.back(); },
      [self](const pushes& p) { on_pushes(self->state, p); },
      [self](const presence_wanted& w) { on_presence_wanted(self->state, w); },
      [self](const presence_changes& p) { on_presence_changes(self->state, p); },
      [self](delivery_restarted) { on_delivery_restarted(self->state); },
      [self](say_draining) {
        tell_draining(self->state);
        return said_draining{};
      },
      [self](gateway_status_request) -> gateway_status {
        auto& state = self->state;
        auto attached = std::ranges::count_if(state.sockets, [](auto& x) { return x.second->who_.has_value(); });
        return {state.sockets.size(), static_cast<std::uint64_t>(attached), state.listeners.size(), state.calls};
      },
  };
}

} // namespace

gateway_actor spawn_gateway(caf::actor_system& system, gateway_parts parts) {
  return caf::actor_cast<gateway_actor>(system.spawn(behavior, std::move(parts)));
}

} // namespace charter::net
