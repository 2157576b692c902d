#pragma once
// A node's links to all others: dials who is in the cluster, and lets in who is: a node that is registered, under a
// name that its certificate has, and whose directory keeps a shard or has been admitted. What it is asked by one that
// was removed since isn't answered.
//
// Threads: any. What can fail: `start` as start_link_server; sending, with false.

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <set>

#include "cluster/link/link.hpp"
#include "cluster/members.hpp"

namespace charter::cluster {

struct links_options {
  std::string name;      ///< ours
  std::string directory; ///< likewise
  std::string listen;    ///< "host:port"
  tls_ptr tls;
  /// Errors, here and below: it says nothing that we know.
  std::function<status(const std::string& directory, std::string message, const send_fn& answer)> asked;
  std::function<status(std::string message)> answered;
  std::function<void(const std::string& directory)> up;     ///< what it is told from now on arrives
  std::function<void(const std::string& directory)> silent; ///< nothing comes from it now
  std::function<void(const std::string& directory)> broken; ///< what it was asked may have got lost
  /// Something that a person should see; each at most once a second, however often it is counted.
  std::function<void(const std::string& name, const std::string& what)> alarm;
};

struct link_counts {
  std::uint64_t refused = 0;       ///< who came here, and what came over a stream that was let in
  std::uint64_t dials_refused = 0; ///< of our attempts: by a node that doesn't take us, or somebody who isn't that node
  std::uint64_t garbage = 0;       ///< messages that say nothing that we know
};

/// For what may come often: true once a second. Any thread.
class once_a_second {
public:
  bool now() {
    auto second = std::chrono::steady_clock::now().time_since_epoch() / std::chrono::seconds{1};
    return last_.exchange(second) != second;
  }

private:
  std::atomic<std::int64_t> last_{-1};
};

class links {
public:
  static result<std::unique_ptr<links>> start(links_options options);
  ~links();

  /// One thread.
  void update(const cluster_view& view);

  /// As send_fn, to whoever has that directory.
  bool ask(const std::string& directory, std::string message);

  /// The directories of all others that speak at least this, whether their links are up or not.
  std::set<std::string> listeners(std::uint32_t protocol) const;

  /// Whose link was up and broke a moment ago. Not for long: who keeps its lease all the same is alive, and only can't
  /// be reached from here, which nobody can mend by taking its shards.
  std::set<std::string> unreachable() const;
  /// How many of the other nodes have no link to them now.
  std::size_t down() const;
  std::uint16_t port() const { return server_->port(); }
  link_counts counts() const { return {refused_, dials_refused_, garbage_}; }

private:
  struct peer;
  explicit links(links_options options);
  std::shared_ptr<peer> dial_peer(const std::string& name, const member& node);
  void serve_question(const std::string& name, std::string message, const send_fn& answer);
  void count_if_garbage(const status& outcome, const std::string& name);
  void on_refused_dial(peer& to, const std::string& why);
  void on_refused(const std::string& what);
  bool may_connect(const std::string& name) const;
  /// Empty: nobody has that name whom we talk to.
  std::string directory_of(const std::string& name) const;

  links_options options_;
  std::atomic<std::uint64_t> refused_{0}, dials_refused_{0}, garbage_{0};
  once_a_second says_refused_, says_garbage_;
  mutable std::mutex mutex_;
  std::map<std::string, std::string> directories_;     ///< by name; also of nodes that aren't registered just now
  std::set<std::string> present_;                      ///< names of those that are
  std::map<std::string, std::shared_ptr<peer>> peers_; ///< by directory
  std::unique_ptr<link_server> server_;                // last, so that it ends first
};

} // namespace charter::cluster
