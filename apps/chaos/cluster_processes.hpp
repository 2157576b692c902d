#pragma once
// The three nodes and three members that script/cluster has started: killed, paused and started again by their process
// ids; and what they know of each other, asked from etcd. One thread.

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/chaos/relay.hpp"
#include "cluster/etcd/client.hpp"
#include "domain/ids.hpp"

namespace charter::chaos {

inline constexpr std::size_t node_count = 3;
inline constexpr std::size_t member_count = 3;

/// Where the relay stands between a node and a member, between the other nodes and a node, and between the other
/// members and a member.
std::size_t etcd_route(std::size_t node, std::size_t member);
std::size_t link_route(std::size_t node);
std::size_t peer_route(std::size_t member);
/// As the relay numbers those who connect.
asker node_asker(std::size_t node);
asker member_asker(std::size_t member);
/// As script/cluster has the ports with --relay, after the first node's.
std::vector<route> routes_of_cluster(std::uint16_t first_port);

/// Starts one in that directory, on free ports, with a relay between its parts or without. Errors: `unavailable`; what
/// was started has ended.
struct started_cluster {
  std::unique_ptr<relay> network; ///< null without
  std::uint16_t first_port = 0;
};
result<started_cluster> start_cluster(const std::filesystem::path& data, const std::filesystem::path& script,
                                      const std::vector<std::string>& options, bool relayed);

/// "n1" to "n3" are nodes, "m1" to "m3" members of etcd, as script/cluster calls them.
std::string node_name(std::size_t node);
std::string node_word(std::size_t node); ///< "node-1", as its files are called
std::string member_name(std::size_t member);

/// As proc(5) has it: 'R', 'S', 'T' … Nothing of one that is gone, or has ended and is only waited for.
std::optional<char> state_of_process(int pid);
/// All of its threads stand still.
bool is_stopped(int pid);

class cluster_processes {
public:
  /// `data`: of script/cluster. `script`: that one. Errors: `invalid_params` when no cluster lives there.
  static result<cluster_processes> of(std::filesystem::path data, std::filesystem::path script);

  std::uint16_t first_port() const { return first_port_; }
  std::filesystem::path journal_of(std::size_t node) const { return data_ / node_word(node); }

  /// By signals; false when there is no such process of ours any more.
  bool kill(const std::string& name); ///< SIGKILL, and it is gone
  bool pause(const std::string& name);
  bool resume(const std::string& name);
  bool terminate(const std::string& name); ///< SIGTERM; doesn't wait
  bool lives(const std::string& name) const;
  std::optional<int> pid_of(const std::string& name) const;
  bool await_end(const std::string& name, std::chrono::milliseconds patience) const;
  /// A node is ready then, and keeps to `charterd` unless that is empty. Errors: `unavailable`, with what the script
  /// said.
  status start(const std::string& name, const std::filesystem::path& charterd = {});

  /// Of a dead node: what was in its directory is gone, off all lists, and a new one may join, as an operator does it
  /// with charter-cluster. Errors: `unavailable`, with what that said.
  status replace_directory(std::size_t node, const std::filesystem::path& charter_cluster);
  /// Until `empty_disk`. False when it can't be.
  bool fill_disk(std::size_t node, std::uint64_t bytes_left);
  void empty_disk(std::size_t node);
  /// So far ahead of the machine's, or behind. False when the node has no such clock.
  bool set_clock(std::size_t node, std::chrono::seconds ahead);
  /// How far the time that the node was told last is ahead of the machine's; of one that doesn't ask, it falls behind.
  std::optional<std::chrono::milliseconds> told_ahead(std::size_t node) const;

  std::uint16_t port_of(std::size_t node) const { return static_cast<std::uint16_t>(first_port_ + node); }
  /// The id that it has, or was given last.
  const std::string& directory_of(std::size_t node) const { return directories_[node]; }

  // -- what etcd says -----------------------------------------------------------------------

  etcd::client& etcd() { return *etcd_; } ///< not through the relay

  /// Which node owns it; nothing when none does, or etcd doesn't answer.
  std::optional<std::size_t> owner_of(shard_id shard);
  /// Until no shard has moved for three seconds: in the beginning, and after failures, they go to where they belong.
  /// False when that takes too long.
  bool await_rest(std::chrono::seconds within);
  /// How many shards are owned by that node, dead or alive. Nothing when etcd doesn't answer.
  std::optional<std::size_t> shards_of(std::size_t node);
  /// That it is registered with; nothing while it isn't.
  std::optional<std::uint32_t> protocol_of(std::size_t node);
  std::optional<std::size_t> leader();
  /// What is still missing: members that don't answer, nodes that aren't there or lack something, shards that nobody
  /// owns or that not everybody keeps. Empty when all is well.
  std::string lacking();
  /// Whether every replica has synced all that stands in the log.
  bool is_level();

private:
  bool signal(const std::string& name, int which) const;
  std::filesystem::path clock_of(std::size_t node) const { return data_ / (node_name(node) + ".clock"); }
  std::filesystem::path ballast_of(std::size_t node) const { return journal_of(node) / "ballast"; }

  std::filesystem::path data_;
  std::filesystem::path script_;
  std::uint16_t first_port_ = 0;
  std::unique_ptr<etcd::client> etcd_;
  std::vector<std::string> directories_; ///< ids, by node
};

} // namespace charter::chaos
