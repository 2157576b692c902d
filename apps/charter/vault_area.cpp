// vault …: opening a sealed identity takes two privacy officers, a lawful basis, and an entry in the public log first
#include "apps/charter/areas.hpp"
#include "apps/charter/command.hpp"
#include "apps/charter/naming.hpp"

namespace charter::cli {

namespace {

struct request_options {
  std::string user;
  std::string basis;
  std::string reference;
  std::string reason;
};

int request(invocation& in, const request_options& o) {
  auto user = user_named(in, o.user);
  if (!user)
    return in.fail(user.why());
  json params = {{"user", *user}, {"basis", o.basis}, {"reference", o.reference}, {"reason", o.reason}};
  return in.confirm(in.command("vault.request", params), "Asked. Another privacy officer decides.");
}

struct disclosure_options {
  std::string disclosure;
  std::string reason;
};

auto on_disclosure(const char* method, const char* sentence) {
  return [=](invocation& in, const disclosure_options& o) {
    json params = {{"disclosure", o.disclosure}};
    put(params, "reason", o.reason);
    return in.confirm(in.command(method, params), sentence);
  };
}

struct list_options : page {
  std::string status;
};

int list(invocation& in, const list_options& o) {
  auto params = o.params();
  put(params, "status", o.status);
  return in.show_list(in.call("vault.disclosures", params));
}

void describe_disclosure(CLI::App& command, disclosure_options& o) {
  command.add_option("disclosure", o.disclosure, "dis_…")->required();
  command.add_option("--reason", o.reason, "why");
}

} // namespace

void add_vault_commands(CLI::App& app, invocation& in) {
  auto& vault = *add_group(app, "vault", "for privacy officers: opening a sealed identity");
  add_command<request_options>(
      vault, in, "request", "ask for an identity to be opened",
      [](CLI::App& command, request_options& o) {
        command.add_option("user", o.user, "a pseudonym, or usr_…")->required();
        command.add_option("--basis", o.basis, "a lawful ground: a key of the charter")->required();
        command.add_option("--reference", o.reference, "the authority's file number")->required();
        command.add_option("--reason", o.reason, "what for")->required();
      },
      request);
  add_command<disclosure_options>(vault, in, "approve", "agree, as the other officer", describe_disclosure,
                                  on_disclosure("vault.approve", "Approved."));
  add_command<disclosure_options>(vault, in, "refuse", "refuse it", describe_disclosure,
                                  on_disclosure("vault.refuse", "Refused."));
  add_command<disclosure_options>(vault, in, "open", "see the identity, once; the log entry comes first",
                                  describe_disclosure, on_disclosure("vault.open", "Opened, and in the public log."));
  add_command<list_options>(
      vault, in, "disclosures", "what was asked for, and what became of it",
      [](CLI::App& command, list_options& o) {
        command.add_option("--status", o.status, "only these")
            ->check(CLI::IsMember({"requested", "approved", "refused", "opening", "opened"}));
        o.describe(command);
      },
      list);
}

} // namespace charter::cli
