#include "apps/tour/trial_texts.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include <zlib.h>

#include "domain/limits.hpp"

namespace charter::tour {

namespace {

constexpr auto fortunes = "/usr/share/games/fortunes"; // lint: path
constexpr auto documents = "/usr/share/doc";           // lint: path
constexpr std::size_t file_bytes_max = 4 * 1024 * 1024;
constexpr std::size_t body_bytes_max = 4'000; // a post that is read to its end

std::string read_file(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

/// Compressed or not; empty when it isn't there.
std::string read_gz(const std::filesystem::path& file) {
  std::string out;
  auto* in = gzopen(file.c_str(), "rb");
  if (!in)
    return out;
  char chunk[16 * 1024];
  for (int n = gzread(in, chunk, sizeof chunk); n > 0 && out.size() < file_bytes_max;
       n = gzread(in, chunk, sizeof chunk))
    out.append(chunk, std::size_t(n));
  gzclose(in);
  return out;
}

/// Colours of terminals: ESC "[" … letter.
std::string without_colours(std::string_view line) {
  std::string out;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\x1b') {
      out += line[i];
      continue;
    }
    while (i < line.size() && !std::isalpha(static_cast<unsigned char>(line[i])))
      ++i;
  }
  return out;
}

std::string trimmed(std::string text) {
  auto blank = [](unsigned char c) { return std::isspace(c) != 0; };
  text.erase(text.begin(), std::ranges::find_if_not(text, blank));
  while (!text.empty() && blank(static_cast<unsigned char>(text.back())))
    text.pop_back();
  return text;
}

/// At a line's end, with a word that there is more.
std::string shortened(std::string body) {
  if (body.size() <= body_bytes_max)
    return body;
  body.resize(body.rfind('\n', body_bytes_max));
  return body + "\n…";
}

/// Text of other people's making: some old entries aren't UTF-8.
bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    auto c = static_cast<unsigned char>(text[i]);
    std::size_t more = c < 0x80 ? 0 : c >> 5 == 6 ? 1 : c >> 4 == 14 ? 2 : c >> 3 == 30 ? 3 : 9;
    if (more == 9 || i + more >= text.size() + (more == 0))
      return false;
    for (std::size_t k = 1; k <= more; ++k)
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80)
        return false;
    i += more + 1;
  }
  return true;
}

/// "《感遇》" → "感遇"
std::string without_brackets(std::string title) {
  for (std::string_view bracket : {"《", "》"})
    if (auto at = title.find(bracket); at != std::string::npos)
      title.erase(at, bracket.size());
  return trimmed(title);
}

/// Debian's form: "package (version) suite; urgency", lines indented by two, " -- who  when".
std::vector<text> parse_entries(const std::string& all, std::size_t most) {
  std::vector<text> out;
  std::istringstream lines{all};
  text entry;
  for (std::string line; out.size() < most && std::getline(lines, line);) {
    if (line.starts_with(" -- ")) {
      entry.body = shortened(trimmed(std::move(entry.body)));
      if (!entry.title.empty() && !entry.body.empty() && is_utf8(entry.title) && is_utf8(entry.body))
        out.push_back(std::move(entry));
      entry = {};
    } else if (!line.empty() && line.front() != ' ' && line.front() != '\t') {
      auto end = line.find(')');
      entry = {end == std::string::npos ? "" : line.substr(0, end + 1), ""};
      std::erase(entry.title, '(');
      std::erase(entry.title, ')');
      entry.title.resize(std::min(entry.title.size(), limits::title_bytes_max));
    } else {
      entry.body += line.substr(std::min<std::size_t>(line.size(), 2)) + "\n";
    }
  }
  return out;
}

} // namespace

std::vector<text> read_poems(const std::string& file, std::size_t most) {
  std::vector<text> out;
  std::istringstream lines{read_file(std::filesystem::path{fortunes} / (file + ".u8"))};
  text poem;
  auto finish = [&] {
    poem.body = shortened(trimmed(std::move(poem.body)));
    if (!poem.title.empty() && !poem.body.empty())
      out.push_back(std::move(poem));
    poem = {};
  };
  for (std::string raw; out.size() < most && std::getline(lines, raw);) {
    auto line = without_colours(raw);
    if (line == "%")
      finish();
    else if (poem.title.empty())
      poem.title = without_brackets(line);
    else
      poem.body += line + "\n";
  }
  if (out.size() < most)
    finish();
  return out;
}

std::vector<text> read_changelog(const std::string& package, std::size_t most) {
  auto folder = std::filesystem::path{documents} / package;
  auto all = read_gz(folder / "changelog.Debian.gz");
  return parse_entries(all.empty() ? read_gz(folder / "changelog.gz") : all, most);
}

std::vector<text> read_changelogs(const std::vector<std::string>& packages, std::size_t most) {
  std::vector<std::vector<text>> each;
  for (auto& package : packages)
    each.push_back(read_changelog(package, most));
  std::vector<text> out;
  for (std::size_t round = 0; out.size() < most; ++round) {
    auto before = out.size();
    for (auto& entries : each)
      if (round < entries.size() && out.size() < most)
        out.push_back(std::move(entries[round]));
    if (out.size() == before)
      break;
  }
  return out;
}

std::vector<text> read_news(std::size_t most) {
  std::map<std::string, text> by_title; // packages of one source have the same
  std::error_code ignored;
  for (auto& folder : std::filesystem::directory_iterator{documents, ignored})
    for (auto& entry : parse_entries(read_gz(folder.path() / "NEWS.Debian.gz"), 2))
      by_title.try_emplace(entry.title, entry);
  std::vector<text> out;
  for (auto& [title, entry] : by_title)
    if (out.size() < most)
      out.push_back(std::move(entry));
  return out;
}

} // namespace charter::tour
