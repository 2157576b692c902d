#include "net/shared_answers.hpp"

namespace charter::net {

namespace {

constexpr std::size_t answers_max = 64;            // those of the last moments
constexpr std::size_t bytes_max = 4 * 1024 * 1024; // pages of 200 posts have some 100 KB
constexpr std::size_t accounts_max = 1'024;        // whose last change we remember
constexpr std::size_t changes_followed = 64;       // one by one, before we search

bool has_change_after(const storage::store& rows, const account_id& account, storage::position at) {
  return !storage::changes_of(rows, account, at, 1).empty();
}

/// The last one after `known`, by doubling steps and then by halving them.
storage::position search_last_change(const storage::store& rows, const account_id& account, storage::position known) {
  storage::position step = 1;
  while (step < storage::position{1} << 62 && has_change_after(rows, account, known + step))
    step *= 2;
  auto beyond = known + step; // nothing comes after it
  while (known < beyond) {
    auto middle = known + (beyond - known) / 2;
    if (has_change_after(rows, account, middle))
      known = middle + 1;
    else
      beyond = middle;
  }
  return known;
}

} // namespace

bytes encode_result(codec c, const nlohmann::json& id, byte_view result) {
  // Keys are sorted, so the result is last. Null is a byte in MessagePack, and in JSON a word before the map's end.
  auto whole = encode_document(c, make_result(id, nullptr));
  std::ptrdiff_t behind = c == codec::msgpack ? 0 : 1, null_size = c == codec::msgpack ? 1 : 4;
  auto at = whole.erase(whole.end() - behind - null_size, whole.end() - behind);
  whole.insert(at, result.begin(), result.end());
  return whole;
}

storage::position shared_answers::last_change(const account_id& account) {
  if (last_changes_.size() >= accounts_max && !last_changes_.contains(account))
    last_changes_.clear();
  auto& known = last_changes_[account];
  auto more = storage::changes_of(rows_, account, known, changes_followed);
  if (more.size() == changes_followed)
    known = search_last_change(rows_, account, more.back());
  else if (!more.empty())
    known = more.back();
  return known;
}

auto shared_answers::place_of(const account_id& account, std::string question) -> place {
  return {account, std::move(question), last_change(account)};
}

std::shared_ptr<const bytes> shared_answers::find(const place& where) const {
  auto found = kept_.find(where.question);
  return found != kept_.end() && found->second.as_of == where.as_of ? found->second.result : nullptr;
}

void shared_answers::keep(const place& where, bytes result) {
  if (result.size() > bytes_max / 2)
    return;
  bytes_ += result.size();
  auto [at, is_new] = kept_.try_emplace(where.question);
  if (is_new)
    by_age_.push_back(where.question);
  else
    bytes_ -= at->second.result->size();
  at->second = {where.as_of, std::make_shared<const bytes>(std::move(result))};
  while (by_age_.size() > answers_max || bytes_ > bytes_max) {
    auto oldest = kept_.find(by_age_.front());
    bytes_ -= oldest->second.result->size();
    kept_.erase(oldest);
    by_age_.pop_front();
  }
}

} // namespace charter::net
