// user …: one's own profile, notices and sessions; finding and blocking others
#include "apps/charter/areas.hpp"
#include "apps/charter/command.hpp"
#include "apps/charter/naming.hpp"
#include "apps/charter/password_prompt.hpp"

namespace charter::cli {

namespace {

struct who_options {
  std::string user;
};

int profile(invocation& in, const who_options& o) {
  auto user = user_named(in, o.user);
  return user ? in.show(in.call("user.profile", {{"user", *user}})) : in.fail(user.why());
}

int find(invocation& in, const who_options& o) { return in.show_list(in.call("user.find", {{"pseudonym", o.user}})); }

auto on_user(const char* method, const char* sentence) {
  return [=](invocation& in, const who_options& o) {
    auto user = user_named(in, o.user);
    return user ? in.confirm(in.command(method, {{"user", *user}}), sentence) : in.fail(user.why());
  };
}

struct update_options {
  std::string pseudonym;
  std::string about;
  std::string language;
};

int update(invocation& in, const update_options& o) {
  json params = json::object();
  put(params, "pseudonym", o.pseudonym);
  put(params, "about", o.about);
  put(params, "language", o.language);
  if (params.empty())
    return in.fail_usage("Nothing to change; see `charter user update --help`.");
  return in.confirm(in.command("user.update", params), "Changed.");
}

int notices(invocation& in, const page& o) {
  auto answer = in.call("user.notices", o.params());
  // Notices have long texts: one under the other, not as a table.
  return in.show(answer);
}

struct revoke_options {
  std::optional<std::uint64_t> session;
};

int revoke(invocation& in, const revoke_options& o) {
  json params = json::object();
  put(params, "session", o.session);
  return in.confirm(in.command("auth.revoke", params), o.session ? "That session is over." : "All others are over.");
}

struct password_options {
  std::string old_file;
  std::string new_file;
};

int change_password(invocation& in, const password_options& o) {
  auto old_one = read_password("Old password: ", o.old_file);
  if (!old_one)
    return in.fail_locally(old_one.why());
  auto new_one = read_new_password(o.new_file);
  if (!new_one)
    return in.fail_locally(new_one.why());
  // Without a command id: no outcome of it is kept, since it came with passwords.
  return in.confirm(in.call("auth.change_password", {{"old_password", *old_one}, {"new_password", *new_one}}),
                    "Changed; all other sessions are over.");
}

struct close_options {
  bool yes = false;
};

int close_user(invocation& in, const close_options& o) {
  if (!o.yes)
    return in.fail_usage("This ends your user for good: pseudonym and profile are erased. Add --yes if you mean it.");
  return in.confirm(in.command("user.close"), "Closed.");
}

void describe_who(CLI::App& command, who_options& o) {
  command.add_option("user", o.user, "a pseudonym, or usr_…")->required();
}

} // namespace

void add_user_commands(CLI::App& app, invocation& in) {
  auto& user = *add_group(app, "user", "your profile, notices and sessions; finding and blocking others");
  add_command<who_options>(user, in, "show", "somebody's profile", describe_who, profile);
  add_command<who_options>(user, in, "find", "users by pseudonym, or its beginning", describe_who, find);
  add_command<who_options>(user, in, "block", "hear no more from somebody", describe_who,
                           on_user("user.block", "Blocked."));
  add_command<who_options>(user, in, "unblock", "take a block back", describe_who,
                           on_user("user.unblock", "No longer blocked."));
  add_command<update_options>(
      user, in, "update", "change what others see of you",
      [](CLI::App& command, update_options& o) {
        command.add_option("--pseudonym", o.pseudonym, "any name you like, if nobody has it");
        command.add_option("--about", o.about, "a sentence or two");
        command.add_option("--language", o.language, "of notices: zh-CN or en");
      },
      update);
  add_command<page>(
      user, in, "notices", "sanctions, decisions, deadlines and the like, with their reasons",
      [](CLI::App& command, page& o) { o.describe(command); }, notices);
  add_command(user, in, "sessions", "where you are logged in",
              [](invocation& i) { return i.show_list(i.call("auth.sessions")); });
  add_command<revoke_options>(
      user, in, "revoke", "end a session, or all others",
      [](CLI::App& command, revoke_options& o) { command.add_option("session", o.session, "its number"); }, revoke);
  add_command<password_options>(
      user, in, "password", "change your password",
      [](CLI::App& command, password_options& o) {
        command.add_option("--old-file", o.old_file, "its first line is the old one");
        command.add_option("--new-file", o.new_file, "its first line is the new one");
      },
      change_password);
  add_command(user, in, "export", "all that is kept about you, your chats included; as JSON", [](invocation& i) {
    i.as_json = true;
    return i.show(i.call("user.export"));
  });
  add_command<close_options>(
      user, in, "close", "end your user for good",
      [](CLI::App& command, close_options& o) { command.add_flag("--yes", o.yes, "yes, for good"); }, close_user);
}

} // namespace charter::cli
