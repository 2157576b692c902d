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

using ways_held = std::array<std::atomic<bool>, both>;

struct route_state {
  route_state(asio::io_context& loop, const route& r, const who_fn& w)
      : acceptor(loop, loopback(r.from)), from(r.from), to(r.to), who(w) {}

  tcp::acceptor acceptor;
  std::uint16_t from;
  std::uint16_t to;
  const who_fn& who;
  ways_held held{}; ///< for everybody
  std::array<ways_held, askers_max> held_of{};
  std::atomic<std::int64_t> delay_ms{0};
};

/// Two sockets, and what goes from each to the other. Lives as long as something is pending.
class passage : public std::enable_shared_from_this<passage> {
public:
  passage(route_state& on, tcp::socket from, std::optional<asker> who)
      : on_(on), who_(who), sockets_{std::move(from), tcp::socket{on.acceptor.get_executor()}},
        timers_{asio::steady_timer{on.acceptor.get_executor()}, asio::steady_timer{on.acceptor.get_executor()}} {}

  /// Who begins needs both directions.
  void begin() {
    if (is_held(0) || is_held(1))
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
  bool is_held(std::size_t way) const { return on_.held[way] || (who_ && on_.held_of[*who_][way]); }

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
    if (is_held(way))
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
    if (is_held(way))
      return after(way, looks_every, [this, way] { pass_end(way); });
    close();
  }

  void close() {
    error_code ignored;
    for (auto& socket : sockets_)
      socket.close(ignored);
  }

  route_state& on_;
  std::optional<asker> who_;
  std::array<tcp::socket, both> sockets_; ///< who connected, and what it is connected to
  std::array<asio::steady_timer, both> timers_;
  std::array<std::array<char, buffer_bytes>, both> buffers_;
};

std::optional<asker> who_connected(const route_state& on, const tcp::socket& from) {
  error_code gone;
  auto other = from.remote_endpoint(gone);
  if (gone || !on.who)
    return std::nullopt;
  auto found = on.who(other.port(), on.from);
  return found && *found < askers_max ? found : std::nullopt;
}

void accept(route_state& on) {
  on.acceptor.async_accept([&on](error_code ec, tcp::socket from) {
    if (ec == asio::error::operation_aborted)
      return;
    if (!ec) {
      auto who = who_connected(on, from);
      std::make_shared<passage>(on, std::move(from), who)->begin();
    }
    accept(on);
  });
}

} // namespace

struct relay::impl {
  who_fn who;
  asio::io_context loop{1};
  std::vector<std::unique_ptr<route_state>> routes;
  std::thread thread;
};

relay::relay(const std::vector<route>& routes, who_fn who) : impl_(std::make_unique<impl>()) {
  impl_->who = std::move(who);
  for (auto& r : routes)
    impl_->routes.push_back(std::make_unique<route_state>(impl_->loop, r, impl_->who));
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

void relay::hold(std::size_t route, asker of, direction way, bool held) {
  impl_->routes.at(route)->held_of.at(of)[static_cast<std::size_t>(way)] = held;
}

void relay::delay(std::size_t route, milliseconds by) { impl_->routes.at(route)->delay_ms = by.count(); }

} // namespace charter::chaos
