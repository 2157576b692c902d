#pragma once
// Two ends of a link over loopback, with certificates made on the spot: an echo, "node-1", and who calls it.

#include <atomic>
#include <mutex>

#include "cluster/link/link.hpp"
#include "tests/certificates.hpp"
#include "tests/etcd_service.hpp"

namespace charter::test {

/// Of node-1, node-2, node-3 and the intruder.
inline const scratch_directory& scratch() {
  static const scratch_directory made;
  static const bool once = (make_certificates(made, {"node-1", "node-2", "node-3"}), true);
  (void)once;
  return made;
}

using told_fn = std::function<void(const std::string&)>;

/// A node that answers each message with who asked, and the same; node-3 may not.
inline std::unique_ptr<cluster::link_server> start_echo(
    std::uint16_t port = 0, told_fn turned_away = [](auto&) {}, cluster::tls_ptr tls = tls_of(scratch(), "node-1")) {
  cluster::link_server_options options;
  options.address = "127.0.0.1:" + std::to_string(port);
  options.tls = std::move(tls);
  options.may_connect = [](const std::string& name) { return name != "node-3"; };
  options.received = [](const std::string& peer, std::string message, const cluster::send_fn& answer) {
    answer(peer + ": " + message);
  };
  options.turned_away = std::move(turned_away);
  auto started = start_link_server(std::move(options));
  if (!started)
    throw std::runtime_error(started.why().detail);
  return *std::move(started);
}

class caller_node {
public:
  caller_node(std::uint16_t port, const std::string& name, cluster::tls_ptr tls, const std::string& peer = "node-1") {
    cluster::dial_options options;
    options.address = "127.0.0.1:" + std::to_string(port);
    options.peer = peer;
    options.name = name;
    options.tls = std::move(tls);
    options.received = [this](std::string message) {
      std::lock_guard lock{mutex_};
      heard_.push_back(std::move(message));
    };
    options.up = [this] { ++ups_; };
    options.down = [this] { ++downs_; };
    options.refused = [this](const std::string& why) {
      std::lock_guard lock{mutex_};
      refusals_.push_back(why);
    };
    link_ = cluster::dial(std::move(options));
  }
  bool send(std::string message) { return link_->send(std::move(message)); }
  bool is_up() const { return link_->is_up(); }
  std::vector<std::string> heard() {
    std::lock_guard lock{mutex_};
    return heard_;
  }
  /// The last reason; empty: there was none.
  std::string refusal() {
    std::lock_guard lock{mutex_};
    return refusals_.empty() ? std::string{} : refusals_.back();
  }
  int ups() const { return ups_; }
  int downs() const { return downs_; }

private:
  std::mutex mutex_;
  std::vector<std::string> heard_;
  std::vector<std::string> refusals_;
  std::atomic<int> ups_{0};
  std::atomic<int> downs_{0};
  std::unique_ptr<cluster::dialled_link> link_; // last, so that it ends first
};

} // namespace charter::test
