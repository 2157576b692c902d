#pragma once
// The server's pushes, as far as a run looks at them.
//
// One push is one frame shared by all its readers, so each is parsed once and known again by its bytes: that is what
// lets one core stand in for tens of thousands of readers. Belongs to one run, on the loop's thread.

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "apps/load/command_checker.hpp"
#include "apps/load/stream_checker.hpp"

namespace charter::load {

struct push_event {
  enum class kind { published, corrected, withdrawn, message, notice, gap, other } what = kind::other;
  stream_number stream = 0;
  std::uint64_t number = 0;          ///< of the item
  std::optional<number_range> range; ///< of a gap, unless it has none
  command_number command = 0;        ///< of this run that made it; 0: none of ours
};

/// Streams as small numbers, in the order in which they were first named.
class stream_names {
public:
  stream_number operator[](const std::string& id);
  const std::string& name(stream_number stream) const { return names_.at(stream); }

private:
  std::unordered_map<std::string, stream_number> numbers_;
  std::vector<std::string> names_;
};

class push_decoder {
public:
  /// `run` tells this run's texts from those of earlier ones.
  push_decoder(std::string run, stream_names& streams) : run_(std::move(run)), streams_(streams), cache_(cache_size) {}

  /// Whether this is a push rather than an answer: the server writes members in the order of the alphabet.
  static bool is_push(std::string_view text) { return text.starts_with("{\"jsonrpc\""); }

  struct decoded {
    const push_event& event; ///< valid until the next call
    bool is_first;           ///< nobody else was seen to get it yet
  };
  /// Notices are numbered per user, and named by `reader`.
  decoded decode(std::string_view text, stream_number reader);

  /// What goes to the end of a text, so that its push is known again.
  std::string mark(command_number command) const { return " #" + run_ + "-" + std::to_string(command); }

private:
  struct entry {
    std::size_t hash = 0;
    std::string text;
    push_event event;
  };

  push_event parse(std::string_view text);
  command_number command_in(const std::string& text) const;

  static constexpr std::size_t cache_size = 4'096; // far more than are on their way at one time

  std::string run_;
  stream_names& streams_;
  std::vector<entry> cache_;
  push_event notice_;
};

} // namespace charter::load
