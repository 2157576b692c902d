#pragma once
// Where the tour plays: the people, what they try, and what has to come of it.

#include <optional>

#include "apps/tour/narrator.hpp"
#include "apps/tour/trial_data.hpp"

namespace charter::tour {

/// What the rest of an article builds on did not work; the next article goes on.
struct article_over : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class stage {
public:
  stage(const service& at, trial_data& cast, narrator& out) : at_(at), cast_(cast), out_(out) {}

  /// Reads the charter. Throws `article_over`.
  void open();

  narrator& out() { return out_; }
  const service& at() const { return at_; }
  const json& charter() const { return charter_; }
  const std::string& account(std::string_view name) const { return cast_.account(name); }
  /// Of the trial's cast, or whoever enrolled on the tour.
  person& who(std::string_view name);
  /// Somebody new, behind a trial identity that the trial data leaves alone.
  person& enrol(const std::string& name, int identity);
  /// Somebody who never logs in.
  person& anybody();

  /// Heading and summary of an article, from the charter.
  void article(std::string_view number);
  /// Must work. Throws `article_over`.
  json may(person& by, std::string_view what, const std::string& method, json params = json::object());
  /// Must be refused so; with `rule`, citing that article. Throws `article_over` when it was allowed.
  refusal may_not(person& by, std::string_view what, const std::string& method, json params, errc code,
                  std::string_view rule = {});
  /// Looks something up without a word. Throws `article_over`.
  json ask(person& by, const std::string& method, json params = json::object());
  void shows(bool ok, std::string_view what) { out_.shown(ok, what); }

  /// Holds at once: an answer is followed by what shows it. Only what another node answered may take a moment.
  bool holds(const std::function<bool()>& check) { return at_.nodes() > 1 ? eventually(check) : check(); }

  // -- what several articles need ----------------------------------------------------
  /// The desk takes a case.
  void claim(std::string_view who, const std::string& named);
  /// Keys of a case's checklist.
  json checklist(std::string_view who, const std::string& named);
  /// Waits until a notice to them holds this text; the notice, or null.
  json notice_with(person& of, std::string_view text);
  /// A leaf of the public log that holds this text, among the newest ones; its number.
  std::optional<std::uint64_t> log_entry_with(std::string_view text);

private:
  /// What another node said a moment ago may not be at this person's node yet: `not_found` is asked again, unless it is
  /// what should come.
  reply<json> call(person& by, const std::string& method, const json& params, std::optional<errc> expected = {});

  const service& at_;
  trial_data& cast_;
  narrator& out_;
  json charter_;
  std::map<std::string, std::unique_ptr<person>, std::less<>> others_;
};

/// "6" of "6.2".
std::string chapter_of(std::string_view article);

} // namespace charter::tour
