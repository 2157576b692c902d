#include "apps/tour/stage.hpp"

#include <algorithm>

namespace charter::tour {

namespace {

constexpr std::uint64_t log_entries_searched = 60;

constexpr std::string_view numerals[] = {"一", "二", "三", "四", "五", "六", "七", "八", "九", "十"};

std::string sentence(const client::failure& f) {
  std::string text = f.cause == client::cause::refused ? std::string{to_name(f.why.code)} + ": " : "no answer: ";
  return text + f.why.detail;
}

} // namespace

std::string chapter_of(std::string_view article) { return std::string{article.substr(0, article.find('.'))}; }

void stage::open() {
  auto& reader = anybody();
  charter_ = ask(reader, "provider.charter")["book"];
}

person& stage::anybody() {
  auto& there = others_["anybody"];
  if (!there)
    there = std::make_unique<person>(at_, "anybody");
  return *there;
}

person& stage::who(std::string_view name) {
  auto found = others_.find(name);
  return found == others_.end() ? cast_.who(name) : *found->second;
}

person& stage::enrol(const std::string& name, int identity) {
  auto& there = others_[name];
  if (!there)
    there = std::make_unique<person>(at_, name);
  if (auto session = there->arrive(identity); !session) {
    out_.shown(false, name + " registers (" + session.why().why.detail + ")");
    throw article_over{name};
  }
  return *there;
}

void stage::article(std::string_view number) {
  for (auto& a : charter_["articles"])
    if (a.value("number", "") == number) {
      auto chapter = chapter_of(number);
      auto first = std::ranges::find_if(charter_["articles"],
                                        [&](auto& other) { return chapter_of(other.value("number", "")) == chapter; });
      if (*first == a)
        out_.chapter("第" + std::string{numerals[std::stoul(chapter) - 1]} + "条", "Article " + chapter);
      out_.article(number, a["title"].value("zh_cn", ""), a["title"].value("en", ""));
      out_.say(a["summary"].value("en", ""));
      return;
    }
  out_.shown(false, "the charter has article " + std::string{number});
}

reply<json> stage::call(person& by, const std::string& method, const json& params, std::optional<errc> expected) {
  auto answer = by.call(method, params);
  auto is_missing = [&] {
    return !answer && answer.why().cause == client::cause::refused && answer.why().why.code == errc::not_found;
  };
  if (at_.nodes() > 1 && expected != errc::not_found && is_missing())
    eventually([&] {
      answer = by.call(method, params);
      return !is_missing();
    });
  return answer;
}

json stage::ask(person& by, const std::string& method, json params) {
  auto answer = call(by, method, params);
  if (answer)
    return *answer;
  out_.went_wrong(by.name(), "asks " + method, sentence(answer.why()));
  out_.shown(false, by.name() + " asks " + method);
  throw article_over{method};
}

json stage::may(person& by, std::string_view what, const std::string& method, json params) {
  auto answer = call(by, method, params);
  if (answer) {
    out_.did(by.name(), what);
    return *answer;
  }
  out_.went_wrong(by.name(), what, sentence(answer.why()));
  out_.shown(false, by.name() + " " + std::string{what});
  throw article_over{method};
}

refusal stage::may_not(person& by, std::string_view what, const std::string& method, json params, errc code,
                       std::string_view rule) {
  auto answer = call(by, method, params, code);
  auto expected = "expected " + std::string{to_name(code)};
  if (!rule.empty())
    expected += ", article " + std::string{rule};
  if (answer) {
    out_.went_wrong(by.name(), what, "was allowed; " + expected);
    out_.shown(false, by.name() + " may not: " + std::string{what});
    throw article_over{method};
  }
  auto& why = answer.why().why;
  bool as_expected =
      answer.why().cause == client::cause::refused && why.code == code && (rule.empty() || why.rule.article == rule);
  if (as_expected) {
    out_.was_refused(by.name(), what, why);
  } else {
    out_.went_wrong(by.name(), what, sentence(answer.why()) + " (article \"" + why.rule.article + "\"); " + expected);
    out_.shown(false, by.name() + " may not, for another reason: " + std::string{what});
  }
  return why;
}

// -- what several articles need --------------------------------------------------------------

void stage::claim(std::string_view name, const std::string& named) { ask(who(name), "desk.claim", {{"case", named}}); }

json stage::checklist(std::string_view name, const std::string& named) {
  json keys = json::array();
  auto file = ask(who(name), "desk.case", {{"case", named}});
  for (auto& item : file["checklist"])
    keys.push_back(item["key"]);
  return keys;
}

json stage::notice_with(person& of, std::string_view text) {
  json found;
  eventually([&] {
    auto notices = ask(of, "user.notices");
    for (auto& item : notices["items"])
      if (item["notice"].value("text", "").find(text) != std::string::npos)
        found = item["notice"];
    return !found.is_null();
  });
  return found;
}

std::optional<std::uint64_t> stage::log_entry_with(std::string_view text) {
  std::optional<std::uint64_t> found;
  eventually([&] {
    auto size = ask(anybody(), "provider.status").value("log_size", std::uint64_t{0});
    auto first = size > log_entries_searched ? size - log_entries_searched : 0;
    for (auto n = size; n-- > first && !found;)
      if (at_.get("/audit/entry/" + std::to_string(n)).body.find(text) != std::string::npos)
        found = n;
    return found.has_value();
  });
  return found;
}

} // namespace charter::tour
