#include "domain/users_decisions.hpp"

namespace charter::users {

namespace {

charter::status check_open(const state& s, const context& in) {
  if (auto ok = only_system(in); !ok)
    return ok.why();
  if (s.status != status::active)
    return refuse(errc::not_found, "there is no such user");
  return done{};
}

} // namespace

made on(const state& s, const open_session& c, const context& in) {
  if (auto ok = check_open(s, in); !ok)
    return ok.why();
  if (c.device.size() > limits::title_bytes_max)
    return refuse(errc::too_large, "a device's name has at most 256 bytes");
  decision<event> out;
  // Sessions stand in the order of opening: what is too many is at the front.
  auto lasting = std::count_if(s.sessions.begin(), s.sessions.end(), [&](const auto& x) { return in.now < x.until; });
  auto too_many = lasting + 1 - static_cast<std::ptrdiff_t>(limits::sessions_max);
  auto gives_way = [&](const session_state& x) { return x.until <= in.now || too_many-- > 0; };
  if (auto gone = close_sessions(s, gives_way))
    out.events.push_back(std::move(*gone));
  auto number = s.last_session + 1;
  auto until = in.now + limits::session_lifetime;
  out.events.push_back(session_opened{number, c.token_hash, c.device, in.now, until});
  out.answer = session_answer{number, until};
  return out;
}

/// The system closes sessions too, when a password is recovered.
made on(const state& s, const close_session& c, const context& in) {
  auto ok = in.by.from == caller::origin::system ? check_open(s, in) : check_self(s, in);
  if (!ok)
    return ok.why();
  decision<event> out;
  auto gone = close_sessions(
      s, [&](const session_state& x) { return c.session ? x.number == *c.session : !c.keep || x.number != *c.keep; });
  if (c.session && !gone)
    return refuse(errc::not_found, "there is no such session");
  if (gone)
    out.events.push_back(std::move(*gone));
  return out;
}

made on(const state& s, const set_password& c, const context& in) {
  if (auto ok = check_open(s, in); !ok)
    return ok.why();
  auto hash = c.password_hash.value_or_empty();
  if (hash.empty() || hash.size() > limits::password_bytes_max)
    return invalid("password", "please choose a password");
  decision<event> out;
  out.events.push_back(password_set{c.password_hash, in.now});
  if (auto others = close_sessions(s, [&](const session_state& x) { return !c.keep || x.number != *c.keep; }))
    out.events.push_back(std::move(*others));
  notice news;
  news.kind = notice_kind::security;
  news.text = std::string{"Your password was changed, and all other sessions were ended. If it was not you, recover "
                          "your user by verifying your identity again."};
  news.about = in.self;
  news.expects = "auth.recover";
  out.events.push_back(next_notice(s, std::move(news), in.now));
  return out;
}

/// Sessions that are over leave the index of tokens as well.
made on(const state& s, const tick&, const context& in) {
  if (auto ok = only_system(in); !ok)
    return ok.why();
  decision<event> out;
  if (auto over = close_sessions(s, [&](const session_state& x) { return x.until <= in.now; }))
    out.events.push_back(std::move(*over));
  return out;
}

} // namespace charter::users
