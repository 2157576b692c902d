#pragma once
// The store: rows that can be rebuilt from the journal — snapshots, timelines, indexes.
//
// Ordered keys, atomic batches. Rows are folded only from durable records, together with the position they are
// folded up to, so whatever is read here may be told to anybody. Thread-safe.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/bytes.hpp"
#include "domain/result.hpp"

namespace charter::storage {

/// Puts and deletes that happen together, in order.
class row_batch {
public:
  void put(std::string key, bytes value) { operations_.push_back({std::move(key), std::move(value), false}); }
  void erase(std::string key) { operations_.push_back({std::move(key), {}, true}); }
  bool empty() const { return operations_.empty(); }
  void clear() { operations_.clear(); }

  struct operation {
    std::string key;
    bytes value;
    bool is_erase;
  };
  const std::vector<operation>& operations() const { return operations_; }

private:
  std::vector<operation> operations_;
};

class store {
public:
  virtual ~store() = default;

  virtual std::optional<bytes> get(std::string_view key) const = 0;

  /// Not synced: what a crash loses is folded again from the journal. Throws std::runtime_error when the engine fails.
  virtual void write(const row_batch& batch) = 0;

  /// Rows with `from` <= key < `to`, ascending, until `visit` returns false; an empty `to` is the end. Rows written
  /// meanwhile may or may not be seen. `visit` may use the store. Throws std::runtime_error when a table is damaged.
  using visitor = std::function<bool(std::string_view key, byte_view value)>;
  virtual void scan(std::string_view from, std::string_view to, const visitor& visit) const = 0;
  /// The same range, descending.
  virtual void scan_back(std::string_view from, std::string_view to, const visitor& visit) const = 0;

  /// Makes sure that no file holds erased or overwritten values of the range any more, and looks. Blocks while the
  /// range is rewritten; not from within a visitor. Keys may linger in a manifest until the next start: put no personal
  /// data into them. Errors: `unavailable` when a long scan keeps old files in use: repeat it.
  virtual status compact(std::string_view from, std::string_view to) = 0;
};

} // namespace charter::storage
