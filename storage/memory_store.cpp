#include "storage/memory_store.hpp"

#include <algorithm>
#include <vector>

namespace charter::storage {

namespace {

constexpr std::size_t chunk_rows = 64; // copied per lock, so that a visitor may use the store

using chunk = std::vector<std::pair<std::string, bytes>>;

/// False when `visit` wants no more.
bool show(const chunk& rows, const store::visitor& visit) {
  return std::all_of(rows.begin(), rows.end(), [&](auto& row) { return visit(row.first, row.second); });
}

} // namespace

std::optional<bytes> memory_store::get(std::string_view key) const {
  std::lock_guard lock{mutex_};
  auto row = rows_.find(key);
  return row == rows_.end() ? std::nullopt : std::optional{row->second};
}

void memory_store::write(const row_batch& batch) {
  std::lock_guard lock{mutex_};
  for (auto& operation : batch.operations()) {
    if (operation.is_erase)
      rows_.erase(operation.key);
    else
      rows_.insert_or_assign(operation.key, operation.value);
  }
}

void memory_store::scan(std::string_view from, std::string_view to, const visitor& visit) const {
  std::string next{from};
  while (true) {
    chunk rows;
    {
      std::lock_guard lock{mutex_};
      for (auto row = rows_.lower_bound(next); row != rows_.end() && (to.empty() || row->first < to); ++row) {
        if (rows.size() == chunk_rows)
          break;
        rows.emplace_back(*row);
      }
    }
    if (!show(rows, visit) || rows.size() < chunk_rows)
      return;
    next = rows.back().first + '\0';
  }
}

void memory_store::scan_back(std::string_view from, std::string_view to, const visitor& visit) const {
  std::string end{to};
  while (true) {
    chunk rows;
    {
      std::lock_guard lock{mutex_};
      auto row = end.empty() ? rows_.end() : rows_.lower_bound(end);
      while (rows.size() < chunk_rows && row != rows_.begin() && std::prev(row)->first >= from)
        rows.emplace_back(*--row);
    }
    if (!show(rows, visit) || rows.size() < chunk_rows || rows.back().first.empty())
      return;
    end = rows.back().first;
  }
}

status memory_store::compact(std::string_view, std::string_view) { return done{}; }

std::size_t memory_store::rows() const {
  std::lock_guard lock{mutex_};
  return rows_.size();
}

} // namespace charter::storage
