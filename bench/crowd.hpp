#pragma once
// Thousands of WebSocket clients in one thread: one epoll, one read buffer, and no more parsing than frames need.
//
// Whoever owns the crowd turns it, and hears of it in between through the three functions; these may call anything here
// but `turn`. Pings are answered. Members are numbered from 0; one whose connection is over may be opened again. TLS
// takes any certificate. What can't happen on loopback throws std::runtime_error.

#include <sys/epoll.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct ssl_st;
struct ssl_ctx_st;

namespace charter::bench {

/// A client's frame, under a mask of zeros (which costs the server what any mask does). `first`: FIN, RSV1 and opcode;
/// `promised`: the length that its header tells, by default the payload's.
std::string client_frame(std::uint8_t first, std::string_view payload, std::optional<std::uint64_t> promised = {});

class crowd {
public:
  using member = std::size_t;

  struct server {
    std::uint16_t port = 0;
    bool tls = false;
    std::size_t segment_bytes = 0; ///< as over a network; 0: as large as loopback's, for which the kernel buffers a MiB
    std::string from = {};         ///< the address that members call from; empty: whichever the kernel takes
  };
  /// What a member asks for with its upgrade.
  struct upgrade {
    std::string path = "/v1/ws"; ///< empty: asks for nothing, and heeds no answer; `opened` isn't called
    std::string subprotocol = "charter.v1.json"; ///< empty: none
    std::string token = {};                      ///< empty: none
    std::string extensions = {};                 ///< empty: none
  };

  explicit crowd(server to);
  ~crowd();
  crowd(const crowd&) = delete;
  crowd& operator=(const crowd&) = delete;

  std::function<void(member)> opened;                     ///< the upgrade was answered
  std::function<void(member, std::string_view)> received; ///< one whole message; the bytes live as long as the call
  /// Ended by the server, which may have said when to come back (0: it didn't); unset: throws.
  std::function<void(member, const std::string& why, std::chrono::milliseconds retry_after)> lost = nullptr;

  /// Begins to connect a new member.
  member open(upgrade asked);
  /// Connects a member again that has left or was lost.
  void reopen(member who);
  /// Says one message. `binary` for protocols that want it.
  void say(member who, std::string_view payload, bool binary = false);
  /// Bytes as they are.
  void put(member who, std::string_view bytes);
  /// Ends the connection with a reset, as when a network breaks; `lost` isn't called.
  void leave(member who);
  /// Reads nothing from it until `resume`.
  void pause(member who);
  void resume(member who);

  /// Waits for events at most that long, and handles them. The number of events.
  std::size_t turn(std::chrono::milliseconds wait);

  bool is_open(member who) const { return places_[who].now == phase::open; }
  bool is_away(member who) const { return places_[who].now == phase::away; }
  std::size_t size() const { return places_.size(); }
  /// When the bytes that `received` tells of were read.
  std::chrono::steady_clock::time_point read_at() const { return read_at_; }

private:
  enum class phase { away, connecting, shaking_hands, upgrading, open };
  struct ssl_free {
    void operator()(ssl_st* tls) const;
  };
  struct context_free {
    void operator()(ssl_ctx_st* context) const;
  };
  struct place {
    int descriptor = -1;
    phase now = phase::away;
    std::uint32_t events = 0; ///< what epoll waits for
    std::uint32_t life = 0;   ///< which of its connections this is
    std::size_t asked = 0;    ///< in upgrades_
    std::unique_ptr<ssl_st, ssl_free> tls;
    std::string unread; ///< the beginning of something
    std::string unsent;
  };

  void connect(member who);
  void on_event(member who, std::uint32_t events);
  void shake_hands(member who);
  void ask_for_upgrade(member who);
  void read(member who);
  /// The number of bytes; 0 for later, -1 for the end.
  std::ptrdiff_t read_some(place& p, std::span<char> into);
  std::ptrdiff_t write_some(place& p, std::string_view bytes);
  void digest(member who, std::string_view bytes);
  /// Both give how many bytes are dealt with.
  std::size_t take_answer(member who, std::string_view bytes);
  std::size_t take_frame(member who, std::string_view bytes);
  void await(member who, std::uint32_t events);
  void close(place& p);
  void lose(member who, const std::string& why, std::chrono::milliseconds retry_after = {});

  server to_;
  int epoll_ = -1;
  std::unique_ptr<ssl_ctx_st, context_free> context_;
  std::vector<place> places_;
  std::vector<upgrade> upgrades_;
  std::vector<char> buffer_;
  std::vector<epoll_event> events_;
  std::chrono::steady_clock::time_point read_at_;
};

} // namespace charter::bench
