// login, logout, whoami
#include <ostream>

#include <unistd.h>

#include "apps/charter/areas.hpp"
#include "apps/charter/command.hpp"
#include "apps/charter/password_prompt.hpp"
#include "apps/charter/person_time.hpp"

namespace charter::cli {

namespace {

struct login_options {
  std::string name;
  std::string password_file;
  std::string device;
};

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? std::string{name} : std::string{"somewhere"};
}

int keep_session(invocation& in, const std::string& name, const json& answer) {
  auto where = in.server();
  if (!where)
    return in.fail_locally(where.why());
  session s{where->where.origin(), name, text_of(answer, "user"), text_of(answer, "token"), text_of(answer, "until")};
  if (s.token.empty())
    return in.fail(client::garbled("the server gave no token"));
  if (auto kept = in.sessions().put(in.profile, s); !kept)
    return in.fail_locally(kept.why());
  auto shown = answer;
  shown.erase("token"); // it is in the file, and needn't be in anybody's scrollback
  return in.finish(shown, [&] {
    in.screen.out() << in.screen.paint(style::good, "Logged in as " + harmless(name)) << " at " << s.url;
    if (auto until = parse_time(s.until))
      in.screen.out() << ", until " << to_person(*until, clock_now());
    in.screen.out() << ".\n";
  });
}

int login(invocation& in, const login_options& options) {
  auto password = read_password("Password of " + harmless(options.name) + ": ", options.password_file);
  if (!password)
    return in.fail_locally(password.why());
  json params = {{"pseudonym", options.name}, {"password", *password}};
  params["device"] = options.device.empty() ? "charter at " + host_name() : options.device;
  auto answer = in.call("auth.login", std::move(params));
  return answer ? keep_session(in, options.name, *answer) : in.fail(answer.why());
}

int logout(invocation& in) {
  auto saved = in.session_of_profile();
  if (!saved)
    return in.fail_locally(saved.why());
  if (!*saved)
    return in.finish(json::object(), [&] { in.screen.out() << "Nobody was logged in.\n"; });
  auto answer = in.command("auth.logout");
  // A session that the server doesn't know any more is over, too.
  auto is_over = answer || answer.why().why.code == errc::unauthenticated;
  if (!is_over)
    return in.fail(answer.why());
  if (auto removed = in.sessions().remove(in.profile); !removed)
    return in.fail_locally(removed.why());
  return in.finish(json::object(), [&] { in.screen.out() << "Logged out " << harmless((*saved)->pseudonym) << ".\n"; });
}

int whoami(invocation& in) { return in.show(in.call("user.me")); }

} // namespace

void add_session_commands(CLI::App& app, invocation& in) {
  add_command<login_options>(
      app, in, "login", "log in with a pseudonym and a password; the session is kept for later commands",
      [](CLI::App& command, login_options& o) {
        command.add_option("name", o.name, "your pseudonym")->required();
        command.add_option("--password-file", o.password_file, "its first line is the password; - for standard input");
        command.add_option("--device", o.device, "what the list of sessions calls this one");
      },
      login);
  add_command(app, in, "logout", "end the session", logout);
  add_command(app, in, "whoami", "who is logged in, and what holds them back", whoami);
}

} // namespace charter::cli
