// Fuzzes the decoder of journal records (preset `fuzz`, libFuzzer). The first two bytes are the header's size; the body
// is what follows it.
// What must hold: no crash, no sanitizer report, and what decodes comes out of its own record again.

#include <cstdlib>

#include "domain/codec/change_codec.hpp"

using namespace charter;

namespace {

digest32 no_digest(byte_view) { return {}; } // the record's hash isn't what is fuzzed

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2)
    return 0;
  auto header_size = std::min<std::size_t>(data[0] | data[1] << 8, size - 2);
  byte_view header(data + 2, header_size);
  byte_view body(data + 2 + header_size, size - 2 - header_size);
  (void)codec::check_body(header, body, no_digest);
  auto decoded = codec::decode_change(header, body);
  if (!decoded)
    return 0;
  auto record = codec::encode_change(*decoded, {}, no_digest);
  auto again = codec::decode_change(record.header, record.body);
  if (!again || *again != *decoded)
    std::abort();
  return 0;
}
