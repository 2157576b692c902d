#pragma once
// Keeps a node's key in etcd (cluster/members.hpp) as long as the node lives: grants a lease, renews it, and registers
// again when it is lost. A name that another directory has is waited for, never taken over.
//
// A thread of its own, from construction to destruction, which also ends the lease: the others then needn't wait.
// What can fail: nothing that is told to a caller; `alarm` says what a person should see.

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "cluster/limits.hpp"
#include "cluster/members.hpp"

namespace charter::cluster {

/// Something that a person should see: a name from `[a-z_]`, and a sentence. From any thread.
using alarm_fn = std::function<void(const std::string& name, const std::string& what)>;

class registration {
public:
  registration(etcd::client& etcd, log_keys keys, std::string name, member says, alarm_fn alarm,
               std::chrono::seconds lifetime = limits::lease);
  ~registration();

  /// What the others are to see, soon.
  void set(member_phase phase);

private:
  void run(std::stop_token stop);
  status renew();
  status put(const member& says);

  etcd::client& etcd_;
  std::string key_;
  std::string name_;
  alarm_fn alarm_;
  std::chrono::seconds lifetime_;
  etcd::lease_id lease_ = 0; // the thread's own
  member said_;              // likewise
  std::mutex mutex_;
  std::condition_variable_any changed_;
  member says_;
  std::jthread thread_; // last, so that it ends first
};

} // namespace charter::cluster
