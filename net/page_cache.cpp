#include "net/page_cache.hpp"

namespace charter::net {

namespace {

constexpr std::size_t pages_max = 1'024;
constexpr std::size_t bytes_max = 16 * 1024 * 1024; // a full page has some 15 KB, a feed 40 KB

std::size_t bytes_of(const kept_page& page) { return page.response.body ? page.response.body->size() : 0; }

} // namespace

std::shared_ptr<const kept_page> page_cache::find(const std::string& path) const {
  std::lock_guard lock{mutex_};
  auto found = kept_.find(path);
  return found == kept_.end() ? nullptr : found->second;
}

void page_cache::keep(const std::string& path, kept_page page) {
  auto size = bytes_of(page);
  if (size > bytes_max / 4)
    return;
  auto made = std::make_shared<const kept_page>(std::move(page));
  std::lock_guard lock{mutex_};
  auto [at, is_new] = kept_.try_emplace(path);
  if (is_new)
    by_age_.push_back(path);
  else
    bytes_ -= bytes_of(*at->second);
  at->second = std::move(made);
  bytes_ += size;
  while (by_age_.size() > pages_max || bytes_ > bytes_max) {
    auto oldest = kept_.find(by_age_.front());
    bytes_ -= bytes_of(*oldest->second);
    kept_.erase(oldest);
    by_age_.pop_front();
  }
}

std::size_t page_cache::size() const {
  std::lock_guard lock{mutex_};
  return kept_.size();
}

std::size_t page_cache::bytes_kept() const {
  std::lock_guard lock{mutex_};
  return bytes_;
}

} // namespace charter::net
