// Old records decode for ever: tests/golden holds one of every event and every command, as each version wrote them.
//
// A change of the format is a new file, made with CHARTER_WRITE_GOLDEN=1; the older ones are never touched.

#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "domain/codec/change_codec.hpp"
#include "storage/digest.hpp"
#include "tests/charter_book.hpp"
#include "tests/sample.hpp"

using namespace charter;
using namespace charter::test;

namespace {

/// Oldest first; what is written today looks like the last one.
const std::vector<std::string> versions{"changes-1.txt"};

std::string path_of(const std::string& version) { return source_path("tests/golden/" + version); }

std::string hex_or_dash(byte_view data) { return data.empty() ? "-" : to_hex(data); }

bytes from_hex(const std::string& text) {
  bytes out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    out.push_back(static_cast<std::uint8_t>(std::stoi(text.substr(i, 2), nullptr, 16)));
  return out;
}

/// "event account 3": the fourth alternative of accounts::event.
struct record_name {
  bool is_event = true;
  entity_kind kind = entity_kind::user;
  std::size_t index = 0;

  std::string text() const {
    return std::string{is_event ? "event " : "command "} + std::string{to_name(kind)} + ' ' + std::to_string(index);
  }
};

template <class Any>
void name_alternatives(bool is_event, std::vector<record_name>& out) {
  [&]<std::size_t... Kinds>(std::index_sequence<Kinds...>) {
    auto add = [&](std::size_t kind, std::size_t count) {
      for (std::size_t i = 0; i < count; ++i)
        out.push_back({is_event, static_cast<entity_kind>(kind + enum_first(entity_kind{})), i});
    };
    (add(Kinds, std::variant_size_v<std::variant_alternative_t<Kinds, Any>>), ...);
  }
  (std::make_index_sequence<std::variant_size_v<Any>>{});
}

std::vector<record_name> all_names() {
  std::vector<record_name> out;
  name_alternatives<any_event>(true, out);
  name_alternatives<any_command>(false, out);
  return out;
}

template <class Any>
Any filled(sampler& s, const record_name& name) {
  Any any;
  auto kind = static_cast<std::size_t>(name.kind) - enum_first(entity_kind{});
  [&]<std::size_t... Kinds>(std::index_sequence<Kinds...>) {
    ((kind == Kinds && (s.fill_alternative(any.template emplace<Kinds>(), name.index), true)) || ...);
  }
  (std::make_index_sequence<std::variant_size_v<Any>>{});
  return any;
}

change sample_of(const record_name& name) {
  sampler s;
  change c;
  s.fill(c.entity);
  c.entity.kind = name.kind;
  s.fill(c.at);
  s.fill(c.by);
  s.fill(c.command);
  s.fill(c.parameters);
  s.fill(c.cause);
  s.fill_alternative(c.answer, name.index % std::variant_size_v<answer>);
  s.fill(c.awaiting);
  s.fill(c.due);
  if (name.is_event)
    c.events.push_back(filled<any_event>(s, name));
  else
    c.effects.push_back({s.made<entity_id>(), filled<any_command>(s, name)});
  return c;
}

codec::encoded_change record_of(const change& c) {
  std::array<std::uint8_t, 16> salt;
  salt.fill(7);
  return codec::encode_change(c, salt, storage::sha256);
}

std::string line_of(const record_name& name) {
  auto record = record_of(sample_of(name));
  return name.text() + ' ' + to_hex(record.header) + ' ' + hex_or_dash(record.body);
}

/// Name and record, from a line.
struct golden_record {
  std::string name;
  bytes header;
  bytes body;
};

std::vector<golden_record> read_golden(const std::string& version) {
  std::ifstream in{path_of(version)};
  REQUIRE(in);
  std::vector<golden_record> out;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words{line};
    std::string what, kind, index, header, body;
    words >> what >> kind >> index >> header >> body;
    out.push_back({what + ' ' + kind + ' ' + index, from_hex(header), from_hex(body)});
  }
  return out;
}

std::string name_in(const change& c) {
  record_name name;
  name.is_event = !c.events.empty();
  name.kind = c.entity.kind;
  auto index = [](const auto& of_kind) { return of_kind.index(); };
  name.index = name.is_event ? std::visit(index, c.events.front()) : std::visit(index, c.effects.front().command);
  return name.text();
}

} // namespace

TEST_CASE("golden: records of every version decode, and keep what they say", "[storage]") {
  if (std::getenv("CHARTER_WRITE_GOLDEN")) {
    std::ofstream out{path_of(versions.back())};
    for (auto& name : all_names())
      out << line_of(name) << '\n';
  }
  for (auto& version : versions)
    for (auto& record : read_golden(version)) {
      INFO(version << ": " << record.name);
      auto c = codec::decode_change(record.header, record.body);
      REQUIRE(c);
      CHECK(name_in(*c) == record.name);
      CHECK(codec::check_body(record.header, record.body, storage::sha256));
      auto again = record_of(*c);
      CHECK(*codec::decode_change(again.header, again.body) == *c);
    }
}

TEST_CASE("golden: what is written today is the newest version to the byte, and nothing is left out", "[storage]") {
  std::set<std::string> kept;
  for (auto& record : read_golden(versions.back()))
    kept.insert(record.name + ' ' + to_hex(record.header) + ' ' + hex_or_dash(record.body));
  for (auto& name : all_names()) {
    INFO(name.text());
    CHECK(kept.contains(line_of(name)));
  }
  CHECK(kept.size() == all_names().size());
}

TEST_CASE("golden: an erased record decodes all the same", "[storage]") {
  for (auto& record : read_golden(versions.back())) {
    INFO(record.name);
    auto c = codec::decode_change(record.header, {});
    REQUIRE(c);
    CHECK(name_in(*c) == record.name);
    CHECK(record_of(*c).body.empty());
  }
}
