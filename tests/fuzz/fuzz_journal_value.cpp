// Fuzzes the frame around the journal's values (preset `fuzz`, libFuzzer). The first byte is the key's size.
// What must hold: no crash, no sanitizer report; what passes the checksum is what `frame` makes of it.

#include <cstdlib>

#include "storage/journal_format.hpp"

using namespace charter;
using namespace charter::storage;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0)
    return 0;
  auto all = text_of({data + 1, size - 1});
  auto key = all.substr(0, data[0] % 16);
  auto value = all.substr(key.size());
  row_place place;
  if (parse_row_key(key, place) && row_key(place.where, place.shard, place.at) != key)
    std::abort();
  (void)parse_head_payload(view_of(value));
  auto payload = unframe(key, value);
  if (payload && frame(key, payload->flags, payload->payload) != value)
    std::abort();
  // Damage is never taken for a record: one bit anywhere is noticed.
  auto sound = frame(key, 0, view_of(value));
  sound[size % sound.size()] ^= 1;
  if (unframe(key, sound))
    std::abort();
  return 0;
}
