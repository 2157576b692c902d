#include "apps/chaos/relay.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <thread>
#include <utility>

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
constexpr milliseconds looks_every{5};  // whether a route is free again
constexpr milliseconds asks_again{200}; // who it is
constexpr int asks_max = 10;
constexpr std::size_t both = 2;

tcp::endpoint loopback(std::uint16_t port) { return {asio::ip::address_v4::loopback(), port}; }

using ways = std::array<std::atomic<passing>, both>;

struct counts {
  std::atomic<std::uint64_t> held_bytes{0};
  std::atomic<std::uint64_t> lost_bytes{0};
  std::atomic<std::uint64_t> delayed_bytes{0};
  std::atomic<std::uint64_t> resets{0};
  std::atomic<std::uint64_t> kept_out{0};
};

struct route_state {
  route_state(asio::io_context& loop, const route& r, const who_fn& w, counts& c, std::atomic<std::size_t>& s)
      : acceptor(loop, loopback(r.from)), from(r.from), to(r.to), who(w), counted(c), strangers(s) {}

  tcp::acceptor acceptor;
  std::uint16_t from;
  std::uint16_t to;
  const who_fn& who;
  counts& counted;
  ways all{}; ///< for everybody
  std::array<ways, askers_max> of{};
  std::atomic<std::int64_t> delay_ms{0};
  std::atomic<std::size_t>& strangers;
};

/// Two sockets, and what goes from each to the other. Lives as long as something is pending.
class passage : public std::enable_shared_from_this<passage> {
public:
  passage(route_state& on, tcp::socket from)
      : on_(on), strangers_(on.strangers), sockets_{std::move(from), tcp::socket{on.acceptor.get_executor()}},
        timers_{asio::steady_timer{on.acceptor.get_executor()}, asio::steady_timer{on.acceptor.get_executor()}},
        owner_timer_(on.acceptor.get_executor()), loss_timer_(on.acceptor.get_executor()) {}
  ~passage() { strangers_ -= is_stranger_; }
  passage(const passage&) = delete;
  passage& operator=(const passage&) = delete;

  void start() {
    error_code gone;
    from_ = sockets_[0].remote_endpoint(gone).port();
    if (on_.who && !gone)
      identify(0);
    begin();
  }

private:
  void identify(int tries) {
    if (!sockets_[0].is_open())
      return;
    auto found = on_.who(from_, on_.from);
    if (found && *found < askers_max)
      who_ = found;
    else if (tries < asks_max)
      return after(owner_timer_, asks_again, [this, tries] { identify(tries + 1); });
    else
      strangers_ += is_stranger_ = true;
  }

  /// Who begins needs both directions.
  void begin() {
    auto how = std::max(passing_of(0), passing_of(1));
    if (how != passing::free && !std::exchange(is_kept_out_, true))
      ++on_.counted.kept_out;
    has_lost_ |= how == passing::lost;
    if (how == passing::held || how == passing::lost)
      return after(timers_[0], looks_every, [this] { begin(); });
    if (how == passing::reset || has_lost_)
      return break_off();
    sockets_[1].async_connect(loopback(on_.to), [self = shared_from_this()](error_code ec) {
      if (ec)
        return self->close();
      for (auto& socket : self->sockets_)
        socket.set_option(tcp::no_delay(true), ec);
      self->read(0);
      self->read(1);
    });
  }

  passing passing_of(std::size_t way) const {
    auto how = on_.all[way].load();
    return who_ ? std::max(how, on_.of[*who_][way].load()) : how;
  }

  template <class Then>
  void after(asio::steady_timer& timer, milliseconds time, Then then) {
    timer.expires_after(time);
    timer.async_wait([self = shared_from_this(), then](error_code ec) {
      if (!ec)
        then();
    });
  }

  void read(std::size_t way) {
    sockets_[way].async_read_some(
        asio::buffer(buffers_[way]), [self = shared_from_this(), way](error_code ec, std::size_t size) {
          if (ec)
            return self->pass_end(way);
          auto by = milliseconds{self->on_.delay_ms};
          if (by.count() == 0)
            return self->pass(way, size);
          self->on_.counted.delayed_bytes += size;
          self->after(self->timers_[way], by, [s = self.get(), way, size] { s->pass(way, size); });
        });
  }

