#include "apps/charter/markup_text.hpp"

#include <algorithm>
#include <array>

#include "apps/charter/utf8_text.hpp"

namespace charter::cli {

namespace {

constexpr std::size_t reference_bytes_max = 12;
constexpr std::size_t tag_bytes_max = 16 * 1024; // else text full of "<" would be searched again and again

struct named_character {
  std::string_view name;
  char32_t value;
};
constexpr std::array characters{
    named_character{"amp", '&'},      named_character{"lt", '<'},       named_character{"gt", '>'},
    named_character{"quot", '"'},     named_character{"apos", '\''},    named_character{"nbsp", ' '},
    named_character{"ndash", 0x2013}, named_character{"mdash", 0x2014}, named_character{"hellip", 0x2026},
    named_character{"lsquo", 0x2018}, named_character{"rsquo", 0x2019}, named_character{"ldquo", 0x201c},
    named_character{"rdquo", 0x201d}, named_character{"laquo", 0xab},   named_character{"raquo", 0xbb},
    named_character{"bull", 0x2022},  named_character{"middot", 0xb7},  named_character{"copy", 0xa9},
    named_character{"euro", 0x20ac},  named_character{"times", 0xd7},   named_character{"auml", 0xe4},
    named_character{"ouml", 0xf6},    named_character{"uuml", 0xfc},    named_character{"szlig", 0xdf},
    named_character{"eacute", 0xe9},  named_character{"egrave", 0xe8},  named_character{"ccedil", 0xe7},
};

/// Tags that begin a new line.
constexpr std::array<std::string_view, 17> blocks{"p",  "div",        "br",  "li",      "ul",     "ol",
                                                  "tr", "table",      "h1",  "h2",      "h3",     "h4",
                                                  "h5", "blockquote", "pre", "section", "article"};
/// Tags whose content is no text.
constexpr std::array<std::string_view, 2> hidden{"script", "style"};

std::string lower(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

std::string resolve(std::string_view name) {
  if (name.starts_with('#')) {
    auto hex = name.size() > 1 && (name[1] == 'x' || name[1] == 'X');
    auto digits = std::string{name.substr(hex ? 2 : 1)};
    if (digits.empty() || digits.find_first_not_of(hex ? "0123456789abcdefABCDEF" : "0123456789") != digits.npos)
      return {};
    auto number = std::stoull(digits, nullptr, hex ? 16 : 10);
    return utf8::encode(number > 0x10ffff ? 0xfffd : static_cast<char32_t>(number));
  }
  auto known = std::find_if(characters.begin(), characters.end(), [&](auto& c) { return c.name == name; });
  return known == characters.end() ? std::string{} : utf8::encode(known->value);
}

/// Collects text with at most one blank, or one empty line, between words.
class plain_text {
public:
  explicit plain_text(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  bool is_full() const { return text_.size() > bytes_max_; }
  void add(std::string_view part) {
    for (char c : part)
      add(c);
  }
  void add(char c) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      blank_ = true;
      return;
    }
    if (lines_ > 0 && !text_.empty())
      text_.append(std::min(lines_, 2), '\n');
    else if (blank_ && !text_.empty())
      text_ += ' ';
    blank_ = false;
    lines_ = 0;
    text_ += c;
  }
  void new_line() { ++lines_; }
  std::string take() { return std::move(text_); }

private:
  std::size_t bytes_max_;
  std::string text_;
  bool blank_ = false;
  int lines_ = 0;
};

/// Takes a tag off the front of `rest`, which begins with "<". False when it isn't one.
bool take_tag(std::string_view& rest, plain_text& out) {
  if (rest.starts_with("<!--")) {
    auto end = rest.find("-->");
    rest.remove_prefix(end == rest.npos ? rest.size() : end + 3);
    return true;
  }
  auto begins_name = rest.size() > 1 && (rest[1] == '/' || rest[1] == '!' || rest[1] == '?' ||
                                         (lower(rest.substr(1, 1)) >= "a" && lower(rest.substr(1, 1)) <= "z"));
  auto end = begins_name ? rest.substr(0, tag_bytes_max).find('>') : rest.npos;
  if (end == rest.npos)
    return false;
  auto inside = rest.substr(1, end - 1);
  auto closes = inside.starts_with('/');
  inside.remove_prefix(closes ? 1 : 0);
  auto name = lower(inside.substr(0, inside.find_first_of(" \t\r\n/")));
  rest.remove_prefix(end + 1);
  if (is_one_of(blocks, name))
    out.new_line();
  if (!closes && is_one_of(hidden, name)) {
    auto until = std::min(rest.find("</" + name), rest.size());
    rest.remove_prefix(until);
  }
  return true;
}

/// Takes "&name;" off the front. False when it isn't a reference that we know.
bool take_reference(std::string_view& rest, plain_text& out) {
  auto end = rest.substr(0, reference_bytes_max).find(';');
  if (end == rest.npos)
    return false;
  auto text = resolve(rest.substr(1, end - 1));
  if (text.empty())
    return false;
  out.add(text);
  rest.remove_prefix(end + 1);
  return true;
}

} // namespace

std::string to_plain_text(std::string_view html, std::size_t bytes_max) {
  plain_text out{bytes_max};
  while (!html.empty() && !out.is_full()) {
    if (html.front() == '<' && take_tag(html, out))
      continue;
    if (html.front() == '&' && take_reference(html, out))
      continue;
    out.add(html.front());
    html.remove_prefix(1);
  }
  return bounded_text(out.take(), bytes_max);
}

std::string bounded_text(std::string_view text, std::size_t bytes_max) {
  constexpr std::string_view more = "…";
  std::string out;
  auto room = bytes_max < more.size() ? 0 : bytes_max - more.size();
  std::size_t cut = 0; // where the mark would go
  while (!text.empty()) {
    auto at = text;
    auto c = utf8::next(text);
    out += c == utf8::invalid || (utf8::is_control(c) && c != '\n' && c != '\t')
               ? "\xef\xbf\xbd"
               : std::string{at.substr(0, at.size() - text.size())};
    if (out.size() > bytes_max)
      return out.substr(0, cut) + std::string{room > 0 ? more : ""};
    if (out.size() <= room)
      cut = out.size();
  }
  return out;
}

} // namespace charter::cli
