// desk …: for moderators
#include <ostream>

#include "apps/charter/areas.hpp"
#include "apps/charter/measure_options.hpp"
#include "apps/charter/person_time.hpp"

namespace charter::cli {

namespace {

struct queue_options : page {
  std::string queue = "application";
  std::string lane;
  std::string region;
  bool free = false;
  bool mine = false;
};

int queue(invocation& in, const queue_options& o) {
  auto params = o.params();
  params["queue"] = o.queue;
  put(params, "lane", o.lane);
  put(params, "region", o.region);
  if (o.free)
    params["claimed"] = false;
  if (o.mine)
    params["mine"] = true;
  auto answer = in.call("desk.queue", params);
  if (!answer)
    return in.fail(answer.why());
  return in.finish(*answer, [&] {
    auto now = clock_now();
    std::vector<std::vector<std::string>> rows;
    for (auto& item : answer->value("items", json::array())) {
      auto escalated = item.value("escalated", json{false}) == json(true);
      rows.push_back({harmless(text_of(item, "case")), one_line("deadline", item.value("deadline", json{}), now),
                      escalated ? "overdue soon" : "", text_of(item, "assignee").empty() ? "free" : "claimed",
                      harmless(text_of(item, "lane")), harmless(text_of(item, "region")),
                      harmless(text_of(item, "title"))});
    }
    if (rows.empty())
      in.screen.out() << "Nothing waits.\n";
    else
      print_table(in.screen, {"case", "due", "", "", "lane", "region", "about"}, rows);
    if (auto next = text_of(*answer, "next"); !next.empty())
      in.screen.out() << in.screen.paint(style::dim, "There are more: --after " + harmless(next)) << '\n';
  });
}

struct case_options {
  std::string id;
  std::string text;
};

auto on_case(const char* method, const char* sentence) {
  return [=](invocation& in, const case_options& o) {
    return in.confirm(in.command(method, {{"case", o.id}}), sentence);
  };
}

struct application_options {
  std::string id;
  std::string verdict;
  std::vector<std::string> checklist;
  std::vector<std::string> confirms;
  std::string approval;
  std::string reason;
  std::string rule;
  bool whole_checklist = false;
};

/// All items of the case's own checklist, for who has gone through it.
client::reply<json> whole_checklist(invocation& in, const std::string& id) {
  auto about = in.call("desk.case", {{"case", id}});
  if (!about)
    return about.why();
  json keys = json::array();
  for (auto& item : about->value("checklist", json::array()))
    keys.push_back(text_of(item, "key"));
  return keys;
}

int decide_application(invocation& in, const application_options& o) {
  json params = {{"case", o.id}, {"verdict", o.verdict}};
  if (!o.checklist.empty())
    params["checklist"] = o.checklist;
  if (o.whole_checklist) {
    auto keys = whole_checklist(in, o.id);
    if (!keys)
      return in.fail(keys.why());
    params["checklist"] = *keys;
  }
  for (auto& text : o.confirms) {
    auto credential = parse_credential(text);
    if (!credential)
      return in.fail_usage(credential.why().detail);
    params["confirms"].push_back(*credential);
  }
  if (!o.approval.empty()) {
    params["approval"] = json::parse(o.approval, nullptr, false);
    if (!params["approval"].is_object())
      return in.fail_usage("--approval takes a JSON object with key, valid_from and valid_until.");
  }
  put(params, "reason", o.reason);
  if (!o.rule.empty()) {
    auto rule = rule_named(in, o.rule);
    if (!rule)
      return in.fail(rule.why());
    params["rule"] = *rule;
  }
  return in.confirm(in.command("desk.decide_application", params), "Decided.");
}

struct complaint_options {
  std::string id;
  std::string verdict;
  measure_options measure;
  reasons_options reasons;
};

int decide_complaint(invocation& in, const complaint_options& o) {
  auto measure = o.measure.params();
  if (!measure)
    return in.fail_usage(measure.why().detail);
  auto reasons = o.reasons.params(in);
  if (!reasons)
    return in.fail(reasons.why());
  json params = {{"case", o.id}, {"verdict", o.verdict}, {"reasons", *reasons}};
  if (!measure->is_null())
    params["measure"] = *measure;
  return in.confirm(in.command("desk.decide_complaint", params), "Decided.");
}

struct verdict_options {
  std::string id;
  std::string verdict;
  std::string reason;
};

int decide_appeal(invocation& in, const verdict_options& o) {
  json params = {{"appeal", o.id}, {"verdict", o.verdict}, {"reason", o.reason}};
  return in.confirm(in.command("desk.decide_appeal", params), "Decided.");
}

int second(invocation& in, const verdict_options& o) {
  json params = {{"case", o.id}, {"agree", o.verdict == "agree"}};
  put(params, "reason", o.reason);
  return in.confirm(in.command("desk.second", params),
                    o.verdict == "agree" ? "Agreed: it takes effect." : "Turned down.");
}

void case_only(CLI::App& command, case_options& o) {
  command.add_option("case", o.id, "cas_…, cmp_… or apl_…")->required();
}

void describe_application(CLI::App& command, application_options& o) {
  command.add_option("case", o.id, "cas_…")->required();
  command.add_option("verdict", o.verdict, "what you decide")
      ->required()
      ->check(CLI::IsMember({"approve", "ask_more", "reject"}));
  command.add_option("--check", o.checklist, "an item of the checklist found in order; may be repeated")
      ->allow_extra_args(false);
  command.add_flag("--whole-checklist", o.whole_checklist, "I went through all of it, and it is in order");
  command
      .add_option("--confirm", o.confirms,
                  "a credential seen on paper: kind=…,number=…,issuer=…,scope=…,from=…,until=…")
      ->allow_extra_args(false);
  command.add_option("--approval", o.approval, "a special approval, as JSON");
  command.add_option("--reason", o.reason, "for the applicant");
  command.add_option("--rule", o.rule, "article, or article:item, of a rejection");
}

void add_decisions(CLI::App& desk, invocation& in) {
  add_command<application_options>(desk, in, "decide-application", "approve, ask for more, or reject with reasons",
                                   describe_application, decide_application);
  add_command<complaint_options>(
      desk, in, "decide-complaint", "uphold with a measure, or dismiss",
      [](CLI::App& command, complaint_options& o) {
        command.add_option("case", o.id, "cmp_…")->required();
        command.add_option("verdict", o.verdict, "what you decide")
            ->required()
            ->check(CLI::IsMember({"uphold", "dismiss"}));
        o.measure.describe(command);
        o.reasons.describe(command);
      },
      decide_complaint);
  add_command<verdict_options>(
      desk, in, "decide-appeal", "uphold the appeal, or dismiss it; not your own decision",
      [](CLI::App& command, verdict_options& o) {
        command.add_option("appeal", o.id, "apl_…")->required();
        command.add_option("verdict", o.verdict, "what you decide")
            ->required()
            ->check(CLI::IsMember({"uphold", "dismiss"}));
        command.add_option("--reason", o.reason, "for whoever appealed")->required();
      },
      decide_appeal);
  add_command<verdict_options>(
      desk, in, "second", "the other pair of eyes",
      [](CLI::App& command, verdict_options& o) {
        command.add_option("case", o.id, "cas_… or cmp_…")->required();
        command.add_option("verdict", o.verdict, "what you say to the proposal")
            ->required()
            ->check(CLI::IsMember({"agree", "disagree"}));
        command.add_option("--reason", o.reason, "why");
      },
      second);
}

} // namespace

void add_desk_commands(CLI::App& app, invocation& in) {
  auto& desk = *add_group(app, "desk", "for moderators: queues, cases, decisions");
  add_command<queue_options>(
      desk, in, "queue", "what waits, the most urgent first",
      [](CLI::App& command, queue_options& o) {
        command.add_option("queue", o.queue, "which one")
            ->check(CLI::IsMember({"application", "complaint", "appeal", "second"}))
            ->capture_default_str();
        command.add_option("--lane", o.lane, "only this lane of applications");
        command.add_option("--region", o.region, "only this region");
        command.add_flag("--free", o.free, "only what nobody claimed");
        command.add_flag("--mine", o.mine, "only what you claimed");
        o.describe(command);
      },
      queue);
  add_command(desk, in, "load", "how much waits", [](invocation& i) { return i.show_list(i.call("desk.load")); });
  add_command<case_options>(desk, in, "case", "all that a decision needs", case_only,
                            [](invocation& i, const case_options& o) {
                              return i.show(i.call("desk.case", {{"case", o.id}}));
                            });
  add_command<case_options>(desk, in, "claim", "take a case", case_only, on_case("desk.claim", "It is yours."));
  add_command<case_options>(desk, in, "release", "give a case back", case_only, on_case("desk.release", "It is free."));
  add_command<case_options>(
      desk, in, "note", "write a note into a case's record",
      [](CLI::App& command, case_options& o) {
        case_only(command, o);
        command.add_option("text", o.text, "the note")->required();
      },
      [](invocation& i, const case_options& o) {
        return i.confirm(i.command("desk.note", {{"case", o.id}, {"text", o.text}}), "Noted.");
      });
  add_decisions(desk, in);
}

} // namespace charter::cli
