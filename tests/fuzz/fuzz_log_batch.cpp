// Fuzzes the batches that stand in etcd and go over links (preset `fuzz`, libFuzzer). The first byte is the key's size.
// What must hold: no crash, no sanitizer report; what passes the checksum is what `encode_batch` makes of it.

#include <cstdlib>

#include "cluster/log_batch.hpp"
#include "storage/crc32c.hpp"

using namespace charter;
using namespace charter::cluster;

namespace {

constexpr std::size_t preamble_bytes = 5; // format and checksum

/// Makes a value of the input whose checksum is right, so that what is behind it is reached.
std::string with_checksum(std::string_view key, char format, std::string_view payload) {
  auto sum = storage::crc32c(view_of(key));
  sum = storage::crc32c(view_of({&format, 1}), sum);
  sum = storage::crc32c(view_of(payload), sum);
  std::string out{format};
  for (int shift = 24; shift >= 0; shift -= 8)
    out += static_cast<char>(sum >> shift);
  return out + std::string{payload};
}

void check(std::string_view key, const std::string& value) {
  auto batch = decode_batch(1, key, value);
  if (!batch)
    return;
  if (batch->records.empty())
    std::abort();
  if (batch->before && encode_batch(key, {batch->first - 1, *batch->before}, batch->records) != value)
    std::abort();
  auto damaged = value;
  damaged[preamble_bytes + value.size() % (value.size() - preamble_bytes)] ^= 1;
  if (decode_batch(1, key, damaged))
    std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0)
    return 0;
  auto all = text_of({data + 1, size - 1});
  auto key = all.substr(0, data[0] % 16);
  auto rest = all.substr(key.size());
  check(key, std::string{rest});
  for (char format : {'\1', '\2', '\3'})
    check(key, with_checksum(key, format, rest));
  return 0;
}
