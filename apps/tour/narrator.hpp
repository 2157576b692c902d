#pragma once
// What the tour prints: the articles, who did what, what was refused and by which rule; at the end, what it showed.
//
// Standard output, colours on terminals only (and not with NO_COLOR). Lines stay under 100 columns.

#include <string>
#include <string_view>
#include <vector>

#include "domain/result.hpp"

namespace charter::tour {

class narrator {
public:
  narrator();

  void title(std::string_view text);
  /// A heading, once for each: "7", then its parts.
  void chapter(std::string_view chinese, std::string_view english);
  void article(std::string_view number, std::string_view chinese, std::string_view english);
  void say(std::string_view text);
  void did(std::string_view who, std::string_view what);
  void was_refused(std::string_view who, std::string_view what, const refusal& why);
  void note(std::string_view text);
  /// What must not have happened.
  void went_wrong(std::string_view who, std::string_view what, std::string_view instead);

  /// For the summary: a thing that was shown, or wasn't.
  void shown(bool ok, std::string_view what);
  /// Prints the summary. How many were not shown.
  std::size_t summary();

private:
  struct finding {
    bool ok = false;
    std::string what;
  };
  std::string paint(std::string_view colour, std::string_view text) const;
  void line(std::string_view mark, std::string_view who, std::string_view what);

  bool colours_ = false;
  std::vector<finding> findings_;
};

} // namespace charter::tour
