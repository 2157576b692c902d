// Articles 9 (referral to departments) and 10 (entry into force).
#include "apps/tour/articles.hpp"

namespace charter::tour {

void walk_article_9(stage& s) {
  s.article("9");
  auto& officer = s.who("liaison-shanghai");
  auto sanctions =
      s.ask(s.anybody(), "sanction.list", {{"target", {{"account", s.account("开源社区")}}}, {"limit", 1}});
  std::string named = sanctions["items"].at(0)["sanction"];
  json params{{"case", named}, {"department", "industry_commerce"}, {"summary", "Made-up news, sold for money."}};
  s.may_not(s.who("moderator-lin"), "refers the closure to a department", "liaison.refer", params, errc::forbidden,
            "9");
  auto unknown = params;
  unknown["department"] = "friends";
  s.may_not(officer, "refers it to a department that the charter doesn't know", "liaison.refer", unknown,
            errc::invalid_params);
  s.may(officer, "refers it to the industry and commerce administration", "liaison.refer", params);
  auto& shanghai = s.who("office-shanghai");
  json found;
  auto look = [&] {
    auto referrals = s.ask(shanghai, "liaison.referrals", {{"open_only", false}});
    for (auto& item : referrals["items"])
      if (item.value("department", "") == "industry_commerce")
        found = item;
    return !found.is_null();
  };
  if (!eventually(look))
    return s.shows(false, "a referral reaches the office");
  s.out().did("office-shanghai", "has it, with the hash of its evidence");
  s.out().note(found.value("title", "") + ", SHA-256 " + found.value("evidence", ""));
  s.may(shanghai, "answers", "liaison.answer", {{"item", found["item"]}, {"text", "Taken up as case 工商 2026-12."}});
  look();
  bool answered = eventually([&] {
    found = {};
    return look() && found.value("answer", "").find("2026-12") != std::string::npos;
  });
  s.out().did("liaison-shanghai", "has the answer on file");
  s.shows(answered && s.log_entry_with("referral_answered"), "a case is handed over with its evidence, and answered");
}

void walk_article_10(stage& s) {
  s.article("10");
  auto& boss = s.who("operator");
  s.out().note("in force since " + s.charter().value("effective_from", "").substr(0, 10));
  auto why = s.may_not(boss, "activates a charter file with mistakes", "admin.activate_charter",
                       {{"text", "id = \"cn-2026\"\nversion = \"two\"\n"}}, errc::invalid_params);
  s.may_not(s.who("senior-zhao"), "activates a charter", "admin.activate_charter", {{"text", "id = \"mine\""}},
            errc::forbidden, "5.1");
  auto status = s.may(s.anybody(), "asks which charter is in force", "provider.status");
  s.out().note(status.value("charter", "") + ", version " + std::to_string(status.value("charter_version", 0)));
  s.shows(why.field == "text" && status.value("charter_version", 0) == 1,
          "the charter in force stays until another comes into force, on its date");
}

} // namespace charter::tour
