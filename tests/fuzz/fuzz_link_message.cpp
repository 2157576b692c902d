// Fuzzes what nodes ask and answer over links (preset `fuzz`, libFuzzer). The first byte says whether it is an answer.
// What must hold: no crash, no sanitizer report, and what decodes comes out of its own message again.

#include <cstdlib>

#include "cluster/link_messages.hpp"

using namespace charter;
using namespace charter::cluster;

namespace {

template <class Decode, class Encode>
void check(std::string_view message, Decode decode, Encode encode) {
  auto first = decode(message);
  if (!first)
    return;
  auto text = encode(*first);
  auto again = decode(text);
  if (!again || encode(*again) != text)
    std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0)
    return 0;
  auto message = text_of({data + 1, size - 1});
  if (data[0] % 2 == 0)
    check(message, decode_question, encode_question);
  else
    check(message, decode_answer, encode_answer);
  return 0;
}
