#include "net/metrics.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include "actors/counters.hpp"

namespace charter::net {

namespace {

prometheus::MetricFamily family_of(std::string name, bool level, std::uint64_t value) {
  prometheus::MetricFamily family;
  family.name = std::move(name);
  family.type = level ? prometheus::MetricType::Gauge : prometheus::MetricType::Counter;
  prometheus::ClientMetric metric;
  if (level)
    metric.gauge.value = static_cast<double>(value);
  else
    metric.counter.value = static_cast<double>(value);
  family.metric.push_back(metric);
  return family;
}

} // namespace

std::string metrics_text(const counters& transport, std::uint64_t room_bytes, const std::vector<figure>& others) {
  std::vector<prometheus::MetricFamily> all;
  for (std::size_t i = 0; i < counter_count; ++i) {
    auto c = static_cast<counter>(i);
    auto name = "charter_net_" + std::string{to_name(c)} + (is_level(c) ? "" : "_total");
    all.push_back(family_of(std::move(name), is_level(c), transport[c]));
  }
  auto& a = charter::counters();
  auto add = [&](std::string_view name, const std::atomic<std::uint64_t>& value) {
    all.push_back(family_of("charter_" + std::string{name} + "_total", false, value.load(std::memory_order_relaxed)));
  };
  add("journal_changes", a.journal_changes);
  add("journal_batches", a.journal_batches);
  add("journal_syncs", a.journal_syncs);
  add("journal_bytes", a.journal_bytes);
  add("refused_disk_full", a.refused_disk_full);
  add("redecided_policy", a.redecided_policy);
  add("refused_overload", a.refused_overload);
  add("commands", a.commands);
  add("command_repeats", a.command_repeats);
  add("effects_delivered", a.effects_delivered);
  add("effects_retried", a.effects_retried);
  add("entities_started", a.entities_started);
  add("entities_passivated", a.entities_passivated);
  add("entity_crashes", a.entity_crashes);
  add("entities_quarantined", a.entities_quarantined);
  add("bodies_erased", a.bodies_erased);
  all.push_back(family_of("charter_disk_room_bytes", true, room_bytes));
  for (auto& f : others)
    all.push_back(family_of("charter_" + f.name, f.level, f.value));
  return prometheus::TextSerializer{}.Serialize(all);
}

} // namespace charter::net
