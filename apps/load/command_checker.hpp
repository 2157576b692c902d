#pragma once
// What became of each command of a run, held against two invariants.
//
// [I2] After a sanction is acknowledged, and until it is lifted, nothing that it forbids is accepted: a command that
// was first sent after the acknowledgement must not take effect before its lifting was asked for. What was on its way
// when either happened may go both ways. [I3] A command that is sent several times, with one command id, takes effect
// once: one post, and the same answer each time. A refusal leaves nothing behind and may be followed by something else.
//
// Pure. Commands are known by their number in the run, which the texts of posts and messages carry.

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "domain/result.hpp"

namespace charter::load {

/// Streams and accounts are known by small numbers (push_decoder).
using stream_number = std::uint32_t;
using command_number = std::uint64_t; ///< from 1

enum class command_kind : std::uint8_t {
  publish, ///< makes an item with a number of its own
  correct, ///< changes one; forbidden under suspension, too
  message, ///< in a chat, which no sanction of an account reaches
};

class command_checker {
public:
  /// Sentences about what is broken, with the invariant.
  struct finding {
    int invariant;
    std::string what;
  };
  using findings = std::vector<finding>;

  // -- commands -----------------------------------------------------------------------
  /// About to be sent for the first time.
  command_number begin(command_kind kind, stream_number stream);
  /// One more copy is on its way.
  void sent(command_number command) { ++of(command).open; }
  /// An answer to one of the copies.
  findings accepted(command_number command, std::uint64_t number);
  findings refused(command_number command, errc why);
  /// A copy whose answer was lost: it may have taken effect or not.
  void lost(command_number command) { --of(command).open; }
  /// Somebody was pushed the item that a command made.
  findings pushed(command_number command, stream_number stream, std::uint64_t number);

  // -- sanctions ----------------------------------------------------------------------
  void suspended(stream_number account, std::string sanction);
  /// About to be asked for.
  void lifting(stream_number account) { suspensions_.erase(account); }
  bool is_suspended(stream_number account) const { return suspensions_.contains(account); }

  /// The highest number that was acknowledged.
  std::uint64_t last_number(stream_number stream) const;
  std::uint64_t commands() const { return records_.size(); }

private:
  struct record {
    command_kind kind;
    stream_number stream;
    std::uint32_t suspension = 0; ///< in force when it was first sent; 0: none
    std::uint32_t open = 0;       ///< copies without an answer
    std::uint64_t number = 0;     ///< of its item; 0: not accepted yet
    bool is_refused = false;      ///< for good
  };
  struct suspension {
    std::uint32_t serial;
    std::string sanction;
  };

  record& of(command_number command) { return records_.at(command - 1); }
  std::string name(command_number command) const;
  void check_suspension(command_number command, findings& out);
  void check_number(command_number command, std::uint64_t number, findings& out);

  std::vector<record> records_;
  std::unordered_map<stream_number, suspension> suspensions_;
  std::unordered_map<stream_number, std::uint64_t> last_;
  std::unordered_map<stream_number, std::unordered_map<std::uint64_t, command_number>> makers_; ///< who made which item
  std::uint32_t serial_ = 0;
};

} // namespace charter::load
