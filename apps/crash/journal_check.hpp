#pragma once
// `charter journal verify` on the data of a server that doesn't run: LevelDB is one process's at a time.

#include <filesystem>

#include "domain/result.hpp"

namespace charter::crash {

/// Errors: `internal` with what the program printed, when it found damage or didn't run.
status verify_journal(const std::filesystem::path& charter, const std::filesystem::path& data);

} // namespace charter::crash
