#include "net/shared_answers.hpp"

namespace charter::net {

namespace {

constexpr std::size_t answers_max = 64;            // those of the last moments
constexpr std::size_t bytes_max = 4 * 1024 * 1024; // pages of 200 posts have some 100 KB

} // namespace

bytes encode_result(codec c, const nlohmann::json& id, byte_view result) {
  // Keys are sorted, so the result is last. Null is a byte in MessagePack, and in JSON a word before the map's end.
  auto whole = encode_document(c, make_result(id, nullptr));
  std::ptrdiff_t behind = c == codec::msgpack ? 0 : 1, null_size = c == codec::msgpack ? 1 : 4;
  auto at = whole.erase(whole.end() - behind - null_size, whole.end() - behind);
  whole.insert(at, result.begin(), result.end());
  return whole;
}

auto shared_answers::place_of(const account_id& account, std::string question) -> place {
  return {account, std::move(question), storage::last_change_of(rows_, account)};
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
