#include "net/cookies.hpp"

#include "domain/result.hpp"

#include <algorithm>

namespace charter::net {

namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

bool is_cookie_character(char c) { return c > ' ' && c < 0x7f && c != '"' && c != ',' && c != ';' && c != '\\'; }

} // namespace

std::string_view cookie_value(std::string_view cookie_field, std::string_view name) {
  while (!cookie_field.empty()) {
    auto end = cookie_field.find(';');
    auto pair = trim(cookie_field.substr(0, end));
    cookie_field = end == cookie_field.npos ? std::string_view{} : cookie_field.substr(end + 1);
    auto equals = pair.find('=');
    if (equals == pair.npos || trim(pair.substr(0, equals)) != name)
      continue;
    auto value = trim(pair.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    return value;
  }
  return {};
}

std::string make_session_cookie(std::string_view name, std::string_view value, std::chrono::seconds life, bool secure) {
  CHARTER_ASSERT(std::all_of(value.begin(), value.end(), is_cookie_character));
  auto text = std::string(name) + "=" + std::string(value);
  text += "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(life.count());
  if (secure)
    text += "; Secure";
  return text;
}

} // namespace charter::net
