#pragma once
// Three nodes and three members of etcd, as script/cluster starts them, with people who publish and follow.

#include <filesystem>
#include <optional>
#include <vector>

#include "apps/chaos/cast.hpp"
#include "apps/chaos/cluster_processes.hpp"
#include "bench/crowd.hpp"
#include "bench/temporary_directory.hpp"

namespace charter::bench {

class cluster_under_test {
public:
  static constexpr std::size_t accounts = 8;
  static constexpr std::size_t nodes = chaos::node_count;

  /// Everybody follows every account then. Throws std::runtime_error when it doesn't get that far.
  cluster_under_test();
  /// While an exception passes, the processes' logs are kept, and it is said where.
  ~cluster_under_test();
  cluster_under_test(const cluster_under_test&) = delete;
  cluster_under_test& operator=(const cluster_under_test&) = delete;

  crowd::server node(std::size_t i) const { return {static_cast<std::uint16_t>(first_port_ + i)}; }
  /// As clients see them, who wait so long for an answer.
  chaos::nodes reached_within(std::chrono::milliseconds answer_time) const {
    return chaos::nodes_at(first_port_, nodes, answer_time);
  }
  const chaos::cast& people() const { return people_; }
  chaos::cluster_processes& processes() { return *processes_; }

  /// As its links and etcd know it.
  std::shared_ptr<etcd::tls_source> certificates_of(std::size_t node) const;
  /// From its next start on: bytes per second of the log that it takes from others at most, 0 for no limit.
  void set_catch_up(std::size_t node, std::uint64_t bytes_per_s) const;

  /// Nodes and members.
  std::vector<pid_t> pids() const;
  /// Seconds, of the nodes, without etcd.
  double cpu() const;
  /// Of an account. Throws when there is none for ten seconds.
  std::size_t owner_of(std::size_t account);
  /// Until every process is there and every node keeps every shard. Throws when that takes too long.
  void await_whole();
  /// Until shards have stopped moving. Throws when that takes too long.
  void await_rest();

private:
  void follow(const chaos::member_of_cast& who) const;
  void keep_logs() const;

  temporary_directory directory_;
  std::filesystem::path data_ = directory_ / "cluster";
  std::uint16_t first_port_ = 0;
  std::optional<chaos::cluster_processes> processes_;
  chaos::cast people_;
};

} // namespace charter::bench
