#pragma once
// A way in for callers in the same process: sessions as WebSockets have them, without sockets. The layer above can't
// tell them apart; they have an I/O thread's number of their own.
//
// Threads: one, the guests', calls everything but the transport's three functions, which any may call; `wake` is called
// from there when there is something after there was nothing. Nothing is dropped: guests read at once, or the mailbox
// fills up and its bound holds.

#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>
#include <variant>

#include "net/server.hpp"

namespace charter::net {

class local_door final : public transport {
public:
  /// Called from within `turn`; must not leave in there.
  class guest {
  public:
    /// One frame or several back to back, as they would go on the wire.
    virtual void heard(byte_view frames) = 0;
    /// The layer above ended the session, which is over.
    virtual void shown_out(std::uint16_t code, std::string_view reason) = 0;

  protected:
    ~guest() = default;
  };

  explicit local_door(std::function<void()> wake) : wake_(std::move(wake)) {}

  /// Before anybody enters: sessions are `above`'s, as those of that I/O thread.
  void lead_to(handler& above, std::size_t io_thread);

  session_number enter(guest& who, const peer& from, codec c);
  /// One whole message. Swallowed when the session is over.
  void say(session_number session, bytes message);
  void leave(session_number session);
  std::size_t inside() const { return guests_.size(); }

  /// Hands out what has come, in order, to about so many guests. True if there is more.
  bool turn(std::size_t guests_max);

  bool send(session_number session, shared_frame message) override;
  bool publish(std::size_t io_thread, push what, std::shared_ptr<const std::vector<session_number>> to) override;
  void close(session_number session, std::uint16_t code, std::string_view reason) override;

private:
  struct place {
    guest* who;
    codec form;
  };
  struct message {
    shared_frame frames;
    std::variant<session_number, std::shared_ptr<const std::vector<session_number>>> to;
  };
  struct farewell {
    session_number to;
    std::uint16_t code;
    std::string reason;
  };
  using mail = std::variant<message, farewell>;

  bool put(mail what, std::size_t mails_max);
  std::size_t hand_out(const message& what, std::size_t guests_max);
  void hand_to(session_number session, byte_view frames);
  void show_out(const farewell& what);

  std::function<void()> wake_;
  handler* above_ = nullptr;
  session_number last_ = 0;
  std::unordered_map<session_number, place> guests_;
  std::deque<mail> taken_; ///< the guests' thread's
  std::size_t at_ = 0;     ///< of the first one's audience
  std::mutex mutex_;
  std::deque<mail> mail_;
};

} // namespace charter::net
