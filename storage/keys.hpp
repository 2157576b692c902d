#pragma once
// How keys are put together and taken apart, so that byte order is the order wanted. See tables.hpp for the tables.
//
// Numbers are big-endian, times are shifted to be unsigned, texts end with a zero byte. Keys hold no personal data:
// the store may keep them a while after their rows are gone.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "domain/bytes.hpp"
#include "domain/ids.hpp"
#include "domain/result.hpp"
#include "domain/time.hpp"

namespace charter::storage {

/// Appends one part after the other.
class key_builder {
public:
  explicit key_builder(char table) : text_(1, table) {}
  explicit key_builder(std::string start) : text_(std::move(start)) {}

  key_builder& byte(std::uint8_t x);
  key_builder& number16(std::uint16_t x);
  key_builder& number32(std::uint32_t x);
  key_builder& number(std::uint64_t x);
  key_builder& time(timestamp x);
  key_builder& raw(byte_view x);
  key_builder& entity(const entity_id& x); ///< kind byte and 16 bytes
  key_builder& text(std::string_view x);   ///< cut at its first zero byte, which ends it

  std::string take() { return std::move(text_); }

private:
  std::string text_;
};

/// Takes parts off the front. After a part that isn't there, `ok` is false and all further parts are empty.
class key_reader {
public:
  /// `key` begins with `prefix`, which is skipped.
  key_reader(std::string_view key, std::string_view prefix);
  explicit key_reader(std::string_view rest) : rest_(rest) {}

  std::uint8_t byte();
  std::uint16_t number16();
  std::uint32_t number32();
  std::uint64_t number();
  timestamp time();
  id_bytes raw16();
  digest32 raw32();
  entity_id entity();
  std::string_view text();
  template <entity_kind K>
  id<K> id_of() {
    return {raw16()};
  }

  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }

private:
  std::string_view cut(std::size_t size);

  std::string_view rest_;
  bool ok_ = true;
};

/// The first key after all keys that begin with `prefix`; empty for the end of the store.
std::string end_of(std::string_view prefix);
/// The first key after this one.
std::string after(std::string_view key);

/// ASCII letters in lower case; other scripts as they are. For search among names.
std::string folded(std::string_view name);

// -- cursors ------------------------------------------------------------------------

/// Where a page ended, as text for the client: the key without its listing's prefix, in hex. Opaque to clients, and
/// harmless when made up: whatever comes back stays within the listing.
std::string to_cursor(std::string_view key, std::string_view prefix);
/// Errors: `invalid_params` naming `after`.
result<std::string> from_cursor(std::string_view cursor, std::string_view prefix);

} // namespace charter::storage
