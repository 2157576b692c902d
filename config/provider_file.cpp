#include "config/provider_file.hpp"

#include "config/checker.hpp"
#include "config/reader.hpp"

namespace charter::config {

std::variant<provider_file, mistakes> load_provider(std::string_view text, const std::string& file) {
  auto parsed = parse_document(text, file);
  if (auto* broken = std::get_if<mistake>(&parsed))
    return mistakes{std::move(*broken)};
  reader in{file};
  provider_file provider;
  in.read(std::get<node>(parsed), provider);
  checker c{in};
  c.each("credentials", provider.credentials, [&](const credential& held, const std::string& at) {
    c.require(at + ".valid_until", held.valid_from < held.valid_until, "a time after valid_from",
              charter::to_text(held.valid_until));
  });
  auto wrong = in.take_mistakes();
  if (!wrong.empty())
    return wrong;
  return provider;
}

std::variant<provider_file, mistakes> load_provider_file(const std::string& path) {
  if (auto text = read_file(path))
    return load_provider(*text, path);
  return mistakes{{path, 0, 0, "", "a file that can be read, of at most 4 MiB", "none"}};
}

} // namespace charter::config
