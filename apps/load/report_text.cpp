#include "apps/load/number_text.hpp"
#include "apps/load/report.hpp"

namespace charter::load {

namespace {

std::string within(const histogram& h) {
  return time_text(h.at_percentile(50)) + " at half, " + time_text(h.at_percentile(99)) + " at 99 %, " +
         time_text(h.max()) + " at most";
}

} // namespace

std::string report_text(const run_report& r) {
  auto& f = r.what.figures;
  auto& all = f.all;
  auto out = with_commas(r.facts.online_peak) + " online at the peak; " + with_commas(all.posts) + " posts, " +
             with_commas(all.deliveries) + " deliveries, " + with_commas(all.messages) + " chat messages, " +
             with_commas(all.connects) + " connections made\n" + "delivered within " + within(f.delivery) + "\n" +
             with_commas(r.what.commands.commands()) + " commands, " + with_commas(all.repeats) + " sent again; " +
             with_commas(all.suspensions) + " suspensions; " + with_commas(all.gaps) + " gaps told, " +
             with_commas(all.caught_up) + " items asked for afterwards\n";
  if (all.abandoned + all.not_sent > 0)
    out += with_commas(all.abandoned) + " commands without an answer, " + with_commas(all.not_sent) +
           " not sent: too many waited\n";
  if (r.facts.was_held_up)
    out +=
        "the load generator was held up itself, by its work or by other programs: its latencies are an upper bound\n";
  if (r.what.broken.count() == 0)
    return out + "all invariants held (2, 3, 4)\n";
  for (auto& v : r.what.broken.kept())
    out += "[I" + std::to_string(v.invariant) + "] " + v.what + "\n";
  return out + counted(r.what.broken.count(), "violation") + "\n";
}

} // namespace charter::load
