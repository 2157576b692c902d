// liaison …: filings, reports and referrals between the provider and the regulator's offices
#include "apps/charter/areas.hpp"
#include "apps/charter/command.hpp"
#include "apps/charter/naming.hpp"

namespace charter::cli {

namespace {

struct list_options : page {
  std::string office;
  bool open_only = false;
};

auto listing(const char* method) {
  return [=](invocation& in, const list_options& o) {
    auto params = o.params();
    put(params, "office", o.office);
    if (o.open_only)
      params["open_only"] = true;
    return in.show_list(in.call(method, params));
  };
}

void describe_list(CLI::App& command, list_options& o) {
  command.add_option("--office", o.office, "its code");
  command.add_flag("--open", o.open_only, "only what isn't settled");
  o.describe(command);
}

struct refer_options {
  std::string id;
  std::string department;
  std::string office;
  std::string summary;
};

int refer(invocation& in, const refer_options& o) {
  json params = {{"case", o.id}, {"department", o.department}, {"summary", o.summary}};
  put(params, "office", o.office);
  return in.confirm(in.command("liaison.refer", params), "Referred, with its evidence.");
}

struct item_options {
  std::string item;
  std::string text;
};

} // namespace

void add_liaison_commands(CLI::App& app, invocation& in) {
  auto& liaison = *add_group(app, "liaison", "for liaison officers and regulator offices");
  add_command<list_options>(liaison, in, "inbox", "what waits for the office", describe_list, listing("liaison.inbox"));
  add_command<list_options>(liaison, in, "filings", "accounts' records", describe_list, listing("liaison.filings"));
  add_command<list_options>(liaison, in, "reports", "what the provider reported", describe_list,
                            listing("liaison.reports"));
  add_command<list_options>(liaison, in, "referrals", "cases handed over", describe_list, listing("liaison.referrals"));
  add_command<refer_options>(
      liaison, in, "refer", "hand a case over to a department",
      [](CLI::App& command, refer_options& o) {
        command.add_option("case", o.id, "cas_…, cmp_… or snc_…")->required();
        command.add_option("--department", o.department, "a key of the charter")->required();
        command.add_option("--office", o.office, "its code; default: the region's");
        command.add_option("--summary", o.summary, "what it is about")->required();
      },
      refer);
  add_command<item_options>(
      liaison, in, "acknowledge", "say that an item has arrived",
      [](CLI::App& command, item_options& o) {
        command.add_option("item", o.item, "fil_…, rep_… or ref_…")->required();
        command.add_option("receipt", o.text, "the office's own file number")->required();
      },
      [](invocation& i, const item_options& o) {
        return i.confirm(i.command("liaison.acknowledge", {{"item", o.item}, {"receipt", o.text}}), "Acknowledged.");
      });
  add_command<item_options>(
      liaison, in, "answer", "answer a referral",
      [](CLI::App& command, item_options& o) {
        command.add_option("item", o.item, "ref_…")->required();
        command.add_option("text", o.text, "the answer")->required();
      },
      [](invocation& i, const item_options& o) {
        return i.confirm(i.command("liaison.answer", {{"item", o.item}, {"text", o.text}}), "Answered.");
      });
}

} // namespace charter::cli
