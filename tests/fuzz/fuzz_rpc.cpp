// Fuzzes the JSON-RPC decoder in both encodings (preset `fuzz`, libFuzzer). The first byte picks the encoding.
// What must hold: no crash, no sanitizer report, and what was accepted encodes and decodes to the same document.

#include <cstdlib>

#include "net/rpc_codec.hpp"

using namespace charter;
using namespace charter::net;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0)
    return 0;
  auto c = data[0] % 2 ? codec::msgpack : codec::json;
  byte_view message(data + 1, size - 1);
  auto decoded = decode_rpc(c, message);
  if (decoded.calls.empty())
    std::abort();
  for (auto& call : decoded.calls)
    if (call.error)
      (void)encode_document(c, make_error(call.id, *call.error));
  auto document = decode_document(c, message);
  if (!document)
    return 0;
  rpc_limits unbounded; // escapes may make it longer
  unbounded.message_bytes_max = SIZE_MAX;
  auto again = decode_document(c, encode_document(c, *document), unbounded);
  if (!again || *again != *document)
    std::abort();
  return 0;
}
