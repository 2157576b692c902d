#include "net/gateway_actor.hpp"

#include <unordered_map>
#include <unordered_set>

#include <caf/all.hpp>

namespace charter::net {

namespace {

using namespace std::chrono_literals;

struct gateway_state;

/// One WebSocket, as methods see it.
class socket final : public live_session {
public:
  socket(gateway_state& owner, session_number number, peer from, net::codec c)
      : from_(std::move(from)), codec_(c), owner_(owner), number_(number) {}

  void attach(const session_identity& who) override;
  void detach() override;
  void listen(const std::vector<account_id>& accounts, std::function<void()> then) override;
  void listen_more(const account_id& account) override;
  void listen_less(const account_id& account) override;
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
  std::unordered_set<entity_id> streams_;
  std::vector<socket_dropped> gaps_;

private:
  bool ended_ = false;
  gateway_state& owner_;
  session_number number_;
};

using self_ptr = caf::stateful_actor<gateway_state>*;
using session_list = std::vector<session_number>;

/// Who hears a stream, by codec. Pushes share a copy of the list until it changes.
class audience {
public:
  /// True: the first one in this codec.
  bool add(codec form, session_number session) {
    auto& part = parts_[index_of(form)];
    part.copy = nullptr;
    part.sessions.push_back(session);
    return part.sessions.size() == 1;
  }
  /// True: that was the last one in this codec.
  bool remove(codec form, session_number session) {
    auto& part = parts_[index_of(form)];
    part.copy = nullptr;
    std::erase(part.sessions, session);
    return part.sessions.empty();
  }
  bool empty() const { return parts_[0].sessions.empty() && parts_[1].sessions.empty(); }
  bool empty(codec form) const { return parts_[index_of(form)].sessions.empty(); }
  std::shared_ptr<const session_list> sessions(codec form) {
    auto& part = parts_[index_of(form)];
    if (!part.copy)
      part.copy = std::make_shared<const session_list>(part.sessions);
    return part.copy;
  }

private:
  struct part {
    session_list sessions;
    std::shared_ptr<const session_list> copy;
  };
  std::array<part, codecs> parts_;
};

struct gateway_state {
  gateway_state() = default; // spelled out: CAF would take the actor for an aggregate's first member
  static constexpr const char* name = "gateway";

  self_ptr self = nullptr;
  gateway_parts parts;
  std::unordered_map<session_number, std::shared_ptr<socket>> sockets;
  std::unordered_map<entity_id, audience> listeners;
  std::unordered_map<entity_id, session_list> by_user; ///< sockets that speak for them
  std::vector<entity_id> stream_names; ///< by the number that the transport carries
  std::unordered_map<entity_id, std::uint64_t> stream_numbers;
  std::uint64_t calls = 0;
  std::unique_ptr<rate_limiter> per_user, logins, identities, complaints;

  std::uint64_t number_of(const entity_id& stream) {
    auto [found, is_new] = stream_numbers.try_emplace(stream, stream_names.size());
    if (is_new)
      stream_names.push_back(stream);
    return found->second;
  }
};

// -- what a socket hears ----------------------------------------------------------------

void socket::attach(const session_identity& who) {
  if (ended_)
    return;
  if (who_ && who_->user != who.user)
    detach();
  if (!who_)
    owner_.by_user[who.user].push_back(number_);
  who_ = who;
}

void socket::detach() {
  forget_all();
  if (!who_)
    return;
  auto mine = owner_.by_user.find(who_->user);
  std::erase(mine->second, number_);
  if (mine->second.empty())
    owner_.by_user.erase(mine);
  who_.reset();
}

void socket::hear(const entity_id& stream) {
  if (ended_ || !streams_.insert(stream).second)
    return;
  if (owner_.listeners[stream].add(codec_, number_))
    owner_.self->send(owner_.parts.hub(), watch{stream, codec_, true});
}

void socket::forget(const entity_id& stream) {
  if (streams_.erase(stream) == 0)
    return;
  auto found = owner_.listeners.find(stream);
  if (found->second.remove(codec_, number_))
    owner_.self->send(owner_.parts.hub(), watch{stream, codec_, false});
  if (found->second.empty())
    owner_.listeners.erase(found);
}

void socket::forget_all() {
  while (!streams_.empty())
    forget(*streams_.begin());
  listening_ = false;
}

void socket::listen(const std::vector<account_id>& accounts, std::function<void()> then) {
  if (!who_ || ended_)
    return;
  listening_ = true;
  hear(who_->user);
  for (auto& account : accounts)
    hear(account);
  for (auto& chat : storage::chat_ids_of(*owner_.parts.services->rows, who_->user))
    hear(chat);
  auto policy = owner_.parts.services->policy->get();
  if (!roles_of(policy.get(), who_->user).empty())
    hear(desk_stream);
  // Answers come after the watches before it.
  auto go_on = [then = std::move(then)] { then(); };
  owner_.self->request(owner_.parts.hub(), limits::request_deadline, hub_sync{})
      .then([go_on](hub_synced) { go_on(); }, [](const caf::error&) {}); // the call then answers that it got lost
}

void socket::listen_more(const account_id& account) {
  if (listening_)
    hear(account);
}

void socket::listen_less(const account_id& account) { forget(account); }

// -- answering --------------------------------------------------------------------------

/// The answers of one message, sent when all are there.
struct collector {
  std::vector<nlohmann::json> answers;
  bool is_batch = false;
  std::size_t open = 0;
  std::function<void(nlohmann::json)> finish; ///< gets null when nothing is to be answered

