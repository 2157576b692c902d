#include "net/credentials.hpp"

#include <algorithm>

#include "net/cookies.hpp"
#include "net/websocket_handshake.hpp"

namespace charter::net {

namespace {

/// "scheme://host[:port]" of this server, as the request names it.
bool is_own_origin(std::string_view origin, const http_request& request) {
  auto scheme = request.from.secure ? std::string_view{"https://"} : std::string_view{"http://"};
  return origin.starts_with(scheme) && is_same_token(origin.substr(scheme.size()), request.host);
}

} // namespace

bool find_credentials(http_request& request, const server_config& config) {
  auto authorization = request.field("authorization");
  auto space = authorization.find(' ');
  if (space != authorization.npos && is_same_token(authorization.substr(0, space), "bearer")) {
    request.from.bearer =
        authorization.substr(std::min(authorization.find_first_not_of(' ', space), authorization.size()));
    return true;
  }
  auto cookie = cookie_value(request.field("cookie"), config.session_cookie);
  if (cookie.empty())
    return true;
  auto origin = request.field("origin");
  bool only_reads = request.method != http_method::post && !asks_for_websocket(request);
  bool is_allowed = origin.empty()          ? only_reads
                    : config.origin_allowed ? config.origin_allowed(origin, request)
                                            : is_own_origin(origin, request);
  if (!is_allowed)
    return false;
  request.from.bearer = cookie;
  request.from.from_cookie = true;
  return true;
}

} // namespace charter::net
