#include "bench/dialects.hpp"

#include <stdexcept>

#include "net/frame.hpp"

namespace charter::bench {

charter_dialect::charter_dialect(const own_charterd& server, std::size_t text_bytes)
    : server_(server), listen_(own_charterd::listen_request()),
      publish_(server.publish_request(std::string(text_bytes, 'x'))) {}

crowd::upgrade charter_dialect::subscriber(std::size_t number) const {
  return {"/v1/ws", "charter.v1.json", server_.tokens()[number % server_.tokens().size()]};
}

crowd::upgrade charter_dialect::publisher() const { return {"/v1/ws", "charter.v1.json", server_.owner_token()}; }

bool charter_dialect::greet(crowd& all, crowd::member who, bool publishes) {
  if (!publishes)
    all.say(who, listen_);
  return publishes;
}

dialect::heard charter_dialect::hear(crowd&, crowd::member, bool publishes, std::string_view message) {
  constexpr std::size_t method_within = 64; // a push begins with its method
  if (message.substr(0, method_within).find("\"post.published\"") != message.npos) {
    payload_bytes_ = message.size();
    return {false, 1};
  }
  if (message.find("\"result\"") != message.npos)
    return {!publishes, 0};
  throw std::runtime_error("the server said: " + std::string{message});
}

void charter_dialect::publish(crowd& all, std::span<const crowd::member> publishers, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    all.say(publishers[next_++ % publishers.size()], publish_);
}

void floor_dialect::publish(crowd& all, std::span<const crowd::member> publishers, std::size_t count) {
  auto frame = net::make_frame(net::opcode::text, bytes(like_->payload_bytes(), 'x'));
  std::string joined;
  for (std::size_t i = 0; i < count; ++i)
    joined.append(frame->plain()->begin(), frame->plain()->end());
  all.put(publishers.front(), joined);
}

} // namespace charter::bench
