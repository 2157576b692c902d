// Who founds a provider, from a file: all of it, or every mistake.

#include "config/provider_file.hpp"

#include <set>

#include <catch2/catch.hpp>

using namespace charter;
using namespace charter::config;

namespace {

constexpr std::string_view sound = R"(
name = "Example Messaging Ltd"
[[credentials]]
kind = "service"
number = "A2-1"
issuer = "an authority"
scope = "messaging"
valid_from = 2026-01-01T00:00:00Z
valid_until = 2029-01-01T00:00:00Z
[first_operator]
identity_provider = "telephone"
subject = "+86 1"
pseudonym = "operator"
)";

std::string with(std::string_view from, std::string_view to) {
  std::string text{sound};
  return text.replace(text.find(from), from.size(), to);
}

std::set<std::string> wrong_keys(const std::string& text) {
  auto loaded = load_provider(text, "provider.toml");
  std::set<std::string> keys;
  if (auto* wrong = std::get_if<mistakes>(&loaded))
    for (auto& m : *wrong)
      keys.insert(m.key);
  return keys;
}

} // namespace

TEST_CASE("provider file: a sound one has the provider, its credentials and its first operator", "[config]") {
  auto loaded = load_provider(sound, "provider.toml");
  auto* provider = std::get_if<provider_file>(&loaded);
  REQUIRE(provider);
  CHECK(provider->name == "Example Messaging Ltd");
  REQUIRE(provider->credentials.size() == 1);
  CHECK(provider->credentials.front().number == "A2-1");
  CHECK(to_text(provider->credentials.front().valid_until) == "2029-01-01T00:00:00.000Z");
  CHECK(provider->first_operator.pseudonym == "operator");
}

TEST_CASE("provider file: every mistake is named, all at once", "[config]") {
  using keys = std::set<std::string>;
  CHECK(wrong_keys(with("name = \"Example Messaging Ltd\"", "name = 7")) == keys{"name"});
  CHECK(wrong_keys(with("2029-01-01", "2025-01-01")) == keys{"credentials[0].valid_until"});
  CHECK(wrong_keys(with("issuer", "issued_by")) == keys{"credentials[0].issuer", "credentials[0].issued_by"});
  CHECK(wrong_keys(with("subject", "phone")).contains("first_operator.subject"));
  CHECK_FALSE(wrong_keys("name = ").empty());
}
