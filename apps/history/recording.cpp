#include "apps/history/recording.hpp"

#include <array>
#include <istream>
#include <ostream>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace charter::history {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::array kinds{"publish", "subscribe", "unsubscribe", "suspend", "lift", "read"};
constexpr std::array outcomes{"ok", "refused", "unknown"};
constexpr std::array sighting_kinds{"listen", "item", "gap", "quiet"};

struct mistake : std::runtime_error {
  using std::runtime_error::runtime_error;
};

template <class Enum, std::size_t N>
std::optional<Enum> among(const std::array<const char*, N>& names, const std::string& text) {
  for (std::size_t i = 0; i < N; ++i)
    if (text == names[i])
      return static_cast<Enum>(i);
  return std::nullopt;
}

// -- reading ----------------------------------------------------------------------------

std::string text(const json& line, const char* key, bool required = true) {
  auto found = line.find(key);
  if (found == line.end() && !required)
    return {};
  if (found == line.end() || !found->is_string())
    throw mistake(std::string{"'"} + key + "' has to be a text");
  return found->get<std::string>();
}

std::optional<std::uint64_t> number_if_there(const json& line, const char* key) {
  auto found = line.find(key);
  if (found == line.end())
    return std::nullopt;
  if (!found->is_number_unsigned() || found->get<std::uint64_t>() > std::uint64_t(never.count()))
    throw mistake(std::string{"'"} + key + "' has to be a whole number from 0");
  return found->get<std::uint64_t>();
}

std::uint64_t number(const json& line, const char* key) {
  auto found = number_if_there(line, key);
  if (!found)
    throw mistake(std::string{"'"} + key + "' is missing");
  return *found;
}

instant time(const json& line, const char* key) { return instant{static_cast<std::int64_t>(number(line, key))}; }

std::vector<std::string> texts(const json& line, const char* key) {
  std::vector<std::string> out;
  for (const auto& one : line.value(key, json::array())) {
    if (!one.is_string())
      throw mistake(std::string{"'"} + key + "' has to be a list of texts");
    out.push_back(one.get<std::string>());
  }
  return out;
}

operation operation_of(operation_kind kind, const json& line) {
  operation op;
  op.kind = kind;
  op.account = text(line, "account");
  op.client = text(line, "client");
  op.command = text(line, "command", false);
  op.invoked = time(line, "invoked_ns");
  auto result = among<outcome>(outcomes, text(line, "outcome"));
  if (!result)
    throw mistake("'outcome' is ok, refused or unknown");
  op.result = *result;
  if (op.result != outcome::unknown)
    op.answered = time(line, "answered_ns");
  if (op.answered < op.invoked)
    throw mistake("the answer came before the question");
  if (kind == operation_kind::publish && op.result == outcome::ok && (op.number = number(line, "number")) == 0)
    throw mistake("posts are numbered from 1");
  if (kind == operation_kind::suspend || kind == operation_kind::lift)
    op.sanction = text(line, "sanction");
  if (kind == operation_kind::read && op.result == outcome::ok) {
    op.posts = number_if_there(line, "posts");
    op.followers = number_if_there(line, "followers");
  }
  return op;
}

sighting sighting_of(sighting_kind kind, const json& line) {
  sighting s;
  s.kind = kind;
  s.subscriber = text(line, "subscriber");
  s.account = text(line, "account");
  s.at = time(line, "at_ns");
  s.command = text(line, "command", false);
  switch (kind) {
    case sighting_kind::listen: s.number = number(line, "after"); break;
    case sighting_kind::item: s.number = number(line, "number"); break;
    case sighting_kind::gap:
      s.number = number(line, "from");
      s.to = number(line, "to");
      break;
    case sighting_kind::quiet: break;
  }
  return s;
}

void add(recording& to, const json& line) {
  if (!line.is_object())
    throw mistake("not an object");
  const auto type = text(line, "type");
  if (auto kind = among<operation_kind>(kinds, type))
    to.operations.push_back(operation_of(*kind, line));
  else if (auto seen = among<sighting_kind>(sighting_kinds, type))
    to.sightings.push_back(sighting_of(*seen, line));
  else if (type == "begin")
    to.beginnings.push_back({text(line, "account"), number_if_there(line, "posts").value_or(0),
                             texts(line, "sanctions"), texts(line, "followers")});
  else
    throw mistake("there is no type '" + type + "'");
}

// -- writing ----------------------------------------------------------------------------

ordered_json line_of(const beginning& b) {
  return {{"type", "begin"},
          {"account", b.account},
          {"posts", b.posts},
          {"sanctions", b.sanctions},
          {"followers", b.followers}};
}

ordered_json line_of(const operation& op) {
  ordered_json line{{"type", to_text(op.kind)}, {"account", op.account}, {"client", op.client}};
  if (!op.command.empty())
    line["command"] = op.command;
  if (!op.sanction.empty())
    line["sanction"] = op.sanction;
  line["invoked_ns"] = op.invoked.count();
  if (op.result != outcome::unknown)
    line["answered_ns"] = op.answered.count();
  line["outcome"] = outcomes[static_cast<std::size_t>(op.result)];
  if (op.number > 0)
    line["number"] = op.number;
  if (op.posts)
    line["posts"] = *op.posts;
  if (op.followers)
    line["followers"] = *op.followers;
  return line;
}

ordered_json line_of(const sighting& s) {
  ordered_json line{{"type", sighting_kinds[static_cast<std::size_t>(s.kind)]},
                    {"subscriber", s.subscriber},
                    {"account", s.account},
                    {"at_ns", s.at.count()}};
  switch (s.kind) {
    case sighting_kind::listen: line["after"] = s.number; break;
    case sighting_kind::item: line["number"] = s.number; break;
    case sighting_kind::gap:
      line["from"] = s.number;
      line["to"] = s.to;
      break;
    case sighting_kind::quiet: break;
  }
  if (!s.command.empty())
    line["command"] = s.command;
  return line;
}

} // namespace

const char* to_text(operation_kind kind) { return kinds[static_cast<std::size_t>(kind)]; }

void write(std::ostream& out, const recording& what) {
  // A name that isn't UTF-8 is no reason to lose the evidence.
  auto put = [&](const ordered_json& line) {
    out << line.dump(-1, ' ', false, json::error_handler_t::replace) << '\n';
  };
  for (const auto& b : what.beginnings)
    put(line_of(b));
  for (const auto& op : what.operations)
    put(line_of(op));
  for (const auto& s : what.sightings)
    put(line_of(s));
}

read_result read(std::istream& in) {
  read_result out;
  std::size_t count = 0;
  for (std::string line; out.mistakes.size() < mistakes_max && std::getline(in, line);) {
    ++count;
    try {
      if (line.size() > line_bytes_max || count > lines_max)
        throw mistake("too long");
      if (line.find_first_not_of(" \t\r") != line.npos)
        add(out.what, json::parse(line));
    } catch (const mistake& e) {
      out.mistakes.push_back("line " + std::to_string(count) + ": " + e.what());
    } catch (const json::exception&) {
      out.mistakes.push_back("line " + std::to_string(count) + ": not JSON");
    }
  }
  if (in.bad())
    out.mistakes.push_back("the file can't be read to its end");
  return out;
}

} // namespace charter::history
