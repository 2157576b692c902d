#include "net/outbox.hpp"

#include <algorithm>

#include "domain/result.hpp"

namespace charter::net {

void outbox::append(shared_bytes data, std::size_t sent, monotonic now, const transport_limits& bounds) {
  auto left = data->size() - sent;
  if (left == 0)
    return;
  auto time_to_read = std::chrono::milliseconds(left * 1000 / std::max<std::size_t>(bounds.outbox_rate_min, 1));
  auto begin = empty() ? now : std::max(now, waiting_.back().deadline - bounds.outbox_age_max);
  waiting_.push_back({std::move(data), sent, begin + bounds.outbox_age_max + time_to_read});
  bytes_ += left;
}

std::size_t outbox::gather(std::span<iovec> parts) const {
  std::size_t filled = 0;
  for (auto i = first_; i < waiting_.size() && filled < parts.size(); ++i) {
    auto& e = waiting_[i];
    // sendmsg takes what it only reads as non-const.
    parts[filled++] = {const_cast<std::uint8_t*>(e.data->data()) + e.sent, e.data->size() - e.sent};
  }
  return filled;
}

void outbox::consume(std::size_t sent) {
  CHARTER_ASSERT(sent <= bytes_);
  bytes_ -= sent;
  while (sent > 0) {
    auto& e = waiting_[first_];
    auto part = std::min(sent, e.data->size() - e.sent);
    e.sent += part;
    sent -= part;
    if (e.sent < e.data->size())
      break;
    e.data.reset();
    ++first_;
  }
  if (empty()) {
    clear();
  } else if (first_ >= 64 && first_ * 2 >= waiting_.size()) {
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
}

void outbox::clear() {
  bytes_ = 0;
  first_ = 0;
  waiting_.clear();
  // An idle session keeps no memory for what it once had to wait with.
  if (waiting_.capacity() > 4)
    waiting_.shrink_to_fit();
}

} // namespace charter::net
