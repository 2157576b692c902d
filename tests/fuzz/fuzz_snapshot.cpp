// Fuzzes the decoder of snapshots (preset `fuzz`, libFuzzer). The first byte picks the kind of entity.
// What must hold: no crash, no sanitizer report, and a state that decodes comes out of its own snapshot again.

#include <cstdlib>

#include "domain/codec/record.hpp"
#include "domain/state.hpp"

using namespace charter;

namespace {

template <class State>
void round_trip(byte_view data) {
  auto state = codec::decode<State>(data);
  if (!state)
    return;
  auto again = codec::decode<State>(codec::encode(*state));
  if (!again || *again != *state)
    std::abort();
}

template <std::size_t... Kinds>
void round_trip_of(std::size_t kind, byte_view data, std::index_sequence<Kinds...>) {
  ((kind == Kinds ? round_trip<std::variant_alternative_t<Kinds, any_state>>(data) : void()), ...);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr auto kinds = std::variant_size_v<any_state>;
  if (size > 0)
    round_trip_of(data[0] % kinds, byte_view(data + 1, size - 1), std::make_index_sequence<kinds>{});
  return 0;
}
