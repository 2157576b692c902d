// Articles 4 (the provider's credentials), 5 (responsibility, staff, privacy, oversight, complaints).
#include "apps/tour/articles.hpp"

#include "domain/time.hpp"

namespace charter::tour {

using namespace std::chrono_literals;

// -- article 4 ----------------------------------------------------------------------------------

namespace {

/// The provider's own licence of that kind, until then.
json licence(const json& known, std::string_view kind, std::string_view until) {
  for (auto& held : known["credentials"])
    if (held.value("kind", "") == kind) {
      auto renewed = held;
      renewed["valid_from"] = "2026-01-01T00:00:00.000Z";
      renewed["valid_until"] = until;
      return json{{"credential", renewed}};
    }
  return json::object();
}

bool gate_is(stage& s, std::string_view what, bool open) {
  return eventually([&] {
    auto status = s.ask(s.anybody(), "provider.status");
    for (auto& gate : status["gates"])
      if (gate.value("what", "") == what)
        return gate.value("open", !open) == open;
    return false;
  });
}

void lose_news_licence(stage& s, const json& status) {
  auto& boss = s.who("operator");
  auto& editor = s.who("enterprise");
  json post{{"account", s.account("软件新版")}, {"text", "A post while there is no licence."}};
  s.may(boss, "records that the news licence is over", "provider.add_credential",
        licence(status, "news_information", "2026-01-02T00:00:00.000Z"));
  auto why = s.may_not(editor, "publishes", "account.publish", post, errc::credential_missing, "4");
  s.shows(!why.detail.empty(), "without the news licence nobody publishes");
  s.shows(gate_is(s, "publish", false) && gate_is(s, "register", true),
          "anybody can see which gates are shut, and why");
  s.may(boss, "records the renewed licence", "provider.add_credential",
        licence(status, "news_information", "2036-01-01T00:00:00.000Z"));
  post["text"] = "The licence was renewed.";
  // Every shard hears of it, one a little after the other; until then it refuses.
  bool again = eventually([&] { return static_cast<bool>(editor.call("account.publish", post)); });
  s.out().did(editor.name(), "publishes again");
  s.shows(again, "with a renewed licence they publish again");
}

void lose_service_licence(stage& s, const json& status) {
  auto& boss = s.who("operator");
  s.may(boss, "records that the service licence is over", "provider.add_credential",
        licence(status, "service", "2026-01-02T00:00:00.000Z"));
  gate_is(s, "register", false);
  person newcomer{s.at(), "newcomer-tang"};
  if (auto ticket = newcomer.verify(60); ticket) {
    auto refused = newcomer.register_with(*ticket);
    bool gated = !refused && refused.why().why.code == errc::credential_missing;
    if (gated)
      s.out().was_refused(newcomer.name(), "registers, identity verified", refused.why().why);
    s.shows(gated, "without the service licence nobody registers");
  } else {
    s.out().was_refused(newcomer.name(), "verifies an identity", ticket.why().why);
    s.shows(ticket.why().why.code == errc::credential_missing, "without the service licence nobody registers");
  }
  s.may(boss, "records the renewed licence", "provider.add_credential",
        licence(status, "service", "2036-01-01T00:00:00.000Z"));
  gate_is(s, "register", true);
}

} // namespace

void walk_article_4(stage& s) {
  s.article("4");
  auto status = s.may(s.anybody(), "looks up the provider's credentials", "provider.status");
  for (auto& held : status["credentials"])
    s.out().note(held.value("number", "") + ", valid until " + held.value("valid_until", "").substr(0, 10));
  s.may_not(s.who("moderator-lin"), "adds a licence", "provider.add_credential",
            licence(status, "service", "2036-01-01T00:00:00.000Z"), errc::forbidden, "4");
  lose_news_licence(s, status);
  lose_service_licence(s, status);
}

// -- article 5 ----------------------------------------------------------------------------------

namespace {

void responsibilities(stage& s) {
  s.article("5.1");
  s.may_not(s.who("reader-an"), "looks into the desk", "desk.queue", {{"queue", "complaint"}}, errc::forbidden);
  s.may_not(s.who("operator"), "decides a complaint", "desk.queue", {{"queue", "complaint"}}, errc::forbidden);
  s.may_not(s.who("moderator-lin"), "makes a friend a moderator", "admin.grant_role",
            {{"user", s.who("reader-an").user()}, {"role", "moderator"}}, errc::forbidden, "5.1");
  auto load = s.may(s.who("moderator-lin"), "sees how much waits for the desk", "desk.load");
  s.shows(load["queues"].is_array(), "each role may do what the charter gives it, and no more");
}

bool is_short_of(stage& s, std::string_view who, std::string_view region) {
  auto staffing = s.ask(s.who("operator"), "provider.staffing");
  for (auto& gap : staffing["shortfalls"])
    if (gap.value("who", "") == who && gap.value("region", "") == region)
      return true;
  return false;
}

void staffing(stage& s) {
  s.article("5.2");
  auto& boss = s.who("operator");
  json officer{{"user", s.who("liaison-zhejiang").user()}, {"role", "liaison_officer"}};
  s.shows(!is_short_of(s, "liaison_officer", "33"), "the staff is complete to begin with");
  s.may(boss, "takes Zhejiang's liaison officer off the staff", "admin.revoke_role", officer);
  bool alarmed = eventually([&] { return is_short_of(s, "liaison_officer", "33"); });
  auto gaps = s.may(boss, "looks at the staffing", "provider.staffing")["shortfalls"];
  for (auto& gap : gaps)
    s.out().note("short of: " + gap.value("who", "") + " in region " + gap.value("region", "") + ", article " +
                 gap["rule"].value("article", ""));
  officer["office"] = "33";
  s.may(boss, "gives the role back", "admin.grant_role", officer);
  bool over = eventually([&] { return !is_short_of(s, "liaison_officer", "33"); });
  s.shows(alarmed && over, "a region with accounts and no liaison officer shows as a shortfall");
}

void privacy(stage& s) {
  s.article("5.3");
  auto& asks = s.who("privacy-sun");
  auto& agrees = s.who("privacy-zhou");
  auto& about = s.who("reader-ding");
  auto profile =
      s.may(s.who("senior-zhao"), "looks at reader-ding's profile", "user.profile", {{"user", about.user()}});
  s.shows(profile.dump().find("TRIAL") == std::string::npos,
          "a verified identity shows nowhere outside the vault [I10]");
  json wanted{
      {"user", about.user()}, {"basis", "court_order"}, {"reference", "(2026) 31-77"}, {"reason", "Case 31-77."}};
  s.may_not(s.who("senior-zhao"), "asks who reader-ding is", "vault.request", wanted, errc::forbidden, "5.3");
  auto without = wanted;
  without["basis"] = "curiosity";
  s.may_not(asks, "asks without a ground that the charter knows", "vault.request", without, errc::invalid_params);
  wanted["basis"] = "administrative_request";
  auto asked = s.may(asks, "asks on a cited ground", "vault.request", wanted);
  json it{{"disclosure", asked["disclosure"]}};
  s.may_not(asks, "opens it alone", "vault.open", it, errc::conflict, "5.3");
  s.may_not(asks, "approves their own request", "vault.approve", it, errc::forbidden);
  s.may(agrees, "approves, as another person", "vault.approve", it);
  auto opened = s.may(asks, "opens it", "vault.open", it);
  auto leaf = opened.value("leaf", std::uint64_t{0});
  page entry;
  s.holds([&] {
    entry = s.at().get("/audit/entry/" + std::to_string(leaf));
    return entry.status == 200;
  });
  s.out().note("public log, entry " + std::to_string(leaf) + ": " + entry.body);
  bool logged = entry.status == 200 && entry.body.find("identity_opened") != std::string::npos &&
                entry.body.find(asked.value("disclosure", "?")) != std::string::npos;
  bool secret = entry.body.find(opened.value("legal_name", "?")) == std::string::npos &&
                entry.body.find(opened.value("document_number", "?")) == std::string::npos;
  s.shows(logged && secret, "an identity takes two persons, a ground, and an entry in the public log first [I10]");
  auto told = s.notice_with(about, "identity was opened");
  s.out().did(about.name(), "is told");
  s.shows(!told.is_null(), "whose identity was opened is told");
}

void oversight(stage& s) {
  s.article("5.4");
  auto size =
      s.may(s.anybody(), "asks how long the public log is", "provider.status").value("log_size", std::uint64_t{0});
  bool readable = size > 0;
  for (std::uint64_t n = 0; n < size; ++n)
    readable = readable && s.holds([&] { return s.at().get("/audit/entry/" + std::to_string(n)).status == 200; });
  bool ends = s.at().get("/audit/entry/" + std::to_string(size + 1'000)).status == 404;
  s.out().did("anybody", "reads all " + std::to_string(size) + " entries, without signing in");
  s.shows(readable && ends, "every decision of governance is in a log that anybody reads, without a hole");
}

std::string newest_post(stage& s, std::string_view account) {
  auto posts = s.ask(s.anybody(), "account.posts", {{"account", s.account(account)}, {"limit", 1}});
  return posts["items"].at(0)["post"];
}

void complaints(stage& s) {
  s.article("5.5");
  auto post = newest_post(s, "市政通告");
  auto reasons = s.may(s.anybody(), "reads what can be complained about", "complaint.reasons")["reasons"];
  s.out().note(std::to_string(reasons.size()) + " reasons, each with its deadline");
  auto first = s.may(s.anybody(), "complains about a post of 市政通告, without signing in", "complaint.file",
                     {{"post", post}, {"reason", "falsehood"}, {"statement", "I don't believe this."}});
  s.out().note("a receipt at once; decided until " + first.value("deadline", "").substr(0, 16));
  auto& reader = s.who("reader-chen");
  auto second = s.may(reader, "complains about it, signed in", "complaint.file",
                      {{"post", post}, {"reason", "spam"}, {"statement", "Always the same."}});
  s.may_not(s.who("reader-an"), "looks at somebody else's complaint", "complaint.get",
            {{"complaint", second["complaint"]}}, errc::not_found);
  for (auto& filed : {first, second}) {
    std::string id = filed["complaint"];
    s.claim("moderator-lin", id);
    s.may(s.who("moderator-lin"), "decides: not upheld, with reasons", "desk.decide_complaint",
          {{"case", id},
           {"verdict", "dismiss"},
           {"reasons", {{"facts", "The notice says what the package's maintainers wrote."}, {"evidence", {post}}}}});
  }
  json receipt{{"receipt", first["receipt"]}};
  json own{{"complaint", second["complaint"]}};
  s.may(s.anybody(), "looks the outcome up, by the receipt", "complaint.get", receipt);
  s.may(reader, "looks the outcome up", "complaint.get", own);
  bool complainants_know = s.holds([&] {
    auto by_receipt = s.ask(s.anybody(), "complaint.get", receipt);
    auto by_id = s.ask(reader, "complaint.get", own);
    return by_receipt.value("verdict", "") == "dismiss" && by_id.value("verdict", "") == "dismiss" &&
           !by_receipt.value("reason", "").empty();
  });
  s.shows(complainants_know, "whoever complained learns the outcome and its reasons, signed in or not");
  auto told = s.notice_with(s.who("city-office"), "omplaint");
  s.out().did("city-office", "is told as well");
  if (!told.is_null())
    s.out().note(told.value("text", ""));
  s.shows(!told.is_null(), "the account learns the outcome of a complaint");
}

} // namespace

void walk_article_5(stage& s) {
  responsibilities(s);
  staffing(s);
  privacy(s);
  oversight(s);
  complaints(s);
}

} // namespace charter::tour
