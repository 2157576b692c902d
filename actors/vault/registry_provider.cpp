#include <algorithm>
#include <fstream>

#include <nlohmann/json.hpp>

#include "actors/vault/identity_provider.hpp"
#include "storage/digest.hpp"

namespace charter::vault {

namespace {

constexpr std::size_t registry_bytes_max = 16u << 20;
constexpr auto attempt_lifetime = std::chrono::minutes(10);
constexpr int wrong_answers_max = 5;
constexpr std::uint64_t range_max = 100'000; // persons of one line; some 25 MB

struct person {
  std::string secret;
  plaintext_identity identity;
};

class registry final : public identity_provider {
public:
  explicit registry(std::map<std::string, person> people) : people_(std::move(people)) {}

  result<verification> begin(const std::string& attempt, const std::string& subject, timestamp now) override {
    if (!people_.contains(subject))
      return invalid("subject", "there is no trial identity with this number");
    std::erase_if(open_, [&](const auto& o) { return o.second.until < now; });
    open_[attempt] = {subject, now + attempt_lifetime, 0};
    return verification{"the secret of trial identity " + subject, now + attempt_lifetime};
  }

  result<plaintext_identity> complete(const std::string& attempt, const std::string& answer, timestamp now) override {
    auto found = open_.find(attempt);
    if (found == open_.end() || found->second.until < now)
      return refuse(errc::identity_required, "this verification is over; begin again");
    auto& p = people_.at(found->second.subject);
    if (!storage::equal_secrets(view_of(p.secret), view_of(answer))) {
      if (++found->second.wrong >= wrong_answers_max)
        open_.erase(found);
      return refuse(errc::identity_required, "that is not the secret of this identity");
    }
    return copy(p.identity);
  }

  void forget(const std::string& attempt) override { open_.erase(attempt); }

private:
  struct attempt_state {
    std::string subject;
    timestamp until;
    int wrong = 0;
  };

  static plaintext_identity copy(const plaintext_identity& from) {
    plaintext_identity to;
    to.legal_name = from.legal_name;
    to.document = from.document;
    to.document_number = from.document_number;
    to.region = from.region;
    to.person = from.person;
    return to;
  }

  std::map<std::string, person> people_;
  std::map<std::string, attempt_state> open_;
};

// -- the file -------------------------------------------------------------------------------

std::string text_in(const nlohmann::json& line, const char* key) {
  auto found = line.find(key);
  return found != line.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

std::uint64_t number_in(const nlohmann::json& line, const char* key) {
  auto found = line.find(key);
  return found != line.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

/// "00042": at least five digits.
std::string digits_of(std::uint64_t number) {
  constexpr std::size_t width = 5;
  auto digits = std::to_string(number);
  return std::string(width - std::min(digits.size(), width), '0') + digits;
}

/// One person, with `suffix` at the end of whatever tells persons apart. False when something is missing, or the number
/// isn't new.
bool enter(std::map<std::string, person>& people, const nlohmann::json& line, const std::string& suffix) {
  for (auto key : {"number", "secret", "legal_name", "document_number", "region"})
    if (text_in(line, key).empty())
      return false;
  person p;
  p.secret = text_in(line, "secret") + suffix;
  p.identity.legal_name = text_in(line, "legal_name") + suffix;
  p.identity.document_number = text_in(line, "document_number") + suffix;
  p.identity.region = text_in(line, "region");
  return people.emplace(text_in(line, "number") + suffix, std::move(p)).second;
}

/// A line stands for one person, or with `from` and `to` for as many as those numbers.
bool enter_all(std::map<std::string, person>& people, const nlohmann::json& line) {
  if (!line.is_object())
    return false;
  if (!line.contains("from") && !line.contains("to"))
    return enter(people, line, {});
  auto from = number_in(line, "from");
  auto to = number_in(line, "to");
  if (from == 0 || to < from || to - from >= range_max)
    return false;
  for (auto i = from; i <= to; ++i)
    if (!enter(people, line, digits_of(i)))
      return false;
  return true;
}

} // namespace

result<std::unique_ptr<identity_provider>> open_registry(const std::string& file) {
  std::ifstream in{file};
  if (!in)
    return invalid("identity.providers.file", "can't read " + file);
  std::map<std::string, person> people;
  std::string mistakes;
  std::string line;
  std::size_t bytes_read = 0;
  for (int number = 1; std::getline(in, line); ++number) {
    bytes_read += line.size();
    if (bytes_read > registry_bytes_max)
      return invalid("identity.providers.file", file + " has more than 16 MiB");
    if (line.empty() || line.front() == '#')
      continue;
    if (!enter_all(people, nlohmann::json::parse(line, nullptr, false)))
      mistakes += "\n  " + file + ":" + std::to_string(number) +
                  ": expected an object with number (once), secret, legal_name, document_number and region; and for "
                  "many at once from and to";
  }
  if (!mistakes.empty())
    return invalid("identity.providers.file", "the registry has mistakes:" + mistakes);
  return std::unique_ptr<identity_provider>{std::make_unique<registry>(std::move(people))};
}

} // namespace charter::vault
