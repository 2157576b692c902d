// directory, account …
#include <ostream>

#include "apps/charter/areas.hpp"
#include "apps/charter/command.hpp"
#include "apps/charter/naming.hpp"
#include "apps/charter/person_time.hpp"

namespace charter::cli {

namespace {

struct directory_options : page {
  std::string kind;
  std::string region;
  std::string category;
  std::string badge;
  std::string search;
};

/// Name with badge first: that is what people look for.
void print_accounts(const invocation& in, const json& answer) {
  auto now = clock_now();
  std::vector<std::vector<std::string>> rows;
  for (auto& a : answer.value("items", json::array())) {
    auto name = harmless(text_of(a, "name"));
    if (auto b = badge_text(text_of(a, "badge")); !b.empty())
      name += " " + b;
    if (auto held = a.value("restrictions", json::array()); !held.empty())
      name += " (" + harmless(text_of(held.front(), "step")) + ")";
    rows.push_back({name, harmless(text_of(a, "kind")), harmless(text_of(a, "region")), text_of(a, "posts"),
                    text_of(a, "followers"), one_line("at", a.value("posted_at", json{}), now),
                    harmless(text_of(a, "description"))});
  }
  if (rows.empty())
    in.screen.out() << "No account is like that.\n";
  else
    print_table(in.screen, {"account", "kind", "region", "posts", "followers", "last post", "about"}, rows);
  if (auto next = text_of(answer, "next"); !next.empty())
    in.screen.out() << in.screen.paint(style::dim, "There are more: --after " + harmless(next)) << '\n';
}

int directory(invocation& in, const directory_options& o) {
  auto params = o.params();
  put(params, "text", o.search);
  if (o.search.empty()) {
    put(params, "kind", o.kind);
    put(params, "region", o.region);
    put(params, "category", o.category);
    put(params, "badge", o.badge);
  }
  auto answer = in.call(o.search.empty() ? "account.directory" : "account.search", params);
  if (!answer)
    return in.fail(answer.why());
  return in.finish(*answer, [&] { print_accounts(in, *answer); });
}

struct account_options {
  std::string account;
  std::string user;
};

int show_account(invocation& in, const account_options& o) {
  auto by = o.account.starts_with("acc_") ? "account" : "name";
  auto answer = in.call("account.get", {{by, o.account}});
  if (!answer)
    return in.fail(answer.why());
  return in.finish(*answer, [&] {
    auto account = answer->value("account", json::object());
    auto head = in.screen.paint(style::bold, harmless(text_of(account, "name")));
    news_right right{};
    if (from_name(text_of(account, "badge"), right) && right != news_right::none)
      head += " " + in.screen.paint(style::accent, badge_text(right)) + ", " + badge_meaning(right);
    in.screen.out() << head << '\n';
    account.erase("name");
    print_document(in.screen, account, clock_now());
  });
}

struct apply_options {
  std::string name;
  std::string description;
  std::string category;
  std::string kind;
  std::string region;
  std::string organisation;
  std::string news;
  std::string statement;
};

int apply_for(invocation& in, const apply_options& o) {
  json params = {{"name", o.name}, {"description", o.description}, {"category", o.category},
                 {"kind", o.kind}, {"region", o.region},           {"statement", o.statement}};
  put(params, "organisation", o.organisation);
  put(params, "news", o.news);
  return in.confirm(in.command("account.apply", params), "Applied; the provider reviews it.");
}

struct amend_options {
  std::string application;
  std::string description;
  std::string statement;
  std::string category;
};

int amend(invocation& in, const amend_options& o) {
  json params = {{"application", o.application},
                 {"description", o.description},
                 {"statement", o.statement},
                 {"category", o.category}};
  return in.confirm(in.command("account.amend", params), "Amended; the review goes on.");
}

struct case_options {
  std::string application;
};

int withdraw_application(invocation& in, const case_options& o) {
  return in.confirm(in.command("account.withdraw_application", {{"case", o.application}}), "Withdrawn.");
}

int editors(invocation& in, const account_options& o) {
  auto account = account_named(in, o.account);
  return account ? in.show_list(in.call("account.editors", {{"account", *account}})) : in.fail(account.why());
}

auto on_editor(const char* method, const char* sentence) {
  return [=](invocation& in, const account_options& o) {
    auto account = account_named(in, o.account);
    if (!account)
      return in.fail(account.why());
    auto user = user_named(in, o.user);
    if (!user)
      return in.fail(user.why());
    return in.confirm(in.command(method, {{"account", *account}, {"user", *user}}), sentence);
  };
}

void account_only(CLI::App& command, account_options& o) {
  command.add_option("account", o.account, "its name or id")->required();
}

void account_and_user(CLI::App& command, account_options& o) {
  account_only(command, o);
  command.add_option("user", o.user, "a pseudonym, or usr_…")->required();
}

void describe_apply(CLI::App& command, apply_options& o) {
  command.add_option("name", o.name, "of the account")->required();
  command.add_option("--description", o.description, "what readers see of it")->required();
  command.add_option("--category", o.category, "a key of the charter")->required();
  command.add_option("--kind", o.kind, "what kind of organisation; a personal one without")->required();
  command.add_option("--region", o.region, "of whoever applies")->required();
  command.add_option("--organisation", o.organisation, "org_…");
  command.add_option("--news", o.news, "ask for the right to current political news")
      ->check(CLI::IsMember({"none", "repost", "original"}));
  command.add_option("--statement", o.statement, "what it is for; for the reviewers")->required();
}

} // namespace

void add_account_commands(CLI::App& app, invocation& in) {
  add_command<directory_options>(
      app, in, "directory", "public accounts by kind, region, category or badge",
      [](CLI::App& command, directory_options& o) {
        command.add_option("--kind", o.kind, "kind of organisation");
        command.add_option("--region", o.region, "of the registrant");
        command.add_option("--category", o.category, "a key of the charter");
        command.add_option("--badge", o.badge, "entitled to news")
            ->check(CLI::IsMember({"none", "repost", "original"}));
        command.add_option("--search", o.search, "words in name or description, instead of the above");
        o.describe(command);
      },
      directory);
  auto& account = *add_group(app, "account", "public accounts: apply, show, editors");
  add_command<account_options>(account, in, "show", "an account, its badge and what holds it back", account_only,
                               show_account);
  add_command(account, in, "mine", "accounts that you edit, and your applications",
              [](invocation& i) { return i.show(i.call("account.mine")); });
  add_command<apply_options>(account, in, "apply", "apply for a public account", describe_apply, apply_for);
  add_command<amend_options>(
      account, in, "amend", "answer a question of the review",
      [](CLI::App& command, amend_options& o) {
        command.add_option("application", o.application, "cas_…")->required();
        command.add_option("--description", o.description, "what readers see of it")->required();
        command.add_option("--statement", o.statement, "what it is for")->required();
        command.add_option("--category", o.category, "a key of the charter")->required();
      },
      amend);
  add_command<case_options>(
      account, in, "withdraw-application", "take an application back",
      [](CLI::App& command, case_options& o) { command.add_option("application", o.application, "cas_…")->required(); },
      withdraw_application);
  add_command<account_options>(account, in, "editors", "who may post", account_only, editors);
  add_command<account_options>(account, in, "add-editor", "let somebody post", account_and_user,
                               on_editor("account.add_editor", "Invited as an editor."));
  add_command<account_options>(account, in, "remove-editor", "let somebody post no longer", account_and_user,
                               on_editor("account.remove_editor", "No longer an editor."));
}

} // namespace charter::cli
