// The floor of fan-out and of idle connections: what the kernel asks for the same bytes, and nothing else.
//
// A WebSocket upgrade is answered, and then bytes are relayed. A publisher says by its path what it is:
//   /publish            each of its frames goes out at once, with one non-blocking send for each subscriber
//   /publish-coalesced  everything that can be read from it goes out as one buffer for each subscriber
// Whoever asks for another path is a subscriber. Publishers send frames as they have to go out.
//
// usage: floor_send [--pings SECONDS] [--stamps FILE]
//
//   --pings    sends each subscriber a ping that often
//   --stamps   appends a line "NUMBER NANOSECONDS" for each frame, on the monotonic clock: when it was here, whole

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace {

using steady = std::chrono::steady_clock;

// The crowd asks with the key of RFC 6455's example, so the answer is that example's.
constexpr std::string_view upgraded =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
constexpr std::string_view ping{"\x89\0", 2};

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "floor_send: %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

enum class part { unknown, subscriber, publisher, coalescing_publisher };

struct peer {
  part plays = part::unknown;
  std::string unread;
};

class floor_server {
public:
  floor_server(std::chrono::seconds ping_every, const char* stamps)
      : ping_every_(ping_every), stamps_(stamps ? std::fopen(stamps, "a") : nullptr), epoll_(::epoll_create1(0)),
        listener_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)), buffer_(256 * 1024) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) < 0 || ::listen(listener_, 4096) < 0)
      fail("can't listen");
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    watch(listener_);
    std::printf("serving on port %u\n", ntohs(address.sin_port));
    std::fflush(stdout);
  }

  [[noreturn]] void run() {
    for (std::vector<epoll_event> events(512);;) {
      int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), until_next_ping());
      for (int i = 0; i < count; ++i)
        if (auto who = events[static_cast<std::size_t>(i)].data.fd; who == listener_)
          accept_all();
        else
          read(who);
      ping_due();
    }
  }

private:
  void watch(int descriptor) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event);
  }

  void accept_all() {
    for (int who; (who = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
      int on = 1;
      ::setsockopt(who, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      if (peers_.size() <= static_cast<std::size_t>(who))
        peers_.resize(static_cast<std::size_t>(who) + 1);
      at(who) = {};
      watch(who);
    }
  }

  peer& at(int who) { return peers_[static_cast<std::size_t>(who)]; }

  void read(int who) {
    auto size = ::recv(who, buffer_.data(), buffer_.size(), 0);
    if (size < 0 && errno == EAGAIN)
      return;
    if (size <= 0)
      return end(who);
    std::string_view bytes{buffer_.data(), static_cast<std::size_t>(size)};
    switch (at(who).plays) {
      case part::unknown: return upgrade(who, bytes);
      case part::subscriber: return; // a pong
      case part::publisher: return relay_frames(at(who), bytes);
      case part::coalescing_publisher: return relay(bytes);
    }
  }

  void end(int who) {
    ::close(who);
    std::erase(subscribers_, who);
    std::erase_if(to_ping_, [&](auto& p) { return p.who == who; });
    at(who) = {};
  }

  void upgrade(int who, std::string_view bytes) {
    auto& p = at(who);
    p.unread += bytes;
    if (!p.unread.ends_with("\r\n\r\n"))
      return;
    p.plays = p.unread.starts_with("GET /publish-coalesced ") ? part::coalescing_publisher
              : p.unread.starts_with("GET /publish ")         ? part::publisher
                                                              : part::subscriber;
    p.unread = {};
    send(who, upgraded);
    if (p.plays != part::subscriber)
      return;
    subscribers_.push_back(who);
    if (ping_every_.count() > 0)
      to_ping_.push_back({who, steady::now() + ping_every_});
  }

  void relay_frames(peer& from, std::string_view bytes) {
    from.unread += bytes;
    std::string_view left = from.unread;
    for (std::size_t size; (size = frame_bytes(left)) > 0 && size <= left.size(); left.remove_prefix(size)) {
      if (stamps_) {
        std::fprintf(stamps_, "%llu %lld\n", ++frames_,
                     static_cast<long long>(steady::now().time_since_epoch().count()));
        std::fflush(stamps_);
      }
      relay(left.substr(0, size));
    }
    from.unread.erase(0, from.unread.size() - left.size());
  }

  /// Of the frame at the front; 0 when that can't be told yet.
  static std::size_t frame_bytes(std::string_view bytes) {
    auto byte_at = [&](std::size_t i) { return std::size_t{static_cast<std::uint8_t>(bytes[i])}; };
    if (bytes.size() < 4)
      return 0;
    if (byte_at(1) == 126)
      return 4 + (byte_at(2) << 8 | byte_at(3));
    return 2 + byte_at(1);
  }

  void relay(std::string_view bytes) {
    for (int who : subscribers_)
      send(who, bytes);
  }

  void send(int who, std::string_view bytes) {
    auto size = ::send(who, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (size < 0 && errno != EAGAIN)
      return; // gone: reading will tell
    // Nothing is kept back here, so whoever doesn't read would go without.
    if (size != static_cast<ssize_t>(bytes.size()))
      fail("a subscriber's socket is full");
  }

  // -- pings -------------------------------------------------------------------------------------

  int until_next_ping() const {
    if (to_ping_.empty())
      return -1;
    auto left = std::chrono::ceil<std::chrono::milliseconds>(to_ping_.front().due - steady::now());
    return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
  }

  void ping_due() {
    if (to_ping_.empty())
      return;
    for (auto now = steady::now(); to_ping_.front().due <= now; to_ping_.pop_front()) {
      auto next = to_ping_.front();
      send(next.who, ping);
      next.due += ping_every_;
      to_ping_.push_back(next);
    }
  }

  struct ping_time {
    int who;
    steady::time_point due;
  };
  std::chrono::seconds ping_every_;
  std::FILE* stamps_;
  int epoll_;
  int listener_;
  std::vector<char> buffer_;
  std::vector<peer> peers_; ///< by descriptor
  std::vector<int> subscribers_;
  std::deque<ping_time> to_ping_; ///< in the order of time
  unsigned long long frames_ = 0;
};

} // namespace

int main(int argc, char** argv) {
  std::chrono::seconds pings{0};
  const char* stamps = nullptr;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::string_view{argv[i]} == "--pings")
      pings = std::chrono::seconds{std::atoi(argv[i + 1])};
    else if (std::string_view{argv[i]} == "--stamps")
      stamps = argv[i + 1];
  }
  floor_server{pings, stamps}.run();
}
