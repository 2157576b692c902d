#include "apps/charter/naming.hpp"

#include <array>
#include <charconv>

#include "apps/charter/private_file.hpp"
#include "domain/charter.hpp"

namespace charter::cli {

namespace {

constexpr std::size_t text_bytes_max = 1024 * 1024;

bool is_id(std::string_view text, std::string_view prefix) { return text.starts_with(prefix) && text.size() >= 30; }

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    auto end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == text.npos)
      return parts;
    text.remove_prefix(end + 1);
  }
}

/// "2026-01-01" is its first moment in UTC.
std::string full_time(const std::string& text) { return text.size() == 10 ? text + "T00:00:00.000Z" : text; }

} // namespace

client::reply<std::string> account_named(invocation& in, const std::string& text) {
  if (is_id(text, "acc_"))
    return text;
  auto answer = in.call("account.get", {{"name", text}});
  if (!answer)
    return answer.why();
  auto account = answer->value("account", json::object());
  return text_of(account, "account");
}

client::reply<std::string> user_named(invocation& in, const std::string& text) {
  if (is_id(text, "usr_"))
    return text;
  auto answer = in.call("user.find", {{"pseudonym", text}});
  if (!answer)
    return answer.why();
  for (auto& user : answer->value("users", json::array()))
    if (text_of(user, "pseudonym") == text)
      return text_of(user, "user");
  return client::refused(refuse(errc::not_found, "there is no user with the pseudonym \"" + text + "\""));
}

client::reply<json> rule_named(invocation& in, const std::string& text) {
  auto parts = split(text, ':');
  // Charters have letters in their names, articles begin with a digit.
  if (!parts.front().empty() && parts.front().front() >= '0' && parts.front().front() <= '9') {
    auto agreement = in.call("agreement.current");
    if (!agreement)
      return agreement.why();
    parts.insert(parts.begin(), text_of(agreement->value("rule", json::object()), "charter"));
  }
  parts.resize(3);
  return wire::encode(rule_ref{parts[0], parts[1], parts[2]});
}

client::reply<json> target_named(invocation& in, const std::string& text) {
  constexpr std::array<std::pair<const char*, const char*>, 4> kinds{
      {{"pst_", "post"}, {"acc_", "account"}, {"org_", "organisation"}, {"usr_", "user"}}};
  for (auto [prefix, name] : kinds)
    if (is_id(text, prefix))
      return json{{name, text}};
  auto account = account_named(in, text);
  return account ? client::reply<json>{json{{"account", *account}}} : account.why();
}

std::optional<duration> parse_length(std::string_view text) {
  using namespace std::chrono_literals;
  constexpr std::array<std::pair<char, duration>, 5> units{
      {{'s', 1s}, {'m', 1min}, {'h', 1h}, {'d', 24h}, {'w', 7 * 24h}}};
  std::uint32_t number = 0;
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{} || end + 1 != text.data() + text.size() || number == 0)
    return {};
  for (auto [letter, size] : units)
    if (*end == letter)
      return number * size;
  return {};
}

result<json> parse_credential(const std::string& text) {
  json fields = json::object();
  if (text.starts_with('{'))
    fields = json::parse(text, nullptr, false);
  else
    for (auto& part : split(text, ',')) {
      auto name = part.substr(0, part.find('='));
      auto value = part.size() > name.size() ? part.substr(name.size() + 1) : std::string{};
      if (name == "from" || name == "until")
        fields["valid_" + name] = full_time(value);
      else
        fields[name] = value;
    }
  credential checked;
  if (auto fits = wire::decode(fields, checked, wire::path{}); !fits)
    return invalid("credential", "\"" + text + "\": " + fits.why().field + ": " + fits.why().detail +
                                     "; it goes kind=…,number=…,issuer=…,scope=…,from=2026-01-01,until=2031-01-01");
  return fields;
}

result<std::string> text_argument(const std::string& text) {
  if (text == "-")
    return read_whole("-", text_bytes_max);
  if (text.starts_with("@@"))
    return text.substr(1);
  return text.starts_with('@') ? read_whole(text.substr(1), text_bytes_max) : result<std::string>{text};
}

} // namespace charter::cli
