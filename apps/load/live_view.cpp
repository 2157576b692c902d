#include "apps/load/live_view.hpp"

#include <algorithm>
#include <array>

#include "apps/load/number_text.hpp"

namespace charter::load {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t spark_columns = 40;
constexpr std::size_t bar_columns = 30;
constexpr auto redraw_every = 100ms;

std::string left(std::string text, std::size_t columns) {
  return text + std::string(columns - std::min(columns, text.size()), ' ');
}
std::string right(std::string text, std::size_t columns) {
  return std::string(columns - std::min(columns, text.size()), ' ') + text;
}

std::string clock(std::chrono::nanoseconds length) {
  auto s = std::chrono::duration_cast<std::chrono::seconds>(length).count();
  auto two = [](long x) { return (x < 10 ? "0" : "") + std::to_string(x); };
  return two(s / 60) + ":" + two(s % 60);
}

std::vector<double> column(const measurements& f, std::uint64_t second_sample::*member) {
  std::vector<double> out;
  for (auto& s : f.seconds)
    out.push_back(static_cast<double>(s.*member));
  return out;
}

/// "refused 12 sanctioned, 3 conflict"
std::string refusals(const measurements& f) {
  std::string text;
  for (auto& [why, times] : f.refused)
    text += (text.empty() ? "" : ", ") + with_commas(times) + " " + std::string{to_name(why)};
  return text.empty() ? "nothing" : text;
}

std::string verdict(const violations& broken) {
  if (broken.count() == 0)
    return "I2 I3 I4 hold";
  std::string text;
  for (int i : {2, 3, 4})
    if (broken.count(i) > 0)
      text += "I" + std::to_string(i) + " BROKEN " + with_commas(broken.count(i)) + " times  ";
  return text;
}

std::string row(const std::string& name, const std::string& value, const std::string& rest) {
  return "  " + left(name, 12) + right(value, 10) + "  " + rest + "\n";
}

std::string screen(const world& w) {
  auto& f = w.figures;
  auto& s = f.seconds.back();
  auto gone = std::chrono::seconds{f.seconds.size()};
  auto share = std::min(1.0, std::chrono::duration<double>(gone) / std::chrono::duration<double>(w.plan.length));
  auto spark = [&](std::uint64_t second_sample::*member) { return sparkline(column(f, member), spark_columns); };
  return "  " + w.plan.title + "  " + bar(share, bar_columns) + "  " + clock(gone) + " of " + clock(w.plan.length) +
         "\n" + row("online", with_commas(s.online), spark(&second_sample::online)) +
         row("posts/s", with_commas(s.posts), spark(&second_sample::posts)) +
         row("delivered/s", with_commas(s.deliveries), spark(&second_sample::deliveries)) +
         row("delivery", time_text(s.delivery_p50_us),
             "p99 " + time_text(s.delivery_p99_us) + "  max " + time_text(s.delivery_max_us)) +
         row("connects/s", with_commas(s.connects),
             "gaps " + with_commas(f.all.gaps) + "  asked for afterwards " + with_commas(f.all.caught_up)) +
         row("suspended", with_commas(f.all.suspensions), "refused: " + refusals(f)) + "  " + verdict(w.broken) + "\n";
}

std::string line(const world& w) {
  auto& s = w.figures.seconds.back();
  return right(std::to_string(w.figures.seconds.size()), 4) + " s  online " + with_commas(s.online) + "  posts " +
         with_commas(s.posts) + "/s  delivered " + with_commas(s.deliveries) + "/s  p50 " +
         time_text(s.delivery_p50_us) + "  p99 " + time_text(s.delivery_p99_us) + "  connects " +
         with_commas(s.connects) + "/s  refused " + with_commas(s.refusals) + "/s  " + verdict(w.broken);
}

} // namespace

std::string sparkline(const std::vector<double>& values, std::size_t most) {
  constexpr std::array blocks{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  auto first = values.size() - std::min(values.size(), most);
  auto highest =
      values.empty() ? 0 : *std::max_element(values.begin() + static_cast<std::ptrdiff_t>(first), values.end());
  std::string text;
  for (auto i = first; i < values.size(); ++i) {
    auto level = highest > 0 ? values[i] / highest * (blocks.size() - 1) + 0.5 : 0;
    text += blocks[std::min(static_cast<std::size_t>(level), blocks.size() - 1)];
  }
  return text;
}

std::string bar(double share, std::size_t columns) {
  auto full = static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * static_cast<double>(columns));
  return "[" + std::string(full, '#') + std::string(columns - full, '-') + "]";
}

void live_view::clear() {
  if (drawn_lines_ > 0)
    out_ << "\x1b[" << drawn_lines_ << "A\x1b[J" << std::flush;
  drawn_lines_ = 0;
}

void live_view::draw(const std::string& lines) {
  clear();
  out_ << lines << std::flush;
  drawn_lines_ = static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n'));
}

void live_view::progress(const std::string& what, std::size_t done, std::size_t of) {
  auto now = steady::now();
  bool is_new = std::exchange(what_, what) != what;
  if (!is_terminal_) {
    if (is_new)
      out_ << what << ": " << with_commas(of) << std::endl;
    return;
  }
  if (!is_new && done < of && now < drawn_at_ + redraw_every)
    return;
  drawn_at_ = now;
  auto share = of == 0 ? 1 : static_cast<double>(done) / static_cast<double>(of);
  draw("  " + left(what, 12) + bar(share, bar_columns) + "  " + with_commas(done) + " of " + with_commas(of) + "\n");
}

void live_view::second(const world& w) {
  if (is_terminal_)
    draw(screen(w));
  else
    out_ << line(w) << std::endl;
}

void live_view::say(const std::string& text) {
  clear();
  out_ << text << std::endl;
}

} // namespace charter::load
