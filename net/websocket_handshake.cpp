#include "net/websocket_handshake.hpp"

#include <algorithm>
#include <optional>

#include <openssl/evp.h>

#include "domain/result.hpp"
#include "net/deflate_offer.hpp"

namespace charter::net {

namespace {

constexpr std::string_view key_suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// Calls `visit` for each element of a comma-separated list until it answers true.
template <class Visit>
bool any_element(std::string_view list, Visit visit) {
  while (!list.empty()) {
    auto end = list.find(',');
    auto element = list.substr(0, end);
    list = end == list.npos ? std::string_view{} : list.substr(end + 1);
    auto begin = element.find_first_not_of(" \t");
    if (begin == element.npos)
      continue;
    if (visit(element.substr(begin, element.find_last_not_of(" \t") - begin + 1)))
      return true;
  }
  return false;
}

std::string all_fields(const http_request& request, std::string_view name) {
  std::string joined;
  for (auto& [n, value] : request.fields)
    if (n == name)
      joined += (joined.empty() ? "" : ",") + value;
  return joined;
}

/// 16 bytes in base64: 22 characters and two of padding.
bool is_key(std::string_view key) {
  auto is_base64 = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
  };
  return key.size() == 24 && key.ends_with("==") && std::all_of(key.begin(), key.begin() + 22, is_base64);
}

} // namespace

bool is_same_token(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

bool has_token(std::string_view list, std::string_view token) {
  return any_element(list, [&](std::string_view element) { return is_same_token(element, token); });
}

bool asks_for_websocket(const http_request& request) {
  return has_token(all_fields(request, "upgrade"), "websocket") &&
         has_token(all_fields(request, "connection"), "upgrade");
}

std::string websocket_accept(std::string_view key) {
  auto text = std::string(key) + std::string(key_suffix);
  std::uint8_t digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  auto done = EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha1(), nullptr);
  CHARTER_ASSERT(done == 1 && size == 20);
  char encoded[32];
  auto length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded), digest, static_cast<int>(size));
  return {encoded, static_cast<std::size_t>(length)};
}

std::variant<handshake_accepted, handshake_refused> answer_handshake(const http_request& request, bool compression) {
  if (request.method != http_method::get)
    return handshake_refused{405, "A WebSocket begins with GET.", {{"Allow", "GET"}}};
  if (request.field("sec-websocket-version") != "13")
    return handshake_refused{426,
                             "This server speaks version 13 of the WebSocket protocol.",
                             {{"Sec-WebSocket-Version", "13"}, {"Upgrade", "websocket"}}};
  if (!is_key(request.field("sec-websocket-key")))
    return handshake_refused{400, "Sec-WebSocket-Key must be 16 bytes in base64.", {}};
  std::optional<codec> chosen;
  any_element(all_fields(request, "sec-websocket-protocol"), [&](std::string_view offered) {
    for (auto c : {codec::json, codec::msgpack})
      if (offered == subprotocol(c))
        chosen = c;
    return chosen.has_value();
  });
  if (!chosen)
    return handshake_refused{
        400, "Offer the subprotocol charter.v1.json or charter.v1.msgpack in Sec-WebSocket-Protocol.", {}};
  auto response = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  "Sec-WebSocket-Accept: " +
                  websocket_accept(request.field("sec-websocket-key")) +
                  "\r\nSec-WebSocket-Protocol: " + std::string(subprotocol(*chosen)) + "\r\n";
  auto terms = compression ? accept_offer(all_fields(request, "sec-websocket-extensions")) : std::nullopt;
  if (terms)
    response += "Sec-WebSocket-Extensions: " + terms->answer + "\r\n";
  return handshake_accepted{*chosen, std::move(response) + "\r\n", terms ? terms->window_bits : 0};
}

} // namespace charter::net
