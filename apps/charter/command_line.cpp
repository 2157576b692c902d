#include "apps/charter/command_line.hpp"

#include <ostream>

#include "apps/charter/areas.hpp"
#include "apps/charter/command.hpp"

namespace charter::cli {

namespace {

constexpr auto footer = R"(
Exit codes:
  0  done
  1  refused by the server; the rule and what to do stand on standard error
  2  the call was wrong, or the charter file has mistakes
  3  no server there, no answer in time, or no Charter server
  4  not logged in, or the session is over
  5  a file on this machine can't be read or written, or a journal is damaged

Environment:
  CHARTER_URL      the server, unless --url names it
  XDG_CONFIG_HOME  where sessions are kept, in charter/session.json (else ~/.config)
  NO_COLOR         no colours, ever

With --json, answers go to standard output and errors to standard error, one JSON document each.)";

void add_areas(CLI::App& app, invocation& in) {
  add_session_commands(app, in);
  add_registration_commands(app, in);
  add_post_commands(app, in);
  add_feed_commands(app, in);
  add_tail_command(app, in);
  add_import_command(app, in);
  add_chat_commands(app, in);
  add_user_commands(app, in);
  add_account_commands(app, in);
  add_organisation_commands(app, in);
  add_redress_commands(app, in);
  add_desk_commands(app, in);
  add_sanction_commands(app, in);
  add_liaison_commands(app, in);
  add_vault_commands(app, in);
  add_admin_commands(app, in);
  add_rpc_command(app, in);
  add_offline_commands(app, in);
  add_cluster_command(app, in);
  add_completion_command(app, in);
}

void add_global_options(CLI::App& app, invocation& in) {
  app.add_option("--url", in.url,
                 std::string{"the server (default: $CHARTER_URL, the profile's, or "} + default_url + ")");
  app.add_option("--profile", in.profile, "whose session: several log-ins side by side")->capture_default_str();
  app.add_flag("--json", in.as_json, "for machines: the server's documents as they are");
  app.add_option("--ca", in.ca_file, "trust the certificates in this PEM file")->check(CLI::ExistingFile);
  app.add_flag("--insecure", in.insecure, "take any certificate; for trials only");
}

std::string first_line(std::string_view text) { return std::string{text.substr(0, text.find('\n'))}; }

int run(CLI::App& app, invocation& in, std::vector<std::string> arguments) {
  std::reverse(arguments.begin(), arguments.end()); // as CLI11 wants them
  try {
    app.parse(arguments);
  } catch (const CLI::CallForHelp&) {
    in.screen.out() << app.help(); // of the subcommand, if one was named
    return exit_ok;
  } catch (const CLI::CallForVersion&) {
    in.screen.out() << "charter " CHARTER_VERSION "\n";
    return exit_ok;
  } catch (const CLI::ParseError& e) {
    return in.fail_usage(harmless(first_line(e.what())) + "\n  See `charter --help`, also after a subcommand.");
  }
  return in.chosen ? in.chosen() : in.fail_usage("Nothing to do; see `charter --help`.");
}

} // namespace

int run_command_line(const std::vector<std::string>& arguments, const console& screen) {
  invocation in{screen};
  try {
    CLI::App app{"Charter's command line: public accounts, chats, and the governance around them.", "charter"};
    app.set_version_flag("--version", "charter " CHARTER_VERSION);
    app.fallthrough();
    app.require_subcommand(1);
    add_global_options(app, in);
    add_areas(app, in);
    app.footer(footer); // after the areas, which would inherit it
    return run(app, in, arguments);
  } catch (const std::exception& e) {
    return in.fail_locally(refuse(errc::internal, std::string{"this is a bug of charter's: "} + e.what()));
  }
}

} // namespace charter::cli
