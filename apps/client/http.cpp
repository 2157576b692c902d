#include "apps/client/http.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

namespace charter::client {

namespace http = boost::beast::http;

namespace {

constexpr std::uint32_t header_bytes_max = 64 * 1024;

http::request<http::string_body> to_message(const endpoint& to, const http_request& what) {
  http::request<http::string_body> message;
  message.method_string(what.method);
  message.target(to.target);
  message.version(11);
  message.set(http::field::host, to.authority());
  message.set(http::field::user_agent, "charter");
  if (!what.accept.empty())
    message.set(http::field::accept, what.accept);
  if (!what.token.empty())
    message.set(http::field::authorization, "Bearer " + what.token);
  if (!what.content_type.empty()) {
    message.set(http::field::content_type, what.content_type);
    message.body() = what.body;
    message.prepare_payload();
  }
  return message;
}

std::string text_of_field(const http::response<http::string_body>& message, http::field name) {
  return std::string{message[name]};
}

} // namespace

reply<http_answer> http_client::attempt(const endpoint& to, const http_request& what, std::size_t body_bytes_max,
                                        deadline by, bool& heard_nothing) {
  auto message = to_message(to, what);
  auto ec = transport_.perform(by, [&](auto then) { http::async_write(transport_, message, then); });
  boost::beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.header_limit(header_bytes_max);
  parser.body_limit(body_bytes_max);
  if (!ec)
    ec = transport_.perform(by, [&](auto then) { http::async_read(transport_, buffer, parser, then); });
  if (ec) {
    heard_nothing = ec != boost::system::errc::timed_out && !parser.got_some();
    transport_.close();
    if (ec == http::error::body_limit || ec == http::error::header_limit)
      return garbled(to.origin() + ": the answer is longer than " + std::to_string(body_bytes_max) + " bytes");
    if (ec.category() == make_error_code(http::error::bad_version).category() && ec != http::error::end_of_stream &&
        ec != http::error::partial_message)
      return garbled(to.origin() + ": what answers there doesn't speak HTTP (" + ec.message() + ")");
    return unreachable(to.origin() + ": " +
                       (ec == http::error::end_of_stream || ec == http::error::partial_message
                            ? std::string{"the connection broke before the answer was complete"}
                            : to_sentence(ec)));
  }
  auto answer = parser.release();
  if (!answer.keep_alive())
    transport_.close();
  return http_answer{answer.result_int(), text_of_field(answer, http::field::content_type),
                     text_of_field(answer, http::field::location), std::move(answer.body())};
}

reply<http_answer> http_client::exchange(const endpoint& to, const http_request& what, std::size_t body_bytes_max,
                                         deadline by) {
  auto same_server = transport_.is_open() && connected_to_.origin() == to.origin();
  bool heard_nothing = false;
  if (same_server) {
    auto answer = attempt(to, what, body_bytes_max, by, heard_nothing);
    if (answer || !heard_nothing)
      return answer;
  }
  if (auto connected = transport_.connect(to, trust_, by); !connected)
    return connected.why();
  connected_to_ = to;
  return attempt(to, what, body_bytes_max, by, heard_nothing);
}

} // namespace charter::client
