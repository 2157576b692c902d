#include "net/methods/identity_params.hpp"
#include "net/methods/table.hpp"

namespace charter::net {

namespace {

constexpr std::size_t password_bytes_min = 8;

/// 256 random bits as text. Only its hash is kept.
std::string make_token(const call& c) {
  digest32 secret;
  c.services().world->fill_random(secret);
  return wire::to_base64(secret);
}

digest32 token_hash(const call& c, std::string_view token) { return c.services().digest(view_of(token)); }

std::string cookie_for(const call& c, const std::string& token, bool keep) {
  std::string text = "charter_session=" + token + "; Path=/; HttpOnly; SameSite=Strict";
  text += keep ? "; Max-Age=" + std::to_string(limits::session_lifetime / std::chrono::seconds(1)) : "; Max-Age=0";
  return c.services().secure_cookies ? text + "; Secure" : text;
}

status check_password(std::string_view password, std::string_view field) {
  if (password.size() < password_bytes_min)
    return invalid(std::string{field}, "a password has at least 8 bytes; a sentence is better");
  if (password.size() > limits::password_bytes_max)
    return invalid(std::string{field}, "a password has at most 1024 bytes");
  return done{};
}

/// Opens a session for who has shown the right to it, and answers with its token.
void open_session(const call_ptr& c, const user_id& user, const std::string& device, bool cookie) {
  auto token = make_token(*c);
  auto hash = token_hash(*c, token);
  c->send_as_system({user, users::command{users::open_session{hash, device}}}, [=](const answer& a) {
    auto& opened = std::get<session_answer>(a);
    if (c->socket)
      c->socket->attach({user, opened.session, hash, opened.until});
    if (cookie && c->set_cookie)
      c->set_cookie(cookie_for(*c, token, true));
    c->reply(wire::encode(auth_token_result{user, token, opened.session, opened.until}));
  });
}

void register_user(const call_ptr& c, auth_register& p) {
  c->who.reset(); // also on a socket that speaks for somebody by now, as it does when this is sent again
  if (auto valid = check_password(p.password, "password"); !valid)
    return c->refuse(valid.why());
  auto name = c->name_of(p.pseudonym, "pseudonym");
  if (!name)
    return c->refuse(name.why());
  auto params = std::make_shared<auth_register>(std::move(p));
  c->ask<ticket_resolved>(c->services().vault(), resolve_ticket{params->ticket}, [=](const ticket_resolved& ticket) {
    c->ask<password_hashed>(c->services().passwords(), hash_password{params->password}, [=](const password_hashed& h) {
      users::register_ command{params->pseudonym,
                               *name,
                               ticket.identity,
                               ticket.hash,
                               h.hash,
                               params->signature.version,
                               params->signature.digest,
                               params->signature.items,
                               params->language.value_or("zh-CN")};
      // The same ticket and command make the same user, so a retry finds what it has made.
      auto user = user_id{c->new_id("user\n" + params->ticket)};
      c->send({user, users::command{std::move(command)}},
              [=](const answer& a) { open_session(c, std::get<user_answer>(a).user, "registration", false); });
    });
  });
}

/// One answer for a wrong name and a wrong password, and one time for both.
refusal wrong_login() { return refuse(errc::unauthenticated, "the name or the password is wrong"); }

void log_in(const call_ptr& c, auth_login& p) {
  auto name = c->name_of(p.pseudonym, "pseudonym");
  auto user = name ? storage::user_by_name(c->rows(), *name) : std::optional<user_id>{};
  auto stored = user ? storage::password_of(c->rows(), *user) : std::optional<std::string>{};
  auto params = std::make_shared<auth_login>(std::move(p));
  c->ask<password_verdict>(c->services().passwords(), verify_password{stored.value_or(""), params->password},
                           [=](const password_verdict& verdict) {
                             if (!user || !stored || !verdict.right)
                               return c->refuse(wrong_login());
                             open_session(c, *user, params->device.value_or("unknown device"),
                                          params->cookie.value_or(false));
                           });
}

void attach(const call_ptr& c, auth_attach& p) {
  if (!c->socket)
    return c->refuse(invalid("", "auth.attach is for WebSocket; over HTTP send the Authorization field"));
  if (!c->services().current())
    return c->refuse(refuse(errc::unavailable,
                            "this node doesn't hear from the others, who may have closed the session; "
                            "try again, or at another"));
  auto hash = token_hash(*c, p.token);
  auto row = storage::session_by_token(c->rows(), hash, c->now());
  if (!row)
    return c->refuse(refuse(errc::unauthenticated, "this token is not valid, or not any more; log in again"));
  c->socket->attach({row->user, row->session, hash, row->until});
  c->reply(wire::encode(auth_attach_result{row->user, row->session, row->until}));
}

/// When no node takes the sessions that were closed.
void reply_when_known(const call_ptr& c) {
  c->await_everywhere(c->user(), [=] { c->reply(wire::encode(done{})); });
}

void change_password(const call_ptr& c, auth_change_password& p) {
  if (auto valid = check_password(p.new_password, "new_password"); !valid)
    return c->refuse(valid.why());
  auto stored = storage::password_of(c->rows(), c->user()).value_or("");
  auto params = std::make_shared<auth_change_password>(std::move(p));
  auto passwords = c->services().passwords();
  c->ask<password_verdict>(passwords, verify_password{stored, params->old_password}, [=](const password_verdict& v) {
    if (!v.right)
      return c->refuse(refuse(errc::unauthenticated, "the old password is wrong"));
    c->ask<password_hashed>(
        c->services().passwords(), hash_password{params->new_password}, [=](const password_hashed& h) {
          c->send_as_system({c->user(), users::command{users::set_password{h.hash, c->who->session}}},
                            [=](const answer&) { reply_when_known(c); });
        });
  });
}

void log_out(const call_ptr& c, no_params&) {
  c->send({c->user(), users::command{users::close_session{c->who->session, {}}}}, [=](const answer&) {
    if (c->socket)
      c->socket->detach();
    if (c->set_cookie)
      c->set_cookie(cookie_for(*c, "", false));
    reply_when_known(c);
  });
}

void revoke(const call_ptr& c, auth_revoke& p) {
  auto keep = p.session ? std::optional<std::uint64_t>{} : std::optional{c->who->session};
  c->send({c->user(), users::command{users::close_session{p.session, keep}}},
          [=](const answer&) { reply_when_known(c); });
}

} // namespace

void add_auth_methods(method_table& table) {
  table.task<auth_register, auth_token_result>(
      "auth.register", access::anyone,
      "Opens a user behind a pseudonym: a ticket of a verified identity, a password, and the seven items signed.", true,
      register_user);
  table.task<auth_login, auth_token_result>("auth.login", access::anyone, "Opens a session.", false, log_in);
  table.task<auth_attach, auth_attach_result>("auth.attach", access::anyone, "Lets this socket speak for a session.",
                                              false, attach);
  table.task<no_params, done>("auth.logout", access::user, "Ends this session.", true, log_out);
  table.query<no_params, auth_sessions_result>(
      "auth.sessions", access::user, "Your open sessions.", [](call& c, no_params&) -> result<auth_sessions_result> {
        return auth_sessions_result{storage::sessions_of(c.rows(), c.user()), c.who->session};
      });
  table.task<auth_revoke, done>("auth.revoke", access::user, "Ends another session, or all others.", true, revoke);
  table.task<auth_change_password, done>("auth.change_password", access::user,
                                         "Changes the password and ends all other sessions.", false, change_password);
}

} // namespace charter::net