  void put(nlohmann::json answer) { answers.push_back(std::move(answer)); }
  ~collector() {
    if (answers.empty())
      finish(nullptr);
    else
      finish(is_batch ? nlohmann::json(std::move(answers)) : std::move(answers.front()));
  }
};

shared_frame message_of(net::codec c, const nlohmann::json& document) {
  return make_message(c, encode_document(c, document));
}

refusal over_rate(std::chrono::nanoseconds wait) {
  auto why = refuse(errc::rate_limited, "too many calls; wait a little");
  why.retry_after_ms = std::chrono::duration_cast<std::chrono::milliseconds>(wait).count() + 1;
  return why;
}

/// Errors: `rate_limited`.
status check_rates(gateway_state& s, const call& c) {
  if (s.parts.limits.exempt && s.parts.limits.exempt(c.address))
    return done{};
  auto now = s.self->clock().now();
  auto take = [&](rate_limiter& from, std::string_view key) -> status {
    auto wait = from.take(key, now);
    return wait > 0ns ? status{over_rate(wait)} : status{done{}};
  };
  auto& name = c.method();
  if (name == "auth.login" || name == "auth.change_password")
    return take(*s.logins, c.address);
  if (name == "identity.begin" || name == "identity.complete")
    return take(*s.identities, c.address);
  if (name == "complaint.file" && !c.who)
    return take(*s.complaints, c.address);
  return take(*s.per_user, c.who ? to_text(c.who->user) : c.address);
}

/// Takes the command id out of the parameters, or makes one. Errors: `invalid_params`.
status take_command_id(const gateway_state& s, nlohmann::json& params, command_id& out) {
  auto found = params.find("command_id");
  if (found != params.end()) {
    bool valid = found->is_string() && parse(found->get_ref<const std::string&>(), out);
    params.erase(found);
    return valid ? status{done{}} : status{invalid("command_id", "expected a UUID of version 7")};
  }
  s.parts.services->world->fill_random(out.raw);
  auto ms = static_cast<std::uint64_t>(s.parts.services->world->now().time_since_epoch().count());
  for (int i = 5; i >= 0; --i, ms >>= 8)
    out.raw[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(ms);
  out.raw[6] = static_cast<std::uint8_t>(0x70 | (out.raw[6] & 15));
  out.raw[8] = static_cast<std::uint8_t>(0x80 | (out.raw[8] & 63));
  return done{};
}

/// Errors: `unauthenticated`, `forbidden`.
status check_access(const gateway_state& s, const method& m, const std::optional<session_identity>& who) {
  if (m.who == access::anyone)
    return done{};
  if (!who)
    return refuse(errc::unauthenticated, "log in first (auth.login), then send the token");
  if (m.who == access::staff && roles_of(s.parts.services->policy->get().get(), who->user).empty())
    return refuse(errc::forbidden, "this is for staff");
  return done{};
}

/// Whom a token speaks for now: closed and expired sessions speak for nobody.
std::optional<session_identity> find_session(const gateway_state& s, const digest32& token_hash) {
  auto& services = *s.parts.services;
  auto row = storage::session_by_token(*services.rows, token_hash, services.world->now());
  if (!row)
    return {};
  return session_identity{row->user, row->session, token_hash, row->until};
}

struct caller_info {
  std::optional<session_identity> who;
  std::string address;
  std::shared_ptr<socket> on;
  bool over_http = false;
  std::function<void(const std::string&)> set_cookie;
};

void run_call(gateway_state& s, rpc_call& asked, const caller_info& from, const std::shared_ptr<collector>& into) {
  if (asked.error)
    return into->put(make_error(asked.id, *asked.error));
  auto* m = s.parts.methods->find(asked.method);
  if (!m) {
    if (!asked.is_notification)
      into->put(make_error(asked.id, method_not_found(asked.method)));
    return;
  }
  command_id id;
  status valid = done{};
  if (m->changes)
    valid = take_command_id(s, asked.params, id);
  ++s.calls;
  if (from.on)
    ++from.on->calls_;
  auto finish = [&s, into, on = from.on, id = asked.id, silent = asked.is_notification](result<nlohmann::json> r) {
    --s.calls;
    if (on)
      --on->calls_;
    if (!silent)
      into->put(r ? make_result(id, std::move(*r)) : make_error(id, r.why()));
  };
  auto c = std::make_shared<call>(s.self, *s.parts.services, asked.method, std::move(asked.params), finish);
  c->who = from.who;
  c->address = from.address;
  c->socket = from.on.get();
  c->keep_socket = from.on;
  c->command = id;
  c->over_http = from.over_http;
  c->set_cookie = from.set_cookie;
  if (valid)
    valid = check_access(s, *m, from.who);
  if (valid)
    valid = check_rates(s, *c);
  if (!valid)
    return c->refuse(valid.why());
  m->run(c);
}

// -- handlers ---------------------------------------------------------------------------

void on_opened(gateway_state& s, const socket_opened& o) {
  auto opened = std::make_shared<socket>(s, o.session, o.from, o.codec);
  if (!o.from.bearer.empty())
    if (auto who = find_session(s, s.parts.services->digest(view_of(o.from.bearer))))
      opened->attach(*who);
  s.sockets.emplace(o.session, std::move(opened));
}

void on_message(gateway_state& s, socket_message& m) {
  auto found = s.sockets.find(m.session);
  if (found == s.sockets.end())
    return;
  auto on = found->second;
  if (on->who_ && !find_session(s, on->who_->token_hash))
    on->detach(); // revoked or over
  auto into = std::make_shared<collector>();
  into->is_batch = m.message.is_batch;
  into->finish = [server = s.parts.server, session = m.session, c = on->codec_](const nlohmann::json& answer) {
    if (!answer.is_null())
      server->send(session, message_of(c, answer));
  };
  for (auto& asked : m.message.calls) {
    if (m.over_rate || on->calls_ >= s.parts.limits.calls_in_flight_per_socket)
      into->put(make_error(asked.id, over_rate(1s)));
    else
      run_call(s, asked, {on->who_, on->from_.address, on, false, {}}, into);
  }
}

void on_closed(gateway_state& s, const socket_closed& c) {
  auto found = s.sockets.find(c.session);
  if (found == s.sockets.end())
    return;
  found->second->end();
  s.sockets.erase(found);
}

void on_http(gateway_state& s, http_rpc& h) {
  auto& request = *h.request;
  bool packed = request.field("content-type").starts_with("application/msgpack");
  auto c = packed ? net::codec::msgpack : net::codec::json;
  auto cookie = std::make_shared<std::string>();
  auto into = std::make_shared<collector>();
  auto message = decode_rpc(c, request.body);
  into->is_batch = message.is_batch;
  into->finish = [respond = h.respond, c, cookie](const nlohmann::json& answer) {
    http_response response;
    response.status = answer.is_null() ? 204 : 200;
    if (!answer.is_null()) {
      response.content_type = c == net::codec::json ? "application/json" : "application/msgpack";
      response.body = std::make_shared<const bytes>(encode_document(c, answer));
    }
    if (!cookie->empty())
      response.fields.emplace_back("set-cookie", *cookie);
    respond(std::move(response));
  };
  caller_info from{{}, request.from.address, {}, true, [cookie](const std::string& text) { *cookie = text; }};
  if (!request.from.bearer.empty())
    from.who = find_session(s, s.parts.services->digest(view_of(request.from.bearer)));
  for (auto& asked : message.calls)
    run_call(s, asked, from, into);
}

void on_audience_change(gateway_state& s, const audience_change& change) {
  auto found = s.by_user.find(change.user);
  if (found == s.by_user.end())
    return;
  for (auto number : session_list{found->second}) { // a copy: detaching changes it
    auto& on = s.sockets.at(number);
    switch (change.what) {
      case audience_change::kind::joined:
        if (on->listening_)
          on->hear(change.chat);
        break;
      case audience_change::kind::left: on->forget(change.chat); break;
      case audience_change::kind::sessions_closed:
        if (std::ranges::count(change.tokens, on->who_->token_hash) > 0)
          on->detach();
        break;
    }
  }
}

/// trace: publish 7/7
void on_push(gateway_state& s, const rendered_push& p) {
  auto found = s.listeners.find(p.stream);
  if (found == s.listeners.end())
    return;
  for (auto form : {codec::json, codec::msgpack})
    if (auto& frames = p.frames[index_of(form)]; frames && !found->second.empty(form))
      s.parts.server->publish(s.parts.io_thread, {frames, s.number_of(p.stream), p.first, p.last},
                              found->second.sessions(form));
}

/// The gaps of a slow reader, as ranges that it can ask for.
void on_drained(gateway_state& s, session_number session) {
  auto found = s.sockets.find(session);
  if (found == s.sockets.end())
    return;
  auto gaps = std::exchange(found->second->gaps_, {});
  for (auto& gap : gaps) {
    nlohmann::json params{{"stream", to_text(s.stream_names.at(gap.stream))}};
    if (gap.first > 0) {
      params["from"] = gap.first;
      params["to"] = gap.last;
    }
    auto c = found->second->codec_;
    s.parts.server->send(session, message_of(c, make_notification("stream.gap", std::move(params))));
  }
}

void on_dropped(gateway_state& s, const socket_dropped& d) {
  auto found = s.sockets.find(d.session);
  if (found == s.sockets.end())
    return;
  auto& gaps = found->second->gaps_;
  auto same = std::ranges::find(gaps, d.stream, &socket_dropped::stream);
  if (same == gaps.end())
    gaps.push_back(d); // bounded by the streams that this socket hears
  else if (d.first == 0)
    same->first = 0; // no range says what is missing any more
  else
    same->last = std::max(same->last, d.last);
}

void tell_draining(gateway_state& s) {
  auto document = make_notification("server.draining", nlohmann::json::object());
  std::array<shared_frame, codecs> frames{message_of(codec::json, document), message_of(codec::msgpack, document)};
  for (auto& [number, on] : s.sockets)
    s.parts.server->send(number, frames[index_of(on->codec_)]);
}

caf::behavior behavior(self_ptr self, gateway_parts parts) {
  auto& s = self->state;
  s.self = self;
  s.parts = std::move(parts);
  auto& l = s.parts.limits;
  constexpr std::size_t keys_max = 100'000;
  s.per_user = std::make_unique<rate_limiter>(l.calls_per_user, keys_max);
  s.logins = std::make_unique<rate_limiter>(l.logins_per_address, keys_max);
  s.identities = std::make_unique<rate_limiter>(l.identities_per_address, keys_max);
  s.complaints = std::make_unique<rate_limiter>(l.complaints_per_address, keys_max);
  self->send(s.parts.hub(), join_hub{s.parts.io_thread}, caf::actor_cast<caf::strong_actor_ptr>(self));
  return {
      [self](const socket_opened& o) { on_opened(self->state, o); },
      [self](socket_message& m) { on_message(self->state, m); },
      [self](const socket_dropped& d) { on_dropped(self->state, d); },
      [self](const socket_drained& d) { on_drained(self->state, d.session); },
      [self](const socket_closed& c) { on_closed(self->state, c); },
      [self](http_rpc& h) { on_http(self->state, h); },
      [self](const pushes& p) {
        for (auto& item : *p.run) {
          if (item.change)
            on_audience_change(self->state, *item.change);
          if (item.push)
            on_push(self->state, *item.push);
        }
      },
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
