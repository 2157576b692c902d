#pragma once
// What rounds came to, and their figures by kind of fault, for people and as JSON.

#include <filesystem>
#include <string>
#include <vector>

#include "apps/chaos/evidence.hpp"
#include "apps/chaos/load.hpp"
#include "apps/chaos/schedule.hpp"
#include "apps/history/check.hpp"

namespace charter::chaos {

struct round_result {
  std::size_t number = 0;
  round_plan plan;
  std::string target;                       ///< "n2", as script/cluster calls it
  std::vector<history::instant> unanswered; ///< of accounts hit: from the fault until a later write was accepted
  history::instant ready{0};                ///< from the end of the fault until everything was back
  effect did;
  std::size_t asked = 0;
  std::size_t unknown = 0; ///< asked, and no answer that promises anything
};

struct campaign_result {
  std::uint64_t seed = 0;
  std::vector<round_result> rounds;
  history::report checked;
  final_counts counts;
  std::size_t journal_shards = 0;
  std::uint64_t journal_records = 0;
  std::uint64_t healed_records = 0; ///< compared between rounds
  std::uint64_t rows = 0;           ///< in the end
  bool well = false;
};

/// "1.25 s"
std::string seconds(history::instant length);
/// "round 3/6: owner paused (n2) for 4.20 s; …"
std::string line_of(const round_result& r, std::size_t of);
/// Kinds that were asked for, by name or by a round, and took effect in none: a sentence for each. Now and then one may
/// not, as when what it hits has just ended; not always.
std::vector<std::string> without_effect(std::vector<fault> asked, const std::vector<round_result>& rounds);
/// A table by kind of fault: how often it was tried and took effect, and how long accounts went without.
std::string table_of(const std::vector<round_result>& rounds);
bool write_json(const std::filesystem::path& file, const campaign_result& all);

} // namespace charter::chaos
