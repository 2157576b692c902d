#pragma once
// Small files that only their owner may read, replaced as a whole.

#include <optional>
#include <string>
#include <string_view>

#include "domain/result.hpp"

namespace charter::cli {

/// Nothing when there is no such file. Errors: `forbidden` if group or others have any right on it or it is somebody
/// else's, `too_large` over 16 MiB, `unavailable`.
result<std::optional<std::string>> read_private_file(const std::string& path);

/// Makes missing directories (0700) and the file (0600). Errors: `unavailable`.
status write_private_file(const std::string& path, std::string_view text);

/// Any file, or standard input for "-"; at most `bytes_max`. Errors: `not_found`, `too_large`, `unavailable`.
result<std::string> read_whole(const std::string& path, std::size_t bytes_max);

} // namespace charter::cli
