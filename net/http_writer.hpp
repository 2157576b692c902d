#pragma once
// Spells the head of an HTTP/1.1 response, security headers included. Pure but for the Date, which is the wall clock's.

#include <string>

#include "net/http_message.hpp"

namespace charter::net {

struct response_frame {
  bool keep_alive = true;
  bool strict_transport = false; ///< tell browsers to come back over TLS only
};

/// Does a response of this status carry a body (RFC 9110, 6.4.1)?
constexpr bool has_body(int status) { return status >= 200 && status != 204 && status != 304; }

/// Status line and fields, the empty line included. Line breaks in values become spaces.
std::string make_response_head(const http_response& response, const response_frame& how);

} // namespace charter::net
