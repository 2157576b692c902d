#include "net/connection.hpp"

#include <boost/asio/post.hpp>

#include "net/http_session.hpp"

namespace charter::net {

namespace {

constexpr int reads_per_event = 4; ///< then others have their turn
constexpr std::size_t parts_per_write = 16;
constexpr std::string_view plain_on_tls =
    "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 33\r\n\r\n"
    "This port speaks HTTPS; use TLS.\n";

} // namespace

connection::connection(io_thread& thread, boost::asio::ip::tcp::socket socket, session_number number,
                       std::string address, bool tls)
    : thread_(thread), socket_(std::move(socket)),
      channel_(socket_.native_handle(), tls ? thread.core().tls.get() : nullptr), number_(number),
      address_(std::move(address)), phase_deadline_(io_thread::now() + thread.bounds().header_deadline) {}

connection::~connection() = default;

auto connection::guarded(void (connection::*step)()) {
  return [self = shared_from_this(), step](const boost::system::error_code& = {}) {
    if (self->phase_ == phase::closed)
      return;
    try {
      (self.get()->*step)();
    } catch (const std::exception&) {
      self->cut(); // out of memory, most likely: this one goes, the others stay
    }
    self->touch();
    self->thread_.settle();
  };
}

void connection::start() {
  if (channel_.is_secure()) {
    shake_hands();
  } else {
    phase_ = phase::open;
    carried_ = std::make_unique<http_session>(*this);
  }
  touch();
}

void connection::shake_hands() {
  switch (channel_.handshake()) {
    case io_state::done:
      phase_ = phase::open;
      carried_ = std::make_unique<http_session>(*this);
      break;
    case io_state::wants_read: break; // `settle` arms it
    case io_state::wants_write: arm_write(); break;
    default:
      thread_.counts().add(counter::tls_failed);
      if (channel_.spoke_http()) {
        (void)::send(socket_.native_handle(), plain_on_tls.data(), plain_on_tls.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        auto rest = thread_.read_buffer(); // closing with unread bytes would reset what we just sent
        (void)::recv(socket_.native_handle(), rest.data(), rest.size(), MSG_DONTWAIT);
      }
      cut();
  }
}

// -- reading --------------------------------------------------------------------------------------------------------

bool connection::reads() const {
  if (input_ended_)
    return false;
  switch (phase_) {
    case phase::handshake:
    case phase::finishing:
    case phase::lingering: return true;
    case phase::open: return !congested_ && carried_->wants_input();
    case phase::closed: return false;
  }
  return false;
}

void connection::arm_read() {
  read_armed_ = true;
  if (channel_.has_pending())
    boost::asio::post(thread_.loop(), guarded(&connection::on_readable));
  else
    socket_.async_wait(boost::asio::socket_base::wait_read, guarded(&connection::on_readable));
}

void connection::on_readable() {
  read_armed_ = false;
  if (phase_ == phase::handshake) {
    shake_hands();
    return;
  }
  for (int i = 0; i < reads_per_event && reads(); ++i)
    if (!read_once())
      return;
}

bool connection::read_once() {
  auto buffer = thread_.read_buffer();
  auto got = channel_.read(buffer);
  switch (got.state) {
    case io_state::done: {
      // While finishing, what comes is thrown away: closing with unread bytes would reset the connection, and with it
      // destroy the last answer on its way.
      if (phase_ == phase::open)
        carried_->consume(byte_view(buffer.data(), got.size));
      return channel_.is_secure() || got.size == buffer.size();
    }
    case io_state::wants_read: return false;
    case io_state::wants_write:
      read_when_writable_ = true;
      arm_write();
      return false;
    case io_state::ended: on_end_of_input(); return false;
    case io_state::failed: cut(); return false;
  }
  return false;
}

void connection::on_end_of_input() {
  input_ended_ = true;
  if (phase_ == phase::open && carried_->end_of_input())
    return;
  if (phase_ == phase::lingering || outbox_.empty())
    cut();
  else
    finish();
}

// -- writing --------------------------------------------------------------------------------------------------------

void connection::write(shared_bytes data) {
  if (phase_ == phase::closed)
    return;
  auto& bounds = thread_.bounds();
  auto size = data->size();
  // A single large answer may pass; more on top of what nobody reads may not.
  auto waiting = outbox_.bytes_waiting();
  bool is_over = waiting > 0 && waiting + size > bounds.outbox_bytes_max;
  if (is_over || (waiting > bounds.outbox_live_bytes_max && thread_.outbox_full())) {
    thread_.counts().add(counter::outbox_overflows);
    cut(true);
    return;
  }
  outbox_.append(std::move(data), 0, io_thread::now(), bounds);
  thread_.count_outbox(static_cast<std::ptrdiff_t>(size));
  touch();
}

void connection::write_directly(const shared_bytes& data) {
  if (!outbox_.empty() || write_armed_) {
    write(data);
    return;
  }
  iovec part{const_cast<std::uint8_t*>(data->data()), data->size()};
  auto put = channel_.write({&part, 1});
  thread_.counts().add(counter::writes);
  thread_.counts().add(counter::bytes_written, put.size);
  if (put.state == io_state::done)
    return;
  if (put.state != io_state::wants_write) {
    cut();
    return;
  }
  outbox_.append(data, put.size, io_thread::now(), thread_.bounds());
  thread_.count_outbox(static_cast<std::ptrdiff_t>(data->size() - put.size));
  arm_write();
  touch();
}

void connection::arm_write() {
  if (write_armed_)
    return;
  write_armed_ = true;
  socket_.async_wait(boost::asio::socket_base::wait_write, guarded(&connection::on_writable));
}

void connection::on_writable() {
  write_armed_ = false;
  if (phase_ == phase::handshake)
    shake_hands();
  else if (std::exchange(read_when_writable_, false) && !read_armed_)
    on_readable();
}

void connection::flush() {
  while (!outbox_.empty()) {
    std::array<iovec, parts_per_write> parts;
    auto filled = outbox_.gather(parts);
    auto put = channel_.write({parts.data(), filled});
    outbox_.consume(put.size);
    thread_.count_outbox(-static_cast<std::ptrdiff_t>(put.size));
    thread_.counts().add(counter::writes);
    thread_.counts().add(counter::bytes_written, put.size);
    if (put.state == io_state::wants_write) {
      arm_write();
      return;
    }
    if (put.state != io_state::done) {
      cut();
      return;
    }
  }
}

// -- ends -----------------------------------------------------------------------------------------------------------

void connection::finish() {
  if (phase_ != phase::open && phase_ != phase::handshake)
    return;
  phase_ = phase::finishing;
  phase_deadline_ = monotonic::max(); // the outbox has its own
  touch();
}

void connection::linger() {
  channel_.finish_writing();
  if (input_ended_) {
    cut();
    return;
  }
  phase_ = phase::lingering;
  phase_deadline_ = io_thread::now() + thread_.bounds().close_deadline;
}

void connection::cut(bool reset) {
  if (phase_ == phase::closed)
    return;
  auto self = shared_from_this();
  phase_ = phase::closed;
  thread_.count_outbox(-static_cast<std::ptrdiff_t>(outbox_.bytes_waiting()));
  outbox_.clear();
  boost::system::error_code ignored;
  if (reset)
    socket_.set_option(boost::asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
  thread_.forget(number_);
  if (carried_)
    carried_->gone();
}

void connection::carry(std::unique_ptr<protocol> next) {
  retired_ = std::exchange(carried_, std::move(next));
  touch();
}

void connection::wind_up() {
  if (phase_ == phase::handshake)
    cut();
  else if (phase_ == phase::open)
    carried_->wind_up();
}

// -- after each event -----------------------------------------------------------------------------------------------

void connection::touch() {
  if (touched_)
    return;
  touched_ = true;
  thread_.touch(shared_from_this());
}

void connection::settle() {
  touched_ = false;
  retired_.reset();
  if (phase_ == phase::closed)
    return;
  if (!outbox_.empty() && !write_armed_)
    flush();
  if (phase_ == phase::closed)
    return;
  if (outbox_.bytes_waiting() > thread_.bounds().outbox_live_bytes_max)
    congested_ = true;
  if (congested_ && outbox_.bytes_waiting() <= thread_.bounds().outbox_resume_bytes) {
    congested_ = false;
    if (phase_ == phase::open)
      carried_->on_room();
  }
  if (phase_ == phase::finishing && outbox_.empty())
    linger();
  if (reads() && !read_armed_)
    arm_read();
  enter_wheel();
}

void connection::enter_wheel() {
  if (phase_ == phase::closed)
    return;
  auto next = phase_ == phase::open ? carried_->deadline() : phase_deadline_;
  if (!outbox_.empty())
    next = std::min(next, outbox_.deadline());
  if (next >= in_wheel_)
    return; // when the entry that is there comes up, we look again
  in_wheel_ = next;
  thread_.wake_at(number_, next);
}

void connection::on_wheel(monotonic now) {
  in_wheel_ = monotonic::max();
  touch();
  if (!outbox_.empty() && outbox_.deadline() <= now) {
    thread_.counts().add(counter::outbox_stalls);
    cut(true);
  } else if (phase_ == phase::open) {
    if (carried_->deadline() <= now)
      carried_->on_deadline(now);
  } else if (phase_deadline_ <= now) {
    if (phase_ == phase::handshake)
      thread_.counts().add(counter::tls_failed);
    cut();
  }
}

} // namespace charter::net
