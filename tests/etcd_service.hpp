#pragma once
// A real etcd for tests: members as processes of our own on free loopback ports, with data in a scratch directory.
// Whatever was started is ended, also when the test crashes.

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <sys/types.h>

#include "cluster/etcd/client.hpp"
#include "tests/storage_support.hpp"

namespace charter::test {

/// Looks again until it holds; nothing waits longer than it must.
template <class Condition>
bool comes_true(Condition holds, std::chrono::seconds patience = std::chrono::seconds{60}) {
  for (auto until = std::chrono::steady_clock::now() + patience; !holds();) {
    if (std::chrono::steady_clock::now() > until)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  return true;
}

/// Repeats a call that may be repeated, as a busy disk makes etcd miss its deadlines.
template <class Call>
auto until_answered(Call call) {
  auto answer = call();
  comes_true([&] {
    if (!answer && answer.why().code == errc::unavailable)
      answer = call();
    return bool(answer) || answer.why().code != errc::unavailable;
  });
  return answer;
}

struct etcd_service_options {
  int members = 1;
  std::int64_t quota_bytes = 256 << 20;
  bool tls = false;
};

class etcd_service {
public:
  explicit etcd_service(etcd_service_options options = {});
  ~etcd_service();
  etcd_service(const etcd_service&) = delete;
  etcd_service& operator=(const etcd_service&) = delete;

  /// Waits until it serves. `attempt` as in client_options: long where nothing fails but a busy disk.
  std::unique_ptr<etcd::client> connect(std::chrono::milliseconds attempt = std::chrono::milliseconds{300});
  etcd::client_options options_for_clients() const;

  void start(int member);
  /// SIGKILL, SIGSTOP, SIGCONT; after the first, the process is gone when this returns.
  void signal(int member, int what);
  /// A lost disk: the member must be down.
  void remove_data(int member);
  /// Of a member that is alone: keeps a copy of its data, and later goes back to it. It is down for a moment.
  void back_up(int member);
  void restore(int member);
  /// The member that leads, as it says itself.
  int leader();

  int size() const { return static_cast<int>(members_.size()); }
  std::string endpoint(int member) const;
  std::string certificate_path(const std::string& name) const { return scratch_ / name; }

private:
  struct member {
    int client_port = 0;
    int peer_port = 0;
    pid_t process = 0;
  };
  std::vector<std::string> arguments_of(int member) const;
  std::string data_of(int member) const { return scratch_ / ("m" + std::to_string(member)); }

  etcd_service_options options_;
  scratch_directory scratch_;
  std::vector<member> members_;
};

/// An etcd that passes everything on; what is to be different is overridden.
class forwarding_etcd : public etcd::client {
public:
  explicit forwarding_etcd(etcd::client& real) : real_(real) {}

  using client::commit;
  std::vector<result<etcd::committed>> commit(std::span<const etcd::transaction* const> all) override {
    return real_.commit(all);
  }
  result<etcd::page> range(const etcd::key_range& keys, std::int64_t limit) override {
    return real_.range(keys, limit);
  }
  result<std::unique_ptr<etcd::watcher>> watch(std::span<const etcd::key_range> ranges, etcd::revision from) override {
    return real_.watch(ranges, from);
  }
  status compact(etcd::revision last) override { return real_.compact(last); }
  result<etcd::lease_id> grant(std::chrono::seconds lifetime) override { return real_.grant(lifetime); }
  status revoke(etcd::lease_id lease) override { return real_.revoke(lease); }
  result<std::chrono::seconds> keep_alive(etcd::lease_id lease) override { return real_.keep_alive(lease); }
  result<std::chrono::seconds> time_left(etcd::lease_id lease) override { return real_.time_left(lease); }
  std::vector<etcd::member_state> members() override { return real_.members(); }
  status defragment(const std::string& endpoint) override { return real_.defragment(endpoint); }
  status disarm() override { return real_.disarm(); }

protected:
  etcd::client& real_;
};

/// An etcd whose answers get lost, or whose requests come late, when a test says so. Watches and reads pass through.
class unreliable_etcd final : public forwarding_etcd {
public:
  using forwarding_etcd::forwarding_etcd;

  int answers_to_lose = 0;  ///< carried out, but nobody hears of it
  int requests_to_hold = 0; ///< not answered, and carried out when `deliver` is called
  int requests_to_lose = 0; ///< neither answered nor carried out
  std::vector<etcd::transaction> sent;

  /// Whether each landed.
  std::vector<bool> deliver();

  std::vector<result<etcd::committed>> commit(std::span<const etcd::transaction* const> all) override;

private:
  std::vector<etcd::transaction> held_;
};

} // namespace charter::test
