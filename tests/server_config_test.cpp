// Server settings: sane when nothing is said, refused as a whole when something is wrong.

#include "config/server_config.hpp"

#include <algorithm>
#include <set>

#include <catch2/catch.hpp>

#include "config/reader.hpp"
#include "tests/charter_book.hpp"

using namespace charter;
using namespace charter::config;
using namespace std::chrono_literals;

namespace {

const server_overrides trial{.data_directory = {}, .port = {}, .trial = true, .tls_trial = false};

std::set<std::string> wrong_keys(std::string_view text, const server_overrides& over = trial) {
  auto loaded = load_server_config(text, "bad.toml", over);
  std::set<std::string> keys;
  if (auto* wrong = std::get_if<mistakes>(&loaded))
    for (const auto& m : *wrong)
      keys.insert(m.key);
  return keys;
}

server_config loaded(std::string_view text, const server_overrides& over = trial) {
  auto either = load_server_config(text, "good.toml", over);
  if (auto* wrong = std::get_if<mistakes>(&either))
    FAIL(to_text(*wrong));
  return std::get<server_config>(either);
}

using keys = std::set<std::string>;

} // namespace

TEST_CASE("server config: an empty file gives the defaults", "[config]") {
  auto config = loaded("");
  server_config defaults;
  defaults.trial = true;
  CHECK(config == defaults);
  CHECK(config.shards == 16);
  CHECK(config.listeners.front().port == 8080);
}

TEST_CASE("server config: the shipped file says what the defaults are, and its commented lines load too", "[config]") {
  auto either = load_server_config_file(test::source_path("config/charterd.toml"), trial);
  if (auto* wrong = std::get_if<mistakes>(&either))
    FAIL(to_text(*wrong));
  CHECK(std::get<server_config>(either) == loaded(""));

  auto text = read_file(test::source_path("config/charterd.toml")).value();
  for (auto at = text.find("\n# "); at != text.npos; at = text.find("\n# ", at + 1)) {
    auto line = text.substr(at + 3, text.find('\n', at + 1) - at - 3);
    if (line.starts_with("[[") || (line.find(" = ") != line.npos && line.front() >= 'a' && line.front() <= 'z'))
      text.replace(at + 1, 2, "");
  }
  auto all = loaded(text);
  CHECK(all.identity.providers.size() == 2);
  CHECK(all.identity.providers[0].code_valid_for == 10min);
  CHECK(all.vault.key_file);
  CHECK(all.tls.key_file);
  CHECK(all.public_url == "https://charter.example");
}

TEST_CASE("server config: the command line wins", "[config]") {
  auto config = loaded("data_directory = \"a\"\n[[listeners]]\nport = 1\n", {"b", 9000, true, true});
  CHECK(config.data_directory == "b");
  CHECK(config.listeners.front().port == 9000);
  CHECK(config.listeners.front().tls);
  CHECK(config.tls.trial);
  CHECK(config.public_url == "https://localhost:9000");
  CHECK(loaded("public_url = \"https://c.example\"", {{}, 9000, true, false}).public_url == "https://c.example");
}

TEST_CASE("server config: every mistake is reported at once, in its place", "[config]") {
  auto either = load_server_config("shards = 0\n"
                                   "io_threads = 65\n"
                                   "public_url = \"charter.example\"\n"
                                   "color = \"red\"\n"
                                   "[log]\n"
                                   "level = \"loud\"\n"
                                   "[limits]\n"
                                   "messages_burst = 0\n"
                                   "body_bytes_max = -1\n"
                                   "logins_per_minute = \"10\"\n"
                                   "[[listeners]]\n"
                                   "port = 65536\n",
                                   "bad.toml", trial);
  REQUIRE(std::holds_alternative<mistakes>(either));
  std::vector<std::string> places;
  for (const auto& m : std::get<mistakes>(either))
    places.push_back(std::to_string(m.line) + ' ' + m.key);
  CHECK(places == std::vector<std::string>{"1 shards", "2 io_threads", "3 public_url", "4 color", "6 log.level",
                                           "8 limits.messages_burst", "9 limits.body_bytes_max",
                                           "10 limits.logins_per_minute", "12 listeners[0].port"});
}

TEST_CASE("server config: TLS needs a certificate and its key", "[config]") {
  CHECK(wrong_keys("[[listeners]]\ntls = true\n") == keys{"tls"});
  CHECK(wrong_keys("[tls]\ncertificate_file = \"c\"\n") == keys{"tls"});
  CHECK(wrong_keys("[[listeners]]\ntls = true\n[tls]\ncertificate_file = \"c\"\nkey_file = \"k\"\n").empty());
  CHECK(wrong_keys("[[listeners]]\ntls = true\n[tls]\ntrial = true\n").empty());
}

TEST_CASE("server config: what is for trials is refused elsewhere", "[config]") {
  const std::string vault = "[vault]\nkey_file = \"k\"\n";
  CHECK(wrong_keys(vault, {}).empty());
  CHECK(wrong_keys("", {}) == keys{"vault.key_file"});
  CHECK(wrong_keys(vault + "[tls]\ntrial = true\n", {}) == keys{"tls.trial"});
  CHECK(wrong_keys(vault + "[limits]\nunlimited_addresses = [\"127.0.0.1\"]\n", {}) ==
        keys{"limits.unlimited_addresses"});
  const std::string registry = "[[identity.providers]]\nkey = \"r\"\nkind = \"registry\"\nfile = \"f\"\n"
                               "name = { zh_cn = \"名\", en = \"n\" }\n";
  CHECK(wrong_keys(registry).empty());
  CHECK(wrong_keys(vault + registry, {}) == keys{"identity.providers[0].kind"});
}

TEST_CASE("server config: an identity provider has what its kind needs, and a key of its own", "[config]") {
  const std::string name = "name = { zh_cn = \"名\", en = \"n\" }\n";
  const std::string code = "[[identity.providers]]\nkey = \"c\"\nkind = \"code\"\n" + name;
  CHECK(wrong_keys(code + "command = \"send\"\n").empty());
  CHECK(wrong_keys(code) == keys{"identity.providers[0]"});
  CHECK(wrong_keys(code + "command = \"send\"\nfile = \"f\"\n") == keys{"identity.providers[0]"});
  CHECK(wrong_keys(code + "command = \"send\"\n" + code + "command = \"send\"\n") == keys{"identity.providers[1].key"});
  CHECK(wrong_keys("[[identity.providers]]\nkind = \"code\"\ncommand = \"c\"\n") ==
        keys{"identity.providers[0].key", "identity.providers[0].name"});
}
