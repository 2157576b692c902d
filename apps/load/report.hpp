#pragma once
// What a run leaves behind: JSON for machines, a page for people, a paragraph for the terminal.

#include <string>

#include <nlohmann/json.hpp>

#include "apps/load/run.hpp"

namespace charter::load {

struct run_report {
  std::string name; ///< of the scenario's file, without folder and ending
  std::string url;
  std::string started_at; ///< RFC 3339
  std::uint64_t seed = 0; ///< repeats the schedule, as far as the server lets it
  const scenario& plan;
  const world& what;
  const run_facts& facts;
};

/// Everything, with the buckets of each distribution.
nlohmann::json report_json(const run_report& r);

/// One self-contained HTML file: plots as inline SVG, light or dark as the reader's system has it.
std::string report_html(const run_report& r);

/// A few lines.
std::string report_text(const run_report& r);

} // namespace charter::load
