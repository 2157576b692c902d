#pragma once
// The gateway actor's state, for its own files: what sockets hear (gateway_live.cpp), and how their calls are answered
// (gateway_calls.cpp).

#include <array>
#include <unordered_map>
#include <unordered_set>

#include <caf/all.hpp>

#include "net/gateway_actor.hpp"
#include "net/shared_answers.hpp"

namespace charter::net {

struct gateway_state;
using gateway_ptr = caf::stateful_actor<gateway_state>*;
using session_list = std::vector<session_number>;

/// One WebSocket, as methods see it.
class live_socket final : public live_session {
public:
  live_socket(gateway_state& owner, session_number number, peer from, net::codec c)
      : from_(std::move(from)), codec_(c), owner_(owner), number_(number) {}

  void attach(const session_identity& who) override;
  void detach() override;
  void listen(const std::vector<account_id>& accounts, std::function<void()> then) override;
  void listen_more(const account_id& account) override;
  void listen_less(const account_id& account) override;
  void watch_presence(const std::vector<user_id>& users) override;
  void set_availability(availability state) override;
  void tell_typing(const chat_id& chat) override;
  void hear(const entity_id& stream);
  void forget(const entity_id& stream);
  void forget_all();
  /// The connection is gone: calls that are under way may still hold this object, and must not register it again.
  void end() {
    detach();
    ended_ = true;
  }

  peer from_;
  net::codec codec_;
  std::optional<session_identity> who_;
  bool listening_ = false;
  std::size_t calls_ = 0;
  availability availability_ = availability::online;
  std::unordered_set<entity_id> streams_;
  std::vector<user_id> looks_at_;
  std::vector<socket_dropped> gaps_;

private:
  bool ended_ = false;
  gateway_state& owner_;
  session_number number_;
  chat_id typing_in_;
  caf::actor_clock::time_point typed_at_;
};

/// Who hears a stream, by codec, in the order in which they came. Pushes share a copy of the list until it changes.
/// Whoever leaves is only noted: when a network fails thousands leave at once, and each would look through the list.
class audience {
public:
  /// True: the first one in this codec.
  bool add(codec form, session_number session) {
    auto& part = parts_[index_of(form)];
    part.copy = nullptr;
    if (part.left.erase(session) == 0)
      part.sessions.push_back(session);
    return part.count() == 1;
  }
  /// True: that was the last one in this codec.
  bool remove(codec form, session_number session) {
    auto& part = parts_[index_of(form)];
    part.copy = nullptr;
    part.left.insert(session);
    if (part.left.size() > part.sessions.size() / 2)
      part.settle();
    return part.count() == 0;
  }
  bool empty() const { return parts_[0].count() == 0 && parts_[1].count() == 0; }
  bool empty(codec form) const { return parts_[index_of(form)].count() == 0; }
  std::shared_ptr<const session_list> sessions(codec form) {
    auto& part = parts_[index_of(form)];
    if (!part.copy) {
      part.settle();
      part.copy = std::make_shared<const session_list>(part.sessions);
    }
    return part.copy;
  }

private:
  struct part {
    session_list sessions;
    std::unordered_set<session_number> left; ///< they still are in `sessions`
    std::shared_ptr<const session_list> copy;

    std::size_t count() const { return sessions.size() - left.size(); }
    void settle() {
      if (!left.empty())
        std::erase_if(sessions, [&](session_number s) { return left.contains(s); });
      left.clear();
    }
  };
  std::array<part, codecs> parts_;
};

/// A user whom sockets here look at.
struct watched_presence {
  session_list watchers;
  std::optional<availability> known;
};

struct gateway_state {
  gateway_state() = default; // spelled out: CAF would take the actor for an aggregate's first member
  static constexpr const char* name = "gateway";

  gateway_ptr self = nullptr;
  gateway_parts parts;
  std::unordered_map<session_number, std::shared_ptr<live_socket>> sockets;
  std::unordered_map<entity_id, audience> listeners;
  std::unordered_map<entity_id, session_list> by_user; ///< sockets that speak for them
  std::unordered_map<entity_id, watched_presence> watched;
  std::unordered_set<entity_id> reported; ///< users whose presence somebody, somewhere, looks at
  std::vector<entity_id> stream_names;    ///< by the number that the transport carries
  std::unordered_map<entity_id, std::uint64_t> stream_numbers;
  std::uint64_t calls = 0;
  std::optional<shared_answers> shared; ///< always, once it has begun
  std::unique_ptr<rate_limiter> per_user, logins, identities, complaints;

  std::uint64_t number_of(const entity_id& stream) {
    auto [found, is_new] = stream_numbers.try_emplace(stream, stream_names.size());
    if (is_new)
      stream_names.push_back(stream);
    return found->second;
  }
};

inline shared_frame message_of(net::codec c, const nlohmann::json& document, secrecy s = secrecy::secret) {
  return make_message(c, encode_document(c, document), s);
}

// gateway_live.cpp
/// To the hub and to presence: here this gateway is, and this is what its sockets hear. Also when one of them is new.
void join_delivery(gateway_state& s);
/// Either of them was started again, and what it had for us is lost: every socket hears of the gap.
void on_delivery_restarted(gateway_state& s);
void on_pushes(gateway_state& s, const pushes& p);
void on_dropped(gateway_state& s, const socket_dropped& d);
void on_drained(gateway_state& s, session_number session);
void on_presence_wanted(gateway_state& s, const presence_wanted& w);
void on_presence_changes(gateway_state& s, const presence_changes& p);
void tell_draining(gateway_state& s);

// gateway_calls.cpp
/// Whom a token speaks for now: closed and expired sessions speak for nobody.
std::optional<session_identity> find_session(const gateway_state& s, const digest32& token_hash);
void on_message(gateway_state& s, socket_message& m);
void on_http(gateway_state& s, http_rpc& h);

} // namespace charter::net
