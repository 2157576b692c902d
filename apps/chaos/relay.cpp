#include "apps/chaos/relay.hpp"

#include <array>
#include <atomic>
#include <thread>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

namespace charter::chaos {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t buffer_bytes = 64 * 1024;
constexpr milliseconds looks_every{5}; // whether a route is free again
constexpr std::size_t both = 2;

tcp::endpoint loopback(std::uint16_t port) { return {asio::ip::address_v4::loopback(), port}; }

struct route_state {
  explicit route_state(asio::io_context& loop, const route& r) : acceptor(loop, loopback(r.from)), to(r.to) {}

  bool is_held(std::size_t way) const { return held[way]; }
  tcp::acceptor acceptor;
  std::uint16_t to;
  std::array<std::atomic<bool>, both> held{};
  std::atomic<std::int64_t> delay_ms{0};
};

/// Two sockets, and what goes from each to the other. Lives as long as something is pending.
class passage : public std::enable_shared_from_this<passage> {
public:
  passage(route_state& on, tcp::socket from)
      : on_(on), sockets_{std::move(from), tcp::socket{on.acceptor.get_executor()}},
        timers_{asio::steady_timer{on.acceptor.get_executor()}, asio::steady_timer{on.acceptor.get_executor()}} {}

  /// Who begins needs both directions.
  void begin() {
    if (on_.is_held(0) || on_.is_held(1))
      return after(0, looks_every, [this] { begin(); });
    sockets_[1].async_connect(loopback(on_.to), [self = shared_from_this()](error_code ec) {
      if (ec)
        return self->close();
      for (auto& socket : self->sockets_)
        socket.set_option(tcp::no_delay(true), ec);
      self->read(0);
      self->read(1);
    });
  }

private:
  template <class Then>
  void after(std::size_t way, milliseconds time, Then then) {
    timers_[way].expires_after(time);
    timers_[way].async_wait([self = shared_from_this(), then](error_code ec) {
      if (!ec)
        then();
    });
  }

  void read(std::size_t way) {
    sockets_[way].async_read_some(asio::buffer(buffers_[way]),
                                  [self = shared_from_this(), way](error_code ec, std::size_t size) {
                                    if (ec)
                                      return self->pass_end(way);
                                    auto by = milliseconds{self->on_.delay_ms};
                                    if (by.count() > 0)
                                      self->after(way, by, [s = self.get(), way, size] { s->pass(way, size); });
                                    else
                                      self->pass(way, size);
                                  });
  }

  void pass(std::size_t way, std::size_t size) {
    if (on_.is_held(way))
      return after(way, looks_every, [this, way, size] { pass(way, size); });
    asio::async_write(sockets_[1 - way], asio::buffer(buffers_[way], size),
                      [self = shared_from_this(), way](error_code ec, std::size_t) {
                        if (ec)
                          self->close();
                        else
                          self->read(way);
                      });
  }

  /// The other side doesn't hear of an end either, as long as it is cut off.
  void pass_end(std::size_t way) {
    if (on_.is_held(way))
      return after(way, looks_every, [this, way] { pass_end(way); });
    close();
  }

  void close() {
    error_code ignored;
    for (auto& socket : sockets_)
      socket.close(ignored);
  }

  route_state& on_;
  std::array<tcp::socket, both> sockets_; ///< who connected, and what it is connected to
  std::array<asio::steady_timer, both> timers_;
  std::array<std::array<char, buffer_bytes>, both> buffers_;
};

void accept(route_state& on) {
  on.acceptor.async_accept([&on](error_code ec, tcp::socket from) {
    if (ec == asio::error::operation_aborted)
      return;
    if (!ec)
      std::make_shared<passage>(on, std::move(from))->begin();
    accept(on);
  });
}

} // namespace

struct relay::impl {
  asio::io_context loop{1};
  std::vector<std::unique_ptr<route_state>> routes;
  std::thread thread;
};

relay::relay(const std::vector<route>& routes) : impl_(std::make_unique<impl>()) {
  for (auto& r : routes)
    impl_->routes.push_back(std::make_unique<route_state>(impl_->loop, r));
  for (auto& r : impl_->routes)
    accept(*r);
  impl_->thread = std::thread{[this] { impl_->loop.run(); }};
}

relay::~relay() {
  impl_->loop.stop();
  impl_->thread.join();
}

void relay::hold(std::size_t route, direction way, bool held) {
  impl_->routes.at(route)->held[static_cast<std::size_t>(way)] = held;
}

void relay::delay(std::size_t route, milliseconds by) { impl_->routes.at(route)->delay_ms = by.count(); }

} // namespace charter::chaos
