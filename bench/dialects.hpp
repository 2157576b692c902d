#pragma once
// How subscribers and publishers talk to charterd, and to its floor.

#include "bench/fan_out.hpp"
#include "bench/own_charterd.hpp"

namespace charter::bench {

/// Followers with the protocol's own calls: a session's token with the upgrade, `feed.listen`, `account.publish`.
class charter_dialect final : public dialect {
public:
  charter_dialect(const own_charterd& server, std::size_t text_bytes);

  crowd::upgrade subscriber(std::size_t number) const override;
  crowd::upgrade publisher() const override;
  bool greet(crowd& all, crowd::member who, bool publishes) override;
  heard hear(crowd& all, crowd::member who, bool publishes, std::string_view message) override;
  /// By turns on all publishers' sockets: the server bounds what one connection may send in a second.
  void publish(crowd& all, std::span<const crowd::member> publishers, std::size_t count) override;

  /// Of the last post that somebody heard.
  std::size_t payload_bytes() const { return payload_bytes_; }

private:
  const own_charterd& server_;
  std::string listen_;
  std::string publish_;
  std::size_t next_ = 0;
  std::size_t payload_bytes_ = 0;
};

/// See floor_send.cpp. Frames are as long as Charter's; without them nothing can be published.
class floor_dialect final : public dialect {
public:
  explicit floor_dialect(bool coalesces, const charter_dialect* as_long_as = nullptr)
      : coalesces_(coalesces), like_(as_long_as) {}

  crowd::upgrade subscriber(std::size_t) const override { return {"/", "", ""}; }
  crowd::upgrade publisher() const override { return {coalesces_ ? "/publish-coalesced" : "/publish", "", ""}; }
  bool greet(crowd&, crowd::member, bool) override { return true; }
  heard hear(crowd&, crowd::member, bool, std::string_view) override { return {false, 1}; }
  /// All at once, on one socket: a coalescing floor is at its best then.
  void publish(crowd& all, std::span<const crowd::member> publishers, std::size_t count) override;

private:
  bool coalesces_;
  const charter_dialect* like_;
};

} // namespace charter::bench
