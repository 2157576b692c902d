#pragma once
// Pages about one account, as they were made last: a popular one is asked for thousands of times between two changes.
//
// A page is good as long as what it was made of is the same: its account has had no change, the policy is the one that
// badges were judged by, and the second is not over (what time alone changes, such as the end of a sanction, shows at
// most so much later). Thread-safe; bounded, the oldest go first.

#include <chrono>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "actors/interfaces.hpp"
#include "net/http_message.hpp"
#include "storage/queries.hpp"

namespace charter::net {

/// Taken before the rows are read.
struct page_basis {
  storage::position as_of = 0; ///< the account's last change
  policy_ptr policy;
  std::chrono::sys_seconds second;
  bool operator==(const page_basis&) const = default;
};

struct kept_page {
  account_id account;
  page_basis basis;
  http_response response;
};

class page_cache {
public:
  /// Whether it is still good is for the caller to look at. Null when there is none.
  std::shared_ptr<const kept_page> find(const std::string& path) const;
  void keep(const std::string& path, kept_page page);

  std::size_t size() const;
  std::size_t bytes_kept() const;

private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const kept_page>> kept_;
  std::deque<std::string> by_age_; ///< the keys of `kept_`
  std::size_t bytes_ = 0;
};

} // namespace charter::net
