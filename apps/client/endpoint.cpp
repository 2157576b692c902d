#include "apps/client/endpoint.hpp"

#include <algorithm>

namespace charter::client {

namespace {

constexpr std::size_t url_bytes_max = 8'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_port(std::string_view text) {
  if (text.empty() || text.size() > 5 || !std::all_of(text.begin(), text.end(), is_digit))
    return false;
  auto number = std::stoi(std::string{text});
  return number >= 1 && number <= 65535;
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0x20 && c != 0x7f; });
}

std::string_view default_port(bool tls) { return tls ? "443" : "80"; }

refusal bad_url(std::string_view why) { return invalid("url", std::string{why}); }

/// "host", "host:port", "[::1]", "[::1]:port"
status split_authority(std::string_view authority, endpoint& out) {
  std::string_view port;
  if (authority.starts_with('[')) {
    auto end = authority.find(']');
    if (end == authority.npos)
      return bad_url("the address lacks its closing bracket");
    out.host = authority.substr(1, end - 1);
    port = authority.substr(end + 1);
    if (!port.empty() && port.front() != ':')
      return bad_url("after the address stands something else than a port");
  } else {
    auto colon = std::min(authority.find(':'), authority.size());
    out.host = authority.substr(0, colon);
    port = authority.substr(colon);
  }
  if (out.host.empty())
    return bad_url("it names no host");
  out.port = port.empty() ? default_port(out.tls) : port.substr(1);
  if (!is_port(out.port))
    return bad_url("the port must be a number from 1 to 65535");
  return done{};
}

} // namespace

std::string endpoint::authority() const {
  auto text = host.find(':') == host.npos ? host : "[" + host + "]";
  return port == default_port(tls) ? text : text + ":" + port;
}

std::string endpoint::origin() const { return (tls ? "https://" : "http://") + authority(); }

result<endpoint> parse_endpoint(std::string_view url) {
  endpoint out;
  if (url.size() > url_bytes_max || !is_printable(url))
    return bad_url("it is too long, or has blanks or control characters in it");
  if (url.starts_with("https://"))
    out.tls = true;
  else if (!url.starts_with("http://"))
    return bad_url("it must start with http:// or https://");
  url.remove_prefix(out.tls ? 8 : 7);
  url = url.substr(0, url.find('#'));
  auto end = std::min(url.find_first_of("/?"), url.size());
  auto authority = url.substr(0, end);
  if (authority.find('@') != authority.npos)
    return bad_url("a URL with a user name in it isn't taken");
  if (auto split = split_authority(authority, out); !split)
    return split.why();
  if (end < url.size())
    out.target = url[end] == '?' ? "/" + std::string{url.substr(end)} : std::string{url.substr(end)};
  return out;
}

result<endpoint> follow_redirect(const endpoint& from, std::string_view location) {
  if (!location.starts_with('/'))
    return parse_endpoint(location);
  if (location.starts_with("//"))
    return parse_endpoint((from.tls ? "https:" : "http:") + std::string{location});
  return parse_endpoint(from.origin() + std::string{location});
}

} // namespace charter::client
