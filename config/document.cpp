#include "config/document.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <tuple>

namespace charter::config {
namespace {
/// The parser came into a state that it holds impossible.
struct parser_lost {};
[[noreturn]] void give_up() { throw parser_lost{}; }
} // namespace
} // namespace charter::config

// Version 3.3 asserts on some broken inputs ("[.") where it should report them, and with NDEBUG goes on undefined. Its
// header-only form lets us turn each assertion into an exception, in every kind of build; hence no link to the library.
#undef NDEBUG
#undef TOML_SHARED_LIB
#undef TOML_HEADER_ONLY
#define TOML_HEADER_ONLY 1
#define TOML_ASSERT(expr) ((expr) ? void(0) : ::charter::config::give_up())
#include <toml++/toml.h>

namespace charter::config {

namespace {

place place_of(const toml::source_position& at) { return {static_cast<int>(at.line), static_cast<int>(at.column)}; }

template <class T>
std::string text_of(const T& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

node to_node(const toml::node& from) {
  node to;
  to.at = place_of(from.source().begin);
  to.key_at = to.at;
  if (const auto* table = from.as_table()) {
    to.kind = node_kind::table;
    for (const auto& [key, value] : *table) {
      to.children.push_back(to_node(value));
      to.children.back().key = std::string{key.str()};
      to.children.back().key_at = place_of(key.source().begin);
    }
  } else if (const auto* array = from.as_array()) {
    to.kind = node_kind::array;
    for (const auto& value : *array)
      to.children.push_back(to_node(value));
  } else if (const auto* text = from.as_string()) {
    to.kind = node_kind::text;
    to.text = text->get();
  } else if (const auto* integer = from.as_integer()) {
    to.kind = node_kind::integer;
    to.integer = integer->get();
  } else if (const auto* boolean = from.as_boolean()) {
    to.kind = node_kind::boolean;
    to.integer = boolean->get();
  } else if (from.is_floating_point()) {
    to.kind = node_kind::floating;
  } else {
    to.kind = node_kind::time;
    from.visit([&](const auto& value) { to.text = text_of(value); });
  }
  return to;
}

bool loses_the_parser(std::string_view text) {
  try {
    std::ignore = toml::parse(text);
  } catch (const toml::parse_error&) {
  } catch (const parser_lost&) {
    return true;
  }
  return false;
}

/// The first line, from 1, by whose end the parser is lost. It reads from front to back, so halving finds it.
int line_that_loses_the_parser(std::string_view text) {
  std::vector<std::size_t> ends;
  for (auto at = text.find('\n'); at != text.npos; at = text.find('\n', at + 1))
    ends.push_back(at + 1);
  auto first = std::partition_point(ends.begin(), ends.end(),
                                    [&](std::size_t end) { return !loses_the_parser(text.substr(0, end)); });
  return 1 + static_cast<int>(first - ends.begin());
}

} // namespace

const node* node::find(std::string_view name) const {
  for (const auto& child : children)
    if (kind == node_kind::table && child.key == name)
      return &child;
  return nullptr;
}

std::string describe(const node& x) {
  switch (x.kind) {
    case node_kind::table: return "a table";
    case node_kind::array: return "a list";
    case node_kind::text: return x.text.empty() ? "an empty text" : x.text.size() <= 40 ? '"' + x.text + '"' : "text";
    case node_kind::integer: return "the whole number " + std::to_string(x.integer);
    case node_kind::floating: return "a number with a point";
    case node_kind::boolean: return x.integer ? "true" : "false";
    case node_kind::time: return "the time " + x.text;
  }
  return "?";
}

std::variant<node, mistake> parse_document(std::string_view text, const std::string& file) {
  try {
    return to_node(toml::parse(text));
  } catch (const toml::parse_error& e) {
    auto at = place_of(e.source().begin);
    return mistake{file, at.line, at.column, "", "TOML", "an error of syntax: " + std::string{e.description()}};
  } catch (const parser_lost&) {
    return mistake{file, line_that_loses_the_parser(text), 1, "", "TOML", "an error of syntax in a key"};
  }
}

std::optional<std::string> read_file(const std::string& path, std::size_t bytes_max) {
  std::ifstream in{path, std::ios::binary};
  std::string text(bytes_max + 1, '\0');
  if (!in || (in.read(text.data(), static_cast<std::streamsize>(text.size())), in.bad()))
    return {};
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > bytes_max)
    return {};
  return text;
}

} // namespace charter::config
