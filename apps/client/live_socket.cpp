// The one file of the client that instantiates Beast's WebSocket stream.
#include "apps/client/live_socket.hpp"

#include <algorithm>
#include <charconv>
#include <deque>

#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>

namespace charter::client {

namespace websocket = boost::beast::websocket;
namespace http = boost::beast::http;

namespace {

constexpr auto subprotocol = "charter.v1.json";
constexpr std::size_t message_bytes_max = 16 * 1024 * 1024;
constexpr std::size_t pushes_max = 4'096;

/// The server has too many who come back at the moment. `retry_after`: in seconds, if it said so.
refusal come_back_later(std::string_view retry_after) {
  auto why = refuse(errc::unavailable, "the server lets people in one after the other just now");
  std::int64_t seconds = 0;
  std::from_chars(retry_after.data(), retry_after.data() + retry_after.size(), seconds);
  why.retry_after_ms = std::clamp<std::int64_t>(seconds, 0, 3'600) * 1'000;
  return why;
}

} // namespace

struct live_socket::impl {
  explicit impl(const server& s) : which(s) {}
  ~impl() { lower.abandon(); }

  server which;
  transport lower;
  websocket::stream<transport&> stream{lower};
  boost::beast::flat_buffer buffer;
  bool is_reading = false;
  error_code broken;     // set once; nothing comes any more
  bool has_news = false; // something was read, or the connection broke
  std::deque<push> pushes;
  std::optional<incoming> answer; // to the call under way
  std::optional<failure> unreadable;
  std::uint64_t last_id = 0;

  void read_on() {
    if (is_reading || broken || pushes.size() >= pushes_max)
      return;
    is_reading = true;
    stream.async_read(buffer, [this](error_code ec, std::size_t) {
      is_reading = false;
      has_news = true;
      if (ec)
        broken = ec;
      else
        take(boost::beast::buffers_to_string(buffer.data()));
      buffer.consume(buffer.size());
    });
  }

  void take(const std::string& text) {
    auto in = decode_incoming(text);
    if (!in)
      unreadable = in.why();
    else if (!in->method.empty())
      pushes.push_back({std::move(in->method), std::move(in->params)});
    else
      answer = std::move(*in);
  }

  /// Reads one message, unless time is up first.
  bool await_news(deadline by) {
    has_news = false;
    read_on();
    return is_reading && lower.wait(has_news, by);
  }

  failure why_broken() const {
    auto said = stream.reason();
    if (broken == websocket::error::closed && said.code != websocket::close_code::none)
      return unreachable("the server closed the connection: " + (said.reason.empty()
                                                                     ? "code " + std::to_string(said.code)
                                                                     : std::string{said.reason.c_str()}));
    return unreachable(which.where.origin() + ": " + to_sentence(broken));
  }
};

live_socket::live_socket() = default;
live_socket::~live_socket() = default;
live_socket::live_socket(live_socket&&) noexcept = default;
live_socket& live_socket::operator=(live_socket&&) noexcept = default;

reply<live_socket> live_socket::open(const server& which) {
  live_socket socket;
  socket.impl_ = std::make_unique<impl>(which);
  auto& s = *socket.impl_;
  auto by = within(which.connect_time);
  if (auto connected = s.lower.connect(which.where, which.whom, by); !connected)
    return connected.why();
  websocket::stream_base::timeout times{which.connect_time, std::chrono::seconds(40), true};
  s.stream.set_option(times);
  s.stream.set_option(websocket::stream_base::decorator([](websocket::request_type& request) {
    request.set(http::field::sec_websocket_protocol, subprotocol);
    request.set(http::field::user_agent, "charter");
  }));
  s.stream.read_message_max(message_bytes_max);
  websocket::response_type response;
  auto ec = s.lower.perform(
      by, [&](auto then) { s.stream.async_handshake(response, which.where.authority(), "/v1/ws", then); });
  if (ec == websocket::error::upgrade_declined && response.result_int() == 503) {
    auto when = response[http::field::retry_after];
    return refused(come_back_later({when.data(), when.size()}));
  }
  if (ec == websocket::error::upgrade_declined)
    return garbled(which.where.origin() + ": no WebSocket there (HTTP " + std::to_string(response.result_int()) + ")");
  if (ec)
    return unreachable(which.where.origin() + ": " + to_sentence(ec));
  if (response[http::field::sec_websocket_protocol] != subprotocol)
    return garbled(which.where.origin() + ": its WebSocket doesn't speak " + subprotocol);
  if (!which.token.empty())
    if (auto attached = socket.call("auth.attach", {{"token", which.token}}); !attached)
      return attached.why();
  return socket;
}

reply<json> live_socket::call(std::string_view method, json params) {
  auto& s = *impl_;
  auto by = within(s.which.answer_time);
  auto text = encode_request(++s.last_id, method, std::move(params));
  s.answer.reset();
  s.stream.text(true);
  auto ec = s.lower.perform(by, [&](auto then) { s.stream.async_write(asio::buffer(text), then); });
  if (ec)
    return unreachable(s.which.where.origin() + ": " + to_sentence(ec));
  while (true) {
    if (s.answer && (s.answer->id == s.last_id || (!s.answer->id && !s.answer->answer)))
      return std::move(std::exchange(s.answer, std::nullopt)->answer);
    if (s.unreadable)
      return *std::exchange(s.unreadable, std::nullopt);
    if (s.broken)
      return s.why_broken();
    if (!s.await_news(by))
      return unreachable(s.which.where.origin() +
                         (s.is_reading ? ": no answer in time" : ": too many pushes are kept"));
  }
}

reply<std::optional<push>> live_socket::next(std::chrono::milliseconds wait) {
  auto& s = *impl_;
  auto by = within(wait);
  while (s.pushes.empty()) {
    if (s.unreadable)
      return *std::exchange(s.unreadable, std::nullopt);
    if (s.broken)
      return s.why_broken();
    if (!s.await_news(by))
      return std::optional<push>{};
  }
  auto first = std::move(s.pushes.front());
  s.pushes.pop_front();
  return std::optional<push>{std::move(first)};
}

void live_socket::close() {
  if (!impl_ || impl_->broken)
    return;
  auto& s = *impl_;
  s.lower.perform(within(std::chrono::seconds(1)),
                  [&](auto then) { s.stream.async_close(websocket::close_code::normal, then); });
  s.lower.close();
}

} // namespace charter::client
