#include "net/http_message.hpp"

#include <algorithm>

#include <openssl/evp.h>

#include "domain/result.hpp"

namespace charter::net {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

/// Without the mark of a weak tag: If-None-Match compares weakly.
std::string_view opaque_tag(std::string_view tag) { return tag.starts_with("W/") ? tag.substr(2) : tag; }

} // namespace

std::string_view http_request::field(std::string_view name) const {
  auto at = std::find_if(fields.begin(), fields.end(), [&](auto& f) { return f.first == name; });
  return at == fields.end() ? std::string_view{} : std::string_view{at->second};
}

bool split_target(std::string_view target, http_request& request) {
  if (auto scheme = target.find("://"); scheme != target.npos && !target.starts_with('/')) {
    auto path = target.find('/', scheme + 3);
    target = path == target.npos ? std::string_view{"/"} : target.substr(path);
  }
  target = target.substr(0, target.find('#'));
  auto question = target.find('?');
  request.path = target.substr(0, question);
  request.query = question == target.npos ? std::string_view{} : target.substr(question + 1);
  return request.path.starts_with('/');
}

http_response make_response(int status, std::string content_type, std::string_view body) {
  http_response response;
  response.status = status;
  response.content_type = std::move(content_type);
  response.body = std::make_shared<const bytes>(bytes_of(body));
  return response;
}

http_response make_text_response(int status, std::string_view text) {
  return make_response(status, "text/plain; charset=utf-8", std::string(text) + "\n");
}

http_response make_method_not_allowed(std::string_view allow) {
  auto response = make_text_response(405, "This path allows " + std::string(allow) + ".");
  response.fields.emplace_back("Allow", allow);
  return response;
}

std::string make_etag(byte_view body) {
  std::uint8_t digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  auto done = EVP_Digest(body.data(), body.size(), digest, &size, EVP_sha256(), nullptr);
  CHARTER_ASSERT(done == 1 && size == 32);
  return '"' + to_hex(byte_view(digest, 16)) + '"';
}

bool etag_matches(std::string_view if_none_match, std::string_view etag) {
  if (etag.empty())
    return false;
  while (!if_none_match.empty()) {
    auto begin = if_none_match.find_first_not_of(" \t,");
    if (begin == if_none_match.npos)
      return false;
    if_none_match.remove_prefix(begin);
    if (if_none_match.front() == '*')
      return true;
    // A tag may hold commas between its quotes.
    auto open = if_none_match.find('"');
    auto close = open == if_none_match.npos ? open : if_none_match.find('"', open + 1);
    if (close == if_none_match.npos)
      return false;
    if (opaque_tag(if_none_match.substr(0, close + 1)) == opaque_tag(etag))
      return true;
    if_none_match.remove_prefix(close + 1);
  }
  return false;
}

bool percent_decode(std::string_view text, std::string& out) {
  out.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    bool is_whole = text.size() - i > 2;
    auto high = is_whole ? hex_digit(text[i + 1]) : -1;
    auto low = is_whole ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0 || (high == 0 && low == 0))
      return false;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return true;
}

std::string query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    auto end = query.find('&');
    auto pair = query.substr(0, end);
    query = end == query.npos ? std::string_view{} : query.substr(end + 1);
    auto equals = pair.find('=');
    std::string value;
    if (pair.substr(0, equals) == name && equals != pair.npos && percent_decode(pair.substr(equals + 1), value))
      return value;
  }
  return {};
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 100: return "Continue";
    case 101: return "Switching Protocols";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 426: return "Upgrade Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
    default: return "Unknown";
  }
}

} // namespace charter::net
