#pragma once
// How `charter` ends. Documented in `charter --help`; scripts rely on the numbers.

namespace charter::cli {

enum exit_code : int {
  exit_ok = 0,
  exit_refused = 1,     ///< the server answered no, or some entries of an import were refused
  exit_usage = 2,       ///< the call was wrong, or a charter file has mistakes
  exit_unreachable = 3, ///< no server, no answer in time, or none of this protocol
  exit_signed_out = 4,  ///< log in first
  exit_local = 5,       ///< a local file: unreadable, damaged, not writable
};

} // namespace charter::cli
