#include "apps/tour/narrator.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace charter::tour {

namespace {

constexpr std::size_t columns = 98;
constexpr std::size_t who_columns = 17;
constexpr std::string_view green = "\x1b[32m";
constexpr std::string_view yellow = "\x1b[33m";
constexpr std::string_view red = "\x1b[31m";
constexpr std::string_view bold = "\x1b[1m";
constexpr std::string_view dim = "\x1b[2m";
constexpr std::string_view plain = "\x1b[0m";

/// On a terminal, where Chinese characters take two columns.
std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  for (unsigned char c : text)
    width += (c & 0xC0) == 0x80 ? 0 : c >= 0xE3 && c < 0xF0 ? 2 : 1;
  return width;
}

/// Breaks at spaces; later lines are indented like the first.
std::string wrapped(std::string_view text, std::size_t indent) {
  std::string out(indent, ' ');
  auto column = indent;
  for (std::size_t at = 0; at < text.size();) {
    auto end = std::min(text.find(' ', at), text.size());
    auto word = text.substr(at, end - at);
    if (column > indent && column + 1 + width_of(word) > columns) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    out += word;
    column += width_of(word);
    at = end + 1;
  }
  return out;
}

std::string padded(std::string_view text, std::size_t width) {
  auto there = width_of(text);
  return std::string{text} + std::string(there < width ? width - there : 1, ' ');
}

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fputc('\n', stdout);
  std::fflush(stdout); // who watches sees each step as it happens
}

} // namespace

narrator::narrator() : colours_(isatty(STDOUT_FILENO) && !std::getenv("NO_COLOR")) {}

std::string narrator::paint(std::string_view colour, std::string_view text) const {
  return colours_ ? std::string{colour}.append(text).append(plain) : std::string{text};
}

void narrator::title(std::string_view text) { print(paint(bold, text)); }

void narrator::chapter(std::string_view chinese, std::string_view english) {
  auto text = std::string{chinese} + " · " + std::string{english};
  std::string bar;
  for (auto i = width_of(text) + 4; i < columns; ++i)
    bar += "─";
  print("\n" + paint(bold, "── " + text + " " + bar));
}

void narrator::article(std::string_view number, std::string_view chinese, std::string_view english) {
  print("\n" + paint(bold, std::string{number} + "  " + std::string{chinese} + " · " + std::string{english}));
}

void narrator::say(std::string_view text) { print(paint(dim, wrapped(text, 2))); }

void narrator::line(std::string_view mark, std::string_view who, std::string_view what) {
  auto text = wrapped(what, who_columns + 4);
  print("  " + std::string{mark} + " " + padded(who, who_columns) + text.substr(who_columns + 4));
}

void narrator::did(std::string_view who, std::string_view what) { line(paint(green, "✓"), who, what); }

void narrator::was_refused(std::string_view who, std::string_view what, const refusal& why) {
  line(paint(yellow, "✗"), who, what);
  auto cited = std::string{to_name(why.code)};
  if (!why.rule.empty()) {
    cited += ", article " + why.rule.article;
    if (!why.rule.item.empty())
      cited += " (" + why.rule.item + ")";
  }
  print(paint(yellow, wrapped(cited + ": " + why.detail, who_columns + 4)));
}

void narrator::note(std::string_view text) { print(paint(dim, wrapped(text, who_columns + 4))); }

void narrator::went_wrong(std::string_view who, std::string_view what, std::string_view instead) {
  line(paint(red, "!"), who, what);
  print(paint(red, wrapped(instead, who_columns + 4)));
}

void narrator::shown(bool ok, std::string_view what) {
  findings_.push_back({ok, std::string{what}});
  if (!ok)
    went_wrong("the tour", "expected otherwise:", what);
}

std::size_t narrator::summary() {
  chapter("小结", "What this showed");
  for (auto& f : findings_)
    print((f.ok ? paint(green, "ok") : paint(red, "not ok")) + " - tour: " + f.what);
  auto missed = std::size_t(std::ranges::count(findings_, false, &finding::ok));
  print("");
  if (missed == 0)
    print(paint(bold, std::to_string(findings_.size()) + " things shown, all as they should be."));
  else
    print(paint(red, std::to_string(missed) + " of " + std::to_string(findings_.size()) + " were not as expected."));
  return missed;
}

} // namespace charter::tour
