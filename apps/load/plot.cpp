#include "apps/load/plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "apps/load/number_text.hpp"

namespace charter::load {

namespace {

// The drawing's own units; the page scales it to its width.
constexpr double width = 720, height = 240;
constexpr double left = 54, right = 12, top = 12, bottom = 30;
constexpr double inner_width = width - left - right;
constexpr double inner_height = height - top - bottom;
constexpr double floor_of_logs = 0.01;

std::string coordinate(double x) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%.1f", x);
  return text.data();
}

std::string label(double x) {
  auto text = short_number(x);
  if (text.find('.') != text.npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.')
      text.pop_back();
  }
  return text;
}

/// 1, 2 or 5 times a power of ten, so that `span` has about `many` of them.
double nice_step(double span, int many) {
  auto raw = span / many;
  auto power = std::pow(10, std::floor(std::log10(raw)));
  for (auto factor : {1.0, 2.0, 5.0})
    if (factor * power >= raw)
      return factor * power;
  return 10 * power;
}

/// From values to the drawing, one way for each axis.
struct axis {
  double from = 0;
  double to = 1;
  bool is_log = false;

  double share(double x) const {
    if (is_log)
      return std::log10(std::max(x, from) / from) / std::log10(to / from);
    return (x - from) / (to - from);
  }
  double across(double x) const { return left + share(x) * inner_width; }
  double up(double y) const { return top + (1 - share(y)) * inner_height; }

  std::vector<double> ticks(int many) const {
    std::vector<double> out;
    if (is_log)
      for (auto x = from; x <= to * 1.001; x *= 10)
        out.push_back(x);
    else
      for (auto step = nice_step(to - from, many), x = std::ceil(from / step) * step; x <= to + step / 1'000; x += step)
        out.push_back(x);
    return out;
  }
};

axis axis_for(const std::vector<plotted>& lines, bool is_log) {
  double lowest = 1e300, highest = 0;
  for (auto& line : lines)
    for (auto v : line.values)
      if (v > 0) {
        lowest = std::min(lowest, v);
        highest = std::max(highest, v);
      }
  if (highest == 0)
    return {is_log ? 0.1 : 0, 1, is_log};
  if (!is_log) {
    auto step = nice_step(highest, 4);
    return {0, std::ceil(highest / step) * step, false};
  }
  auto from = std::pow(10, std::floor(std::log10(std::max(lowest, floor_of_logs))));
  auto to = std::pow(10, std::ceil(std::log10(std::max(highest, from * 1.01))));
  return {from, to, true};
}

std::string text_at(double x, double y, std::string_view anchor, const std::string& text) {
  return "<text x=\"" + coordinate(x) + "\" y=\"" + coordinate(y) + "\" text-anchor=\"" + std::string{anchor} + "\">" +
         escaped(text) + "</text>";
}

std::string line_at(std::string_view kind, double x1, double y1, double x2, double y2) {
  return "<line class=\"" + std::string{kind} + "\" x1=\"" + coordinate(x1) + "\" y1=\"" + coordinate(y1) + "\" x2=\"" +
         coordinate(x2) + "\" y2=\"" + coordinate(y2) + "\"/>";
}

std::string draw_y_axis(const axis& y) {
  std::string out;
  for (auto tick : y.ticks(4))
    out += line_at("grid", left, y.up(tick), width - right, y.up(tick)) +
           text_at(left - 8, y.up(tick) + 4, "end", label(tick));
  return out;
}

std::string draw_x_axis(const axis& x, const std::string& unit) {
  std::string out;
  for (auto tick : x.ticks(8))
    out += text_at(x.across(tick), height - 8, "middle", label(tick) + (tick == x.from ? " " + unit : ""));
  return out;
}

/// The points that there are, with gaps where there is none.
std::string path_of(const std::vector<double>& xs, const std::vector<double>& ys, const axis& x, const axis& y) {
  std::string d;
  bool is_drawing = false;
  for (std::size_t i = 0; i < ys.size(); ++i) {
    bool is_there = ys[i] >= 0 && !(y.is_log && ys[i] == 0);
    if (is_there)
      d += (is_drawing ? "L" : "M") + coordinate(x.across(xs[i])) + " " + coordinate(y.up(ys[i]));
    is_drawing = is_there;
  }
  return d;
}

std::string draw_line(std::size_t i, const plot& p, const axis& x, const axis& y) {
  auto& line = p.lines[i];
  auto d = path_of(p.x, line.values, x, y);
  if (d.empty())
    return {};
  auto kind = "s" + std::to_string(i);
  auto base = coordinate(y.up(y.from));
  std::string area;
  if (line.is_filled)
    area = "<path class=\"area " + kind + "\" d=\"" + d + "L" + coordinate(x.across(p.x[line.values.size() - 1])) +
           " " + base + "L" + coordinate(x.across(p.x.front())) + " " + base + "Z\"/>";
  return area + "<path class=\"line " + kind + "\" d=\"" + d + "\"/>";
}

std::string draw_marks(const plot& p, const axis& x) {
  std::string out;
  for (auto& m : p.marks)
    out += "<g class=\"mark\">" + line_at("", x.across(m.at_s), top, x.across(m.at_s), height - bottom) +
           text_at(x.across(m.at_s) + 5, top + 9, "start", m.what.substr(0, m.what.find(':'))) + "<title>" +
           escaped(m.what) + "</title></g>";
  return out;
}

/// A column for each x that shows all its values under the pointer.
std::string draw_columns(const plot& p, const axis& x) {
  std::string out;
  auto apart = p.x.size() > 1 ? inner_width / static_cast<double>(p.x.size() - 1) : inner_width;
  for (std::size_t i = 0; i < p.x.size(); ++i) {
    auto title = label(p.x[i]) + " " + p.x_unit;
    for (auto& line : p.lines)
      if (i < line.values.size() && line.values[i] >= 0)
        title += "\n" + line.name + ": " + label(line.values[i]) + p.unit;
    out += "<rect class=\"column\" x=\"" + coordinate(x.across(p.x[i]) - apart / 2) + "\" y=\"" + coordinate(top) +
           "\" width=\"" + coordinate(apart) + "\" height=\"" + coordinate(inner_height) + "\"><title>" +
           escaped(title) + "</title></rect>";
  }
  return out;
}

std::string figure(const std::string& title, const std::string& unit, const std::vector<std::string>& names,
                   const std::string& inside) {
  std::string legend;
  for (std::size_t i = 0; names.size() > 1 && i < names.size(); ++i)
    legend += "<span class=\"key s" + std::to_string(i) + "\">" + escaped(names[i]) + "</span>";
  return "<figure><figcaption><b>" + escaped(title) + "</b>" + (unit.empty() ? "" : "<i>" + escaped(unit) + "</i>") +
         legend + "</figcaption><svg viewBox=\"0 0 " + coordinate(width) + " " + coordinate(height) +
         "\" role=\"img\" aria-label=\"" + escaped(title) + "\">" + inside + "</svg></figure>\n";
}

} // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (auto c : text)
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  return out;
}

