// admin …, tree
#include <ostream>

#include "apps/charter/areas.hpp"
#include "apps/charter/command.hpp"
#include "apps/charter/naming.hpp"
#include "apps/charter/private_file.hpp"
#include "apps/charter/supervision_text.hpp"
#include "config/charter_loader.hpp"

namespace charter::cli {

namespace {

constexpr std::size_t charter_bytes_max = 4 * 1024 * 1024;

struct role_options {
  std::string user;
  std::string role;
  std::string office;
};

auto on_role(const char* method, const char* sentence) {
  return [=](invocation& in, const role_options& o) {
    auto user = user_named(in, o.user);
    if (!user)
      return in.fail(user.why());
    json params = {{"user", *user}, {"role", o.role}};
    put(params, "office", o.office);
    return in.confirm(in.command(method, params), sentence);
  };
}

void describe_role(CLI::App& command, role_options& o) {
  command.add_option("user", o.user, "a pseudonym, or usr_…")->required();
  std::vector<std::string> names;
  for (auto name : enum_names(role{}))
    names.emplace_back(name);
  command.add_option("role", o.role, "which role")->required()->check(CLI::IsMember(names));
}

struct file_options {
  std::string file;
};

int activate_charter(invocation& in, const file_options& o) {
  auto text = read_whole(o.file, charter_bytes_max);
  if (!text)
    return in.fail_locally(text.why());
  // The server checks it as well; here every mistake is shown at once.
  auto loaded = config::load_charter(*text, o.file);
  if (auto* list = std::get_if<config::mistakes>(&loaded))
    return in.fail_usage("it isn't sent, since it has mistakes:\n" + harmless(config::to_text(*list), true));
  return in.confirm(in.command("admin.activate_charter", {{"text", *text}}), "In force.");
}

int tree(invocation& in) {
  auto answer = in.call("admin.tree");
  if (!answer)
    return in.fail(answer.why());
  return in.finish(*answer, [&] { in.screen.out() << tree_text(answer->value("root", json::object())); });
}

struct credential_options {
  std::string credential;
};

int add_credential(invocation& in, const credential_options& o) {
  auto credential = parse_credential(o.credential);
  if (!credential)
    return in.fail_usage(credential.why().detail);
  return in.confirm(in.command("provider.add_credential", {{"credential", *credential}}), "Added.");
}

} // namespace

void add_admin_commands(CLI::App& app, invocation& in) {
  auto& admin =
      *add_group(app, "admin", "for operators: roles, credentials, charters; the provider's status for anyone");
  add_command<role_options>(
      admin, in, "grant-role", "make somebody staff",
      [](CLI::App& command, role_options& o) {
        describe_role(command, o);
        command.add_option("--office", o.office, "a regulator's office code, a liaison officer's region");
      },
      on_role("admin.grant_role", "Granted."));
  add_command<role_options>(admin, in, "revoke-role", "take a role away", describe_role,
                            on_role("admin.revoke_role", "Revoked."));
  add_command<file_options>(
      admin, in, "activate-charter", "put a charter file in force, after checking it",
      [](CLI::App& command, file_options& o) { command.add_option("file", o.file, "TOML")->required(); },
      activate_charter);
  add_command<credential_options>(
      admin, in, "add-credential", "add or renew a credential of the provider",
      [](CLI::App& command, credential_options& o) {
        command
            .add_option("credential", o.credential, "kind=…,number=…,issuer=…,scope=…,from=2026-01-01,until=2031-01-01")
            ->required();
      },
      add_credential);
  add_command(admin, in, "provider", "the provider's credentials, and what they allow",
              [](invocation& i) { return i.show(i.call("provider.status")); });
  add_command(admin, in, "staffing", "staff, and where some are missing",
              [](invocation& i) { return i.show(i.call("provider.staffing")); });
  add_command(admin, in, "charter", "the rule book in force, as JSON", [](invocation& i) {
    i.as_json = true;
    return i.show(i.call("provider.charter"));
  });
  add_command(admin, in, "tree", "the server's supervision tree", tree);
  add_command(app, in, "tree", "the server's supervision tree", tree);
}

} // namespace charter::cli
