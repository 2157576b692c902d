#include "apps/chaos/report.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "apps/chaos/recovery.hpp"

namespace charter::chaos {

using client::json;
using history::instant;

namespace {

struct figures {
  std::size_t rounds = 0;
  std::size_t effective = 0; ///< of them
  std::vector<instant> unanswered;
  std::size_t asked = 0;
  std::size_t unknown = 0;
  std::optional<instant> worst() const {
    return unanswered.empty() ? std::nullopt : std::optional{*std::ranges::max_element(unanswered)};
  }
};

figures figures_of(fault what, const std::vector<round_result>& rounds) {
  figures out;
  for (auto& r : rounds) {
    if (r.plan.what != what)
      continue;
    ++out.rounds;
    out.effective += r.did.seen;
    out.unanswered.insert(out.unanswered.end(), r.unanswered.begin(), r.unanswered.end());
    out.asked += r.asked;
    out.unknown += r.unknown;
  }
  return out;
}

std::string text_of(std::optional<instant> length) { return length ? seconds(*length) : "-"; }

json milliseconds(std::optional<instant> length) {
  return length ? json(std::chrono::duration<double, std::milli>(*length).count()) : json(nullptr);
}

json json_of(const round_result& r) {
  json unanswered = json::array();
  for (auto length : r.unanswered)
    unanswered.push_back(milliseconds(length));
  return {{"round", r.number},    {"fault", to_name(r.plan.what)},      {"target", r.target},
          {"asked", r.asked},     {"length_ms", r.plan.length.count()}, {"unanswered_ms", unanswered},
          {"unknown", r.unknown}, {"ready_ms", milliseconds(r.ready)},  {"took_effect", r.did.seen},
          {"effect", r.did.what}, {"loss", to_text(loss_of(r.plan))},   {"clock_s", jump_of(r.plan).count()}};
}

} // namespace

std::string seconds(instant length) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f s", std::chrono::duration<double>(length).count());
  return text;
}

namespace {

/// ", what it stops is lost"
std::string detail_of(const round_plan& plan) {
  if (auto jump = jump_of(plan); jump.count() != 0)
    return " by " + std::to_string(std::abs(jump.count())) + " s";
  auto how = to_text(loss_of(plan));
  return how.empty() ? "" : ", bytes " + std::string{how};
}

} // namespace

std::string line_of(const round_result& r, std::size_t of) {
  auto line = "round " + std::to_string(r.number) + (of > 0 ? "/" + std::to_string(of) : "") + ": " +
              std::string{to_text(r.plan.what)} + detail_of(r.plan) + " (" + r.target + ") for " +
              seconds(r.plan.length) + (r.did.seen ? ": " : ", NOT INJECTED: ") + r.did.what;
  auto worst = r.unanswered.empty() ? std::nullopt : std::optional{*std::ranges::max_element(r.unanswered)};
  return line + "; writes accepted after " + text_of(median(r.unanswered)) + ", at worst " + text_of(worst) +
         "; all back " + seconds(r.ready) + " after it; " + std::to_string(r.asked) + " calls, " +
         std::to_string(r.unknown) + " unknown";
}

std::vector<std::string> without_effect(std::vector<fault> asked, const std::vector<round_result>& rounds) {
  for (auto& r : rounds)
    asked.push_back(r.plan.what);
  std::vector<std::string> out;
  for (auto what : faults) {
    if (std::ranges::find(asked, what) == asked.end() || figures_of(what, rounds).effective > 0)
      continue;
    std::string why = "no round came to it";
    for (auto& r : rounds)
      if (r.plan.what == what)
        why = r.did.what;
    out.push_back(std::string{to_name(what)} + " never took effect: " + why);
  }
  return out;
}

std::string table_of(const std::vector<round_result>& rounds) {
  char row[160];
  auto out = std::string{"fault                   rounds took effect   median    worst   calls  unknown\n"};
  for (auto what : faults) {
    auto f = figures_of(what, rounds);
    if (f.rounds == 0)
      continue;
    std::snprintf(row, sizeof row, "%-24.*s %6zu %11zu %8s %8s %7zu %8zu\n", static_cast<int>(to_text(what).size()),
                  to_text(what).data(), f.rounds, f.effective, text_of(median(f.unanswered)).c_str(),
                  text_of(f.worst()).c_str(), f.asked, f.unknown);
    out += row;
  }
  return out;
}

bool write_json(const std::filesystem::path& file, const campaign_result& all) {
  json rounds = json::array(), kinds = json::array(), findings = json::array();
  for (auto& r : all.rounds)
    rounds.push_back(json_of(r));
  for (auto what : faults)
    if (auto f = figures_of(what, all.rounds); f.rounds > 0)
      kinds.push_back({{"fault", to_name(what)},
                       {"rounds", f.rounds},
                       {"took_effect", f.effective},
                       {"median_ms", milliseconds(median(f.unanswered))},
                       {"worst_ms", milliseconds(f.worst())},
                       {"asked", f.asked},
                       {"unknown", f.unknown}});
  for (auto& f : all.checked.findings)
    findings.push_back(history::to_text(f));
  json document{{"seed", all.seed},
                {"well", all.well},
                {"faults", kinds},
                {"rounds", rounds},
                {"history",
                 {{"accounts", all.checked.accounts},
                  {"calls", all.checked.calls},
                  {"configurations", all.checked.configurations},
                  {"undecided", all.checked.undecided},
                  {"findings", findings}}},
                {"posts",
                 {{"shown", all.counts.posts},
                  {"acknowledged", all.counts.acknowledged},
                  {"lost", all.counts.lost},
                  {"duplicated", all.counts.duplicated}}},
                {"journals",
                 {{"shards", all.journal_shards},
                  {"records", all.journal_records},
                  {"compared_after_faults", all.healed_records}}},
                {"rows", all.rows}};
  std::ofstream out{file};
  out << document.dump(2) << '\n';
  return bool(out.flush());
}

} // namespace charter::chaos
