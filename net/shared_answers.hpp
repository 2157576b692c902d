#pragma once
// Answers that many want at the same moment: after a storm thousands of followers lack the same posts, and reading and
// encoding them costs more than all the rest of coming back.
//
// Only for methods whose answer depends on nothing but their parameters and one account's rows. An answer is good as
// long as the account has had no change since before it was read; whoever looks sees to that, so nothing here is ever
// older than the rows. Belongs to one gateway.

#include <deque>
#include <string>
#include <unordered_map>

#include "net/rpc_codec.hpp"
#include "storage/queries.hpp"

namespace charter::net {

/// A whole answer, around a result that is encoded already.
bytes encode_result(codec c, const nlohmann::json& id, byte_view result);

class shared_answers {
public:
  explicit shared_answers(const storage::store& rows) : rows_(rows) {}

  /// What an answer has to be kept under: asked for before its rows are read.
  struct place {
    account_id account;
    std::string question; ///< the method, its parameters and the codec
    storage::position as_of = 0;
  };
  place place_of(const account_id& account, std::string question);
  /// The encoded result; null if there is none that is good.
  std::shared_ptr<const bytes> find(const place& where) const;
  void keep(const place& where, bytes result);

  std::size_t size() const { return kept_.size(); }
  std::size_t bytes_kept() const { return bytes_; }

private:
  struct answer {
    storage::position as_of = 0;
    std::shared_ptr<const bytes> result;
  };

  const storage::store& rows_;
  std::unordered_map<std::string, answer> kept_;
  std::deque<std::string> by_age_; ///< the keys of `kept_`
  std::size_t bytes_ = 0;
};

} // namespace charter::net
