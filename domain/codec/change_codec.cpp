#include "domain/codec/change_codec.hpp"

#include "domain/codec/record.hpp"

namespace charter::codec {

namespace {

struct header_form {
  std::optional<digest32> body;
  charter::change change;
  CHARTER_FIELDS(header_form, body, change)
};

/// Only the first field of `header_form`: a shorter list skips the rest.
struct header_start {
  std::optional<digest32> body;
  CHARTER_FIELDS(header_start, body)
};

struct body_form {
  std::array<std::uint8_t, 16> salt{};
  std::vector<bytes> values;
  CHARTER_FIELDS(body_form, salt, values)
};

} // namespace

encoded_change encode_change(const change& c, const std::array<std::uint8_t, 16>& salt, digest_fn digest) {
  body_form body{salt, {}};
  auto inner = encode_split(c, body.values);
  encoded_change out;
  if (!body.values.empty())
    out.body = encode(body);
  record_writer header;
  header.array(2);
  if (out.body.empty())
    header.nil();
  else
    header.binary(digest(out.body));
  header.raw(inner);
  out.header = header.take();
  return out;
}

result<change> decode_change(byte_view header, byte_view body) {
  if (body.empty()) {
    auto decoded = decode_split<header_form>(header, nullptr);
    return decoded ? result<change>{std::move(decoded->change)} : result<change>{decoded.why()};
  }
  auto values = decode<body_form>(body);
  if (!values)
    return values.why();
  auto decoded = decode_split<header_form>(header, &values->values);
  return decoded ? result<change>{std::move(decoded->change)} : result<change>{decoded.why()};
}

status check_body(byte_view header, byte_view body, digest_fn digest) {
  auto start = decode<header_start>(header);
  if (!start)
    return start.why();
  if (body.empty())
    return done{};
  if (!start->body || *start->body != digest(body))
    return refuse(errc::internal, "the body is not the one that the record was written with");
  return done{};
}

} // namespace charter::codec
