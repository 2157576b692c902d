#pragma once
// The other side of permessage-deflate, straight on zlib: it shares nothing with the code under test.

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include <zlib.h>

namespace charter::net {

/// What browsers offer.
inline constexpr std::string_view deflate_offer =
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";

/// The payload of a compressed message; `level` 0 stores it as it is.
inline std::string deflated(std::string_view plain, int level = 9) {
  z_stream stream{};
  deflateInit2(&stream, level, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, plain.size()) + 16, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  ::deflate(&stream, Z_SYNC_FLUSH);
  auto size = out.size() - stream.avail_out - 4;
  deflateEnd(&stream);
  return out.substr(0, size);
}

/// Nothing when it can't be read by somebody who remembers 2^window_bits bytes.
inline std::optional<std::string> inflated_text(std::string_view payload, int window_bits = 15) {
  auto input = std::string{payload} + std::string{"\x00\x00\xff\xff", 4};
  z_stream stream{};
  inflateInit2(&stream, -window_bits);
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  std::string out;
  char piece[16]; // short, since zlib looks back into what it has just put out as well as into its window
  int code;
  do {
    stream.next_out = reinterpret_cast<Bytef*>(piece);
    stream.avail_out = sizeof piece;
    code = ::inflate(&stream, Z_SYNC_FLUSH);
    out.append(piece, sizeof piece - stream.avail_out);
  } while (code == Z_OK && (stream.avail_in > 0 || stream.avail_out == 0));
  inflateEnd(&stream);
  return code == Z_OK || code == Z_BUF_ERROR ? std::optional{out} : std::nullopt;
}

} // namespace charter::net
