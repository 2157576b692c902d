#include "apps/chaos/evidence.hpp"

#include "apps/chaos/cuts.hpp"
#include "apps/client/http.hpp"

namespace charter::chaos {

using namespace std::chrono_literals;

namespace {

// By then a lease of five seconds is over and whoever waits for its end has claimed; links are given up in two.
constexpr auto loses_shards_after = 7'500ms;
constexpr auto loses_lead_after = 4'000ms; // an election takes one to two seconds
constexpr auto clock_tolerance = 700ms;    // it was told some time ago
constexpr auto answers_within = 2s;
constexpr std::size_t metrics_bytes_max = 1 << 20;

/// A figure of a node's /metrics. Nothing when it doesn't answer.
std::optional<std::uint64_t> figure(std::uint16_t port, const std::string& name) {
  client::http_client http{{}};
  auto answer = http.exchange({false, "127.0.0.1", std::to_string(port), "/metrics"}, {}, metrics_bytes_max,
                              client::within(answers_within));
  if (!answer || answer->status != 200)
    return std::nullopt;
  auto at = answer->body.find("\n" + name + " ");
  if (at == std::string::npos)
    return std::nullopt;
  return static_cast<std::uint64_t>(std::strtod(answer->body.c_str() + at + name.size() + 2, nullptr));
}

std::string text(std::uint64_t n) { return std::to_string(n); }
std::string text(std::optional<std::size_t> n) { return n ? text(*n) : "?"; }

} // namespace

evidence::evidence(cluster_processes& processes, const relay& network, const round_plan& plan, const target& where)
    : processes_(processes), network_(network), plan_(plan), where_(where),
      pid_(processes.pid_of(where.name).value_or(0)), counted_(network.counted()) {
  directory_ = processes_.directory_of(where.node);
  if (plan.what == fault::upgrade)
    protocol_ = processes_.protocol_of(where.node);
  if (plan.what == fault::fill_disk)
    refused_ = figure(processes_.port_of(where.node), "charter_refused_disk_full_total");
  if (plan.what == fault::pause_owner || plan.what == fault::pause_follower)
    owned_ = processes_.shards_of(where.node);
}

void evidence::look() {
  using enum fault;
  switch (plan_.what) {
    case kill_node:
    case kill_member:
    case kill_leader:
    case lose_directory:
    case upgrade: seen_ = of_death(); break;
    case pause_owner:
    case pause_follower: seen_ = of_pause(); break;
    case pause_leader: seen_ = of_leaders_pause(); break;
    case cut_leader:
    case cut_etcd:
    case cut_answers:
    case cut_links: seen_ = of_cut(); break;
    case delay: seen_ = of_delay(); break;
    case fill_disk: seen_ = of_full_disk(); break;
    case jump_clock:
    case clock_behind: seen_ = of_clock(); break;
  }
}

effect evidence::judge() {
  if (seen_.seen && plan_.what == fault::lose_directory)
    return of_lost_directory();
  if (seen_.seen && plan_.what == fault::upgrade)
    return of_upgrade();
  return seen_;
}

// -- while it lasts ---------------------------------------------------------------------------

effect evidence::of_death() const {
  if (pid_ == 0)
    return {false, "there was no process " + where_.name};
  if (state_of_process(pid_).has_value())
    return {false, "process " + std::to_string(pid_) + " is still there"};
  return {true, "process " + std::to_string(pid_) + " is gone"};
}

effect evidence::of_pause() const {
  if (!is_stopped(pid_))
    return {false, "process " + std::to_string(pid_) + " isn't stopped"};
  auto left = processes_.shards_of(where_.node);
  auto stopped = "stopped, and owns " + text(left) + " of its " + text(owned_) + " shards";
  if (plan_.length >= loses_shards_after && left != 0U)
    return {false, stopped + ": the others should have claimed them"};
  return {true, stopped};
}

effect evidence::of_leaders_pause() const {
  if (!is_stopped(pid_))
    return {false, "process " + std::to_string(pid_) + " isn't stopped"};
  if (plan_.length < loses_lead_after)
    return {true, "stopped"};
  auto leads = processes_.leader();
  if (!leads || *leads == where_.member)
    return {false, "stopped, and nobody else leads"};
  return {true, "stopped, and " + member_name(*leads) + " leads"};
}

effect evidence::of_cut() const {
  auto now = network_.counted();
  auto held = now.held_bytes - counted_.held_bytes, lost = now.lost_bytes - counted_.lost_bytes;
  auto resets = now.resets - counted_.resets, kept_out = now.kept_out - counted_.kept_out;
  auto what = text(held) + " bytes held, " + text(lost) + " lost, " + text(resets) + " connections reset, " +
              text(kept_out) + " kept out";
  if (auto strangers = passed_over(network_, plan_, where_.node); strangers > 0)
    return {false, what + ", but " + text(strangers) + " connections have no owner that is known, and went on"};
  bool cut = loss_of(plan_) == loss::none ? held > 0 : lost > 0;
  return {cut || kept_out > 0, what};
}

effect evidence::of_delay() const {
  auto late = network_.counted().delayed_bytes - counted_.delayed_bytes;
  return {late > 0, text(late) + " bytes came late"};
}

/// A node that can't write any more what etcd has already ends, and says nothing then.
effect evidence::of_full_disk() const {
  if (!processes_.lives(where_.name))
    return {pid_ != 0, "it ended at the end of its disk"};
  auto port = processes_.port_of(where_.node);
  auto room = figure(port, "charter_disk_room_bytes"), refused = figure(port, "charter_refused_disk_full_total");
  if (!room)
    return {false, "its metrics don't answer"};
  auto more = refused.value_or(0) - std::min(refused.value_or(0), refused_.value_or(0));
  return {*room == 0, text(*room) + " bytes of room, as it says, and " + text(more) + " changes refused for it"};
}

effect evidence::of_clock() const {
  auto told = processes_.told_ahead(where_.node);
  if (!told)
    return {false, "its clock hasn't been read"};
  auto what = "it was told a time " + std::to_string(told->count()) + " ms from ours";
  return {std::chrono::abs(*told - std::chrono::milliseconds{jump_of(plan_)}) < clock_tolerance, what};
}

// -- when all is back -------------------------------------------------------------------------

effect evidence::of_lost_directory() {
  auto now = processes_.directory_of(where_.node);
  if (now == directory_)
    return {false, "it is back with the directory that it had"};
  return {processes_.protocol_of(where_.node).has_value(),
          "directory " + now.substr(0, 8) + " instead of " + directory_.substr(0, 8)};
}

effect evidence::of_upgrade() {
  auto now = processes_.protocol_of(where_.node);
  if (!now || !protocol_)
    return {false, "its protocol isn't registered"};
  return {*now != *protocol_,
          "registered with protocol " + std::to_string(*now) + ", before with " + std::to_string(*protocol_)};
}

} // namespace charter::chaos
