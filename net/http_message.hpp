#pragma once
// An HTTP request and response as the layer above sees them; nothing of the wire's syntax is left in them.
//
// Plain values, owned by whoever holds them. net/http_session makes and writes them.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "domain/bytes.hpp"

namespace charter::net {

/// Who is at the other end.
struct peer {
  std::string address;      ///< numeric, without the port
  bool secure = false;      ///< over TLS
  std::string bearer;       ///< the token from `Authorization: Bearer`, else from the cookie; empty if none
  bool from_cookie = false; ///< then `Origin` was checked, unless the request only reads
};

enum class http_method { get, head, post };

using http_fields = std::vector<std::pair<std::string, std::string>>;

struct http_request {
  http_method method = http_method::get;
  std::string path;   ///< as sent, still percent-encoded, begins with '/'
  std::string query;  ///< after '?', as sent
  std::string host;   ///< the Host field
  http_fields fields; ///< names in lower case, in order
  bytes body;
  peer from;

  /// The first field of this (lower case) name, or "".
  std::string_view field(std::string_view name) const;
};

/// Sets path and query from a request's target; absolute ones ("http://host/path", RFC 9112, 3.2.2) lose what comes
/// before the path. False when no path is left.
bool split_target(std::string_view target, http_request& request);

struct http_response {
  int status = 200;
  std::string content_type;          ///< empty when there is no body
  std::string etag;                  ///< with its quotes; a matching If-None-Match then gets 304 without the body
  std::string cache_control;         ///< empty: "no-store"
  http_fields fields;                ///< further ones; `content-security-policy` replaces the default one
  std::shared_ptr<const bytes> body; ///< shared, so that a cached page is never copied; may be null
};

/// Answers one request. Any thread may call it; the first call counts; calls after the connection is gone do nothing.
using responder = std::function<void(http_response)>;

http_response make_response(int status, std::string content_type, std::string_view body);
/// Plain text, one line, for people.
http_response make_text_response(int status, std::string_view text);
/// 405 with `Allow: <allow>`.
http_response make_method_not_allowed(std::string_view allow);

/// A strong ETag over the bytes: 128 bits of SHA-256 in quotes.
std::string make_etag(byte_view body);
/// If-None-Match (RFC 9110, 13.1.2): a list of tags, weak comparison, or `*`.
bool etag_matches(std::string_view if_none_match, std::string_view etag);

/// False when the text holds a broken escape, or one for NUL. '+' stays as it is.
bool percent_decode(std::string_view text, std::string& out);
/// The decoded value of `name` in a query such as "a=1&b=2"; "" when absent or broken.
std::string query_value(std::string_view query, std::string_view name);

/// The reason phrase of RFC 9110 and 6585 ("Not Found").
std::string_view reason_phrase(int status);

} // namespace charter::net
