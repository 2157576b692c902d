#pragma once
// Small files that must be whole or absent: a directory's identity, the journal's ledger, the vault's keys.
//
// Written under another name, synced, renamed, and the directory synced after; so a reader sees the old text or the
// new one, after a crash too. Any thread; one writer per file.
// What can fail: the file system (`not_found`, `unavailable` when it is full, else `internal` with errno's text).

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include <sys/types.h>

#include "domain/result.hpp"

namespace charter::storage {

/// Turns errno into a refusal; `what` names the deed and the file.
refusal os_refusal(std::string_view what);

/// Errors: `too_large` over `bytes_max`.
result<std::string> read_small_file(const std::string& path, std::size_t bytes_max = 1 << 20);

status write_small_file(const std::string& path, std::string_view text, mode_t mode = 0644);

/// Makes names created, renamed or removed in it durable.
status sync_directory(const std::string& path);

/// The subset of TOML that these files use: `name = 12` and `name = "text"`, comments, no tables, no escapes.
using flat_table = std::map<std::string, std::string>;

/// Errors: `invalid_params` with the line's number.
result<flat_table> parse_flat(std::string_view text);

/// Errors: `invalid_params` when it is absent or no number up to `most`.
result<std::uint64_t> flat_number(const flat_table& table, const std::string& name, std::uint64_t most);

} // namespace charter::storage
