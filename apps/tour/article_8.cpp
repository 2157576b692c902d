// Article 8: what users keep to; the ladder, its notice, and appeal; records and reports.
#include "apps/tour/articles.hpp"

namespace charter::tour {

using namespace std::chrono_literals;

namespace {

constexpr std::string_view target_name = "开源社区";

/// The account that goes up the ladder here.
struct target {
  explicit target(stage& s) : editor(s.who("community")), account(s.account(target_name)) {}
  person& editor;
  std::string account;

  json post(std::string_view text) const { return {{"account", account}, {"text", text}}; }
};

json sanction_on(const target& t, std::string_view step, std::string_view facts, const std::string& evidence) {
  return {{"target", {{"account", t.account}}},
          {"measure", {{"step", step}}},
          {"reasons",
           {{"facts", facts},
            {"evidence", {evidence}},
            {"rule", {{"charter", "cn-2014"}, {"article", "6.2"}, {"item", "truthfulness"}}},
            {"differs_because", "It went on after the notice before."}}}};
}

std::string newest_post(stage& s, const target& t) {
  return s.ask(s.anybody(), "account.posts", {{"account", t.account}, {"limit", 1}})["items"].at(0)["post"];
}

// -- 8.2: the ladder ----------------------------------------------------------------------------

/// A complaint is upheld: a warning, which stops nothing.
void warned(stage& s, const target& t) {
  auto post =
      s.may(t.editor, "publishes what isn't true", "account.publish", t.post("gdb was renamed to bdg."))["post"];
  std::string filed = s.may(s.who("reader-an"), "complains: falsehood", "complaint.file",
                            {{"post", post}, {"reason", "falsehood"}, {"statement", "It was not."}})["complaint"];
  json decision{{"case", filed},
                {"verdict", "uphold"},
                {"measure", {{"step", "warn"}}},
                {"reasons", {{"facts", "No such renaming took place."}, {"evidence", {post}}}}};
  s.claim("moderator-wu", filed);
  s.may_not(s.who("moderator-wu"), "upholds it with a sanction, without that role", "desk.decide_complaint", decision,
            errc::forbidden, "8.2");
  s.ask(s.who("moderator-wu"), "desk.release", {{"case", filed}});
  s.claim("senior-zhao", filed);
  auto file = s.ask(s.who("senior-zhao"), "desk.case", {{"case", filed}});
  s.out().note("the charter recommends: " + file["recommended"].value("step", ""));
  auto decided = s.may(s.who("senior-zhao"), "upholds it: a warning", "desk.decide_complaint", decision);
  s.may_not(s.who("senior-zhao"), "decides it once more", "desk.decide_complaint", decision, errc::conflict);
  auto told = s.notice_with(t.editor, "warn");
  s.may(s.who("reader-an"), "learns the outcome", "complaint.get", {{"complaint", filed}});
  bool upheld = s.holds([&] {
    return s.ask(s.who("reader-an"), "complaint.get", {{"complaint", filed}}).value("verdict", "") == "uphold";
  });
  s.shows(!told.is_null() && upheld, "both sides learn that a complaint was upheld");
  s.may(t.editor, "publishes: a warning stops nothing", "account.publish", t.post("gdb was not renamed."));
  s.shows(!decided.value("sanction", "").empty(), "step one: a warning, on the record");
}

/// One post a day.
std::string limited(stage& s, const target& t) {
  std::string id = s.may(s.who("senior-zhao"), "limits the account", "sanction.impose",
                         sanction_on(t, "limit", "Another made-up renaming.", newest_post(s, t)))["sanction"];
  auto facts = s.ask(s.anybody(), "sanction.get", {{"sanction", id}});
  auto allowed = facts["measure"].value("posts_per_day", 0);
  s.out().note(std::to_string(allowed) + " post a day, until " + facts.value("until", "").substr(0, 10));
  auto why = s.may_not(t.editor, "publishes once more today", "account.publish", t.post("And another one."),
                       errc::sanctioned, "6.2");
  s.shows(why.sanction == id, "step two: over the limit is refused, with article and sanction [I2]");
  return id;
}

bool notice_is_complete(const json& notice) {
  return !notice.is_null() && !notice.value("text", "").empty() && !notice["rule"].value("article", "").empty() &&
         !notice.value("evidence", "").empty() && notice.contains("appeal_until") &&
         notice.value("expects", "") == "appeal.file";
}

std::string suspended(stage& s, const target& t) {
  auto evidence = newest_post(s, t);
  auto command = sanction_on(t, "suspend", "It went on, three times in a week.", evidence);
  auto without = command;
  without["reasons"].erase("differs_because");
  s.may_not(s.who("senior-zhao"), "differs from the charter's step without a reason", "sanction.impose", without,
            errc::invalid_params);
  without = command;
  without["reasons"]["evidence"] = json::array();
  s.may_not(s.who("senior-zhao"), "suspends without evidence", "sanction.impose", without, errc::invalid_params);
  auto imposed = s.may(s.who("senior-zhao"), "suspends the account", "sanction.impose", command);
  std::string id = imposed["sanction"];
  s.out().note(id + ", until " + imposed.value("until", "").substr(0, 10) + ", appeal until " +
               imposed.value("appeal_until", "").substr(0, 10));
  // Acknowledged: from here on nothing gets through, on any way.
  auto why = s.may_not(t.editor, "publishes", "account.publish", t.post("Still here."), errc::sanctioned, "6.2");
  s.shows(why.sanction == id && why.rule.item == "truthfulness",
          "step three: a suspended account is refused, with article and sanction [I2]");
  s.may_not(t.editor, "re-posts", "account.repost", {{"account", t.account}, {"source", evidence}}, errc::sanctioned);
  s.may_not(t.editor, "corrects an old post", "account.correct", {{"post", evidence}, {"text", "Something new."}},
            errc::sanctioned);
  s.shows(true, "re-posting and correcting pass the same gate as publishing [I2]");
  auto told = s.notice_with(t.editor, "suspend");
  s.out().did(t.editor.name(), "is told");
  s.out().note(told.is_null() ? "" : told.value("text", ""));
  auto leaf = s.log_entry_with(id);
  s.shows(notice_is_complete(told) && leaf,
          "a sanction has notice, reason, rule, evidence, the way to appeal, and a log entry [I9]");
  auto mine = s.may(t.editor, "exports everything, suspended or not", "user.export");
  s.shows(mine.contains("notices"), "who is sanctioned keeps their data");
  return id;
}

void appealed(stage& s, const target& t, const std::string& sanction) {
  s.may_not(s.who("reader-an"), "appeals for somebody else", "appeal.file",
            {{"sanction", sanction}, {"statement", "Let them."}}, errc::forbidden);
  std::string appeal = s.may(t.editor, "appeals", "appeal.file",
                             {{"sanction", sanction}, {"statement", "We corrected it ourselves."}})["appeal"];
  json decision{{"appeal", appeal}, {"verdict", "uphold"}, {"reason", "They had corrected it within the hour."}};
  s.may_not(s.who("senior-zhao"), "takes the appeal against their own decision", "desk.claim", {{"case", appeal}},
            errc::forbidden, "8.2");
  s.may_not(s.who("senior-zhao"), "decides it", "desk.decide_appeal", decision, errc::forbidden, "8.2");
  s.shows(true, "nobody decides twice in a case [I9]");
  s.claim("senior-qian", appeal);
  s.may(s.who("senior-qian"), "upholds the appeal: lifted, and struck from the record", "desk.decide_appeal", decision);
  json it{{"sanction", sanction}};
  s.may(s.anybody(), "looks the sanction up", "sanction.get", it);
  bool lifted = s.holds([&] { return s.ask(s.anybody(), "sanction.get", it).value("overturned", false); });
  s.shows(lifted, "an appeal is decided by somebody else, and lifts the sanction [I9]");
}

void publishes_again(stage& s, const target& t, const std::string& limit) {
  s.may(s.who("senior-qian"), "lifts the limit as well", "sanction.lift",
        {{"sanction", limit}, {"reason", "It rested on the same matter."}});
  json post = t.post("We are back.");
  post["command_id"] = fresh_command_id();
  auto first = s.may(t.editor, "publishes again", "account.publish", post);
  auto second = s.may(t.editor, "sends the very same command again", "account.publish", post);
  auto changed = post;
  changed["text"] = "We are back, twice.";
  s.may_not(t.editor, "sends other words under the same command id", "account.publish", changed, errc::conflict);
  json all;
  s.holds([&] {
    all = s.ask(s.anybody(), "account.posts", {{"account", t.account}, {"limit", 200}})["items"];
    return all.at(0)["number"] == first["number"];
  });
  std::uint64_t number = all.at(0)["number"];
  bool no_hole = number == all.size();
  for (auto& item : all)
    no_hole = no_hole && item["number"] == number--;
  s.shows(first == second && all.at(0)["number"] == first["number"],
          "a post that is sent twice is published once [I3]");
  s.shows(no_hole, "refused posts leave no hole in an account's numbers [I4]");
}

/// On a follower's socket: the posts, one after the other.
void live(stage& s, const target& t) {
  auto& reader = s.who("reader-chen");
  s.ask(reader, "feed.listen");
  auto one = s.may(t.editor, "publishes two more", "account.publish", t.post("One."));
  auto two = s.ask(t.editor, "account.publish", t.post("Two."));
  auto next = [&] {
    auto push = reader.next_push("post.published", 10s);
    // At another node: what was published before, and is just there now.
    while (s.at().nodes() > 1 && push && push->value("number", 0) < one.value("number", 0))
      push = reader.next_push("post.published", 10s);
    return push;
  };
  auto first = next();
  auto second = next();
  s.out().did(reader.name(), "who follows the account, has both on the socket");
  bool in_order = first && second && first->value("number", 0) == one.value("number", -1) &&
                  second->value("number", 0) == two.value("number", -1);
  s.shows(in_order, "a follower sees an account's posts in order, without a hole [I4]");
}

void closed(stage& s, const target& t) {
  auto command = sanction_on(t, "close", "It sold made-up news, for months.", newest_post(s, t));
  std::string id = s.may(s.who("senior-zhao"), "closes the account", "sanction.impose", command)["sanction"];
  s.may(t.editor, "publishes: one person's word doesn't close", "account.publish", t.post("Not yet."));
  s.may_not(s.who("senior-zhao"), "agrees with themselves", "desk.second", {{"case", id}, {"agree", true}},
            errc::forbidden);
  s.may(s.who("senior-qian"), "agrees, as another person", "desk.second",
        {{"case", id}, {"agree", true}, {"reason", "I have read the file."}});
  auto why = s.may_not(t.editor, "publishes", "account.publish", t.post("Anybody?"), errc::sanctioned, "6.2");
  bool on_page =
      s.holds([&] { return s.at().get("/@" + escape_path(target_name)).body.find(id) != std::string::npos; });
  s.shows(why.sanction == id && on_page, "step four: closing takes two persons; readers are told [I2]");
}

// -- 8.3 ----------------------------------------------------------------------------------------

void reported(stage& s, const std::string& sanction) {
  s.article("8.3");
  auto& shanghai = s.who("office-shanghai");
  json found;
  eventually([&] {
    auto reports = s.ask(shanghai, "liaison.reports");
    for (auto& item : reports["items"])
      if (item.dump().find(sanction) != std::string::npos)
        found = item;
    return !found.is_null();
  });
  if (found.is_null())
    return s.shows(false, "a sanction is reported to the office of its region");
  s.out().did("office-shanghai", "finds the report of the suspension");
  for (auto& field : found["content"])
    s.out().note(field.value("key", "") + ": " + field.value("value", ""));
  s.may(shanghai, "acknowledges it", "liaison.acknowledge", {{"item", found["item"]}, {"receipt", "沪收 31-12"}});
  s.shows(s.log_entry_with("report_acknowledged").has_value(), "a report reaches its office, and that is proved");
}

} // namespace

void walk_article_8(stage& s) {
  s.article("8.1");
  auto terms = s.may(s.who("community"), "reads what the account keeps to", "agreement.current");
  s.shows(!terms["items"].empty(), "the rules are shown where the act happens");
  s.article("8.2");
  for (auto& step : s.charter()["sanctions"]["steps"])
    s.out().say(step["name"].value("zh_cn", "") + " · " + step["name"].value("en", ""));
  target t{s};
  warned(s, t);
  auto limit = limited(s, t);
  auto suspension = suspended(s, t);
  appealed(s, t, suspension);
  publishes_again(s, t, limit);
  live(s, t);
  closed(s, t);
  reported(s, suspension);
}

} // namespace charter::tour
