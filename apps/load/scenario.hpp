#pragma once
// What a run does, from a TOML file (config/load/*.toml): who there is, what they do and how often, what goes wrong.
//
// A table per member of `scenario`; whatever is left out keeps the value below. Rates are those of the day's peak.
// Shares are whole per cent.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/mistake.hpp"
#include "domain/codec/fields.hpp"
#include "domain/time.hpp"

namespace charter::load {

using namespace std::chrono_literals;

/// As seeded; the owners of accounts are the first of the users.
struct population_plan {
  std::uint32_t users = 1'000;
  std::uint32_t accounts = 50;
  std::uint32_t followings_mean = 8; ///< accounts that a user follows
  std::uint32_t zipf_percent = 100;  ///< exponent of how popular accounts are, in hundredths
  std::uint32_t chats = 200;         ///< direct ones, between users
  CHARTER_FIELDS(population_plan, users, accounts, followings_mean, zipf_percent, chats)
};

/// One day passes in the run.
struct day_plan {
  std::uint32_t night_percent = 30;        ///< of the peak's traffic
  std::uint32_t online_peak_percent = 100; ///< of the users
  std::uint32_t online_night_percent = 80;
  CHARTER_FIELDS(day_plan, night_percent, online_peak_percent, online_night_percent)
};

struct traffic_plan {
  std::uint32_t posts_per_minute = 300;
  std::uint32_t post_bytes = 300;
  std::uint32_t corrections_per_minute = 20;
  std::uint32_t withdrawals_per_minute = 5;
  std::uint32_t chat_messages_per_minute = 300;
  std::uint32_t repeats_percent = 5; ///< of commands that are sent twice, with the same command id
  CHARTER_FIELDS(traffic_plan, posts_per_minute, post_bytes, corrections_per_minute, withdrawals_per_minute,
                 chat_messages_per_minute, repeats_percent)
};

struct moderation_plan {
  std::uint32_t suspensions_per_minute = 6;
  duration suspended_for = 5s;             ///< then lifted
  std::uint32_t complaints_per_minute = 6; ///< each is claimed and dismissed
  CHARTER_FIELDS(moderation_plan, suspensions_per_minute, suspended_for, complaints_per_minute)
};

struct reader_plan {
  std::uint32_t slow_percent = 1; ///< of the users, who now and then stop reading
  duration slow_for = 5s;
  duration slow_every = 10s;
  std::uint32_t drop_outs_per_minute = 60; ///< connections that are cut without a goodbye
  duration away_for = 2s;
  CHARTER_FIELDS(reader_plan, slow_percent, slow_for, slow_every, drop_outs_per_minute, away_for)
};

/// All at once lose their connection, and come back.
struct storm {
  std::uint32_t at_percent = 50;    ///< of the run
  std::uint32_t share_percent = 50; ///< of those online
  duration back_within = 1s;        ///< evenly spread
  CHARTER_FIELDS(storm, at_percent, share_percent, back_within)
};

struct scenario {
  std::string title = "A town";
  duration length = 60s; ///< without connecting before, and settling afterwards
  std::uint32_t connects_per_second = 1'000;
  population_plan population;
  day_plan day;
  traffic_plan traffic;
  moderation_plan moderation;
  reader_plan readers;
  std::vector<storm> storms;
  CHARTER_FIELDS(scenario, title, length, connects_per_second, population, day, traffic, moderation, readers, storms)
};

using loaded_scenario = std::variant<scenario, config::mistakes>;

/// `file` is only named in mistakes. Every mistake is in the list, with its line.
loaded_scenario load_scenario(std::string_view text, const std::string& file);

/// Reads the file (at most 4 MiB) and loads it.
loaded_scenario load_scenario_file(const std::string& path);

/// Over sockets: the trial registry's range for load generators ends there (config/trial/identities.jsonl).
inline constexpr std::uint32_t users_on_sockets_max = 20'000;
inline constexpr std::uint32_t users_max = 1'000'000;

} // namespace charter::load
