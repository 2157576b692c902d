// complain, complaint …, appeal …
#include <ostream>

#include "apps/charter/areas.hpp"
#include "apps/charter/command.hpp"
#include "apps/charter/naming.hpp"

namespace charter::cli {

namespace {

struct complain_options {
  std::string about;
  std::string reason;
  std::string statement;
  std::string contact;
  std::vector<std::string> evidence;
};

int complain(invocation& in, const complain_options& o) {
  auto statement = text_argument(o.statement);
  if (!statement)
    return in.fail_locally(statement.why());
  auto params = o.about.starts_with("cht_") ? client::reply<json>{json{{"chat", o.about}}} : target_named(in, o.about);
  if (!params)
    return in.fail(params.why());
  (*params)["reason"] = o.reason;
  (*params)["statement"] = *statement;
  put(*params, "contact", o.contact);
  if (!o.evidence.empty())
    (*params)["evidence"] = o.evidence;
  return in.confirm(in.command("complaint.file", *params), "Received. Keep the receipt: it looks the outcome up.");
}

struct complaint_options {
  std::string complaint;
};

int show_complaint(invocation& in, const complaint_options& o) {
  auto by = o.complaint.starts_with("cmp_") ? "complaint" : "receipt";
  return in.show(in.call("complaint.get", {{by, o.complaint}}));
}

struct appeal_options {
  std::string id;
  std::string statement;
};

int file_appeal(invocation& in, const appeal_options& o) {
  auto statement = text_argument(o.statement);
  if (!statement)
    return in.fail_locally(statement.why());
  return in.confirm(in.command("appeal.file", {{"sanction", o.id}, {"statement", *statement}}),
                    "Received. Somebody else than the one who imposed it decides.");
}

int show_appeal(invocation& in, const appeal_options& o) { return in.show(in.call("appeal.get", {{"appeal", o.id}})); }

} // namespace

void add_redress_commands(CLI::App& app, invocation& in) {
  add_command<complain_options>(
      app, in, "complain", "complain about a public post, account or organisation; without logging in, too",
      [](CLI::App& command, complain_options& o) {
        command.add_option("about", o.about, "pst_…, acc_…, org_…, or an account's name")->required();
        command.add_option("--reason", o.reason, "a key of `charter complaint reasons`")->required();
        command.add_option("--statement", o.statement, "what is wrong; - or @FILE reads it")->required();
        command.add_option("--contact", o.contact, "how to reach you, if you aren't logged in");
        command.add_option("--evidence", o.evidence, "a reference; may be repeated")->allow_extra_args(false);
      },
      complain);
  auto& complaint = *add_group(app, "complaint", "reasons for complaints, and what became of one");
  add_command(complaint, in, "reasons", "what can be complained about, and how soon it is decided",
              [](invocation& i) { return i.show_list(i.call("complaint.reasons")); });
  add_command<complaint_options>(
      complaint, in, "show", "what became of a complaint",
      [](CLI::App& command, complaint_options& o) {
        command.add_option("complaint", o.complaint, "cmp_…, or the receipt")->required();
      },
      show_complaint);
  auto& appeal = *add_group(app, "appeal", "against sanctions");
  add_command<appeal_options>(
      appeal, in, "file", "appeal against a sanction",
      [](CLI::App& command, appeal_options& o) {
        command.add_option("sanction", o.id, "snc_…")->required();
        command.add_option("--statement", o.statement, "why it is wrong; - or @FILE reads it")->required();
      },
      file_appeal);
  add_command<appeal_options>(
      appeal, in, "show", "what became of an appeal",
      [](CLI::App& command, appeal_options& o) { command.add_option("appeal", o.id, "apl_…")->required(); },
      show_appeal);
}

} // namespace charter::cli
