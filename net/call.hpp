#pragma once
// One call on its way: who asks, what for, and how it is answered — exactly once, by whoever gets that far.
//
// Lives on the gateway's actor; copies of the pointer travel in continuations, which run on the same actor. A call that
// is dropped unanswered answers `internal` itself, so no client waits in vain.

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <caf/all.hpp>
#include <nlohmann/json.hpp>

#include "actors/errors.hpp"
#include "domain/codec/wire.hpp"
#include "domain/limits.hpp"
#include "net/gateway_services.hpp"
#include "net/methods/presence_params.hpp"
#include "storage/queries.hpp"

namespace charter::net {

/// What calls need of the gateway's actor: requests with continuations.
using gateway_self = caf::event_based_actor;

/// Whose session a call belongs to.
struct session_identity {
  user_id user;
  std::uint64_t session = 0;
  digest32 token_hash{};
  timestamp until;
};

/// A command on its way to one entity.
struct outgoing {
  entity_id to;
  any_command what;
};

/// The socket behind a call, as far as methods may touch it. Null for HTTP.
class live_session {
public:
  virtual ~live_session() = default;
  /// auth.attach: this socket speaks for that session from now on.
  virtual void attach(const session_identity& who) = 0;
  virtual void detach() = 0;
  /// feed.listen: live pushes of these accounts, and of the user's own chats and notices.
  /// `then` runs when pushes are on their way: what is read from there on and what is pushed leave no gap.
  virtual void listen(const std::vector<account_id>& accounts, std::function<void()> then) = 0;
  virtual void listen_more(const account_id& account) = 0;
  virtual void listen_less(const account_id& account) = 0;
  /// presence.watch: these users, instead of the ones before.
  virtual void watch_presence(const std::vector<user_id>& users) = 0;
  virtual void set_availability(availability state) = 0;
  virtual void tell_typing(const chat_id& chat) = 0;
};

class call : public std::enable_shared_from_this<call> {
public:
  /// `done` gets a result or a refusal. `self` is the gateway's actor and outlives the call.
  using done_fn = std::function<void(result<nlohmann::json>)>;
  call(gateway_self* self, const gateway_services& services, std::string method, nlohmann::json params, done_fn done);
  ~call();
  call(const call&) = delete;
  call& operator=(const call&) = delete;

  // -- who and what -------------------------------------------------------------------
  std::optional<session_identity> who; ///< set before the method runs, unless anyone may call it
  std::string address;                 ///< of the peer
  live_session* socket = nullptr;
  command_id command; ///< the client's, or one made here
  bool over_http = false;
  std::function<void(const std::string&)> set_cookie; ///< over HTTP: the text of a Set-Cookie field
  std::shared_ptr<live_session> keep_socket;          ///< keeps `socket` alive

  const nlohmann::json& params() const { return params_; }
  const std::string& method() const { return method_; }
  user_id user() const { return who ? who->user : user_id{}; }
  caller by() const { return who ? caller::of(who->user) : caller::anonymous(); }

  // -- what to look at ------------------------------------------------------------------
  const gateway_services& services() const { return services_; }
  const storage::store& rows() const { return *services_.rows; }
  timestamp now() const { return services_.world->now(); }
  /// Null before the policy is known.
  policy_ptr policy() const { return services_.policy->get(); }
  storage::viewpoint viewpoint() const; ///< valid while this call lives
  /// The rule book in force. Errors: `unavailable`.
  result<const rule_book*> book() const;
  bool has_role(role r) const;
  /// Errors: `forbidden` unless the caller holds one of these.
  status require_role(std::initializer_list<role> any_of) const;

  // -- what to do -----------------------------------------------------------------------
  /// Sends the command on the caller's behalf, and the entity's answer to the client.
  void send(outgoing out);
  /// The same with a continuation; refusals go to the client by themselves.
  void send(outgoing out, std::function<void(const answer&)> then);
  /// On behalf of the system (after this call has checked what it must): sessions, passwords.
  void send_as_system(outgoing out, std::function<void(const answer&)> then);
  /// After a session was closed: continues when no node takes it any more. Refusals go to the client by themselves.
  void await_everywhere(const entity_id& changed, std::function<void()> then);
  /// A copy of an entity's durable state. Refusals go to the client by themselves.
  void look(const entity_id& entity, std::function<void(const any_state&)> then);
  /// Asks the vault or the password actor; refusals go to the client by themselves.
  template <class Answer, class Actor, class Question>
  void ask(const Actor& actor, Question question, std::function<void(const Answer&)> then);
  /// Whether the caller's person is behind one of these users too (four eyes are two persons).
  void ask_same_person(std::vector<user_id> others, std::function<void(bool)> then);

  /// An id for what this command makes: the same for a repeated command.
  id_bytes new_id(std::string_view what) const;
  /// The name's entity: hash of its normal form. Errors: `invalid_params` naming `field`.
  result<name_id> name_of(std::string_view name, std::string_view field) const;

  void reply(nlohmann::json value);
  void refuse(refusal why);
  static refusal refuse_with(errc code, std::string detail) { return charter::refuse(code, std::move(detail)); }

private:
  envelope envelope_for(outgoing out, const caller& by) const;
  void request_answer(envelope e, std::function<void(const answer&)> then);
  void await_policy(std::function<void()> then);

  gateway_self* self_;
  const gateway_services& services_;
  std::string method_;
  nlohmann::json params_;
  digest32 parameters_{};
  done_fn done_;
  mutable policy_ptr policy_held_;
};
using call_ptr = std::shared_ptr<call>;

template <class Answer, class Actor, class Question>
void call::ask(const Actor& actor, Question question, std::function<void(const Answer&)> then) {
  auto me = shared_from_this();
  self_->request(actor, limits::request_deadline, std::move(question))
      .then([me, then = std::move(then)](const Answer& found) { then(found); },
            [me](const caf::error& e) { me->refuse(to_refusal(e)); });
}

} // namespace charter::net
