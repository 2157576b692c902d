#pragma once
// Somebody simulated: comes online, listens, falls off, comes back and asks for what was missed; and says commands
// until they are answered, with the same command id each time.
//
// Checks every stream that is listened to (I4). Belongs to the world, on the loop's thread.

#include <memory>
#include <unordered_map>

#include "apps/load/world.hpp"

namespace charter::load {

class person final : session::push_sink {
public:
  /// `works`: has something to do here, and goes offline in storms only.
  person(world& w, const simulated_user& who, bool works);

  /// Until the world is over.
  task<> live();

  // -- what happens to it ---------------------------------------------------------------
  void come_at(instant when) { back_at_ = when; }
  /// Loses the connection, without a goodbye.
  void fall_off(instant back);
  /// Says goodbye and stays away.
  void leave();
  /// Stops reading for a while.
  task<> be_slow(std::chrono::nanoseconds length);

  bool works() const { return works_; }
  bool is_online() const { return is_listening_; }
  bool is_slow() const { return is_slow_; }
  bool is_away() const { return back_at_ == instant::max(); }
  /// When it can say what is due then: who is made to be offline isn't kept waiting by the server.
  instant able_at(instant due) const { return is_listening_ || is_away() ? due : std::max(due, back_at_); }

  // -- what it does -----------------------------------------------------------------------
  /// A call on the connection of the moment; waits for one. Counts the answer's latency from `due`.
  task<reply<json>> call(std::string method, json params, instant due);
  /// The same, again and again while the answer is lost or the server busy. `command` (0: none) is told to the checker.
  task<reply<json>> insist(std::string method, json params, instant due, command_number command = 0);

  // -- every second, and at the end -------------------------------------------------------
  void look_after(instant now);
  /// Streams whose newest item, as far as it was acknowledged, hasn't come; their objections if `say`.
  std::size_t unfinished(bool say);
  std::size_t streams_watched() const { return is_listening_ ? streams_.size() : 0; }
  void go();

private:
  task<bool> come_online();
  task<> catch_up(std::shared_ptr<session> on, stream_number stream);
  void connection_lost(bool was_online);
  void on_push(std::string_view text, instant at) override;
  void count(const push_event& event, instant at);
  void object(stream_number stream, const objection& what);
  stream_checker& stream(stream_number number) { return streams_[number]; }

  world& world_;
  const simulated_user& who_;
  stream_number notices_;
  bool works_;
  bool is_listening_ = false;
  bool is_slow_ = false;
  instant back_at_ = instant::max();
  std::shared_ptr<session> session_;
  std::unordered_map<stream_number, stream_checker> streams_;
};

} // namespace charter::load
