// sanction …
#include "apps/charter/areas.hpp"
#include "apps/charter/measure_options.hpp"

namespace charter::cli {

namespace {

struct impose_options {
  std::string target;
  measure_options measure;
  reasons_options reasons;
};

int impose(invocation& in, const impose_options& o) {
  auto measure = o.measure.params();
  if (!measure)
    return in.fail_usage(measure.why().detail);
  if (measure->is_null())
    return in.fail_usage("--step is needed: warn, limit, suspend or close.");
  auto target = target_named(in, o.target);
  if (!target)
    return in.fail(target.why());
  auto reasons = o.reasons.params(in);
  if (!reasons)
    return in.fail(reasons.why());
  return in.confirm(in.command("sanction.impose", {{"target", *target}, {"measure", *measure}, {"reasons", *reasons}}),
                    "Imposed: whoever it concerns is told, with the reasons and how to appeal.");
}

struct list_options : page {
  std::string target;
};

int list(invocation& in, const list_options& o) {
  auto params = o.params();
  if (!o.target.empty()) {
    auto target = target_named(in, o.target);
    if (!target)
      return in.fail(target.why());
    params["target"] = *target;
  }
  return in.show_list(in.call("sanction.list", params));
}

struct id_options {
  std::string id;
  std::string reason;
  reasons_options reasons;
};

int withhold(invocation& in, const id_options& o) {
  auto reasons = o.reasons.params(in);
  if (!reasons)
    return in.fail(reasons.why());
  return in.confirm(in.command("sanction.withhold_post", {{"complaint", o.id}, {"reasons", *reasons}}), "Withheld.");
}

int restore(invocation& in, const id_options& o) {
  return in.confirm(in.command("sanction.restore_post", {{"complaint", o.id}, {"reason", o.reason}}), "Restored.");
}

int lift(invocation& in, const id_options& o) {
  return in.confirm(in.command("sanction.lift", {{"sanction", o.id}, {"reason", o.reason}}),
                    "Lifted: what it took is given back.");
}

} // namespace

void add_sanction_commands(CLI::App& app, invocation& in) {
  auto& sanction = *add_group(app, "sanction", "sanctions: their public facts for anyone, the rest for staff");
  add_command<list_options>(
      sanction, in, "list", "sanctions, newest first",
      [](CLI::App& command, list_options& o) {
        command.add_option("--target", o.target, "acc_…, org_…, usr_…, or an account's name");
        o.describe(command);
      },
      list);
  add_command<id_options>(
      sanction, in, "show", "what, why, until when, and how it went on",
      [](CLI::App& command, id_options& o) { command.add_option("sanction", o.id, "snc_…")->required(); },
      [](invocation& i, const id_options& o) {
        return i.show(i.call("sanction.get", {{"sanction", o.id}}));
      });
  add_command<impose_options>(
      sanction, in, "impose", "impose one (senior moderators)",
      [](CLI::App& command, impose_options& o) {
        command.add_option("target", o.target, "acc_…, org_…, usr_…, pst_…, or an account's name")->required();
        o.measure.describe(command);
        o.reasons.describe(command);
      },
      impose);
  add_command<id_options>(
      sanction, in, "lift", "lift one",
      [](CLI::App& command, id_options& o) {
        command.add_option("sanction", o.id, "snc_…")->required();
        command.add_option("--reason", o.reason, "why")->required();
      },
      lift);
  add_command<id_options>(
      sanction, in, "withhold-post", "show a post no longer while a complaint about it is open",
      [](CLI::App& command, id_options& o) {
        command.add_option("complaint", o.id, "cmp_…")->required();
        o.reasons.describe(command);
      },
      withhold);
  add_command<id_options>(
      sanction, in, "restore-post", "show it again",
      [](CLI::App& command, id_options& o) {
        command.add_option("complaint", o.id, "cmp_…")->required();
        command.add_option("--reason", o.reason, "why")->required();
      },
      restore);
}

} // namespace charter::cli
