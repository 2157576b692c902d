#pragma once
// One WebSocket session on a connection: messages up, frames down, rates, pings, and the closing handshake.
//
// Belongs to its connection, on the I/O thread. Every frame goes through the connection's outbox, pongs and closes
// included. Once closing has begun, in whichever direction, the layer above hears `closed` and nothing after it.

#include "net/connection.hpp"
#include "net/message_reader.hpp"

namespace charter::net {

class websocket_session : public protocol {
public:
  /// `window_bits`: of what may be sent compressed; 0 when permessage-deflate was not negotiated.
  websocket_session(connection& carrier, codec c, int window_bits);

  /// The upgrade was answered: tells the layer above.
  void begin(const peer& from);

  void consume(byte_view data) override;
  bool end_of_input() override;
  monotonic deadline() const override;
  void on_deadline(monotonic now) override;
  void on_room() override;
  void wind_up() override;
  void gone() override;
  websocket_session* as_websocket() override { return this; }

  void send(const shared_frame& message);
  void deliver(const push& what);
  void close(std::uint16_t code, std::string_view reason);

private:
  /// False: the session is over.
  bool on_event(message_reader::event event, monotonic now);
  bool on_message(message_reader::event message, monotonic now);
  /// False: more than the flood's bound, and the session is over.
  bool take_tokens(double count, monotonic now);
  /// The form of it that this peer gets.
  const shared_bytes& form_of(const frame& what);
  bool is_over_live_bound(const push& what);
  void on_peer_close(std::uint16_t code);
  void fail(close_code code, std::string_view reason);
  void end();
  void account();
  handler& above() { return carrier_.thread().core().above; }
  counters& counts() { return carrier_.thread().counts(); }

  connection& carrier_;
  codec codec_;
  std::uint8_t window_bits_;
  bool open_ = false;    ///< between `opened` and `closed`
  bool closing_ = false; ///< our close frame is out
  bool pinged_ = false;  ///< and nothing has come since
  bool has_dropped_ = false;
  message_reader reader_;
  rate_bucket messages_;
  rate_bucket flood_;
  std::size_t accounted_ = 0;
  monotonic heard_;                    ///< when the last byte came; while closing, when that began
  monotonic begun_ = monotonic::max(); ///< when the unfinished message began
};

} // namespace charter::net