  void pass(std::size_t way, std::size_t size, bool waited = false) {
    switch (passing_of(way)) {
      case passing::held:
        on_.counted.held_bytes += waited ? 0 : size;
        return after(timers_[way], looks_every, [this, way, size] { pass(way, size, true); });
      case passing::lost: lose(size); return read(way);
      case passing::reset: on_.counted.lost_bytes += size; return break_off();
      case passing::free: break;
    }
    if (has_lost_)
      return break_off();
    asio::async_write(sockets_[1 - way], asio::buffer(buffers_[way], size),
                      [self = shared_from_this(), way](error_code ec, std::size_t) {
                        if (ec)
                          self->close();
                        else
                          self->read(way);
                      });
  }

  void lose(std::size_t size) {
    on_.counted.lost_bytes += size;
    if (!std::exchange(has_lost_, true))
      await_freedom();
  }

  /// Neither side may have anything more to say.
  void await_freedom() {
    if (std::max(passing_of(0), passing_of(1)) == passing::free)
      return break_off();
    after(loss_timer_, looks_every, [this] { await_freedom(); });
  }

  /// The other side doesn't hear of an end either, as long as it is cut off.
  void pass_end(std::size_t way) {
    auto how = passing_of(way);
    if (how == passing::held || how == passing::lost)
      return after(timers_[way], looks_every, [this, way] { pass_end(way); });
    if (has_lost_)
      break_off();
    else
      close();
  }

  /// Both are told by a reset, and what either hasn't read yet is gone.
  void break_off() {
    on_.counted.resets += sockets_[0].is_open();
    error_code ignored;
    for (auto& socket : sockets_)
      if (socket.is_open())
        socket.set_option(asio::socket_base::linger(true, 0), ignored);
    close();
  }

  void close() {
    error_code ignored;
    for (auto& socket : sockets_)
      socket.close(ignored);
  }

  route_state& on_;
  std::atomic<std::size_t>& strangers_; ///< outlives the loop, which the route doesn't
  std::uint16_t from_ = 0;
  std::optional<asker> who_;
  bool is_stranger_ = false;
  bool is_kept_out_ = false;
  bool has_lost_ = false;
  std::array<tcp::socket, both> sockets_; ///< who connected, and what it is connected to
  std::array<asio::steady_timer, both> timers_;
  asio::steady_timer owner_timer_;
  asio::steady_timer loss_timer_;
  std::array<std::array<char, buffer_bytes>, both> buffers_;
};

void accept(route_state& on) {
  on.acceptor.async_accept([&on](error_code ec, tcp::socket from) {
    if (ec == asio::error::operation_aborted)
      return;
    if (!ec)
      std::make_shared<passage>(on, std::move(from))->start();
    accept(on);
  });
}

} // namespace

struct relay::impl {
  who_fn who;
  counts counted;
  std::deque<std::atomic<std::size_t>> strangers; ///< by route
  asio::io_context loop{1};
  std::vector<std::unique_ptr<route_state>> routes;
  std::thread thread;
};

relay::relay(const std::vector<route>& routes, who_fn who) : impl_(std::make_unique<impl>()) {
  impl_->who = std::move(who);
  for (auto& r : routes)
    impl_->routes.push_back(
        std::make_unique<route_state>(impl_->loop, r, impl_->who, impl_->counted, impl_->strangers.emplace_back(0)));
  for (auto& r : impl_->routes)
    accept(*r);
  impl_->thread = std::thread{[this] { impl_->loop.run(); }};
}

relay::~relay() {
  impl_->loop.stop();
  impl_->thread.join();
}

void relay::set(std::size_t route, direction way, passing how) {
  impl_->routes.at(route)->all[static_cast<std::size_t>(way)] = how;
}

void relay::set(std::size_t route, asker of, direction way, passing how) {
  impl_->routes.at(route)->of.at(of)[static_cast<std::size_t>(way)] = how;
}

void relay::delay(std::size_t route, milliseconds by) { impl_->routes.at(route)->delay_ms = by.count(); }

tally relay::counted() const {
  auto& c = impl_->counted;
  return {c.held_bytes, c.lost_bytes, c.delayed_bytes, c.resets, c.kept_out};
}

std::size_t relay::strangers(std::size_t route) const { return impl_->strangers.at(route); }

} // namespace charter::chaos
