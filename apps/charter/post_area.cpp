// post, repost, correct, withdraw, posts
#include <ostream>

#include "apps/charter/areas.hpp"
#include "apps/charter/command.hpp"
#include "apps/charter/naming.hpp"
#include "apps/charter/person_time.hpp"

namespace charter::cli {

namespace {

struct post_options {
  std::string account;
  std::string text;
  std::string title;
  std::string kind;
  std::string link;
};

/// "Posted pst_… at 14:25 [news]."
int say_posted(invocation& in, const client::reply<json>& answer, const std::string& what) {
  if (!answer)
    return in.fail(answer.why());
  return in.finish(*answer, [&] {
    auto line = what + " " + harmless(text_of(*answer, "post"));
    if (auto b = badge_text(text_of(*answer, "badge")); !b.empty())
      line += " " + b;
    in.screen.out() << in.screen.paint(style::good, line) << ", "
                    << one_line("at", answer->value("at", json{}), clock_now()) << '\n';
  });
}

/// Only asked for by name when a command needs the account and the text, in this order of failures.
template <class Send>
int with_account_and_text(invocation& in, const std::string& account, const std::string& text, Send send) {
  auto words = text_argument(text);
  if (!words)
    return in.fail_locally(words.why());
  auto id = account_named(in, account);
  return id ? send(*id, *words) : in.fail(id.why());
}

int post(invocation& in, const post_options& o) {
  return with_account_and_text(in, o.account, o.text, [&](const std::string& account, const std::string& text) {
    json params = {{"account", account}, {"text", text}};
    put(params, "title", o.title);
    put(params, "kind", o.kind);
    put(params, "link", o.link);
    return say_posted(in, in.command("account.publish", params), "Posted");
  });
}

struct repost_options {
  std::string account;
  std::string source;
  std::string comment;
  std::string kind;
};

int repost(invocation& in, const repost_options& o) {
  return with_account_and_text(in, o.account, o.comment, [&](const std::string& account, const std::string& comment) {
    json params = {{"account", account}, {"source", o.source}};
    put(params, "comment", comment);
    put(params, "kind", o.kind);
    return say_posted(in, in.command("account.repost", params), "Re-posted as");
  });
}

struct correct_options {
  std::string post;
  std::string text;
  std::string title;
};

int correct(invocation& in, const correct_options& o) {
  auto text = text_argument(o.text);
  if (!text)
    return in.fail_locally(text.why());
  json params = {{"post", o.post}, {"text", *text}};
  put(params, "title", o.title);
  return say_posted(in, in.command("account.correct", params), "Corrected");
}

struct withdraw_options {
  std::string post;
};

int withdraw(invocation& in, const withdraw_options& o) {
  return say_posted(in, in.command("account.withdraw_post", {{"post", o.post}}), "Withdrawn:");
}

struct posts_options : page {
  std::string account;
};

int posts(invocation& in, const posts_options& o) {
  auto account = account_named(in, o.account);
  if (!account)
    return in.fail(account.why());
  auto params = o.params();
  params["account"] = *account;
  auto answer = in.call("account.posts", params);
  if (!answer)
    return in.fail(answer.why());
  return in.finish(*answer, [&] {
    for (auto& item : answer->value("items", json::array())) {
      print_post(in.screen, item, clock_now());
      in.screen.out() << '\n';
    }
    if (auto next = text_of(*answer, "next"); !next.empty())
      in.screen.out() << in.screen.paint(style::dim, "There are older ones: --after " + harmless(next)) << '\n';
  });
}

constexpr auto account_help = "the account's name or id";
constexpr auto text_help = "the text; - reads it from standard input, @FILE from a file";
constexpr auto kind_help = "as you declare it; a wrong declaration can be complained about";

} // namespace

void add_post_commands(CLI::App& app, invocation& in) {
  add_command<post_options>(
      app, in, "post", "publish a post of an account that you edit",
      [](CLI::App& command, post_options& o) {
        command.add_option("--account,-a", o.account, account_help)->required();
        command.add_option("text", o.text, text_help)->required();
        command.add_option("--title", o.title, "one line above it");
        command.add_option("--kind", o.kind, kind_help)
            ->check(CLI::IsMember({"general", "news_repost", "news_original"}));
        command.add_option("--link", o.link, "where it comes from, or leads to");
      },
      post);
  add_command<repost_options>(
      app, in, "repost", "re-post another account's post",
      [](CLI::App& command, repost_options& o) {
        command.add_option("--account,-a", o.account, account_help)->required();
        command.add_option("post", o.source, "the post, pst_…")->required();
        command.add_option("--comment", o.comment, "what you say to it");
        command.add_option("--kind", o.kind, kind_help)->check(CLI::IsMember({"general", "news_repost"}));
      },
      repost);
  add_command<correct_options>(
      app, in, "correct", "correct a post; its earlier wording stays readable",
      [](CLI::App& command, correct_options& o) {
        command.add_option("post", o.post, "the post, pst_…")->required();
        command.add_option("text", o.text, text_help)->required();
        command.add_option("--title", o.title, "a new title");
      },
      correct);
  add_command<withdraw_options>(
      app, in, "withdraw", "take a post back; also possible under a sanction",
      [](CLI::App& command, withdraw_options& o) { command.add_option("post", o.post, "the post, pst_…")->required(); },
      withdraw);
  add_command<posts_options>(
      app, in, "posts", "an account's posts, newest first",
      [](CLI::App& command, posts_options& o) {
        command.add_option("account", o.account, account_help)->required();
        o.describe(command);
      },
      posts);
}

} // namespace charter::cli
