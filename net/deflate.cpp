#define ZLIB_CONST // its input is ours to keep

#include "net/deflate.hpp"

#include <array>
#include <new>

#include <zlib.h>

namespace charter::net {

namespace {

constexpr int level = 1; // the highest one gains a hundredth more on a post, and a fortieth on a page (docs/adr/0011)
constexpr int memory_level = 8;

/// Ends what a flush leaves; RFC 7692, 7.2.1 has it taken off.
constexpr std::array<std::uint8_t, 4> tail{0x00, 0x00, 0xff, 0xff};

struct deflater {
  z_stream stream{};
  bool usable;
  deflater()
      : usable(deflateInit2(&stream, level, Z_DEFLATED, -window_bits_max, memory_level, Z_DEFAULT_STRATEGY) == Z_OK) {}
  ~deflater() { deflateEnd(&stream); }
  deflater(const deflater&) = delete;
};

struct inflater {
  z_stream stream{};
  std::array<std::uint8_t, 16 * 1024> piece;
  inflater() {
    if (inflateInit2(&stream, -window_bits_max) != Z_OK)
      throw std::bad_alloc{};
  }
  ~inflater() { inflateEnd(&stream); }
  inflater(const inflater&) = delete;

  /// Appends to `out`. A final block ends a stream, and what follows is another one (RFC 7692, 7.2.3.4).
  inflated::outcome feed(byte_view input, bytes& out, std::size_t bytes_max);
  /// Between two blocks, and on a byte's border.
  bool at_rest() const { return stream.data_type == 128; }
};

inflated::outcome inflater::feed(byte_view input, bytes& out, std::size_t bytes_max) {
  stream.next_in = input.data();
  stream.avail_in = static_cast<uInt>(input.size());
  do {
    stream.next_out = piece.data();
    stream.avail_out = static_cast<uInt>(piece.size());
    auto code = ::inflate(&stream, Z_SYNC_FLUSH);
    if (code == Z_MEM_ERROR)
      throw std::bad_alloc{};
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
      return inflated::outcome::broken;
    auto size = piece.size() - stream.avail_out;
    if (size > bytes_max - out.size())
      return inflated::outcome::too_big;
    out.insert(out.end(), piece.data(), piece.data() + size);
    if (code == Z_STREAM_END)
      inflateReset(&stream);
  } while (stream.avail_in > 0 || stream.avail_out == 0);
  return inflated::outcome::whole;
}

} // namespace

std::optional<bytes> deflate_payload(byte_view plain) {
  thread_local deflater mine;
  auto& stream = mine.stream;
  if (!mine.usable || deflateReset(&stream) != Z_OK)
    return std::nullopt;
  bytes out(plain.size() + tail.size()); // what fills it isn't smaller
  stream.next_in = plain.data();
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  if (::deflate(&stream, Z_SYNC_FLUSH) != Z_OK || stream.avail_out == 0)
    return std::nullopt;
  out.resize(out.size() - stream.avail_out - tail.size());
  return out;
}

inflated inflate_payload(byte_view deflated, std::size_t bytes_max) {
  using outcome = inflated::outcome;
  thread_local inflater mine;
  inflateReset(&mine.stream);
  bytes out;
  auto how = mine.feed(deflated, out, bytes_max);
  if (how == outcome::whole)
    how = mine.feed(tail, out, bytes_max);
  if (how == outcome::whole && !mine.at_rest())
    how = outcome::broken;
  if (how != outcome::whole)
    return {how, {}};
  return {how, std::move(out)};
}

} // namespace charter::net
