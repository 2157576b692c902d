#include "apps/load/report.hpp"

#include "domain/codec/wire.hpp"

namespace charter::load {

namespace {

using nlohmann::json;

template <record T>
json row_of(const T& x) {
  json out = json::object();
  std::size_t i = 0;
  std::apply([&](const auto&... field) { ((out[std::string{T::field_names[i++]}] = field), ...); }, x.fields());
  return out;
}

json latency_of(const histogram& h) {
  json buckets = json::array();
  h.each([&](std::uint64_t value, std::uint64_t times) { buckets.push_back({value, times}); });
  return {{"count", h.count()},
          {"mean", h.mean()},
          {"p50", h.at_percentile(50)},
          {"p90", h.at_percentile(90)},
          {"p99", h.at_percentile(99)},
          {"p999", h.at_percentile(99.9)},
          {"max", h.max()},
          {"buckets", std::move(buckets)}};
}

json violations_of(const violations& broken) {
  json kept = json::array();
  for (auto& v : broken.kept())
    kept.push_back({{"invariant", v.invariant}, {"what", v.what}});
  return {{"count", {{"2", broken.count(2)}, {"3", broken.count(3)}, {"4", broken.count(4)}}},
          {"first", std::move(kept)}};
}

} // namespace

json report_json(const run_report& r) {
  auto& f = r.what.figures;
  json answers = json::object(), refused = json::object(), seconds = json::array(), marks = json::array();
  for (auto& [method, h] : f.answers)
    answers[method] = latency_of(h);
  for (auto& [why, times] : f.refused)
    refused[std::string{to_name(why)}] = times;
  for (auto& s : f.seconds)
    seconds.push_back(row_of(s));
  for (auto& m : f.marks)
    marks.push_back({{"at_s", m.at_s}, {"what", m.what}});
  return {{"name", r.name},
          {"url", r.url},
          {"started_at", r.started_at},
          {"seed", r.seed},
          {"scenario", wire::encode(r.plan)},
          {"held", r.what.broken.count() == 0},
          {"violations", violations_of(r.what.broken)},
          {"online_peak", r.facts.online_peak},
          {"connecting_s", r.facts.connecting_s},
          {"commands", r.what.commands.commands()},
          {"streams", {{"watched", r.facts.streams}, {"unfinished", r.facts.unfinished}}},
          {"totals", row_of(f.all)},
          {"latency_us",
           {{"delivery", latency_of(f.delivery)},
            {"delivery_slow", latency_of(f.delivery_slow)},
            {"message", latency_of(f.message)},
            {"reconnect", latency_of(f.reconnect)}}},
          {"answers_us", std::move(answers)},
          {"refused", std::move(refused)},
          {"lost_connections", f.lost_connections},
          {"seconds", std::move(seconds)},
          {"marks", std::move(marks)},
          {"load_generator",
           {{"cpu_s", r.facts.own_cpu_s},
            {"lateness_us", latency_of(r.facts.lateness)},
            {"was_held_up", r.facts.was_held_up}}}};
}

} // namespace charter::load
