#pragma once
// Real texts that a Debian machine has: poems of fortunes-zh, changelogs and news of its packages.
//
// What isn't installed gives fewer texts, never an error.

#include <string>
#include <vector>

namespace charter::tour {

struct text {
  std::string title;
  std::string body;
};

/// From a fortune file of fortunes-zh, such as "tang300"; the title has the poem's, the body begins with the poet.
std::vector<text> read_poems(const std::string& file, std::size_t most);
/// What changed in one package, newest first. The title has package and version.
std::vector<text> read_changelog(const std::string& package, std::size_t most);
/// The newest entries of several packages, in turn.
std::vector<text> read_changelogs(const std::vector<std::string>& packages, std::size_t most);
/// What administrators have to know after an upgrade: the NEWS of all packages that have one.
std::vector<text> read_news(std::size_t most);

} // namespace charter::tour
