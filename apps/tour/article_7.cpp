// Article 7: review and filing of public accounts; who may publish current political news; the badge; encouragement.
#include "apps/tour/articles.hpp"

#include "domain/time.hpp"

namespace charter::tour {

using namespace std::chrono_literals;

namespace {

constexpr int identity_of_li = 63;
constexpr int identity_of_du = 64;
constexpr std::string_view li_account = "李白读者";

json application(std::string_view name, std::string_view statement) {
  return {{"name", name},   {"description", "读者的笔记"}, {"category", "culture"}, {"kind", "individual"},
          {"region", "31"}, {"statement", statement}};
}

json verdict(const std::string& named, std::string_view what, std::string_view reason, json checklist = json::array()) {
  return {{"case", named}, {"verdict", what}, {"reason", reason}, {"checklist", std::move(checklist)}};
}

// -- 7.1 ----------------------------------------------------------------------------------------

void reviewed(stage& s) {
  auto& li = s.enrol("li-reader", identity_of_li);
  auto& lin = s.who("moderator-lin");
  auto applied = s.may(li, "applies for an account, " + std::string{li_account}, "account.apply",
                       application(li_account, "Notes."));
  std::string named = applied["application"];
  s.out().note("decided until " + applied.value("deadline", "").substr(0, 10));
  s.may_not(li, "publishes before anybody approved it", "account.publish",
            {{"account", applied["account"]}, {"text", "First!"}}, errc::not_found);
  s.shows(true, "an account that isn't approved publishes nothing [I7]");
  s.may(lin, "takes the application from the queue", "desk.claim", {{"case", named}});
  auto checklist = s.checklist("moderator-lin", named);
  s.may(lin, "asks for more", "desk.decide_application", verdict(named, "ask_more", "Notes on what?"));
  auto asked = s.notice_with(li, "Notes on what?");
  s.shows(!asked.is_null(), "an applicant is told what is missing");
  s.may(li, "answers", "account.amend",
        {{"application", named},
         {"description", "读者的笔记"},
         {"statement", "Notes on the poems of Li Bai."},
         {"category", "culture"}});
  s.claim("moderator-lin", named);
  auto partial = checklist;
  partial.erase(partial.size() - 1);
  s.may_not(lin, "approves with an item of the checklist open", "desk.decide_application",
            verdict(named, "approve", "In order.", partial), errc::invalid_params);
  s.may(lin, "approves, with the whole checklist", "desk.decide_application",
        verdict(named, "approve", "In order.", checklist));
  bool open = eventually([&] { return !s.ask(li, "account.mine")["accounts"].empty(); });
  s.may(li, "publishes", "account.publish",
        {{"account", applied["account"]}, {"title", "静夜思"}, {"text", "床前明月光，疑是地上霜。"}});
  s.shows(open, "review with a checklist: asked for more, amended, approved, open");
}

void rejected(stage& s) {
  auto& du = s.enrol("du-reader", identity_of_du);
  auto& wu = s.who("moderator-wu");
  std::string named = s.may(du, "applies for \"国务院新闻\"", "account.apply",
                            application("国务院新闻", "Official news."))["application"];
  s.claim("moderator-wu", named);
  s.may_not(wu, "rejects without a reason", "desk.decide_application", verdict(named, "reject", ""),
            errc::invalid_params);
  s.may(wu, "rejects, with a reason", "desk.decide_application",
        verdict(named, "reject", "The name poses as an office that you don't speak for."));
  auto told = s.notice_with(du, "poses as an office");
  s.out().did("du-reader", "is told why");
  s.shows(!told.is_null(), "a rejection has its reasons, and the applicant learns them");
}

void filed(stage& s) {
  auto& shanghai = s.who("office-shanghai");
  json found;
  eventually([&] {
    auto filings = s.ask(shanghai, "liaison.filings");
    for (auto& item : filings["items"])
      if (item.value("title", "") == li_account)
        found = item;
    return !found.is_null();
  });
  if (found.is_null())
    return s.shows(false, "an approved account is filed with the office of its region");
  s.out().did("office-shanghai", "finds the filing in its mailbox");
  for (auto& field : found["content"])
    s.out().note(field.value("key", "") + ": " + field.value("value", ""));
  json receipt{{"item", found["item"]}, {"receipt", "沪网备 2026-31-0001"}};
  s.may_not(s.who("office-zhejiang"), "acknowledges it", "liaison.acknowledge", receipt, errc::forbidden);
  s.may_not(s.who("liaison-shanghai"), "acknowledges it for the office", "liaison.acknowledge", receipt,
            errc::forbidden, "7.1");
  s.may(shanghai, "acknowledges it, with a number", "liaison.acknowledge", receipt);
  s.shows(found.dump().find("TRIAL1") == std::string::npos && s.log_entry_with("filing_acknowledged").has_value(),
          "the record goes to the region's office, says verified and not who, and is acknowledged");
}

/// An account of a news unit that wants the right to original news: two persons agree.
void four_eyes(stage& s) {
  auto& editor = s.who("news-unit");
  auto organisation = s.ask(editor, "user.me")["organisations"].at(0);
  json params{{"name", "晨报评论"}, {"description", "评论"},
              {"category", "news"}, {"kind", "news_unit"},
              {"region", "31"},     {"organisation", organisation},
              {"news", "original"}, {"statement", "Comment on how clocks are set."}};
  std::string named =
      s.may(editor, "applies for 晨报评论, with the right to news", "account.apply", params)["application"];
  s.claim("senior-zhao", named);
  auto file = s.ask(s.who("senior-zhao"), "desk.case", {{"case", named}});
  json decision = verdict(named, "approve", "The press licence was checked.", s.checklist("senior-zhao", named));
  decision["confirms"] = file["declared"];
  auto first = s.may(s.who("senior-zhao"), "approves it", "desk.decide_application", decision);
  s.shows(first.value("needs_second", false), "a right to news waits for another pair of eyes [I9]");
  json agree{{"case", named}, {"agree", true}, {"reason", "I agree with myself."}};
  s.may_not(s.who("senior-zhao"), "agrees with themselves", "desk.second", agree, errc::forbidden);
  s.may_not(s.who("moderator-lin"), "agrees, without that role", "desk.second", agree, errc::forbidden, "7.2");
  agree["reason"] = "Checked with the issuer as well.";
  s.may(s.who("senior-qian"), "agrees, as another person", "desk.second", agree);
  bool open = eventually([&] {
    auto found = s.anybody().call("account.get", {{"name", "晨报评论"}});
    return found && (*found)["account"].value("badge", "") == "original";
  });
  s.shows(open, "four eyes are two persons, and then the account opens with its right [I9]");
}

// -- 7.2 and 7.3 --------------------------------------------------------------------------------

std::string newest_news(stage& s) {
  auto posts = s.ask(s.anybody(), "account.posts", {{"account", s.account("晨报")}, {"limit", 1}});
  return posts["items"].at(0)["post"];
}

std::string kind_name(stage& s, std::string_view key) {
  for (auto& kind : s.charter()["organisations"])
    if (kind.value("key", "") == key)
      return kind["name"].value("zh_cn", "") + ", " + kind["name"].value("en", "");
  return std::string{key};
}

bool try_both(stage& s, const cast_account& a, bool original, bool repost) {
  auto& editor = s.who(a.owner);
  auto news = newest_news(s);
  json original_post{
      {"account", s.account(a.name)}, {"text", "The clocks go forward on Sunday."}, {"kind", "news_original"}};
  json repost_post{{"account", s.account(a.name)}, {"source", news}, {"kind", "news_repost"}};
  s.out().say(std::string{a.name} + ": " + kind_name(s, a.kind));
  auto attempt = [&](bool allowed, std::string_view what, const std::string& method, const json& params) {
    if (allowed)
      return s.may(editor, what, method, params).contains("post");
    return s.may_not(editor, what, method, params, errc::not_entitled, "7.2").rule.article == "7.2";
  };
  bool as_charter = attempt(original, "publishes current political news", "account.publish", original_post);
  return attempt(repost, "re-posts it from 晨报", "account.repost", repost_post) && as_charter;
}

void matrix(stage& s) {
  s.article("7.2");
  s.out().say(s.charter()["news"]["definition"].value("zh_cn", ""));
  bool as_charter = true;
  for (auto& a : accounts()) {
    bool publishes = a.kind == "news_unit" || a.kind == "news_website";
    bool reposts = publishes || a.kind == "non_news_unit";
    as_charter = try_both(s, a, publishes, reposts) && as_charter;
  }
  s.shows(as_charter, "news is published and re-posted by who is entitled, and by nobody else [I8]");
  auto why = s.may_not(s.who("poetry"), "re-posts it as something general", "account.repost",
                       {{"account", s.account("唐诗三百首")}, {"source", newest_news(s)}, {"kind", "general"}},
                       errc::not_entitled, "7.2");
  s.shows(why.code == errc::not_entitled, "a news post that is re-posted stays one, whatever it is declared as [I8]");
}

bool carries(const std::string& where, std::string_view label, bool expected) {
  return (where.find(label) != std::string::npos) == expected;
}

/// In the API, on the page, in both feeds, and in the directory.
bool badge_everywhere(stage& s, const cast_account& a, const json& badges) {
  auto& reader = s.anybody();
  auto got = s.ask(reader, "account.get", {{"name", a.name}});
  auto right = got["account"].value("badge", "");
  std::string label;
  std::string all_labels;
  for (auto& badge : badges)
    if (badge.value("right", "") == right)
      label = badge["label"].value("zh_cn", "");
  bool entitled = right != "none";
  auto shown = entitled ? label : std::string{"时政新闻·"};
  auto path = "/@" + escape_path(a.name);
  bool in_api = got.contains("badge") == entitled;
  bool on_page = carries(s.at().get(path).body, shown, entitled);
  bool in_atom = carries(s.at().get(path + "/feed.atom").body, shown, entitled);
  bool in_json = carries(s.at().get(path + "/feed.json").body, shown, entitled);
  s.out().did(a.name, entitled ? label : "no badge");
  return in_api && on_page && in_atom && in_json;
}

void badge(stage& s) {
  s.article("7.3");
  auto badges = s.charter()["news"]["badges"];
  for (auto& b : badges)
    s.out().say(b["label"].value("zh_cn", "") + ": " + b["explanation"].value("en", ""));
  bool everywhere = true;
  for (auto& a : accounts())
    everywhere = badge_everywhere(s, a, badges) && everywhere;
  s.shows(everywhere, "the badge is in the API, on the page, and in both feeds; where there is no right, none [I8]");
}

// -- 7.4 ----------------------------------------------------------------------------------------

void encouraged(stage& s) {
  s.article("7.4");
  std::map<std::string, std::int64_t> days;
  for (auto& lane : s.charter()["review"]["lanes"]) {
    days[lane.value("key", "")] = lane.value("deadline", std::int64_t{0}) / (24h / 1ms);
    s.out().note(lane["name"].value("zh_cn", "") + ": decided within " + std::to_string(days[lane.value("key", "")]) +
                 " days");
  }
  auto found = s.may(s.anybody(), "looks for government offices of Shanghai", "account.directory",
                     {{"kind", "government_office"}, {"region", "31"}});
  s.shows(days["public_service"] < days["general"] && found["items"].size() == 1,
          "offices, enterprises and people's organisations have a quicker lane, and a directory");
}

} // namespace

void walk_article_7(stage& s) {
  s.article("7.1");
  reviewed(s);
  rejected(s);
  filed(s);
  four_eyes(s);
  matrix(s);
  badge(s);
  encouraged(s);
}

} // namespace charter::tour
