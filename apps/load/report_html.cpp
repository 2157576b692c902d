#include <algorithm>
#include <cmath>

#include "apps/load/number_text.hpp"
#include "apps/load/plot.hpp"
#include "apps/load/report.hpp"
#include "apps/load/report_style.hpp"
#include "config/reader.hpp"
#include "domain/codec/wire.hpp"

namespace charter::load {

namespace {

// -- pieces -----------------------------------------------------------------------------------

std::string tile(const std::string& name, const std::string& value, const std::string& rest) {
  return "<div class=\"tile\"><span>" + escaped(name) + "</span><b>" + escaped(value) + "</b><small>" + escaped(rest) +
         "</small></div>\n";
}

std::string fact(const std::string& name, const std::string& value) {
  return "<dt>" + escaped(name) + "</dt><dd>" + escaped(value) + "</dd>";
}

std::string fact(const std::string& name, std::uint64_t value) { return fact(name, with_commas(value)); }

std::string card(const std::string& title, const std::string& what, const std::string& facts) {
  return "<div class=\"card\"><h3>" + title + "</h3><p>" + escaped(what) + "</p><dl>" + facts + "</dl></div>\n";
}

std::string cells(const std::string& first, const std::vector<std::string>& rest) {
  auto out = "<tr><td>" + escaped(first) + "</td>";
  for (auto& x : rest)
    out += "<td>" + x + "</td>";
  return out + "</tr>\n";
}

std::uint64_t highest(const measurements& f, std::uint64_t second_sample::*member) {
  std::uint64_t most = 0;
  for (auto& s : f.seconds)
    most = std::max(most, s.*member);
  return most;
}

// -- the top ----------------------------------------------------------------------------------

std::string verdict(const violations& broken) {
  if (broken.count() == 0)
    return "<span class=\"verdict held\">All invariants held</span>";
  return "<span class=\"verdict broken\">" + counted(broken.count(), "violation") + "</span>";
}

std::string header(const run_report& r) {
  return "<header><div><h1>" + escaped(r.plan.title) + "</h1><p>" + escaped(r.name) + " against " + escaped(r.url) +
         ", " + r.started_at.substr(0, 10) + " at " + r.started_at.substr(11, 5) + " UTC, for " +
         config::duration_text(r.plan.length) + ". Seed " + std::to_string(r.seed) + ".</p></div>" +
         verdict(r.what.broken) + "</header>\n";
}

std::string tiles(const run_report& r) {
  auto& f = r.what.figures;
  auto& all = f.all;
  auto length = std::chrono::duration<double>(r.plan.length).count();
  auto rate = [&](std::uint64_t x) { return short_number(static_cast<double>(x) / length) + " a second"; };
  auto sanctioned = f.refused.contains(errc::sanctioned) ? f.refused.at(errc::sanctioned) : 0;
  return "<section class=\"tiles\">\n" +
         tile("people online", with_commas(r.facts.online_peak),
              "of " + with_commas(r.plan.population.users) + " and " + std::to_string(r.what.people.staff.size()) +
                  " staff") +
         tile("posts", with_commas(all.posts), rate(all.posts)) +
         tile("deliveries", with_commas(all.deliveries), rate(all.deliveries)) +
         tile("delivered within", time_text(f.delivery.at_percentile(50)),
              "99 % within " + time_text(f.delivery.at_percentile(99)) + ", all within " +
                  time_text(f.delivery.max())) +
         tile("chat messages", with_commas(all.messages), "99 % within " + time_text(f.message.at_percentile(99))) +
         tile("connections made", with_commas(all.connects),
              "up to " + with_commas(highest(f, &second_sample::connects)) + " a second; 99 % within " +
                  time_text(f.reconnect.at_percentile(99))) +
         tile("refused under sanction", with_commas(sanctioned), with_commas(all.suspensions) + " suspensions") +
         tile("received", bytes_text(all.bytes_received), bytes_text(all.bytes_sent) + " sent") + "</section>\n";
}

// -- plots over time ----------------------------------------------------------------------------

std::vector<double> column(const measurements& f, std::uint64_t second_sample::*member, double scale = 1) {
  std::vector<double> out;
  for (auto& s : f.seconds)
    out.push_back(static_cast<double>(s.*member) * scale);
  return out;
}

std::string plots(const run_report& r) {
  auto& f = r.what.figures;
  std::vector<double> seconds;
  for (std::size_t i = 1; i <= f.seconds.size(); ++i)
    seconds.push_back(static_cast<double>(i));
  auto over_time = [&](std::string title, std::string unit, std::vector<plotted> lines, bool is_log = false) {
    return draw({std::move(title), std::move(unit), seconds, "s", is_log, std::move(lines), f.marks});
  };
  using s = second_sample;
  constexpr double ms = 1e-3;
  return "<h2>The day</h2><section class=\"plots\">\n" +
         over_time("Deliveries", " per second", {{"deliveries", column(f, &s::deliveries), true}}) +
         over_time("From due to delivered", " ms",
                   {{"99 %", column(f, &s::delivery_p99_us, ms), false},
                    {"half", column(f, &s::delivery_p50_us, ms), false},
                    {"slowest", column(f, &s::delivery_max_us, ms), false}},
                   true) +
         over_time("People online", "", {{"online", column(f, &s::online), true}}) +
         over_time("Connections made", " per second", {{"connections", column(f, &s::connects), true}}) +
         over_time("Posts and refusals", " per second",
                   {{"posts", column(f, &s::posts), true}, {"refusals", column(f, &s::refusals), false}}) +
         over_time("Slowest return", " ms",
                   {{"from wanting to be online to listening", column(f, &s::reconnect_max_us, ms), false}}, true) +
         "</section>\n";
}

// -- latencies ----------------------------------------------------------------------------------

/// Where it lies on a scale of powers of ten, from 0.1 ms to 30 s, in per cent.
std::string place(std::uint64_t us) {
  const double from = 100, to = 30e6;
  return short_number(100 * std::log10(std::clamp(static_cast<double>(us), from, to) / from) / std::log10(to / from));
}

/// A bar from the median to the 99th percentile, with a mark at the slowest.
std::string range(const histogram& h) {
  return "<i><span style=\"left:" + place(h.at_percentile(50)) + "%;right:calc(100% - " + place(h.at_percentile(99)) +
         "%)\"></span><b style=\"left:" + place(h.max()) + "%\"></b></i>";
}

std::string latency_row(const std::string& name, const histogram& h) {
  auto row = cells(name, {with_commas(h.count()), time_text(h.at_percentile(50)), time_text(h.at_percentile(90)),
                          time_text(h.at_percentile(99)), time_text(h.max())});
  row.insert(row.size() - std::string{"</tr>\n"}.size(), "<td class=\"range\">" + range(h) + "</td>");
  return row;
}

/// Those of these methods that were called.
std::vector<distribution> answers(const measurements& f, const std::vector<std::string>& methods) {
  std::vector<distribution> out;
  for (auto& method : methods)
    if (auto found = f.answers.find(method); found != f.answers.end())
      out.push_back({method, found->second});
  return out;
}

std::string latencies(const run_report& r) {
  auto& f = r.what.figures;
  auto out =
      "<h2>Latency</h2><p class=\"note\">From the time at which something was due, whether or not the server was "
      "ready for it: what a stall held up counts in full.</p><section class=\"plots\">\n" +
      draw_percentiles("Until others hear it",
                       {{"post to reader", f.delivery}, {"chat message", f.message}, {"coming online", f.reconnect}}) +
      draw_percentiles("Until it is answered",
                       answers(f, {"account.publish", "chat.send", "account.correct", "sanction.impose"})) +
      "</section><br><div class=\"scroll\"><table>\n<tr><th></th><th>times</th><th>half</th><th>90 %</th>"
      "<th>99 %</th><th>slowest</th><th>half to 99 %, slowest</th></tr>\n";
  out += latency_row("post to reader", f.delivery);
  if (f.delivery_slow.count() > 0)
    out += latency_row("post to reader who had stopped reading", f.delivery_slow);
  out += latency_row("chat message to member", f.message) + latency_row("coming online", f.reconnect);
  for (auto& [method, h] : f.answers)
    out += latency_row(method, h);
  return out + "</table></div>\n";
}

// -- invariants -----------------------------------------------------------------------------------

std::string state_of(const violations& broken, int invariant) {
  auto n = broken.count(invariant);
  return n == 0 ? "<span class=\"held\">held</span>"
                : "<span class=\"broken\">broken " + counted(n, "time") + "</span>";
}

std::string invariants(const run_report& r) {
  auto& f = r.what.figures;
  auto& broken = r.what.broken;
  auto sanctioned = f.refused.contains(errc::sanctioned) ? f.refused.at(errc::sanctioned) : 0;
  auto out = "<h2>Invariants</h2><section class=\"cards\">\n" +
             card("2 " + state_of(broken, 2), "After a sanction is acknowledged, no post that it forbids is accepted.",
                  fact("suspensions", f.all.suspensions) + fact("commands refused under them", sanctioned)) +
             card("3 " + state_of(broken, 3), "A command takes effect at most once, however often it is sent.",
                  fact("commands", r.what.commands.commands()) + fact("sent again", f.all.repeats) +
                      fact("without an answer in the end", f.all.abandoned)) +
             card("4 " + state_of(broken, 4), "Every subscriber sees a prefix in order, or is told of the gap.",
                  fact("streams watched at the end", r.facts.streams) + fact("gaps told", f.all.gaps) +
                      fact("items asked for afterwards", f.all.caught_up)) +
             "</section>\n";
  if (broken.kept().empty())
    return out;
  out += "<ul class=\"violations\">";
  for (auto& v : broken.kept())
    out += "<li>[I" + std::to_string(v.invariant) + "] " + escaped(v.what) + "</li>\n";
  return out + "</ul>\n";
}

// -- the rest -------------------------------------------------------------------------------------

std::string counts(const std::string& title, const std::string& head, const std::map<std::string, std::uint64_t>& all) {
  if (all.empty())
    return {};
  auto out = "<div><h2>" + title + "</h2><table><tr><th>" + head + "</th><th>times</th></tr>\n";
  for (auto& [what, times] : all)
    out += cells(what, {with_commas(times)});
  return out + "</table></div>\n";
}

std::string what_failed(const measurements& f) {
  std::map<std::string, std::uint64_t> refused;
  for (auto& [why, times] : f.refused)
    refused[std::string{to_name(why)}] = times;
  return "<section class=\"counts\">" + counts("Refusals", "code", refused) +
         counts("Connections lost", "why", f.lost_connections) + "</section>\n";
}

std::string details(const run_report& r) {
  return "<details><summary>The scenario</summary><pre>" + escaped(wire::encode(r.plan).dump(2)) + "</pre></details>\n";
}

std::string footer(const run_report& r) {
  auto& facts = r.facts;
  auto length = std::chrono::duration<double>(r.plan.length).count();
  auto text = "Everybody was online after " + short_number(facts.connecting_s) + " s. The load generator used " +
              short_number(facts.own_cpu_s / length) + " of a core, and its own timers were late by " +
              time_text(facts.lateness.at_percentile(99)) + " at 99 %";
  text += facts.was_held_up ? ": it was held up itself, so latencies are an upper bound." : ".";
  auto& p = r.plan.population;
  return "<footer><p>" + text + "</p><p>" + with_commas(p.users) + " users follow " +
         std::to_string(p.followings_mean) + " of " + with_commas(p.accounts) +
         " accounts each, by Zipf's law with exponent " + short_number(p.zipf_percent / 100.0) +
         ". The run is one day, from five in the morning on.</p></footer>\n";
}

} // namespace

std::string report_html(const run_report& r) {
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>" +
         escaped(r.plan.title) + "</title><style>" + std::string{report_style} + "</style></head><body><main>\n" +
         header(r) + tiles(r) + invariants(r) + plots(r) + latencies(r) + what_failed(r.what.figures) + details(r) +
         footer(r) + "</main></body></html>\n";
}

} // namespace charter::load
