#pragma once
// A node as far as the journal is concerned, for tests of the replicated journal.

#include <thread>

#include <catch2/catch.hpp>

#include "cluster/catch_up.hpp"
#include "cluster/replicated_journal.hpp"
#include "cluster/roster.hpp"
#include "cluster/tail.hpp"
#include "storage/system_environment.hpp"
#include "tests/etcd_service.hpp"

namespace charter::test {

using namespace cluster;
using std::chrono::milliseconds;
using storage::append_outcome;

inline storage::system_environment world;
inline const std::vector<shard_id> all_shards{0, 1, 2, 3};

/// A node as far as the journal is concerned: a data directory, a connection, the replicated journal.
class journal_node {
public:
  journal_node(etcd_service& service, std::string name, replicated_journal_options options = {}, bool remembers = false)
      : directory_(make_directory(scratch_)), name_(std::move(name)), etcd_(service.connect()),
        options_(std::move(options)), remembers_(remembers) {
    start();
  }

  void start() {
    local_ = open_journal(directory_);
    auto options = options_;
    options.directory = name_;
    options.shards = all_shards;
    if (remembers_)
      options.memory = *cluster_memory::open(directory_);
    options.upkeep_period = milliseconds{50};
    options.alarm = [this](const std::string& name, const std::string&) {
      std::lock_guard lock{mutex_};
      alarms_.insert(name);
    };
    options.fatal = [this](const std::string& why) {
      std::lock_guard lock{mutex_};
      alarms_.insert("fatal: " + why);
    };
    journal_ = std::make_unique<replicated_journal>(*etcd_, *local_, world, options);
  }
  void stop() {
    catching_up_.reset();
    lender_.reset();
    journal_.reset();
    local_.reset();
  }
  /// The cluster, from its next start on.
  void remembers() { remembers_ = true; }
  void lose_disk() {
    stop();
    fs::remove_all(directory_);
    directory_ = make_directory(scratch_);
  }

  replicated_journal& operator*() { return *journal_; }
  replicated_journal* operator->() { return journal_.get(); }
  storage::journal& local() { return *local_; }
  etcd::client& etcd() { return *etcd_; }
  const std::string& directory() const { return directory_; }

  /// From now on it takes what it lacks from `other`, over links that do with each message as `carry` says.
  void take_from(journal_node& other, std::function<std::string(std::string answer)> carry) {
    lender_ = std::make_unique<log_lender>(other.local(), [&other](shard_id shard) { return other->doubt(shard); });
    catch_up_options options;
    options.directory = name_;
    options.shards = all_shards;
    options.ask = [this, carry](const std::string&, const std::string& message) {
      lender_->put(*decode_question(message), [this, carry](std::string answer) {
        if (auto arrived = decode_answer(carry(std::move(answer))))
          catching_up_->answered(*std::move(arrived));
        return true;
      });
      return true;
    };
    options.trouble = [this](shard_id, const refusal& why) {
      std::lock_guard lock{mutex_};
      alarms_.insert(why.detail);
    };
    catching_up_ = std::make_unique<catch_up>(*etcd_, *journal_, std::move(options));
  }

  bool has_alarm(const std::string& name) {
    std::lock_guard lock{mutex_};
    return alarms_.contains(name);
  }
  /// Waits until the follower has caught up.
  epoch claim(shard_id shard) {
    epoch term = 0;
    comes_true([&] {
      auto claimed = journal_->claim(shard);
      term = claimed ? *claimed : 0;
      return bool(claimed);
    });
    return term;
  }
  void claim_all() {
    for (auto shard : all_shards)
      REQUIRE(claim(shard) > 0);
  }

private:
  scratch_directory scratch_;
  std::string directory_;
  std::string name_;
  std::unique_ptr<etcd::client> etcd_;
  replicated_journal_options options_;
  bool remembers_ = false;
  std::mutex mutex_;
  std::set<std::string> alarms_;
  std::unique_ptr<storage::journal> local_;
  std::unique_ptr<replicated_journal> journal_;
  std::unique_ptr<log_lender> lender_; ///< another node's
  std::unique_ptr<catch_up> catching_up_;
};

inline void create_shards(etcd::client& etcd, const std::set<std::string>& replicas) {
  if (auto reserved = until_answered([&] { return reserve_space(etcd, log_keys{}); }); !reserved)
    throw std::runtime_error(reserved.why().detail);
  fenced_log log{etcd, log_keys{}, world};
  for (auto shard : all_shards)
    if (auto made = log.create(shard, log_end{}, replicas); !made)
      throw std::runtime_error(made.why().detail);
}

inline std::vector<std::string> headers(const storage::journal& log, shard_id shard) {
  std::vector<std::string> out;
  for (auto& record : read_all(log, shard))
    out.emplace_back(text_of(record.header));
  return out;
}

/// One batch to each shard, in one call; a record each.
inline std::vector<append_outcome> append_everywhere(storage::journal& log, const std::string& name,
                                                     std::size_t body_bytes = 0) {
  std::vector<storage::append_batch> batches;
  for (auto shard : all_shards)
    batches.push_back({shard, log.head(shard), {record_of(name, std::string(body_bytes, 'x'))}});
  return log.append(batches);
}

inline std::size_t tail_rows(etcd::client& etcd, shard_id shard) {
  auto rows = etcd.range(log_keys{}.log(shard));
  return rows ? rows->rows.size() : SIZE_MAX;
}

} // namespace charter::test
