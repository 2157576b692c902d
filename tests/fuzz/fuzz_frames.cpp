// Fuzzes the reader of WebSocket frames (preset `fuzz`, libFuzzer). The first byte picks the codec and how the bytes
// are cut into pieces. What must hold: no crash, no sanitizer report, no message over its bound, and the same events
// however it is cut.

#include <cstdlib>

#include "net/message_reader.hpp"

using namespace charter;
using namespace charter::net;

namespace {

constexpr std::size_t message_bytes_max = 4096;
constexpr std::size_t fragments_max = 16;

struct heard {
  std::vector<std::tuple<int, bytes, std::uint16_t>> events;
  bool over = false;
  friend bool operator==(const heard&, const heard&) = default;
};

heard read_in_pieces(codec c, byte_view data, std::size_t piece) {
  message_reader reader(c, message_bytes_max, fragments_max);
  heard out;
  while (!data.empty() && !out.over) {
    auto part = data.first(std::min(piece, data.size()));
    data = data.subspan(part.size());
    while (auto e = reader.next(part)) {
      if (e->payload.size() > message_bytes_max)
        std::abort();
      out.over = e->what == message_reader::event::type::violation;
      out.events.emplace_back(static_cast<int>(e->what), e->payload, e->code);
      if (out.over)
        break;
    }
    if (reader.held_bytes() > message_bytes_max)
      std::abort();
  }
  return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0)
    return 0;
  auto c = data[0] % 2 ? codec::msgpack : codec::json;
  byte_view frames(data + 1, size - 1);
  if (read_in_pieces(c, frames, 1 + data[0] / 2) != read_in_pieces(c, frames, SIZE_MAX))
    std::abort();
  return 0;
}
