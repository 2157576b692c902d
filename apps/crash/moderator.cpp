#include "apps/crash/moderator.hpp"

#include <algorithm>

#include "apps/tour/trial_data.hpp"

namespace charter::crash {

namespace {

constexpr std::uint64_t page_items = 200;
constexpr int steps_before_holding = 5;
constexpr int pause_ms_min = 40;
constexpr int pause_ms_max = 160;
constexpr std::string_view ladder[] = {"warn", "limit", "suspend"};

std::string without_prefix(const std::string& id) { return id.substr(std::min<std::size_t>(id.size(), 4)); }

std::chrono::sys_days today() { return std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now()); }

} // namespace

// -- the owner --------------------------------------------------------------------------------

void sanctioned_writer::refused(const command& what, const refusal& why) {
  if (why.code == errc::sanctioned)
    to_.refused(what.params["text"]);
  else
    stream_writer::refused(what, why);
}

std::map<std::string, int> sanctioned_writer::notices() {
  std::map<std::string, int> about;
  for (std::uint64_t last = 0;;) {
    auto found = look("user.notices", {{"from", last + 1}, {"to", last + page_items}});
    if (!found || (*found)["items"].empty())
      return about;
    for (auto& item : (*found)["items"]) {
      auto number = item.value("number", std::uint64_t{0});
      scene_.found.saw(claim::numbers, number == last + 1,
                       name() + "'s notice " + std::to_string(number) + " comes after " + std::to_string(last));
      last = number;
      if (item["notice"].value("kind", "") == "sanction")
        ++about[without_prefix(item["notice"].value("about", ""))];
    }
  }
}

// -- the moderator ----------------------------------------------------------------------------

void moderator::begin_round(bool holds) {
  holds_ = holds;
  steps_ = 0;
}

std::optional<command> moderator::next(generator&) {
  bool holding = holds_ && steps_ >= steps_before_holding;
  if (holding && in_force() && in_force()->step == "suspend")
    return {};
  if (!in_force()) {
    auto there = posts();
    return there && *there > 0 ? std::optional{impose()} : std::nullopt;
  }
  check_standstill();
  ++steps_;
  return command{"sanction.lift", {{"sanction", in_force()->id}, {"reason", "It has lasted long enough."}}};
}

command moderator::impose() {
  bool holding = holds_ && steps_ >= steps_before_holding;
  auto step = holding ? ladder[2] : ladder[imposed_.size() % std::size(ladder)];
  ++steps_;
  return {"sanction.impose",
          {{"target", {{"account", account_}}},
           {"measure", {{"step", step}}},
           {"reasons",
            {{"facts", "It says things that aren't so, at great speed."},
             {"evidence", {"its posts of today"}},
             {"rule", {{"charter", "cn-2014"}, {"article", "6.2"}, {"item", "truthfulness"}}},
             {"differs_because", "Each step is taken in turn."}}}}};
}

void moderator::acknowledged(const command& what, const json& answer) {
  if (what.method == "sanction.lift") {
    imposed_.back().lifted = true;
    still_.reset();
    return;
  }
  imposed_.push_back({answer.value("sanction", ""), what.params["measure"]["step"]});
  if (stops_posts())
    begin_standstill();
}

std::chrono::milliseconds moderator::pause(generator& random) {
  return std::chrono::milliseconds{std::uniform_int_distribution{pause_ms_min, pause_ms_max}(random)};
}

// -- no post gets past ------------------------------------------------------------------------

std::optional<std::uint64_t> moderator::posts() {
  auto found = look("account.get", {{"account", account_}});
  return found ? std::optional{(*found)["account"].value("posts", std::uint64_t{0})} : std::nullopt;
}

void moderator::begin_standstill() {
  auto day = today();
  if (auto there = posts())
    still_ = standstill{*there, day};
}

void moderator::check_standstill() {
  if (!still_ || (in_force()->step == "limit" && today() != still_->day))
    return;
  if (auto there = posts())
    scene_.found.saw(claim::gate, *there == still_->posts,
                     account_ + " went from " + std::to_string(still_->posts) + " to " + std::to_string(*there) +
                         " posts under the acknowledged sanction " + in_force()->id);
}

void moderator::check_gate() {
  bool stopped = stops_posts();
  auto answer = owner_.ask_once();
  if (!answer)
    return; // told already
  bool refused = !*answer && answer->why().why.code == errc::sanctioned;
  if (!stopped)
    return scene_.found.saw(claim::gate, !refused, account_ + " is refused although nothing that is in force stops it");
  scene_.found.saw(claim::gate, refused && answer->why().why.sanction == in_force()->id,
                   account_ + " can publish past the acknowledged sanction " + in_force()->id);
  check_standstill();
}

// -- after a restart --------------------------------------------------------------------------

void moderator::check() {
  for (auto& s : imposed_)
    check_sanction(s);
  // While its lifting is open nobody knows whether it still holds.
  if (!stops_posts() || open())
    return;
  if (still_)
    check_standstill();
  else
    begin_standstill();
}

void moderator::check_sanction(const sanction& s) {
  auto found = look("sanction.get", {{"sanction", s.id}}, claim::sanctions);
  if (!found)
    return;
  auto step = (*found)["measure"].value("step", "");
  bool lifted = found->contains("lifted_at");
  bool settled = s.lifted || !open();
  bool as_told = step == s.step && found->value("enforced", false) && (!settled || lifted == s.lifted);
  scene_.found.saw(claim::sanctions, as_told,
                   s.id + " was acknowledged as " + s.step + (s.lifted ? ", lifted" : "") + ", and is " + step +
                       (lifted ? ", lifted" : ""));
}

void moderator::check_told() {
  std::map<std::string, int> told;
  auto as_due = [&](const sanction& s) { return told[without_prefix(s.id)] == (s.lifted ? 2 : 1); };
  tour::eventually([&] {
    told = owner_.notices();
    return std::ranges::all_of(imposed_, as_due);
  });
  for (auto& s : imposed_)
    scene_.found.saw(claim::effects, as_due(s),
                     "of " + s.id + (s.lifted ? ", imposed and lifted, " : ", imposed, ") + owner_.name() + " has " +
                         std::to_string(told[without_prefix(s.id)]) + " notices");
}

void moderator::check_settled() {
  check_gate();
  check_told();
}

} // namespace charter::crash
