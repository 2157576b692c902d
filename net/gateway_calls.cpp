#include "net/gateway_state.hpp"

namespace charter::net {

namespace {

using namespace std::chrono_literals;

// -- answering --------------------------------------------------------------------------

/// The answers of one message, sent when all are there.
struct collector {
  net::codec form = net::codec::json;
  std::vector<nlohmann::json> answers;
  bytes encoded; ///< instead of them: the only answer
  bool is_batch = false;
  secrecy content = secrecy::open;            ///< of all that was asked
  std::function<void(bytes, secrecy)> finish; ///< gets nothing when nothing is to be answered

  void put(nlohmann::json answer) { answers.push_back(std::move(answer)); }
  ~collector() {
    if (!answers.empty())
      encoded = encode_document(form, is_batch ? nlohmann::json(std::move(answers)) : std::move(answers.front()));
    finish(std::move(encoded), content);
  }
};

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

/// Errors: `unauthenticated`, `forbidden`, `unavailable`.
/// `current`: so was this node before it looked up who asks.
status check_access(const gateway_state& s, const method& m, const std::optional<session_identity>& who, bool current) {
  if (!s.parts.services->complete())
    return refuse(errc::unavailable, "this node is still taking over what the others have; try again, or at another");
  if (m.who != access::anyone && !who)
    return refuse(errc::unauthenticated, "log in first (auth.login), then send the token");
  if (who && !current)
    return refuse(errc::unavailable,
                  "this node doesn't hear from the others, who may have closed the session; try again, "
                  "or at another");
  if (m.who != access::staff)
    return done{};
  auto policy = s.parts.services->policy->get();
  if (!policy) // a node that has just started: who is of staff isn't known yet
    return refuse(errc::unavailable, "the policy isn't known here yet; try again");
  if (roles_of(policy.get(), who->user).empty())
    return refuse(errc::forbidden, "this is for staff");
  return done{};
}

/// Where the answer is kept, if it is the same for all who ask; nothing otherwise.
std::optional<shared_answers::place> shared_place(gateway_state& s, const method& m, const rpc_call& asked,
                                                  const collector& into) {
  account_id account;
  auto named = asked.params.find("account");
  if (!m.same_for_all || into.is_batch || asked.is_notification || named == asked.params.end() || !named->is_string() ||
      !parse(named->get_ref<const std::string&>(), account))
    return {};
  auto question = std::string{subprotocol(into.form)} + ' ' + m.name + ' ' + asked.params.dump();
  return s.shared->place_of(account, std::move(question));
}

struct caller_info {
  std::optional<session_identity> who;
  std::string address;
  std::shared_ptr<live_socket> on;
  bool over_http = false;
  std::function<void(const std::string&)> set_cookie;
  bool current = false; ///< this node, before it looked up who asks
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
  if (m->content == secrecy::secret)
    into->content = secrecy::secret;
  command_id id;
  status valid = done{};
  if (m->changes)
    valid = take_command_id(s, asked.params, id);
  ++s.calls;
  if (from.on)
    ++from.on->calls_;
  auto shared = shared_place(s, *m, asked, *into);
  auto known = shared ? s.shared->find(*shared) : nullptr;
  auto finish = [&s, into, shared, known, on = from.on, id = asked.id,
                 silent = asked.is_notification](result<nlohmann::json> r) {
    --s.calls;
    if (on)
      --on->calls_;
    if (known && r) {
      into->encoded = encode_result(into->form, id, *known);
    } else if (shared && r) {
      auto encoded = encode_document(into->form, *r);
      into->encoded = encode_result(into->form, id, encoded);
      s.shared->keep(*shared, std::move(encoded));
    } else if (!silent) {
      into->put(r ? make_result(id, std::move(*r)) : make_error(id, r.why()));
    }
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
    valid = check_access(s, *m, from.who, from.current);
  if (valid)
    valid = check_rates(s, *c);
  if (!valid)
    return c->refuse(valid.why());
  if (known)
    return c->reply(nullptr);
  m->run(c);
}

} // namespace

std::optional<session_identity> find_session(const gateway_state& s, const digest32& token_hash) {
  auto& services = *s.parts.services;
  auto row = storage::session_by_token(*services.rows, token_hash, services.world->now());
  if (!row)
    return {};
  return session_identity{row->user, row->session, token_hash, row->until};
}

void on_message(gateway_state& s, socket_message& m) {
  auto found = s.sockets.find(m.session);
  if (found == s.sockets.end())
    return;
  auto on = found->second;
  bool current = s.parts.services->current();
  if (on->who_ && !find_session(s, on->who_->token_hash))
    on->detach(); // revoked or over
  auto into = std::make_shared<collector>();
  into->form = on->codec_;
  into->is_batch = m.message.is_batch;
  into->finish = [sessions = s.parts.sessions, session = m.session, c = on->codec_](const bytes& answer,
                                                                                    secrecy content) {
    if (!answer.empty())
      sessions->send(session, make_message(c, answer, content));
  };
  for (auto& asked : m.message.calls) {
    if (m.over_rate || on->calls_ >= s.parts.limits.calls_in_flight_per_socket)
      into->put(make_error(asked.id, over_rate(1s)));
    else
      run_call(s, asked, {on->who_, on->from_.address, on, false, {}, current}, into);
  }
}

void on_http(gateway_state& s, http_rpc& h) {
  auto& request = *h.request;
  bool packed = request.field("content-type").starts_with("application/msgpack");
  auto c = packed ? net::codec::msgpack : net::codec::json;
  auto cookie = std::make_shared<std::string>();
  auto into = std::make_shared<collector>();
  auto message = decode_rpc(c, request.body);
  into->form = c;
  into->is_batch = message.is_batch;
  into->finish = [respond = h.respond, c, cookie](bytes answer, secrecy) {
    http_response response;
    response.status = answer.empty() ? 204 : 200;
    if (!answer.empty()) {
      response.content_type = c == net::codec::json ? "application/json" : "application/msgpack";
      response.body = std::make_shared<const bytes>(std::move(answer));
    }
    if (!cookie->empty())
      response.fields.emplace_back("set-cookie", *cookie);
    respond(std::move(response));
  };
  caller_info from{{},
                   request.from.address,
                   {},
                   true,
                   [cookie](const std::string& text) { *cookie = text; },
                   s.parts.services->current()};
  if (!request.from.bearer.empty())
    from.who = find_session(s, s.parts.services->digest(view_of(request.from.bearer)));
  for (auto& asked : message.calls)
    run_call(s, asked, from, into);
}

} // namespace charter::net
