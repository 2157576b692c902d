#pragma once
// What a person sees: two streams, colours where they help, lines that fit, and nothing that a stranger's text could do
// to the terminal.

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace charter::cli {

enum class style { plain, bold, dim, good, warning, bad, accent };

class console {
public:
  /// Colours are for each stream that is a terminal, unless NO_COLOR is set (no-color.org) or TERM is "dumb".
  static console of_process();
  /// For tests: no colours, no terminal.
  console(std::ostream& out, std::ostream& err) : out_(&out), err_(&err) {}

  std::ostream& out() const { return *out_; }
  std::ostream& err() const { return *err_; }
  bool err_is_terminal() const { return err_is_terminal_; }
  std::size_t width() const { return width_; } ///< in columns

  std::string paint(style s, std::string_view text) const { return painted(out_colours_, s, text); }
  std::string paint_err(style s, std::string_view text) const { return painted(err_colours_, s, text); }

private:
  static std::string painted(bool colours, style s, std::string_view text);

  std::ostream* out_;
  std::ostream* err_;
  bool out_colours_ = false;
  bool err_colours_ = false;
  bool err_is_terminal_ = false;
  std::size_t width_ = 80;
};

/// Text that others wrote, made harmless: control characters (escape sequences among them) and the marks that reorder
/// what is read are replaced, invalid UTF-8 too. Newlines stay when `keep_lines`.
std::string harmless(std::string_view text, bool keep_lines = false);

/// Columns that a terminal gives the text: two for East Asian wide characters, none for combining marks.
std::size_t columns(std::string_view text);

/// Cut to at most so many columns, with "…" at the end if anything is missing.
std::string shortened(std::string_view text, std::size_t columns_max);

/// Broken into lines of at most so many columns, between words or between wide characters; its own line ends stay.
std::vector<std::string> wrapped(std::string_view text, std::size_t columns_max);

/// Rows under each other, columns as wide as their widest cell, the last one cut at the console's width.
void print_table(const console& to, const std::vector<std::string>& head,
                 const std::vector<std::vector<std::string>>& rows);

} // namespace charter::cli
