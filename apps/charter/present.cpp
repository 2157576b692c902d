#include "apps/charter/present.hpp"

#include <algorithm>
#include <ostream>

#include "apps/charter/person_time.hpp"
#include "apps/charter/words.hpp"

namespace charter::cli {

namespace {

constexpr int depth_max = 8;
constexpr std::size_t indent_columns = 2;
constexpr std::size_t cell_columns_max = 44;

std::string spaced(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return harmless(name);
}

bool is_flat(const json& value) {
  if (value.is_array())
    return std::none_of(value.begin(), value.end(), [](const json& x) { return x.is_structured(); });
  return !value.is_object();
}

bool is_rule(const json& value) { return value.is_object() && value.contains("article") && value.contains("charter"); }

/// Texts in the languages of a charter: {"zh_cn": …, "en": …}.
bool is_translated(const json& value) { return value.is_object() && value.contains("en") && value.contains("zh_cn"); }

const json* list_in(const json& answer) {
  if (answer.is_array())
    return &answer;
  for (auto& [name, value] : answer.items())
    if (value.is_array() && (value.empty() || value.front().is_object()))
      return &value;
  return nullptr;
}

std::vector<std::string> columns_of(const json& rows) {
  std::vector<std::string> names;
  for (auto& row : rows)
    for (auto& [name, value] : row.items())
      if (std::find(names.begin(), names.end(), name) == names.end() &&
          (is_flat(value) || is_rule(value) || is_translated(value)))
        names.push_back(name);
  // What identifies a row stands first, long texts last.
  auto rank = [&](const std::string& name) {
    auto longest = std::size_t{0};
    for (auto& row : rows)
      if (auto found = row.find(name); found != row.end() && found->is_string())
        longest = std::max(longest, found->get_ref<const std::string&>().size());
    return longest > cell_columns_max ? 1 : 0;
  };
  std::stable_sort(names.begin(), names.end(),
                   [&](const std::string& a, const std::string& b) { return rank(a) < rank(b); });
  return names;
}

void print_nested(const console& to, const json& document, timestamp now, std::size_t indent, int depth);

void print_member(const console& to, const std::string& name, const json& value, timestamp now, std::size_t indent,
                  std::size_t name_columns, int depth) {
  std::string lead(indent, ' ');
  auto shown = spaced(name);
  if (!is_flat(value) && !is_rule(value) && !is_translated(value)) {
    to.out() << lead << to.paint(style::dim, shown) << '\n';
    if (value.is_object())
      return print_nested(to, value, now, indent + indent_columns, depth + 1);
    for (auto& item : value) {
      print_nested(to, item, now, indent + indent_columns, depth + 1);
      if (&item != &value.back())
        to.out() << '\n';
    }
    return;
  }
  auto used = indent + name_columns + 2;
  auto text = value.is_string() && value.get_ref<const std::string&>().find('\n') != std::string::npos
                  ? harmless(value.get_ref<const std::string&>(), true)
                  : one_line(name, value, now);
  auto lines = wrapped(text, to.width() > used + 20 ? to.width() - used : 20);
  to.out() << lead << to.paint(style::dim, shown) << std::string(name_columns - columns(shown) + 2, ' ');
  for (auto& line : lines)
    to.out() << (&line == &lines.front() ? "" : std::string(used, ' ')) << line << '\n';
}

void print_nested(const console& to, const json& document, timestamp now, std::size_t indent, int depth) {
  if (depth > depth_max || !document.is_object()) {
    to.out() << std::string(indent, ' ') << one_line({}, document, now) << '\n';
    return;
  }
  std::size_t name_columns = 0;
  for (auto& [name, value] : document.items())
    name_columns = std::max(name_columns, columns(spaced(name)));
  for (auto& [name, value] : document.items())
    print_member(to, name, value, now, indent, name_columns, depth);
}

void print_indented(const console& to, std::string_view text, std::size_t indent, style s = style::plain) {
  for (auto& line : wrapped(text, to.width() - indent))
    to.out() << std::string(line.empty() ? 0 : indent, ' ') << to.paint(s, line) << '\n';
}

std::string state_note(const json& post) {
  auto state = text_of(post, "state");
  if (state.empty() || state == "visible")
    return {};
  return state == "withheld" ? "withheld under a sanction" : harmless(state);
}

std::string kind_note(const json& post) {
  auto kind = text_of(post, "kind");
  if (kind == "news_original")
    return "current political news";
  return kind == "news_repost" ? "re-posted news" : std::string{};
}

} // namespace

std::string text_of(const json& document, const char* member) {
  if (!document.is_object())
    return {};
  auto found = document.find(member);
  if (found == document.end() || found->is_null())
    return {};
  return found->is_string() ? found->get<std::string>() : found->dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string one_line(const std::string& name, const json& value, timestamp now) {
  if (value.is_null())
    return "–";
  if (value.is_boolean())
    return value.get<bool>() ? "yes" : "no";
  if (is_rule(value))
    return citation({text_of(value, "charter"), text_of(value, "article"), text_of(value, "item")});
  if (is_translated(value))
    return harmless(text_of(value, "en") + " · " + text_of(value, "zh_cn"));
  if (value.is_array()) {
    std::string text;
    for (auto& item : value)
      text += (text.empty() ? "" : ", ") + one_line(name, item, now);
    return text.empty() ? "none" : text;
  }
  if (name.ends_with("_ms") && value.is_number_unsigned())
    return cli::to_person(duration{static_cast<std::int64_t>(value.get<std::uint64_t>() & 0x7fffffffffffffff)});
  if (!value.is_string())
    return harmless(value.dump(-1, ' ', false, json::error_handler_t::replace));
  auto& text = value.get_ref<const std::string&>();
  if (name == "badge")
    return text == "none" ? "none" : badge_text(text);
  if (text.size() >= 20 && text.size() <= 30 && text.ends_with('Z'))
    if (auto time = parse_time(text))
      return cli::to_person(*time, now);
  return text.empty() ? "–" : harmless(text);
}

void print_document(const console& to, const json& document, timestamp now) {
  if (document.is_array())
    return print_list(to, document, now);
  if (document.is_object() && document.empty()) {
    to.out() << "Done.\n";
    return;
  }
  print_nested(to, document, now, 0, 0);
}

void print_list(const console& to, const json& answer, timestamp now) {
  auto* rows = list_in(answer);
  if (!rows)
    return print_document(to, answer, now);
  if (rows->empty())
    to.out() << to.paint(style::dim, "none") << '\n';
  if (rows->empty() || !rows->front().is_object())
    return rows->empty() ? void() : print_nested(to, *rows, now, 0, 0);
  auto names = columns_of(*rows);
  std::vector<std::vector<std::string>> cells;
  for (auto& row : *rows) {
    auto& line = cells.emplace_back();
    for (auto& name : names) {
      auto found = row.find(name);
      auto text = found == row.end() ? std::string{} : one_line(name, *found, now);
      line.push_back(name == names.back() ? text : shortened(text, cell_columns_max));
    }
  }
  std::vector<std::string> head;
  for (auto& name : names)
    head.push_back(spaced(name));
  print_table(to, head, cells);
  if (auto next = text_of(answer, "next"); !next.empty())
    to.out() << to.paint(style::dim, "There are more: --after " + harmless(next)) << '\n';
}

void print_post(const console& to, const json& post, timestamp now) {
  auto name = text_of(post, "account_name");
  auto head = to.paint(style::bold, harmless(name.empty() ? text_of(post, "account") : name));
  if (auto b = badge_text(text_of(post, "badge")); !b.empty())
    head += " " + to.paint(style::accent, b);
  for (auto note : {one_line("at", post.value("at", json{}), now), harmless(text_of(post, "post")), kind_note(post)})
    if (!note.empty() && note != "–")
      head += to.paint(style::dim, " · " + note);
  if (auto note = state_note(post); !note.empty())
    head += to.paint(style::warning, " · " + note);
  to.out() << head << '\n';
  if (auto title = text_of(post, "title"); !title.empty())
    print_indented(to, harmless(title), indent_columns, style::bold);
  if (auto text = text_of(post, "text"); !text.empty())
    print_indented(to, harmless(text, true), indent_columns);
  if (auto source = post.find("source"); source != post.end() && source->is_object()) {
    to.out() << to.paint(style::dim, "  from " + harmless(text_of(*source, "account_name"))) << '\n';
    print_indented(to, harmless(text_of(*source, "excerpt"), true), 2 * indent_columns);
  }
  if (auto link = text_of(post, "link"); !link.empty())
    to.out() << "  " << to.paint(style::dim, harmless(link)) << '\n';
  if (auto earlier = post.find("earlier"); earlier != post.end() && earlier->is_array() && !earlier->empty())
    to.out() << to.paint(style::dim, "  corrected; earlier wordings: " + std::to_string(earlier->size())) << '\n';
}

void print_message(const console& to, const json& message, timestamp now) {
  auto author = text_of(message, "author_name");
  if (author.empty())
    author = text_of(message, "author");
  auto notes = one_line("at", message.value("at", json{}), now) + " · " + text_of(message, "number");
  if (message.contains("edited_at"))
    notes += " · edited";
  to.out() << to.paint(style::bold, harmless(author)) << to.paint(style::dim, " · " + harmless(notes)) << '\n';
  auto recalled = message.value("recalled", json{false});
  if (recalled.is_boolean() && recalled.get<bool>())
    to.out() << to.paint(style::dim, "  recalled") << '\n';
  else
    print_indented(to, harmless(text_of(message, "text"), true), indent_columns);
}

} // namespace charter::cli
