// Documents in both encodings. Kept apart from the JSON-RPC layer, since msgpack-c's parser is slow to compile.

#include "net/rpc_codec.hpp"

#include <msgpack/null_visitor.hpp>
#include <msgpack/parse.hpp>
#include <msgpack/unpack.hpp>

#include "net/document_builder.hpp"
#include "net/utf8.hpp"

namespace charter::net {

namespace {

using nlohmann::json;

/// nlohmann's SAX events; its parser doesn't recurse.
class json_events : public nlohmann::json_sax<json> {
public:
  explicit json_events(document_builder& builder) : builder_(builder) {}

  bool null() override { return builder_.value(nullptr); }
  bool boolean(bool x) override { return builder_.value(x); }
  bool number_integer(number_integer_t x) override { return builder_.value(x); }
  bool number_unsigned(number_unsigned_t x) override { return builder_.value(x); }
  bool number_float(number_float_t x, const string_t& text) override {
    // The parser falls back to floating point when an integer is too long; that would lose digits silently.
    if (text.find_first_of(".eE") == text.npos)
      return builder_.fail(invalid("", "an integer is out of range"));
    return builder_.number(x);
  }
  bool string(string_t& x) override { return builder_.value(std::move(x)); }
  bool binary(binary_t&) override { return builder_.fail(invalid("", "binary values are not part of this protocol")); }
  bool start_object(std::size_t) override { return builder_.begin(json::object()); }
  bool key(string_t& name) override { return builder_.key(std::move(name)); }
  bool end_object() override { return builder_.end(); }
  bool start_array(std::size_t) override { return builder_.begin(json::array()); }
  bool end_array() override { return builder_.end(); }
  bool parse_error(std::size_t position, const std::string&, const json::exception&) override {
    syntax_ = true;
    return builder_.fail(invalid("", "not JSON: wrong at byte " + std::to_string(position)));
  }
  bool syntax() const { return syntax_; }

private:
  document_builder& builder_;
  bool syntax_ = false;
};

/// msgpack-c's events. The visitor is used instead of `unpack` with its `unpack_limit`, since it never allocates what
/// a header promises; the builder's bounds take the limit's place. Its parser doesn't recurse either.
struct msgpack_events : msgpack::null_visitor {
  document_builder& builder;
  bool syntax = false;
  bool expects_key = false;

  explicit msgpack_events(document_builder& b) : builder(b) {}

  bool visit_nil() { return put(nullptr); }
  bool visit_boolean(bool x) { return put(x); }
  bool visit_positive_integer(std::uint64_t x) { return put(x); }
  bool visit_negative_integer(std::int64_t x) { return put(x); }
  bool visit_float32(float x) { return !is_key() && builder.number(x); }
  bool visit_float64(double x) { return !is_key() && builder.number(x); }
  bool visit_str(const char* data, std::uint32_t size) {
    std::string_view text(data, size);
    if (!is_utf8(view_of(text)))
      return fail_syntax("a text is not UTF-8");
    return expects_key ? builder.key(std::string(text)) : builder.value(std::string(text));
  }
  bool visit_bin(const char*, std::uint32_t) { return fail_type("binary values are not part of this protocol"); }
  bool visit_ext(const char*, std::uint32_t) { return fail_type("extension types are not part of this protocol"); }
  bool start_array(std::uint32_t) { return !is_key() && builder.begin(json::array()); }
  bool end_array() { return builder.end(); }
  bool start_map(std::uint32_t) { return !is_key() && builder.begin(json::object()); }
  bool end_map() { return builder.end(); }
  bool start_map_key() { return expects_key = true; }
  bool end_map_key() {
    expects_key = false;
    return true;
  }
  void parse_error(std::size_t, std::size_t at) { fail_syntax("wrong at byte " + std::to_string(at)); }
  void insufficient_bytes(std::size_t, std::size_t) { fail_syntax("ends too early"); }

  bool fail_syntax(const std::string& what) {
    syntax = true;
    return builder.fail(invalid("", "not MessagePack: " + what));
  }
  bool fail_type(std::string what) { return builder.fail(invalid("", std::move(what))); }
  template <class T>
  bool put(T x) {
    return !is_key() && builder.value(x);
  }
  /// A key that isn't a text is refused here.
  bool is_key() {
    if (expects_key)
      fail_type("a map's key is not a text");
    return expects_key;
  }
};

} // namespace

decoded_document decode_strictly(codec c, byte_view message, const rpc_limits& bounds) {
  if (message.size() > bounds.message_bytes_max)
    return {{}, refuse(errc::too_large, "message over " + std::to_string(bounds.message_bytes_max) + " bytes"), false};
  document_builder builder(bounds.depth_max, bounds.values_max);
  bool syntax = false;
  if (c == codec::json) {
    json_events events(builder);
    json::sax_parse(message.begin(), message.end(), &events);
    syntax = events.syntax();
  } else {
    msgpack_events events(builder);
    std::size_t offset = 0;
    try {
      bool complete = msgpack::parse(reinterpret_cast<const char*>(message.data()), message.size(), offset, events);
      if (complete && offset != message.size())
        events.fail_syntax("more bytes after its end");
      else if (!complete && !builder.failed())
        events.fail_syntax("ends too early");
    } catch (const std::exception&) {
      events.fail_syntax("sizes out of range");
    }
    syntax = events.syntax;
  }
  if (builder.failed())
    return {{}, builder.why(), syntax};
  return {builder.take(), std::nullopt, false};
}

result<json> decode_document(codec c, byte_view message, const rpc_limits& bounds) {
  auto decoded = decode_strictly(c, message, bounds);
  if (decoded.problem)
    return std::move(*decoded.problem);
  return std::move(decoded.document);
}

bytes encode_document(codec c, const json& document) {
  if (c == codec::msgpack)
    return json::to_msgpack(document);
  // What we send was checked when it came in; a stray byte must not turn an answer into an exception all the same.
  return bytes_of(document.dump(-1, ' ', false, json::error_handler_t::replace));
}

} // namespace charter::net
