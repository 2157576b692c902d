#include "apps/load/scenario.hpp"

#include "config/checker.hpp"
#include "config/reader.hpp"
#include "domain/limits.hpp"

namespace charter::load {

namespace {

using config::checker;

constexpr std::uint32_t post_bytes_min = 40; // the mark by which a post is known again, and a word or two

void check_share(checker& c, const std::string& key, std::uint32_t percent) {
  c.require(key, percent <= 100, "from 0 to 100", std::to_string(percent));
}

void check_range(checker& c, const std::string& key, std::uint32_t value, std::uint32_t min, std::uint32_t max) {
  c.require(key, value >= min && value <= max, "from " + std::to_string(min) + " to " + std::to_string(max),
            std::to_string(value));
}

void check_population(checker& c, const population_plan& p) {
  check_range(c, "population.users", p.users, 2, users_max);
  check_range(c, "population.accounts", p.accounts, 1, std::min(p.users, users_max));
  check_range(c, "population.followings_mean", p.followings_mean, 1, limits::subscriptions_max / 4);
  check_range(c, "population.zipf_percent", p.zipf_percent, 0, 400);
  // Whoever writes to strangers keeps to a pace; spread over all users this stays far below it.
  check_range(c, "population.chats", p.chats, 0, p.users);
}

void check_people(checker& c, const scenario& s) {
  check_share(c, "day.night_percent", s.day.night_percent);
  check_share(c, "day.online_peak_percent", s.day.online_peak_percent);
  check_share(c, "day.online_night_percent", s.day.online_night_percent);
  check_share(c, "traffic.repeats_percent", s.traffic.repeats_percent);
  check_share(c, "readers.slow_percent", s.readers.slow_percent);
  check_range(c, "traffic.post_bytes", s.traffic.post_bytes, post_bytes_min, limits::post_bytes_max);
  for (std::size_t i = 0; i < s.storms.size(); ++i) {
    check_share(c, config::item_path("storms", i, "at_percent"), s.storms[i].at_percent);
    check_share(c, config::item_path("storms", i, "share_percent"), s.storms[i].share_percent);
  }
}

} // namespace

loaded_scenario load_scenario(std::string_view text, const std::string& file) {
  auto parsed = config::parse_document(text, file);
  if (auto* broken = std::get_if<config::mistake>(&parsed))
    return config::mistakes{std::move(*broken)};
  config::reader in{file, config::absence::default_};
  scenario s;
  in.read(std::get<config::node>(parsed), s);
  checker c{in};
  c.require("length", s.length >= 1s, "at least 1s", config::duration_text(s.length));
  c.require("connects_per_second", s.connects_per_second > 0, "at least 1", "0");
  check_population(c, s.population);
  check_people(c, s);
  auto wrong = in.take_mistakes();
  if (!wrong.empty())
    return wrong;
  return s;
}

loaded_scenario load_scenario_file(const std::string& path) {
  if (auto text = config::read_file(path))
    return load_scenario(*text, path);
  return config::mistakes{{path, 0, 0, "", "a file that can be read, of at most 4 MiB", "none"}};
}

} // namespace charter::load
