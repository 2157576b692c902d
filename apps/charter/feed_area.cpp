// follow, unfollow, following, feed
#include <ostream>

#include "apps/charter/areas.hpp"
#include "apps/charter/command.hpp"
#include "apps/charter/naming.hpp"
#include "apps/charter/person_time.hpp"

namespace charter::cli {

namespace {

struct follow_options {
  std::string account;
};

int change(invocation& in, const std::string& name, const char* method, const std::string& sentence) {
  auto account = account_named(in, name);
  if (!account)
    return in.fail(account.why());
  return in.confirm(in.command(method, {{"account", *account}}), sentence + " " + harmless(name) + ".");
}

int follow(invocation& in, const follow_options& o) { return change(in, o.account, "feed.subscribe", "You follow"); }

int unfollow(invocation& in, const follow_options& o) {
  return change(in, o.account, "feed.unsubscribe", "You no longer follow");
}

int following(invocation& in) { return in.show_list(in.call("feed.subscriptions")); }

struct feed_options {
  std::optional<std::uint64_t> limit;
  std::string newer;
  std::string older;
};

int feed(invocation& in, const feed_options& o) {
  json params = json::object();
  put(params, "limit", o.limit);
  put(params, "newer", o.newer);
  put(params, "older", o.older);
  auto answer = in.call("feed.sync", params);
  if (!answer)
    return in.fail(answer.why());
  return in.finish(*answer, [&] {
    auto items = answer->value("items", json::array());
    // The newest stands last, right above the prompt.
    auto newest_first = items.size() > 1 && text_of(items.front(), "at") > text_of(items.back(), "at");
    if (newest_first)
      std::reverse(items.begin(), items.end());
    for (auto& item : items) {
      print_post(in.screen, item, clock_now());
      in.screen.out() << '\n';
    }
    if (items.empty())
      in.screen.out() << "Nothing there. `charter directory` has accounts to follow.\n";
    if (auto newer = text_of(*answer, "newer"); !newer.empty())
      in.screen.out() << in.screen.paint(style::dim, "What comes after: --newer " + harmless(newer)) << '\n';
    if (auto older = text_of(*answer, "older"); !older.empty())
      in.screen.out() << in.screen.paint(style::dim, "What came before: --older " + harmless(older)) << '\n';
  });
}

void describe_follow(CLI::App& command, follow_options& o) {
  command.add_option("account", o.account, "the account's name or id")->required();
}

} // namespace

void add_feed_commands(CLI::App& app, invocation& in) {
  add_command<follow_options>(app, in, "follow", "follow an account", describe_follow, follow);
  add_command<follow_options>(app, in, "unfollow", "stop following an account", describe_follow, unfollow);
  add_command(app, in, "following", "the accounts that you follow", following);
  add_command<feed_options>(
      app, in, "feed", "posts of the accounts that you follow, the newest last",
      [](CLI::App& command, feed_options& o) {
        command.add_option("--limit", o.limit, "at most so many");
        command.add_option("--newer", o.newer, "only what came after this cursor");
        command.add_option("--older", o.older, "only what came before this cursor")->excludes("--newer");
      },
      feed);
}

} // namespace charter::cli
