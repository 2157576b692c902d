#include "net/websocket_session.hpp"

#include "net/deflate.hpp"

namespace charter::net {

namespace {

/// What inflating a message has won costs tokens as if so many bytes of it were a message each: the bound on messages
/// is also one on the work that a few compressed bytes can cause.
constexpr double bytes_won_per_token = 16 * 1024;

/// Pings leave in bunches, a hundred times in the time after which one is due: waking up for each costs more than it
/// does.
monotonic next_bunch(monotonic due, monotonic::duration ping_after) {
  auto between = std::max(ping_after / 100, monotonic::duration{1});
  return due + (between - due.time_since_epoch() % between) % between;
}

shared_bytes ping_bytes() {
  static const auto ping = make_frame(opcode::ping, {})->plain();
  return ping;
}

/// Several of a stream may go as one.
std::uint64_t items_in(const push& what) { return what.first > 0 ? what.last - what.first + 1 : 1; }

void count_close(counters& counts, close_code code) {
  switch (code) {
    case close_code::protocol_error: counts.add(counter::closed_protocol_error); break;
    case close_code::unsupported_data: counts.add(counter::closed_unsupported); break;
    case close_code::invalid_payload: counts.add(counter::closed_invalid_payload); break;
    case close_code::policy_violation: counts.add(counter::closed_policy); break;
    case close_code::too_big: counts.add(counter::closed_too_big); break;
    default: break;
  }
}

} // namespace

websocket_session::websocket_session(connection& carrier, codec c, int window_bits)
    : carrier_(carrier), codec_(c), window_bits_(static_cast<std::uint8_t>(window_bits)),
      reader_(c, carrier.thread().bounds().message_bytes_max, carrier.thread().bounds().fragments_max, window_bits > 0),
      heard_(io_thread::now()) {}

void websocket_session::begin(const peer& from) {
  open_ = true;
  counts().add(counter::sessions);
  above().opened(carrier_.number(), from, codec_);
}

// -- reading --------------------------------------------------------------------------------------------------------

void websocket_session::consume(byte_view data) {
  auto now = io_thread::now();
  if (!closing_) {
    heard_ = now;
    pinged_ = false;
  }
  const std::function<bool()> may_inflate = [this] { return carrier_.thread().may_inflate(carrier_.address()); };
  while (auto event = reader_.next(data, may_inflate)) {
    if (event->bytes_won > 0)
      carrier_.thread().count_inflated(carrier_.address(), event->bytes_won);
    if (!on_event(std::move(*event), now))
      return;
  }
  if (!reader_.unfinished())
    begun_ = monotonic::max();
  else if (begun_ == monotonic::max())
    begun_ = now;
  account();
}

bool websocket_session::on_event(message_reader::event event, monotonic now) {
  using type = message_reader::event::type;
  if (event.what == type::close) {
    on_peer_close(event.code);
    return false;
  }
  if (event.what == type::violation) {
    fail(static_cast<close_code>(event.code), event.reason);
    return false;
  }
  if (closing_)
    return true; // what the peer sent before it saw our close
  if (event.what == type::message) {
    begun_ = monotonic::max();
    return on_message(std::move(event), now);
  }
  // A peer that pings but doesn't read gets no more pongs than fit; RFC 6455, 5.5.3 lets us skip all but the last.
  if (event.what == type::ping && carrier_.bytes_waiting() <= carrier_.thread().bounds().outbox_live_bytes_max)
    carrier_.write(make_frame(opcode::pong, event.payload)->plain());
  return take_tokens(1, now);
}

bool websocket_session::on_message(message_reader::event message, monotonic now) {
  auto& bounds = carrier_.thread().bounds();
  if (!take_tokens(1 + static_cast<double>(message.bytes_won) / bytes_won_per_token, now))
    return false;
  bool over_rate = messages_.take(now, {bounds.messages_rate, bounds.messages_burst}).count() > 0;
  counts().add(counter::messages_received);
  counts().add(counter::message_bytes_received, message.payload.size());
  if (over_rate)
    counts().add(counter::messages_over_rate);
  above().received(carrier_.number(), codec_, std::move(message.payload), over_rate);
  return carrier_.is_open();
}

bool websocket_session::take_tokens(double count, monotonic now) {
  auto& bounds = carrier_.thread().bounds();
  if (flood_.take(now, {bounds.flood_rate, bounds.flood_burst}, count).count() > 0)
    fail(close_code::policy_violation, "too many messages");
  return carrier_.is_open();
}

void websocket_session::on_peer_close(std::uint16_t code) {
  if (!closing_)
    carrier_.write(make_close(code, {})->plain());
  end();
  carrier_.finish();
}

bool websocket_session::end_of_input() { return false; }

void websocket_session::account() {
  auto held = reader_.held_bytes();
  if (held == accounted_)
    return;
  auto& thread = carrier_.thread();
  thread.count_inbox(static_cast<std::ptrdiff_t>(held) - static_cast<std::ptrdiff_t>(accounted_));
  bool grew = held > accounted_;
  accounted_ = held;
  if (grew && thread.inbox_full() && !closing_) {
    counts().add(counter::inbox_refused);
    fail(close_code::try_again_later, "no memory for unfinished messages");
  }
}

// -- writing --------------------------------------------------------------------------------------------------------

const shared_bytes& websocket_session::form_of(const frame& what) {
  // The compressed form is made for the largest window. It suits a smaller one as well if everything fits into that.
  bool fits = window_bits_ == window_bits_max || what.plain()->size() <= std::size_t{1} << window_bits_;
  if (window_bits_ == 0 || !fits)
    return what.plain();
  deflate_tally tally;
  auto& form = what.deflated(tally);
  if (tally.messages > 0) {
    counts().add(counter::messages_deflated, tally.messages);
    counts().add(counter::deflate_bytes_in, tally.bytes_in);
    counts().add(counter::deflate_bytes_out, tally.bytes_out);
  }
  return form;
}

void websocket_session::send(const shared_frame& message) {
  if (!open_)
    return;
  counts().add(counter::messages_sent);
  carrier_.write(form_of(*message));
}

bool websocket_session::is_over_live_bound(const push& what) {
  auto& thread = carrier_.thread();
  auto waiting = carrier_.bytes_waiting();
  return waiting > 0 &&
         (waiting + form_of(*what.frames)->size() > thread.bounds().outbox_live_bytes_max || thread.outbox_full());
}

void websocket_session::deliver(const push& what) {
  if (!open_)
    return;
  if (!carrier_.is_congested() && is_over_live_bound(what)) {
    counts().add(counter::outbox_cuts);
    carrier_.become_congested();
  }
  if (carrier_.is_congested()) {
    has_dropped_ = true;
    counts().add(counter::pushes_dropped, items_in(what));
    above().dropped(carrier_.number(), what);
    carrier_.touch();
    return;
  }
  counts().add(counter::pushes_sent, items_in(what));
  carrier_.write_directly(form_of(*what.frames));
}

void websocket_session::on_room() {
  if (open_ && std::exchange(has_dropped_, false))
    above().drained(carrier_.number());
}

// -- time -----------------------------------------------------------------------------------------------------------

monotonic websocket_session::deadline() const {
  auto& bounds = carrier_.thread().bounds();
  if (closing_)
    return heard_ + bounds.close_deadline;
  auto next = pinged_ ? heard_ + bounds.ping_after + bounds.pong_deadline
                      : next_bunch(heard_ + bounds.ping_after, bounds.ping_after);
  if (begun_ != monotonic::max())
    next = std::min(next, begun_ + bounds.message_deadline);
  return next;
}

void websocket_session::on_deadline(monotonic now) {
  auto& bounds = carrier_.thread().bounds();
  if (closing_) {
    carrier_.cut();
  } else if (begun_ != monotonic::max() && begun_ + bounds.message_deadline <= now) {
    fail(close_code::policy_violation, "message took too long");
  } else if (carrier_.is_congested()) {
    // We don't read from a peer that doesn't read from us, so its silence says nothing; the outbox has its deadline.
    heard_ = now;
  } else if (!pinged_) {
    pinged_ = true;
    carrier_.write_directly(ping_bytes());
  } else {
    counts().add(counter::closed_silent);
    close(static_cast<std::uint16_t>(close_code::going_away), "no answer to a ping");
  }
}

// -- ends -----------------------------------------------------------------------------------------------------------

void websocket_session::close(std::uint16_t code, std::string_view reason) {
  if (closing_ || !open_)
    return;
  closing_ = true;
  heard_ = io_thread::now();
  carrier_.write(make_close(code, reason)->plain());
  end();
  carrier_.touch();
}

void websocket_session::fail(close_code code, std::string_view reason) {
  count_close(counts(), code);
  if (!closing_)
    carrier_.write(make_close(static_cast<std::uint16_t>(code), reason)->plain());
  closing_ = true;
  end();
  carrier_.finish();
}

void websocket_session::wind_up() { close(static_cast<std::uint16_t>(close_code::going_away), "the server stops"); }

void websocket_session::end() {
  carrier_.thread().count_inbox(-static_cast<std::ptrdiff_t>(std::exchange(accounted_, 0)));
  if (!std::exchange(open_, false))
    return;
  counts().sub(counter::sessions);
  above().closed(carrier_.number());
}

void websocket_session::gone() { end(); }

} // namespace charter::net
