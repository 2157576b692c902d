#include "net/http_writer.hpp"

#include <algorithm>
#include <ctime>

namespace charter::net {

namespace {

constexpr std::string_view default_security_policy =
    "default-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; object-src 'none'";

std::string http_date() {
  auto now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[40];
  auto size = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text, size};
}

void append_field(std::string& head, std::string_view name, std::string_view value) {
  head += name;
  head += ": ";
  // A line break in a value would let it speak as a header of its own.
  for (char c : value)
    head += static_cast<unsigned char>(c) < ' ' && c != '\t' ? ' ' : c;
  head += "\r\n";
}

bool has_field(const http_response& response, std::string_view lower_case_name) {
  auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; };
  return std::any_of(response.fields.begin(), response.fields.end(), [&](auto& field) {
    return std::equal(field.first.begin(), field.first.end(), lower_case_name.begin(), lower_case_name.end(), same);
  });
}

} // namespace

std::string make_response_head(const http_response& response, const response_frame& how) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + ' ';
  head += reason_phrase(response.status);
  head += "\r\n";
  append_field(head, "Date", http_date());
  append_field(head, "Connection", how.keep_alive ? "keep-alive" : "close");
  if (has_body(response.status)) {
    append_field(head, "Content-Length", std::to_string(response.body ? response.body->size() : 0));
    if (!response.content_type.empty())
      append_field(head, "Content-Type", response.content_type);
  }
  if (!response.etag.empty())
    append_field(head, "ETag", response.etag);
  append_field(head, "Cache-Control", response.cache_control.empty() ? "no-store" : response.cache_control);
  append_field(head, "X-Content-Type-Options", "nosniff");
  append_field(head, "Referrer-Policy", "same-origin");
  if (!has_field(response, "content-security-policy"))
    append_field(head, "Content-Security-Policy", default_security_policy);
  if (how.strict_transport)
    append_field(head, "Strict-Transport-Security", "max-age=31536000");
  for (auto& [name, value] : response.fields)
    append_field(head, name, value);
  head += "\r\n";
  return head;
}

} // namespace charter::net
