#include "cluster/log_batch.hpp"

#include <concepts>
#include <optional>

#include "storage/crc32c.hpp"

namespace charter::cluster {

namespace {

constexpr char format_without_mark = 1;
constexpr char format_known = 2;
constexpr std::size_t preamble_bytes = 1 + 4;
constexpr std::size_t sizes_bytes = 4 + 4;

template <std::unsigned_integral Number>
void append_number(std::string& out, Number number) {
  for (int shift = 8 * (sizeof number - 1); shift >= 0; shift -= 8)
    out += static_cast<char>(number >> shift);
}

/// Takes bytes off the front, or nothing once there were too few.
struct reader {
  std::string_view left;
  bool short_of = false;

  std::string_view take(std::size_t size) {
    short_of |= size > left.size();
    if (short_of)
      return {};
    auto out = left.substr(0, size);
    left.remove_prefix(size);
    return out;
  }
  template <std::unsigned_integral Number>
  Number number() {
    Number out = 0;
    for (auto byte : take(sizeof out))
      out = static_cast<Number>(out << 8 | static_cast<std::uint8_t>(byte));
    return out;
  }
};

std::uint32_t checksum(std::string_view key, char format, std::string_view payload) {
  auto sum = storage::crc32c(view_of(key));
  sum = storage::crc32c(view_of({&format, 1}), sum);
  return storage::crc32c(view_of(payload), sum);
}

} // namespace

std::string encode_batch(std::string_view key, const log_end& after, std::span<const storage::log_record> records) {
  std::string payload;
  append_number(payload, after.last + 1);
  append_number(payload, after.mark);
  append_number(payload, static_cast<std::uint32_t>(records.size()));
  for (auto& record : records) {
    append_number(payload, static_cast<std::uint32_t>(record.header.size()));
    append_number(payload, static_cast<std::uint32_t>(record.body.size()));
    payload += text_of(record.header);
    payload += text_of(record.body);
  }
  std::string out{format_known};
  append_number(out, checksum(key, format_known, payload));
  return out + payload;
}

result<log_batch> decode_batch(shard_id shard, std::string_view key, std::string_view value) {
  auto damaged = [&] { return refuse(errc::internal, "etcd: damaged batch under " + std::string{key}); };
  if (value.size() < preamble_bytes)
    return damaged();
  if (value.front() != format_known && value.front() != format_without_mark)
    return refuse(errc::unavailable, "etcd: a newer version wrote " + std::string{key});
  reader in{value.substr(1)};
  if (auto sum = in.number<std::uint32_t>(); sum != checksum(key, value.front(), in.left))
    return damaged();
  log_batch out{shard, in.number<std::uint64_t>(), {}, {}};
  if (value.front() == format_known)
    out.before = in.number<record_mark>();
  auto count = in.number<std::uint32_t>();
  if (count == 0 || count > in.left.size() / sizes_bytes)
    return damaged();
  for (; count > 0; --count) {
    auto header_bytes = in.number<std::uint32_t>();
    auto body_bytes = in.number<std::uint32_t>();
    auto header = in.take(header_bytes);
    auto body = in.take(body_bytes);
    out.records.push_back({bytes_of(header), bytes_of(body)});
  }
  if (in.short_of || !in.left.empty())
    return damaged();
  return out;
}

} // namespace charter::cluster
