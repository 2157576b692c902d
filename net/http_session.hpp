#pragma once
// HTTP/1.1 on one connection: one request at a time, keep-alive, bounded pipelining, and the upgrade to WebSocket.
//
// Belongs to its connection, on the I/O thread. While a request is with the layer above nothing is read, so what is
// pipelined behind it waits in the kernel. Beast parses the syntax; what is allowed, limits and deadlines are decided
// here. An idle connection holds neither parser nor buffer.

#include <memory>
#include <string>

#include "domain/result.hpp"
#include "net/connection.hpp"

namespace charter::net {

class http_session : public protocol {
public:
  explicit http_session(connection& carrier);
  ~http_session() override;

  void consume(byte_view data) override;
  bool end_of_input() override;
  monotonic deadline() const override { return deadline_; }
  void on_deadline(monotonic now) override;
  bool wants_input() const override { return state_ != state::answering && state_ != state::in_line; }
  void on_room() override { process(); }
  void wind_up() override;
  void gone() override;
  http_session* as_http() override { return this; }

  /// The answer to request number `request` of this connection; any other is late and dropped.
  void respond(std::uint64_t request, http_response response);
  /// It waited to open a WebSocket session, and may now.
  void admit();

private:
  enum class state { idle, head, body, answering, in_line, ended };
  struct parser_state;
  struct handshake;

  void process();
  /// False: more bytes are needed, or it is over.
  bool read_head();
  void refuse_syntax(const boost::system::error_code& problem);
  bool read_body();
  bool check_head();
  bool check_body();
  void hand_over();
  void upgrade(http_request request);
  void switch_over(handshake agreed);
  void leave_line();
  /// No session now: says when to come back.
  void postpone();
  /// In the form of the protocol's errors.
  void refuse(int status, const refusal& why, http_fields fields);
  void end_with(http_response response);
  responder make_responder();
  /// An error of the transport's own, after which the connection ends.
  void fail(int status, errc code, std::string_view text, http_fields fields = {});
  void write_response(http_response response);
  void enter(state next, monotonic deadline);
  void account();

  connection& carrier_;
  state state_ = state::idle;
  bool processing_ = false;
  bool keep_alive_ = true;
  bool head_only_ = false; ///< the request is a HEAD
  bool winding_up_ = false;
  std::string in_; ///< what came and isn't parsed
  std::unique_ptr<parser_state> parser_;
  std::unique_ptr<handshake> agreed_; ///< while it waits in line
  http_request request_;
  std::string if_none_match_; ///< of the request that is being answered
  bool path_is_rpc_ = false;  ///< likewise
  std::uint64_t request_number_ = 0;
  std::size_t accounted_ = 0; ///< bytes that the thread counts for us
  monotonic deadline_;
};

} // namespace charter::net
