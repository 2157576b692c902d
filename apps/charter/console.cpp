#include "apps/charter/console.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include <sys/ioctl.h>
#include <unistd.h>

#include "apps/charter/utf8_text.hpp"

namespace charter::cli {

namespace {

constexpr std::size_t narrowest = 40;
constexpr std::size_t widest = 160; // longer lines are hard to read

bool colours_wanted(int descriptor) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return ::isatty(descriptor) && !(no_color && *no_color) && term && std::string_view{term} != "dumb";
}

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
    return 100;
  return std::clamp<std::size_t>(size.ws_col, narrowest, widest);
}

} // namespace

console console::of_process() {
  console c{std::cout, std::cerr};
  c.out_colours_ = colours_wanted(STDOUT_FILENO);
  c.err_colours_ = colours_wanted(STDERR_FILENO);
  c.err_is_terminal_ = ::isatty(STDERR_FILENO);
  c.width_ = terminal_width();
  return c;
}

std::string console::painted(bool colours, style s, std::string_view text) {
  auto code = [&]() -> std::string_view {
    switch (s) {
      case style::plain: return "";
      case style::bold: return "1";
      case style::dim: return "2";
      case style::good: return "32";
      case style::warning: return "33";
      case style::bad: return "31";
      case style::accent: return "36";
    }
    return "";
  }();
  if (!colours || code.empty() || text.empty())
    return std::string{text};
  return "\x1b[" + std::string{code} + "m" + std::string{text} + "\x1b[0m";
}

std::string harmless(std::string_view text, bool keep_lines) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    auto at = text;
    auto c = utf8::next(text);
    if (keep_lines && c == '\n')
      out += '\n';
    else if (c == '\n' || c == '\t' || c == '\r')
      out += ' ';
    else if (c == utf8::invalid || utf8::is_control(c) || utf8::reorders(c))
      out += "\xef\xbf\xbd"; // the replacement character
    else
      out += at.substr(0, at.size() - text.size());
  }
  return out;
}

std::size_t columns(std::string_view text) {
  std::size_t n = 0;
  while (!text.empty())
    n += utf8::columns(utf8::next(text));
  return n;
}

std::string shortened(std::string_view text, std::size_t columns_max) {
  if (columns(text) <= columns_max)
    return std::string{text};
  std::string out;
  std::size_t used = 0;
  while (!text.empty()) {
    auto at = text;
    auto wide = utf8::columns(utf8::next(text));
    if (used + wide + 1 > columns_max)
      break;
    used += wide;
    out += at.substr(0, at.size() - text.size());
  }
  return out + "…";
}

namespace {

/// How much of a line of text goes into one of at most so many columns, in bytes. At least one character.
std::size_t fitting(std::string_view line, std::size_t columns_max) {
  std::size_t used = 0;
  std::size_t best = 0; // after the last place where it may break
  auto rest = line;
  while (!rest.empty()) {
    auto before = line.size() - rest.size();
    auto c = utf8::next(rest);
    auto wide = utf8::columns(c);
    if (c == ' ' || wide == 2)
      best = before;
    if (used + wide > columns_max)
      return best > 0 ? best : before > 0 ? before : line.size() - rest.size();
    used += wide;
  }
  return line.size();
}

} // namespace

std::vector<std::string> wrapped(std::string_view text, std::size_t columns_max) {
  std::vector<std::string> lines;
  while (true) {
    auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    do {
      auto size = fitting(line, columns_max);
      auto part = line.substr(0, size);
      line.remove_prefix(size);
      while (!part.empty() && part.back() == ' ')
        part.remove_suffix(1);
      while (!line.empty() && line.front() == ' ')
        line.remove_prefix(1);
      lines.emplace_back(part);
    } while (!line.empty());
    if (end == text.size())
      return lines;
    text.remove_prefix(end + 1);
  }
}

void print_table(const console& to, const std::vector<std::string>& head,
                 const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> wide;
  for (auto& title : head)
    wide.push_back(columns(title));
  for (auto& row : rows)
    for (std::size_t i = 0; i < row.size() && i < wide.size(); ++i)
      wide[i] = std::max(wide[i], columns(row[i]));
  auto print = [&](const std::vector<std::string>& row, style s) {
    std::string line;
    std::size_t used = 0;
    for (std::size_t i = 0; i < row.size() && i < wide.size(); ++i) {
      auto last = i + 1 == wide.size();
      auto cell = last && used < to.width() ? shortened(row[i], std::max(to.width() - used, narrowest / 2)) : row[i];
      line += cell;
      if (!last)
        line += std::string(wide[i] - columns(cell) + 2, ' ');
      used += wide[i] + 2;
    }
    to.out() << to.paint(s, line) << '\n';
  };
  print(head, style::dim);
  for (auto& row : rows)
    print(row, style::plain);
}

} // namespace charter::cli
