#pragma once
// HTTP/1.1 to one server: a request, an answer, both bounded. Redirects are the caller's affair.

#include <string>

#include "apps/client/transport.hpp"

namespace charter::client {

struct http_request {
  std::string method = "GET";
  std::string content_type;
  std::string accept;
  std::string token; ///< goes out as a bearer token; empty: none
  std::string body;
};

struct http_answer {
  unsigned status = 0;
  std::string content_type;
  std::string location;
  std::string body;
};

/// The server's header is read up to 64 KiB and its body up to `body_bytes_max`; more is `garbled`.
class http_client {
public:
  explicit http_client(trust whom) : trust_(std::move(whom)) {}

  /// The connection stays open for the next request to the same server. If the server had closed it meanwhile, the
  /// request is sent once more on a new one.
  reply<http_answer> exchange(const endpoint& to, const http_request& what, std::size_t body_bytes_max, deadline by);

private:
  reply<http_answer> attempt(const endpoint& to, const http_request& what, std::size_t body_bytes_max, deadline by,
                             bool& heard_nothing);

  trust trust_;
  transport transport_;
  endpoint connected_to_;
};

} // namespace charter::client
