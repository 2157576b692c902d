#pragma once
// A node's links to all others: dials who is in the cluster, and lets in who is.
//
// Threads: any. What can fail: `start` as start_link_server; sending, with false.

#include <atomic>
#include <map>
#include <mutex>

#include "cluster/link/link.hpp"
#include "cluster/members.hpp"

namespace charter::cluster {

struct links_options {
  std::string name;      ///< ours
  std::string directory; ///< likewise
  std::string listen;    ///< "host:port"
  tls_ptr tls;
  std::function<void(const std::string& directory, std::string message, const send_fn& answer)> asked;
  std::function<void(std::string message)> answered;
  std::function<void(const std::string& directory)> up;     ///< what it is told from now on arrives
  std::function<void(const std::string& directory)> silent; ///< nothing comes from it now
  std::function<void(const std::string& directory)> broken; ///< what it was asked may have got lost
  std::function<void(const std::string& what)> turned_away;
};

class links {
public:
  static result<std::unique_ptr<links>> start(links_options options);
  ~links();

  /// One thread.
  void update(const cluster_view& view);

  /// As send_fn, to whoever has that directory.
  bool ask(const std::string& directory, std::string message);

  /// The directories of all others that take what isn't a question, whether their links are up or not.
  std::set<std::string> listeners() const;

  /// Whose link was up and broke a moment ago. Not for long: who keeps its lease all the same is alive, and only can't
  /// be reached from here, which nobody can mend by taking its shards.
  std::set<std::string> unreachable() const;
  /// How many of the other nodes have no link to them now.
  std::size_t down() const;

private:
  struct peer;
  explicit links(links_options options);
  std::shared_ptr<peer> dial_peer(const std::string& name, const member& node);
  /// Empty: no member has that name.
  std::string directory_of(const std::string& name) const;

  links_options options_;
  mutable std::mutex mutex_;
  std::map<std::string, std::string> directories_;     ///< of members, by name
  std::map<std::string, std::shared_ptr<peer>> peers_; ///< by directory
  std::unique_ptr<link_server> server_;                // last, so that it ends first
};

} // namespace charter::cluster
