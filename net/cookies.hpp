#pragma once
// Cookies (RFC 6265): reading one from a request, and spelling the session's for a response.

#include <chrono>
#include <string>
#include <string_view>

namespace charter::net {

/// The value of `name` in a Cookie field; "" when absent. The first one counts when there are several.
std::string_view cookie_value(std::string_view cookie_field, std::string_view name);

/// A Set-Cookie value: HttpOnly, SameSite=Strict, Path=/, and Secure over TLS. The value must be a token's characters.
/// A life of zero deletes the cookie.
std::string make_session_cookie(std::string_view name, std::string_view value, std::chrono::seconds life, bool secure);

} // namespace charter::net
