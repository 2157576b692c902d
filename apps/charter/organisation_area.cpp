// org …
#include "apps/charter/areas.hpp"
#include "apps/charter/command.hpp"
#include "apps/charter/naming.hpp"

namespace charter::cli {

namespace {

struct register_options {
  std::string name;
  std::string kind;
  std::string region;
  std::vector<std::string> credentials;
};

int register_organisation(invocation& in, const register_options& o) {
  json params = {{"name", o.name}, {"kind", o.kind}, {"region", o.region}};
  for (auto& text : o.credentials) {
    auto credential = parse_credential(text);
    if (!credential)
      return in.fail_usage(credential.why().detail);
    params["credentials"].push_back(*credential);
  }
  return in.confirm(in.command("org.register", params), "Registered.");
}

struct organisation_options {
  std::string organisation;
  std::string credential;
};

int add_credential(invocation& in, const organisation_options& o) {
  auto credential = parse_credential(o.credential);
  if (!credential)
    return in.fail_usage(credential.why().detail);
  return in.confirm(in.command("org.add_credential", {{"organisation", o.organisation}, {"credential", *credential}}),
                    "Declared; the desk confirms it from the paper.");
}

void organisation_only(CLI::App& command, organisation_options& o) {
  command.add_option("organisation", o.organisation, "org_…")->required();
}

constexpr auto credential_help = "kind=…,number=…,issuer=…,scope=…,from=2026-01-01,until=2031-01-01";

} // namespace

void add_organisation_commands(CLI::App& app, invocation& in) {
  auto& org = *add_group(app, "org", "organisations behind public accounts");
  add_command<register_options>(
      org, in, "register", "register an organisation that you speak for",
      [](CLI::App& command, register_options& o) {
        command.add_option("name", o.name, "its official name")->required();
        command.add_option("--kind", o.kind, "a key of the charter")->required();
        command.add_option("--region", o.region, "where it is registered")->required();
        command.add_option("--credential", o.credentials, credential_help)->allow_extra_args(false);
      },
      register_organisation);
  add_command<organisation_options>(org, in, "show", "an organisation and what holds it back", organisation_only,
                                    [](invocation& i, const organisation_options& o) {
                                      return i.show(i.call("org.get", {{"organisation", o.organisation}}));
                                    });
  add_command<organisation_options>(org, in, "members", "its accounts and credentials; for whoever speaks for it",
                                    organisation_only, [](invocation& i, const organisation_options& o) {
                                      return i.show(i.call("org.members", {{"organisation", o.organisation}}));
                                    });
  add_command<organisation_options>(
      org, in, "add-credential", "declare a credential",
      [](CLI::App& command, organisation_options& o) {
        organisation_only(command, o);
        command.add_option("credential", o.credential, credential_help)->required();
      },
      add_credential);
}

} // namespace charter::cli
