#pragma once
// The store in memory, for simulation and tests: the same contract. Thread-safe; nothing can fail.

#include <map>
#include <mutex>

#include "storage/store.hpp"

namespace charter::storage {

class memory_store final : public store {
public:
  std::optional<bytes> get(std::string_view key) const override;
  void write(const row_batch& batch) override;
  void scan(std::string_view from, std::string_view to, const visitor& visit) const override;
  void scan_back(std::string_view from, std::string_view to, const visitor& visit) const override;
  status compact(std::string_view from, std::string_view to) override;

  std::size_t rows() const;

private:
  mutable std::mutex mutex_;
  std::map<std::string, bytes, std::less<>> rows_;
};

} // namespace charter::storage
