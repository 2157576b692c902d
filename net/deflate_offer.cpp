#include "net/deflate_offer.hpp"

#include <charconv>
#include <span>
#include <vector>

#include "net/deflate.hpp"

namespace charter::net {

namespace {

std::string_view trimmed(std::string_view text) {
  auto begin = text.find_first_not_of(" \t");
  return begin == text.npos ? std::string_view{} : text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// What stands between separators, those in quotes aside.
std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  bool quoted = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"')
      quoted = !quoted;
    else if (quoted && text[i] == '\\')
      ++i;
    else if (!quoted && text[i] == separator) {
      pieces.push_back(trimmed(text.substr(begin, i - begin)));
      begin = i + 1;
    }
  }
  pieces.push_back(trimmed(text.substr(begin)));
  return pieces;
}

std::string_view unquoted(std::string_view value) {
  return value.size() >= 2 && value.front() == '"' && value.back() == '"' ? value.substr(1, value.size() - 2) : value;
}

/// 8 to 15 without a leading zero; 0 for anything else.
int bits_in(std::string_view value) {
  int bits = 0;
  auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), bits);
  bool is_number = problem == std::errc{} && end == value.data() + value.size() && !value.starts_with('0');
  return is_number && bits >= 8 && bits <= window_bits_max ? bits : 0;
}

/// The parameters of one offer.
class offer {
public:
  /// False: the offer is to be declined.
  bool take(std::string_view parameter) {
    auto equals = parameter.find('=');
    bool has_value = equals != parameter.npos;
    auto name = trimmed(parameter.substr(0, equals));
    auto bits = has_value ? bits_in(unquoted(trimmed(parameter.substr(equals + 1)))) : 0;
    if (name == "server_no_context_takeover")
      return !has_value && is_first(1);
    if (name == "client_no_context_takeover")
      return !has_value && is_first(2);
    if (name == "client_max_window_bits")
      return (!has_value || bits != 0) && is_first(4);
    if (name != "server_max_window_bits" || bits < window_bits_min)
      return false;
    server_bits_ = bits;
    return is_first(8);
  }

  deflate_terms terms() const {
    std::string answer = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    if (server_bits_ != 0)
      answer += "; server_max_window_bits=" + std::to_string(server_bits_);
    return {server_bits_ != 0 ? server_bits_ : window_bits_max, std::move(answer)};
  }

private:
  bool is_first(unsigned parameter) { return !(seen_ & parameter) && (seen_ |= parameter); }

  unsigned seen_ = 0;
  int server_bits_ = 0; ///< 0: not asked for
};

std::optional<deflate_terms> judge(std::string_view extension) {
  auto pieces = split(extension, ';');
  if (pieces.front() != "permessage-deflate")
    return std::nullopt;
  offer made;
  for (auto parameter : std::span(pieces).subspan(1))
    if (!made.take(parameter))
      return std::nullopt;
  return made.terms();
}

} // namespace

std::optional<deflate_terms> accept_offer(std::string_view extensions) {
  for (auto extension : split(extensions, ','))
    if (auto terms = judge(extension))
      return terms;
  return std::nullopt;
}

} // namespace charter::net
