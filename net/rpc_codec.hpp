#pragma once
// JSON-RPC 2.0 from JSON text or MessagePack bytes into one neutral form, and answers back into either.
//
// Pure and thread-free. Decoding never throws and never allocates ahead of its input: depth, number of values and batch
// size are bounded, duplicate keys, NaN, binary and extension values are refused, text must be UTF-8. Stricter than
// the specification where a mistake could hide: `params` must be a map (named parameters) or absent, `id` a string or
// an integer or null, and other members of a request are refused.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "domain/bytes.hpp"
#include "domain/result.hpp"
#include "net/frame.hpp"

namespace charter::net {

struct rpc_limits {
  std::size_t message_bytes_max = 1024 * 1024;
  std::size_t depth_max = 16;      ///< maps and arrays within each other; the deepest method needs 5
  std::size_t values_max = 20'000; ///< of a whole message, keys not counted
  std::size_t batch_max = 50;      ///< requests at once
  std::size_t method_bytes_max = 64;
  std::size_t id_bytes_max = 64; ///< when it is a string
};

/// The codes of the JSON-RPC 2.0 specification; ours are -32000 minus the number of the `errc`.
inline constexpr int rpc_parse_error = -32700;
inline constexpr int rpc_invalid_request = -32600;
inline constexpr int rpc_method_not_found = -32601;

struct rpc_error {
  int code = 0;
  refusal why;
};

/// One request, or why it isn't one.
struct rpc_call {
  nlohmann::json id;            ///< string, integer or null; null as well when it couldn't be read
  bool is_notification = false; ///< no `id`: nothing is answered, not even an error
  std::string method;
  nlohmann::json params = nlohmann::json::object(); ///< always a map
  std::optional<rpc_error> error;                   ///< then answer this under `id`; method and params may be empty
};

struct rpc_message {
  bool is_batch = false; ///< then the answers (if any) go back in one array
  std::vector<rpc_call> calls;
};

/// Never fails: a message that can't be read gives one call with an error.
rpc_message decode_rpc(codec c, byte_view message, const rpc_limits& bounds = {});

/// A document, or what is wrong with it; `is_syntax`: it isn't even JSON or MessagePack.
struct decoded_document {
  nlohmann::json document;
  std::optional<refusal> problem;
  bool is_syntax = false;
};
decoded_document decode_strictly(codec c, byte_view message, const rpc_limits& bounds = {});

/// One document, as strictly as `decode_rpc` reads it. Errors: `invalid_params`, `too_large`.
result<nlohmann::json> decode_document(codec c, byte_view message, const rpc_limits& bounds = {});
bytes encode_document(codec c, const nlohmann::json& document);

// Answers as documents, so that a batch can be put together: {"jsonrpc":"2.0","id":…,"result":…} and so on.
nlohmann::json make_result(const nlohmann::json& id, nlohmann::json value);
nlohmann::json make_error(const nlohmann::json& id, const rpc_error& error);
nlohmann::json make_error(const nlohmann::json& id, const refusal& why);
nlohmann::json make_notification(std::string_view method, nlohmann::json params);
rpc_error method_not_found(std::string_view method);

/// The number that the wire gives an error: -32602 for invalid_params, -32603 for internal, else -32000 - errc.
int rpc_code(errc code);

/// The inverse of `make_error`, for clients and tests. False when it isn't an error object.
bool parse_error_object(const nlohmann::json& error, rpc_error& out);

} // namespace charter::net
