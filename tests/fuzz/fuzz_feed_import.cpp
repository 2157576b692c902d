// Fuzzes the reader of other publishers' feeds (preset `fuzz`, libFuzzer).
// What must hold: no crash, no sanitizer report, and whatever comes out keeps the bounds that a post has.

#include <cstdlib>
#include <set>

#include "apps/charter/feed_document.hpp"
#include "domain/bytes.hpp"
#include "domain/limits.hpp"

using namespace charter;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto feed = cli::parse_feed(text_of({data, size}));
  if (!feed)
    return 0;
  std::set<std::string> ids;
  for (auto& entry : feed->entries)
    if (entry.id.empty() || !ids.insert(entry.id).second || entry.text.empty() ||
        entry.text.size() > limits::post_bytes_max || entry.title.size() > limits::title_bytes_max ||
        entry.link.size() > limits::link_bytes_max)
      std::abort();
  return 0;
}
