#pragma once
// Who a request says it is: the bearer token from its header or from the session cookie. Pure; whether the token is
// any good is for the layer above.

#include "net/http_message.hpp"
#include "net/server.hpp"

namespace charter::net {

/// Sets `request.from.bearer` and `from_cookie`. False: the token is in a cookie, and the page that made the browser
/// ask isn't one of ours. With a cookie the browser speaks for whatever page made it ask, so changes and sockets need
/// an `Origin` that is allowed; plain reading may come without one.
bool find_credentials(http_request& request, const server_config& config);

} // namespace charter::net
