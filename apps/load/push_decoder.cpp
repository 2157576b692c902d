#include "apps/load/push_decoder.hpp"

#include <charconv>

#include <nlohmann/json.hpp>

namespace charter::load {

namespace {

using nlohmann::json;
using kind = push_event::kind;

kind kind_of(std::string_view method) {
  if (method == "post.published")
    return kind::published;
  if (method == "post.corrected")
    return kind::corrected;
  if (method == "post.withdrawn")
    return kind::withdrawn;
  if (method == "chat.message")
    return kind::message;
  if (method == "notice")
    return kind::notice;
  return method == "stream.gap" ? kind::gap : kind::other;
}

} // namespace

stream_number stream_names::operator[](const std::string& id) {
  auto [at, is_new] = numbers_.try_emplace(id, static_cast<stream_number>(names_.size()));
  if (is_new)
    names_.push_back(id);
  return at->second;
}

command_number push_decoder::command_in(const std::string& text) const {
  auto at = text.rfind(" #" + run_ + "-");
  command_number out = 0;
  if (at != text.npos)
    std::from_chars(text.data() + at + run_.size() + 3, text.data() + text.size(), out);
  return out;
}

push_event push_decoder::parse(std::string_view text) {
  push_event out;
  auto document = json::parse(text, nullptr, false);
  if (!document.is_object())
    return out;
  out.what = kind_of(document.value("method", ""));
  const auto& params = document["params"];
  switch (out.what) {
    case kind::published:
    case kind::corrected:
    case kind::withdrawn:
      out.stream = streams_[params.value("account", "")];
      out.number = params.value("number", std::uint64_t{0});
      out.command = command_in(params.value("text", ""));
      break;
    case kind::message:
      out.stream = streams_[params.value("chat", "")];
      out.number = params["message"].value("number", std::uint64_t{0});
      out.command = command_in(params["message"].value("text", ""));
      break;
    case kind::notice: out.number = params.value("number", std::uint64_t{0}); break;
    case kind::gap:
      out.stream = streams_[params.value("stream", "")];
      if (params.contains("from") && params.contains("to"))
        out.range = number_range{params["from"], params["to"]};
      break;
    case kind::other: break;
  }
  return out;
}

push_decoder::decoded push_decoder::decode(std::string_view text, stream_number reader) {
  auto hash = std::hash<std::string_view>{}(text);
  auto& known = cache_[hash % cache_size];
  bool is_first = known.hash != hash || known.text != text;
  if (is_first)
    known = {hash, std::string{text}, parse(text)};
  if (known.event.what != kind::notice)
    return {known.event, is_first};
  notice_ = known.event; // the same words may go to many
  notice_.stream = reader;
  return {notice_, is_first};
}

} // namespace charter::load
