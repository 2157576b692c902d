#pragma once
// Keeps count of the streams of a live feed, so that nothing is shown twice and no hole goes unnoticed (I4). Pure.

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace charter::cli {

/// Numbers from one to the other, both included.
struct hole {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  std::uint64_t size() const { return to - from + 1; }
  friend bool operator==(const hole&, const hole&) = default;
};

class stream_counter {
public:
  /// A stream's last number when listening begins. What came since the last connection is a hole to be filled; a
  /// stream that is new to us begins here.
  std::optional<hole> begin(const std::string& stream, std::uint64_t head);

  struct verdict {
    bool is_new = false;         ///< false: it was there already
    std::optional<hole> missing; ///< before it
  };
  /// An item came in.
  verdict take(const std::string& stream, std::uint64_t number);

  /// What came after `number` wasn't shown after all: it is a hole when listening begins again.
  void rewind(const std::string& stream, std::uint64_t number);

private:
  struct place {
    std::uint64_t last = 0;   ///< nothing up to here is missing
    std::uint64_t joined = 0; ///< the head when we first listened
    std::uint64_t early = 0;  ///< the server listens first and reads the head then: items up to it may still come
  };
  std::map<std::string, place> places_;
};

} // namespace charter::cli
