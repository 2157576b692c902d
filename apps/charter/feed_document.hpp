#pragma once
// Feeds of other publishers: Atom (RFC 4287) and RSS 2.0 (with RSS 1.0's and the Dublin Core's dates), as plain
// entries.
//
// Feeds are hostile input: sizes, entries and depth are bounded, no entity of a document type is ever expanded (pugixml
// knows the five of XML only), nothing is fetched, and markup in texts becomes plain text. Pure.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/result.hpp"
#include "domain/time.hpp"

namespace charter::cli {

inline constexpr std::size_t feed_bytes_max = 16 * 1024 * 1024;
inline constexpr std::size_t feed_entries_max = 10'000;

struct feed_entry {
  std::string id; ///< the publisher's; else its link, else a hash of what it says
  std::string title;
  std::string text; ///< plain, as long as a post may be at most
  std::string link; ///< http or https, else empty
  std::optional<timestamp> at;
};

struct feed_document {
  std::string title;
  std::vector<feed_entry> entries; ///< oldest first: by time where all have one, else the document's order reversed
  std::size_t empty = 0;           ///< entries that say nothing, left out
  std::size_t repeated = 0;        ///< entries with an id that was there already, left out
};

/// Errors: `too_large`; `invalid_params` with where it isn't well-formed, or when it is no feed.
result<feed_document> parse_feed(std::string_view text);

/// RFC 3339, or RFC 822 as RSS has it ("Tue, 24 Nov 2026 14:25:00 +0800"). Nothing for anything else.
std::optional<timestamp> parse_feed_time(std::string_view text);

} // namespace charter::cli
