#include "cluster/link_messages.hpp"

#include "domain/codec/record.hpp"

namespace charter::cluster {

asked_command asked(envelope e) {
  return {e.to,         static_cast<std::uint8_t>(e.by.from),
          e.by.who,     e.command,
          e.parameters, e.entropy,
          e.cause,      std::move(e.what)};
}

result<envelope> envelope_of(asked_command c) {
  if (c.origin > static_cast<std::uint8_t>(caller::origin::system))
    return refuse(errc::internal, "a caller of no known origin");
  envelope e;
  e.to = c.to;
  e.by = {static_cast<caller::origin>(c.origin), c.by};
  e.command = c.command;
  e.parameters = c.parameters;
  e.entropy = c.entropy;
  e.cause = c.cause;
  e.what = std::move(c.what);
  return e;
}

std::string encode_question(const link_question& q) { return std::string{text_of(codec::encode(q))}; }
std::string encode_answer(const link_answer& a) { return std::string{text_of(codec::encode(a))}; }
result<link_question> decode_question(std::string_view text) { return codec::decode<link_question>(view_of(text)); }
result<link_answer> decode_answer(std::string_view text) { return codec::decode<link_answer>(view_of(text)); }

} // namespace charter::cluster
