#pragma once
// The protocol's requests and answers as text, the same over HTTP and WebSocket; and calls over HTTP.

#include <nlohmann/json.hpp>

#include "apps/client/http.hpp"

namespace charter::client {

using json = nlohmann::json;

/// Which server, who speaks, and how long to wait.
struct server {
  endpoint where; ///< the target is not used
  trust whom;
  std::string token; ///< empty: nobody
  std::chrono::milliseconds connect_time{5'000};
  std::chrono::milliseconds answer_time{20'000}; ///< over the server's own deadline, so that its answer is heard
};

std::string encode_request(std::uint64_t id, std::string_view method, json params);

/// What came in: an answer with its id, or a push.
struct incoming {
  std::optional<std::uint64_t> id; ///< empty for pushes
  std::string method;              ///< of pushes
  json params;
  reply<json> answer = json{};
};

/// Depth and size are bounded. Errors: `garbled`.
reply<incoming> decode_incoming(std::string_view text);

/// One server, one request after the other.
class rpc_client {
public:
  explicit rpc_client(server which) : server_(std::move(which)), http_(server_.whom) {}

  /// Errors: what the server refused, `unreachable`, `garbled`.
  reply<json> call(std::string_view method, json params = json::object());

  const server& where() const { return server_; }
  void use_token(std::string token) { server_.token = std::move(token); }

private:
  server server_;
  http_client http_;
  std::uint64_t last_id_ = 0;
};

} // namespace charter::client
