#pragma once
// Keeps a node's key in etcd (cluster/members.hpp) as long as the node lives: grants a lease, renews it, and registers
// again when it is lost. A name that another directory has is waited for, never taken over.
//
// Two processes with one directory, of which one was copied, would be one node to all others, and each other's reports
// of what is on disk would be taken for their own. So each process has a random id in its key, and whoever finds
// another one's there, under any name, waits until that isn't renewed any more: a node that was killed and is back
// loses two seconds at most. One whose key was overwritten all the same is displaced for good.
//
// A thread of its own, from construction to destruction, which also ends the lease: the others then needn't wait.
// What can fail: nothing that is told to a caller; `alarm` says what a person should see.

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "cluster/lease_watch.hpp"
#include "cluster/limits.hpp"
#include "cluster/members.hpp"

namespace charter::cluster {

/// Something that a person should see: a name from `[a-z_]`, and a sentence. From any thread.
using alarm_fn = std::function<void(const std::string& name, const std::string& what)>;

/// Before a node touches anything: waits while another process is registered with its directory, until that is seen to
/// live or not to. An etcd that doesn't answer is no reason to wait; `registration` looks again.
/// Errors: `conflict` when it lives.
status await_turn(etcd::client& etcd, const log_keys& keys, const std::string& directory,
                  std::chrono::seconds lifetime = limits::lease);

class registration {
public:
  registration(etcd::client& etcd, log_keys keys, std::string name, member says, alarm_fn alarm,
               std::chrono::seconds lifetime = limits::lease);
  ~registration();

  /// What the others are to see, soon.
  void set(member_phase phase);

  /// This process's id. Any thread.
  const std::string& process() const { return process_; }
  /// Another process has this node's directory and has taken its place; stays so. Any thread.
  bool is_displaced() const { return displaced_; }

private:
  struct neighbours {
    std::optional<etcd::key_value> at_key;
    std::optional<etcd::key_value> rival; ///< another process with our directory, under whatever name
  };
  void run(std::stop_token stop);
  status renew();
  status keep_lease();
  result<neighbours> look();
  status give_way(const neighbours& seen, const std::string& directory);
  status put(const member& says, etcd::revision seen);

  etcd::client& etcd_;
  log_keys keys_;
  std::string key_;
  std::string name_;
  alarm_fn alarm_;
  std::chrono::seconds lifetime_;
  const std::string process_;
  std::atomic<bool> displaced_{false};
  etcd::lease_id lease_ = 0; // the thread's own
  member said_;              // likewise; no directory: nothing yet
  lease_watch watch_;        // likewise; of a rival's
  bool waits_ = false;       // likewise; for a rival
  std::mutex mutex_;
  std::condition_variable_any changed_;
  member says_;
  std::jthread thread_; // last, so that it ends first
};

} // namespace charter::cluster
