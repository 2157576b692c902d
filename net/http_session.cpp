#include "net/http_session.hpp"

#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/http/parser.hpp>

#include "net/credentials.hpp"
#include "net/http_writer.hpp"
#include "net/rpc_codec.hpp"
#include "net/websocket_handshake.hpp"
#include "net/websocket_session.hpp"

namespace charter::net {

namespace beast_http = boost::beast::http;
using boost::system::error_code;

namespace {

/// Grows with what has come; Beast's own bodies reserve what Content-Length promises.
struct growing_body {
  using value_type = bytes;
  struct reader {
    template <bool IsRequest, class Fields>
    reader(beast_http::header<IsRequest, Fields>&, bytes& body) : body_(body) {}
    template <class Length>
    void init(const Length&, error_code& problem) {
      problem = {};
    }
    template <class Buffers>
    std::size_t put(const Buffers& buffers, error_code& problem) {
      problem = {};
      std::size_t size = 0;
      for (auto part : boost::beast::buffers_range_ref(buffers)) {
        auto* data = static_cast<const std::uint8_t*>(part.data());
        body_.insert(body_.end(), data, data + part.size());
        size += part.size();
      }
      return size;
    }
    void finish(error_code& problem) { problem = {}; }

  private:
    bytes& body_;
  };
};

} // namespace

struct http_session::parser_state {
  beast_http::request_parser<growing_body> parser;
};

struct http_session::handshake {
  handshake_accepted answer;
  peer from;
};

http_session::http_session(connection& carrier) : carrier_(carrier) {
  // The first request has to come within the header's deadline, which began with the accept.
  enter(state::idle, io_thread::now() + carrier.thread().bounds().header_deadline);
}

http_session::~http_session() = default;

void http_session::enter(state next, monotonic deadline) {
  state_ = next;
  deadline_ = deadline;
}

void http_session::account() {
  auto held = state_ == state::ended ? 0 : in_.capacity() + (parser_ ? parser_->parser.get().body().size() : 0);
  carrier_.thread().count_inbox(static_cast<std::ptrdiff_t>(held) - static_cast<std::ptrdiff_t>(accounted_));
  bool grew = held > accounted_;
  accounted_ = held;
  if (grew && carrier_.thread().inbox_full()) {
    carrier_.thread().counts().add(counter::inbox_refused);
    fail(503, errc::unavailable, "The server has no room for this request; try again later.");
  }
}

// -- requests -------------------------------------------------------------------------------------------------------

void http_session::consume(byte_view data) {
  if (state_ == state::ended)
    return;
  in_.append(text_of(data));
  process();
}

void http_session::process() {
  if (processing_)
    return;
  processing_ = true;
  bool goes_on = true;
  while (goes_on && !in_.empty() && wants_input() && state_ != state::ended) {
    if (carrier_.bytes_waiting() > carrier_.thread().bounds().outbox_live_bytes_max) {
      carrier_.become_congested(); // answers to pipelined requests wait for the reader; `on_room` goes on
      break;
    }
    goes_on = state_ == state::body ? read_body() : read_head();
  }
  if (in_.empty())
    in_.shrink_to_fit();
  processing_ = false;
  if (state_ != state::ended)
    account();
}

bool http_session::read_head() {
  auto& bounds = carrier_.thread().bounds();
  if (state_ == state::idle) {
    // Empty lines before a request are allowed for (RFC 9112, 2.2).
    auto begin = in_.find_first_not_of("\r\n");
    in_.erase(0, begin == in_.npos ? in_.size() : begin);
    if (in_.empty())
      return false;
    parser_ = std::make_unique<parser_state>();
    request_ = {};
    if_none_match_.clear();
    path_is_rpc_ = head_only_ = false;
    parser_->parser.header_limit(static_cast<std::uint32_t>(bounds.header_bytes_max));
    parser_->parser.body_limit(UINT64_MAX); // the real one depends on the path, see check_head
    enter(state::head, request_number_ == 0 ? deadline_ : io_thread::now() + bounds.header_deadline);
  }
  error_code problem;
  auto used = parser_->parser.put(boost::asio::buffer(in_), problem);
  in_.erase(0, used);
  if (problem == beast_http::error::need_more)
    return false;
  if (problem) {
    refuse_syntax(problem);
    return false;
  }
  return !parser_->parser.is_header_done() || check_head();
}

void http_session::refuse_syntax(const error_code& problem) {
  if (problem == beast_http::error::header_limit)
    fail(431, errc::too_large, "The header is too large.");
  else if (problem == beast_http::error::bad_version)
    fail(505, errc::invalid_params, "This server speaks HTTP/1.1.");
  else
    fail(400, errc::invalid_params, "This is not a valid HTTP request.");
}

bool http_session::check_head() {
  auto& parser = parser_->parser;
  auto& head = parser.get();
  request_.from.address = carrier_.address();
  request_.from.secure = carrier_.is_secure();
  ++request_number_;
  carrier_.thread().counts().add(counter::http_requests);
  std::size_t hosts = 0;
  bool has_other_encoding = false;
  for (auto& field : head) {
    std::string name(field.name_string());
    for (auto& c : name)
      c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    hosts += name == "host";
    has_other_encoding |= name == "transfer-encoding" && !boost::beast::iequals(field.value(), "chunked");
    request_.fields.emplace_back(std::move(name), std::string(field.value()));
  }
  request_.host = request_.field("host");
  keep_alive_ = parser.keep_alive() && request_number_ < carrier_.thread().bounds().requests_per_connection_max;
  head_only_ = head.method() == beast_http::verb::head;
  if (!split_target(std::string_view(head.target().data(), head.target().size()), request_)) {
    fail(400, errc::invalid_params, "The request's target must be a path.");
    return false;
  }
  if (hosts > 1 || (hosts == 0 && head.version() >= 11)) {
    fail(400, errc::invalid_params, "A request names its host exactly once.");
    return false;
  }
  if (has_other_encoding) {
    fail(501, errc::invalid_params, "The only transfer encoding that this server takes is chunked.");
    return false;
  }
  switch (head.method()) {
    case beast_http::verb::get: request_.method = http_method::get; break;
    case beast_http::verb::head: request_.method = http_method::head; break;
    case beast_http::verb::post: request_.method = http_method::post; break;
    case beast_http::verb::unknown:
      fail(501, errc::invalid_params, "This server doesn't know the method.");
      return false;
    default:
      fail(405, errc::invalid_params, "This server takes GET, HEAD and POST.", {{"Allow", "GET, HEAD, POST"}});
      return false;
  }
  return check_body();
}

bool http_session::check_body() {
  auto& parser = parser_->parser;
  auto& thread = carrier_.thread();
  auto& config = thread.core().config;
  auto body_max = config.body_bytes_max ? config.body_bytes_max(request_.path) : thread.bounds().body_bytes_max;
  parser.body_limit(body_max);
  if (auto length = parser.content_length(); length && *length > body_max) {
    fail(413, errc::too_large, "The body is over " + std::to_string(body_max) + " bytes.");
    return false;
  }
  auto expects = request_.field("expect");
  if (!expects.empty() && !has_token(expects, "100-continue")) {
    fail(417, errc::invalid_params, "The only expectation that this server meets is 100-continue.");
    return false;
  }
  if (!find_credentials(request_, config)) {
    fail(403, errc::forbidden, "A request with a cookie must come from the server's own pages.");
    return false;
  }
  if (parser.is_done()) {
    hand_over();
    return state_ != state::ended;
  }
  if (!expects.empty() && in_.empty())
    carrier_.write(std::make_shared<const bytes>(bytes_of("HTTP/1.1 100 Continue\r\n\r\n")));
  enter(state::body, io_thread::now() + thread.bounds().body_deadline);
  parser.eager(true);
  return true;
}

bool http_session::read_body() {
  error_code problem;
  auto used = parser_->parser.put(boost::asio::buffer(in_), problem);
  in_.erase(0, used);
  if (problem == beast_http::error::body_limit) {
    fail(413, errc::too_large, "The body is too large.");
    return false;
  }
  // A chunk's header is parsed in one piece; one that doesn't end is no header.
  bool is_endless = problem == beast_http::error::need_more && in_.size() > carrier_.thread().bounds().header_bytes_max;
  if ((problem && problem != beast_http::error::need_more) || is_endless) {
    fail(400, errc::invalid_params, "This is not a valid body.");
    return false;
  }
  if (parser_->parser.is_done()) {
    request_.body = std::move(parser_->parser.get().body());
    hand_over();
    return state_ != state::ended;
  }
  return problem != beast_http::error::need_more;
}

void http_session::hand_over() {
  parser_.reset();
  auto& thread = carrier_.thread();
  auto request = std::exchange(request_, {});
  if (request.path == thread.core().config.websocket_path) {
    upgrade(std::move(request));
    return;
  }
  path_is_rpc_ = request.path == "/v1/rpc";
  if (request.method != http_method::post)
    if_none_match_ = request.field("if-none-match");
  enter(state::answering, io_thread::now() + thread.bounds().response_deadline);
  thread.core().above.http(std::move(request), make_responder());
}

void http_session::upgrade(http_request request) {
  auto& counts = carrier_.thread().counts();
  if (!asks_for_websocket(request)) {
    counts.add(counter::upgrades_refused);
    fail(426, errc::invalid_params, "This path speaks WebSocket only.", {{"Upgrade", "websocket"}});
    return;
  }
  auto answer = answer_handshake(request, carrier_.thread().core().config.compression);
  if (auto* refused = std::get_if<handshake_refused>(&answer)) {
    counts.add(counter::upgrades_refused);
    fail(refused->status, errc::invalid_params, refused->text, refused->fields);
    return;
  }
  auto& thread = carrier_.thread();
  handshake agreed{std::move(std::get<handshake_accepted>(answer)), std::move(request.from)};
  switch (thread.arrive(carrier_.number())) {
    case arrivals::verdict::welcome: switch_over(std::move(agreed)); break;
    case arrivals::verdict::waits:
      agreed_ = std::make_unique<handshake>(std::move(agreed));
      enter(state::in_line, io_thread::now() + 2 * thread.bounds().upgrade_wait_max);
      break;
    case arrivals::verdict::postponed: postpone(); break;
  }
}

void http_session::admit() {
  auto agreed = std::exchange(agreed_, nullptr);
  if (carrier_.peer_is_gone())
    carrier_.cut();
  else
    switch_over(std::move(*agreed));
}

void http_session::switch_over(handshake agreed) {
  carrier_.write(std::make_shared<const bytes>(bytes_of(agreed.answer.response)));
  if (!carrier_.is_open())
    return;
  auto rest = std::exchange(in_, {});
  auto next = std::make_unique<websocket_session>(carrier_, agreed.answer.chosen, agreed.answer.window_bits);
  auto* session = next.get();
  enter(state::ended, monotonic::max());
  account();
  carrier_.carry(std::move(next));
  session->begin(agreed.from);
  if (!rest.empty())
    session->consume(view_of(rest));
}

void http_session::postpone() {
  auto& thread = carrier_.thread();
  thread.counts().add(counter::upgrades_postponed);
  auto why = charter::refuse(errc::unavailable, "Very many are coming back just now; this is your time to try again.");
  auto wait = thread.postpone();
  why.retry_after_ms = wait.count();
  refuse(503, why, {{"Retry-After", std::to_string(std::chrono::ceil<std::chrono::seconds>(wait).count())}});
}

responder http_session::make_responder() {
  return [mail = carrier_.thread().mail(), number = carrier_.number(), request = request_number_](http_response r) {
    respond_task task{number, request, std::move(r)};
    if (auto* here = mail->owner_here())
      here->respond_now(std::move(task));
    else
      mail->put(std::move(task));
  };
}

// -- responses ------------------------------------------------------------------------------------------------------

void http_session::respond(std::uint64_t request, http_response response) {
  if (state_ != state::answering || request != request_number_)
    return;
  auto& bounds = carrier_.thread().bounds();
  keep_alive_ = keep_alive_ && !winding_up_;
  write_response(std::move(response));
  if (!carrier_.is_open())
    return;
  if (!keep_alive_) {
    enter(state::ended, monotonic::max());
    carrier_.finish();
    return;
  }
  enter(state::idle, io_thread::now() + bounds.keep_alive);
  carrier_.touch();
  process(); // what was pipelined
}

void http_session::write_response(http_response response) {
  if (response.status == 200 && etag_matches(if_none_match_, response.etag))
    response.status = 304;
  auto& config = carrier_.thread().core().config;
  auto head = make_response_head(response, {keep_alive_, config.strict_transport && carrier_.is_secure()});
  carrier_.write(std::make_shared<const bytes>(bytes_of(head)));
  if (has_body(response.status) && !head_only_ && response.body && !response.body->empty())
    carrier_.write(std::move(response.body));
}

void http_session::fail(int status, errc code, std::string_view text, http_fields fields) {
  if (state_ == state::ended)
    return;
  carrier_.thread().counts().add(counter::http_errors);
  // A client of the RPC path reads errors in the protocol's own form.
  if (path_is_rpc_ || request_.path == "/v1/rpc")
    return refuse(status, charter::refuse(code, std::string(text)), std::move(fields));
  auto response = make_text_response(status, text);
  response.fields = std::move(fields);
  end_with(std::move(response));
}

void http_session::refuse(int status, const refusal& why, http_fields fields) {
  auto error = encode_document(codec::json, make_error(nullptr, why));
  auto response = make_response(status, "application/json", text_of(error));
  response.fields = std::move(fields);
  end_with(std::move(response));
}

void http_session::end_with(http_response response) {
  leave_line();
  keep_alive_ = false;
  write_response(std::move(response));
  enter(state::ended, monotonic::max());
  in_ = {};
  parser_.reset();
  account();
  carrier_.finish();
}

// -- time and ends --------------------------------------------------------------------------------------------------

void http_session::on_deadline(monotonic) {
  auto& counts = carrier_.thread().counts();
  switch (state_) {
    case state::idle:
      enter(state::ended, monotonic::max());
      carrier_.finish();
      break;
    case state::head:
    case state::body:
      counts.add(counter::http_timeouts);
      fail(408, errc::unavailable, "The request took too long to arrive.");
      break;
    case state::answering:
      counts.add(counter::http_timeouts);
      fail(503, errc::unavailable,
           "The server took too long; the outcome is unknown. Ask again with the same command id.");
      break;
    case state::in_line: postpone(); break;
    case state::ended: break;
  }
}

bool http_session::end_of_input() {
  keep_alive_ = false; // a peer that closed its half still gets the answer that it waits for
  return state_ == state::answering;
}

void http_session::wind_up() {
  winding_up_ = true;
  if (state_ == state::in_line)
    return fail(503, errc::unavailable, "The server stops.");
  if (state_ != state::idle || !in_.empty())
    return;
  enter(state::ended, monotonic::max());
  carrier_.finish();
}

void http_session::leave_line() {
  if (state_ == state::in_line)
    carrier_.thread().leave_line(carrier_.number());
}

void http_session::gone() {
  leave_line();
  enter(state::ended, monotonic::max());
  account();
}

} // namespace charter::net
