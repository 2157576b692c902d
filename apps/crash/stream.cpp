#include "apps/crash/stream.hpp"

namespace charter::crash {

namespace {

constexpr std::uint64_t page_items = 200;
constexpr std::size_t padding_max = 400; // texts of different lengths, so that records end anywhere in a block

/// Without what only makes it longer.
std::string in_quotes(const std::string& text) { return '"' + text.substr(0, text.find('.')) + '"'; }

std::string numbered(std::uint64_t number) { return "number " + std::to_string(number); }

} // namespace

const stream_methods posts_of_account{"account.publish", "account.posts", "account", claim::posts};
const stream_methods messages_of_chat{"chat.send", "chat.history", "chat", claim::messages};

void stream::saw(claim about, bool as_claimed, const std::string& otherwise) const {
  scene_.found.saw(about, as_claimed, as_claimed ? "" : id_ + ": " + otherwise);
}

// -- what writers are told --------------------------------------------------------------------

void stream::asked(const std::string& text) {
  std::lock_guard lock{mutex_};
  open_[text] = 0;
}

void stream::acknowledged(const std::string& text, std::uint64_t number) {
  std::lock_guard lock{mutex_};
  if (auto seen = open_.extract(text); seen && seen.mapped() != 0)
    saw(claim::once, seen.mapped() == number,
        in_quotes(text) + " is there as " + numbered(seen.mapped()) + "; asked again, it was given " +
            numbered(number));
  if (kept_.size() < number)
    kept_.resize(number);
  auto& kept = kept_[number - 1];
  saw(claim::numbers, kept.empty(),
      numbered(number) + " was given twice, to " + in_quotes(kept) + " and " + in_quotes(text));
  kept = text;
}

void stream::refused(const std::string& text) {
  std::lock_guard lock{mutex_};
  if (auto seen = open_.extract(text); seen && seen.mapped() != 0)
    saw(claim::once, false, in_quotes(text) + " is there, and was refused when it was asked again");
}

// -- what is there ----------------------------------------------------------------------------

void stream::check() {
  last_ = 0;
  check_tail();
}

void stream::check_tail() {
  while (true) {
    auto found = reader_.call(how_.read, {{how_.id_field, id_}, {"from", last_ + 1}, {"to", last_ + page_items}});
    if (!found)
      return saw(claim::serves, false, how_.read + " failed: " + why_not(found.why()));
    auto& items = (*found)["items"];
    for (auto& item : items) {
      auto number = item.value("number", std::uint64_t{0});
      saw(claim::numbers, number == last_ + 1, "after " + numbered(last_) + " comes " + numbered(number));
      last_ = number;
      check_item(number, item.value("text", ""));
    }
    if (items.empty())
      break;
  }
  std::lock_guard lock{mutex_};
  for (auto number = last_; number < kept_.size(); ++number)
    if (!kept_[number].empty())
      saw(how_.kept, false,
          in_quotes(kept_[number]) + " was acknowledged as " + numbered(number + 1) + " and is missing");
}

void stream::check_item(std::uint64_t number, const std::string& text) {
  std::lock_guard lock{mutex_};
  if (number <= kept_.size() && number > 0 && !kept_[number - 1].empty()) {
    auto& kept = kept_[number - 1];
    return saw(how_.kept, kept == text,
               in_quotes(kept) + " was acknowledged as " + numbered(number) + ", where now stands " + in_quotes(text));
  }
  auto waiting = open_.find(text);
  if (waiting == open_.end())
    return saw(claim::once, false,
               numbered(number) + " is " + in_quotes(text) + ", which stands elsewhere or was refused");
  saw(claim::once, waiting->second == 0 || waiting->second == number, in_quotes(text) + " stands there twice");
  waiting->second = number;
}

// -- who writes -------------------------------------------------------------------------------

std::optional<command> stream_writer::next(generator& random) {
  auto padding = std::uniform_int_distribution<std::size_t>{0, padding_max}(random);
  auto text = name() + " writes " + std::to_string(++written_) + std::string(padding, '.');
  to_.asked(text);
  return command{to_.how().write, {{to_.how().id_field, to_.id()}, {"text", text}}};
}

void stream_writer::acknowledged(const command& what, const json& answer) {
  to_.acknowledged(what.params["text"], answer.value("number", std::uint64_t{0}));
}

void stream_writer::refused(const command& what, const refusal& why) {
  to_.refused(what.params["text"]);
  writer::refused(what, why);
}

} // namespace charter::crash
