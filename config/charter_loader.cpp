#include "config/charter_loader.hpp"

#include "config/charter_checks.hpp"
#include "config/reader.hpp"

namespace charter::config {

loaded_charter load_charter(std::string_view text, const std::string& file) {
  auto parsed = parse_document(text, file);
  if (auto* broken = std::get_if<mistake>(&parsed))
    return mistakes{std::move(*broken)};
  const auto& root = std::get<node>(parsed);
  const auto* id = root.find("id"); // ahead of the rest, since every rule names its charter
  reader in{file, absence::mistake, id ? id->text : std::string{}};
  rule_book book;
  in.read(root, book);
  check_references(book, in);
  check_sense(book, in);
  auto wrong = in.take_mistakes();
  if (!wrong.empty())
    return wrong;
  return book;
}

loaded_charter load_charter_file(const std::string& path) {
  if (auto text = read_file(path))
    return load_charter(*text, path);
  return mistakes{{path, 0, 0, "", "a file that can be read, of at most 4 MiB", "none"}};
}

} // namespace charter::config
