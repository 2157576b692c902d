// Scenario files: what is left out has its default, every mistake is reported at once with its line.

#include <filesystem>
#include <map>

#include <catch2/catch.hpp>

#include "apps/load/scenario.hpp"

using namespace charter;
using namespace charter::load;

namespace {

scenario loaded(std::string_view text) {
  auto either = load_scenario(text, "good.toml");
  if (auto* wrong = std::get_if<config::mistakes>(&either))
    FAIL(config::to_text(*wrong));
  return std::get<scenario>(either);
}

/// The lines of all mistakes, by key.
std::map<std::string, int> wrong_lines(std::string_view text) {
  std::map<std::string, int> out;
  auto either = load_scenario(text, "bad.toml");
  if (auto* wrong = std::get_if<config::mistakes>(&either))
    for (auto& m : *wrong)
      out[m.key] = m.line;
  return out;
}

} // namespace

TEST_CASE("load: an empty scenario is the default one", "[load]") { CHECK(loaded("") == scenario{}); }

TEST_CASE("load: a scenario is read as written", "[load]") {
  auto s =
      loaded("title = \"T\"\nlength = \"2m\"\n[population]\nusers = 40\n[[storms]]\nat_percent = 10\n[[storms]]\n");
  CHECK(s.title == "T");
  CHECK(s.length == 120s);
  CHECK(s.population.users == 40);
  CHECK(s.population.accounts == population_plan{}.accounts);
  REQUIRE(s.storms.size() == 2);
  CHECK(s.storms[0].at_percent == 10);
  CHECK(s.storms[1] == storm{});
}

TEST_CASE("load: every mistake of a scenario is reported at once, with its line", "[load]") {
  auto wrong = wrong_lines("length = \"10ms\"\n"
                           "[population]\n"
                           "users = 100\n"
                           "accounts = 101\n"
                           "followings_mean = 0\n"
                           "[traffic]\n"
                           "posts_per_minute = \"many\"\n"
                           "repeats_percent = 101\n"
                           "post_bytes = 3\n"
                           "[readers]\n"
                           "slow_fr = \"1s\"\n"
                           "[[storms]]\n"
                           "at_percent = 200\n");
  CHECK(wrong == std::map<std::string, int>{{"length", 1},
                                            {"population.accounts", 4},
                                            {"population.followings_mean", 5},
                                            {"traffic.posts_per_minute", 7},
                                            {"traffic.repeats_percent", 8},
                                            {"traffic.post_bytes", 9},
                                            {"readers.slow_fr", 11},
                                            {"storms[0].at_percent", 13}});
  CHECK(wrong_lines("length = \n").size() == 1);
  CHECK(std::holds_alternative<config::mistakes>(load_scenario_file("there/is/none.toml")));
}

TEST_CASE("load: the scenarios that come along can be loaded", "[load]") {
  std::size_t many = 0;
  for (auto& file : std::filesystem::directory_iterator{CHARTER_SOURCE_DIR "/config/load"}) {
    auto either = load_scenario_file(file.path().string());
    if (auto* wrong = std::get_if<config::mistakes>(&either))
      FAIL_CHECK(config::to_text(*wrong));
    ++many;
  }
  CHECK(many >= 1);
}