std::string draw(const plot& p) {
  if (p.x.empty())
    return {};
  axis x{p.x.front(), std::max(p.x.back(), p.x.front() + 1), false};
  auto y = axis_for(p.lines, p.is_log);
  auto inside = draw_y_axis(y) + draw_x_axis(x, p.x_unit);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < p.lines.size(); ++i) {
    inside += draw_line(i, p, x, y);
    names.push_back(p.lines[i].name);
  }
  return figure(p.title, p.unit, names, inside + draw_marks(p, x) + draw_columns(p, x));
}

std::string draw_percentiles(const std::string& title, const std::vector<distribution>& all) {
  // Each nine is as wide as the one before: x is how many of them there are.
  constexpr std::array<std::pair<double, const char*>, 7> shown{
      {{0, ""}, {0.30103, "50 %"}, {1, "90 %"}, {2, "99 %"}, {3, "99.9 %"}, {4, "99.99 %"}, {5, "99.999 %"}}};
  plot p;
  std::uint64_t most = 0;
  for (auto& d : all)
    most = std::max(most, d.values.count());
  auto last = most < 10 ? 1.0 : std::min(5.0, std::log10(static_cast<double>(most)));
  for (auto n = 0.0; n <= last; n += 0.05)
    p.x.push_back(n);
  for (auto& d : all) {
    plotted line{d.name, {}, false};
    for (auto n : p.x) {
      bool is_known = d.values.count() > 0 && std::pow(10, n) <= static_cast<double>(d.values.count()) * 1.2;
      line.values.push_back(is_known ? static_cast<double>(d.values.at_percentile(100 * (1 - std::pow(10, -n)))) / 1000
                                     : -1);
    }
    p.lines.push_back(std::move(line));
  }
  axis x{0, std::max(last, 1.0), false};
  auto y = axis_for(p.lines, true);
  auto inside = draw_y_axis(y);
  for (auto [nines, name] : shown)
    if (nines <= last) {
      inside += line_at("grid", x.across(nines), top, x.across(nines), height - bottom);
      inside += text_at(x.across(nines), height - 8, "middle", name);
    }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < p.lines.size(); ++i) {
    inside += draw_line(i, p, x, y);
    names.push_back(p.lines[i].name);
  }
  return figure(title, "ms", names, inside);
}

} // namespace charter::load
