// The rules over the real protocol: what a sanction stops while posts are in flight, who may publish news, and what
// takes two persons.

#include <catch2/catch.hpp>

#include <atomic>
#include <future>
#include <vector>

#include "tests/net_client.hpp"
#include "tests/system_town.hpp"

using namespace charter;
using namespace charter::test;
using namespace std::chrono_literals;
using net::net_client;

namespace {

json suspension_of(const json& target) {
  return {{"target", target},
          {"measure", {{"step", "suspend"}, {"scope", "all_posts"}}},
          {"reasons",
           {{"facts", "Posts that are not true, one after the other."},
            {"evidence", {"screenshots 1 to 3"}},
            {"rule", {{"charter", "cn-2014"}, {"article", "6.2"}, {"item", "truthfulness"}}},
            {"differs_because", "It goes on while we look."}}}};
}

/// Publishes without waiting for answers, so that there are always some posts in flight.
class publisher {
public:
  publisher(town& t, const person& who, std::string account)
      : client_(t.server().port()), account_(std::move(account)) {
    if (!client_.upgrade())
      throw std::runtime_error("no WebSocket");
    send("auth.login", {{"pseudonym", who.name()}, {"password", who.password()}});
    if (!receive().contains("result"))
      throw std::runtime_error(who.name() + " can't log in");
  }

  /// Until `more` posts were sent after `over` was set; then waits for what is in flight.
  void run(const std::atomic<bool>& over, std::size_t more) {
    constexpr std::size_t in_flight_max = 32; // the server takes 64
    while (sent_after < more || in_flight_ > 0) {
      while (in_flight_ < in_flight_max && sent_after < more) {
        bool after = over;
        send("account.publish", {{"account", account_}, {"text", "In flight."}});
        first_after_ = after && sent_after == 0 ? last_id_ : first_after_;
        sent_after += after;
        ++in_flight_;
      }
      take(receive());
    }
  }

  std::vector<std::uint64_t> accepted; ///< their numbers
  std::size_t sent_after = 0;          ///< after `over`
  std::size_t accepted_after = 0;      ///< of those
  std::size_t sanctioned = 0;
  std::vector<std::string> other_refusals;

private:
  void send(const std::string& method, json params) {
    json request{{"jsonrpc", "2.0"}, {"id", ++last_id_}, {"method", method}, {"params", std::move(params)}};
    client_.send(net_client::frame(0x81, request.dump()));
  }
  json receive() {
    auto f = client_.read_frame();
    if (f.first != 0x81)
      throw std::runtime_error("the socket was closed");
    return json::parse(f.payload);
  }
  void take(const json& answer) {
    --in_flight_;
    if (answer.contains("result")) {
      accepted.push_back(answer["result"]["number"]);
      accepted_after += first_after_ > 0 && answer["id"].get<std::uint64_t>() >= first_after_;
      return;
    }
    std::string type = answer["error"]["data"]["type"];
    if (type == "sanctioned")
      ++sanctioned;
    else
      other_refusals.push_back(type);
  }

  net_client client_;
  std::string account_;
  std::uint64_t last_id_ = 0;
  std::uint64_t first_after_ = 0;
  std::size_t in_flight_ = 0;
};

/// An account with two editors, each of whom publishes on a socket of their own.
struct busy_account {
  person& owner;
  person& editor;
  std::string organisation;
  std::string account;

  explicit busy_account(town& t, const std::string& name)
      : owner(t.newcomer()), editor(t.newcomer()), organisation(t.register_organisation(owner, "other")) {
    account = t.open_account(owner, name, {{"kind", "other"}, {"organisation", organisation}});
    must(owner, "account.add_editor", {{"account", account}, {"user", editor.user()}});
    if (!eventually([&] { return bool(editor.call("account.editors", {{"account", account}})); }))
      throw std::runtime_error("the second editor doesn't become one");
  }
};

} // namespace

namespace {

/// Suspends while two editors publish as fast as they can. `stops_both`: the owner can't publish either.
void suspend_in_flight(town& t, busy_account& busy, const json& target, bool stops_both) {
  publisher owner{t, busy.owner, busy.account};
  publisher editor{t, busy.editor, busy.account};
  std::atomic<bool> answered{false};
  constexpr std::size_t posts_after = 100;
  std::vector<std::future<void>> publishing;
  for (auto* p : {&owner, &editor})
    publishing.push_back(std::async(std::launch::async, [p, &answered] { p->run(answered, posts_after); }));
  auto reader = t.anybody();
  bool under_way = eventually([&] { return last_number(reader, busy.account) > 50; });
  auto imposed = t.who("senior-zhao").call("sanction.impose", suspension_of(target));
  auto last = last_number(reader, busy.account);
  answered = true;
  for (auto& p : publishing)
    p.get();
  REQUIRE(under_way);
  REQUIRE(imposed);
  auto stopped = stops_both ? std::vector{&owner, &editor} : std::vector{&editor};
  for (auto* p : stopped) {
    CHECK(p->sent_after == posts_after);
    CHECK(p->accepted_after == 0);
    CHECK(p->sanctioned >= posts_after);
  }
  CHECK((last_number(reader, busy.account) == last) == stops_both);
  CHECK((owner.sanctioned > 0) == stops_both);
  CHECK(owner.other_refusals == std::vector<std::string>{});
  CHECK(editor.other_refusals == std::vector<std::string>{});
  auto numbers = owner.accepted;
  numbers.insert(numbers.end(), editor.accepted.begin(), editor.accepted.end());
  CHECK(is_whole(numbers, last_number(reader, busy.account)));
  json later{{"account", busy.account}, {"text", "Later."}};
  CHECK(refused(busy.editor, "account.publish", later).sanction == (*imposed)["sanction"]);
}

} // namespace

TEST_CASE("governance: with posts in flight, none is accepted after a suspension is answered [I2] [I4]", "[system]") {
  auto& t = town::shared();
  for (int round = 0; round < 3; ++round) {
    auto name = "Busy " + std::to_string(round);
    busy_account account{t, name + " account"};
    suspend_in_flight(t, account, {{"account", account.account}}, true);
    busy_account organisation{t, name + " organisation"};
    suspend_in_flight(t, organisation, {{"organisation", organisation.organisation}}, true);
    busy_account editor{t, name + " editor"};
    suspend_in_flight(t, editor, {{"user", editor.editor.user()}}, false);
  }
}

TEST_CASE("governance: a page that is read again and again shows each change at once", "[system]") {
  auto& t = town::shared();
  auto& owner = t.newcomer();
  auto account = t.open_account(owner, "Read by many");
  auto path = "/@" + tour::escape_path("Read by many");
  auto shows = [&](const std::string& where, const std::string& text) {
    return t.at().get(where).body.find(text) != std::string::npos;
  };
  std::string first = must(owner, "account.publish", {{"account", account}, {"text", "Number 0."}})["post"];
  for (int i = 1; i < 50; ++i) {
    auto text = "Number " + std::to_string(i) + ".";
    CHECK_FALSE(shows(path, text));
    must(owner, "account.publish", {{"account", account}, {"text", text}});
    CHECK(shows(path, text));
    CHECK(shows(path + "/feed.atom", text));
  }
  CHECK(shows("/p/" + first, "Number 0."));
  must(owner, "account.withdraw_post", {{"post", first}});
  CHECK_FALSE(shows("/p/" + first, "Number 0."));
  auto imposed = must(t.who("senior-zhao"), "sanction.impose", suspension_of({{"account", account}}));
  CHECK(shows(path, "Sanctioned: suspend"));
  must(t.who("senior-qian"), "sanction.lift", {{"sanction", imposed["sanction"]}, {"reason", "Enough."}});
  CHECK_FALSE(shows(path, "Sanctioned: suspend"));
}

TEST_CASE("governance: who isn't entitled to a kind of news is refused with its rule [I8]", "[system]") {
  auto& t = town::shared();
  auto& unit = t.newcomer();
  auto& portal = t.newcomer();
  auto& poet = t.newcomer();
  auto news = t.open_account(unit, "A paper",
                             {{"kind", "news_unit"},
                              {"organisation", t.register_organisation(unit, "news_unit", "press")},
                              {"category", "news"},
                              {"news", "original"}});
  auto passes_on =
      t.open_account(portal, "A portal",
                     {{"kind", "non_news_unit"},
                      {"organisation", t.register_organisation(portal, "non_news_unit", "news_information")},
                      {"category", "news"},
                      {"news", "repost"}});
  auto poems = t.open_account(poet, "Poems");
  json original{{"text", "The clocks go forward on Sunday."}, {"kind", "news_original"}};
  auto on = [](json what, const std::string& account) {
    what["account"] = account;
    return what;
  };
  auto source = must(unit, "account.publish", on(original, news));
  CHECK(source["badge"] == "original");
  json repost{{"source", source["post"]}, {"kind", "news_repost"}};
  CHECK(must(portal, "account.repost", on(repost, passes_on))["badge"] == "repost");
  auto not_entitled = [](person& by, const std::string& method, const json& params) {
    auto why = refused(by, method, params);
    return why.code == errc::not_entitled && why.rule.article == "7.2" && !why.detail.empty();
  };
  CHECK(not_entitled(portal, "account.publish", on(original, passes_on)));
  CHECK(not_entitled(poet, "account.publish", on(original, poems)));
  CHECK(not_entitled(poet, "account.repost", on(repost, poems)));
  repost["kind"] = "general"; // what is news stays news
  CHECK(not_entitled(poet, "account.repost", on(repost, poems)));
  CHECK(refused(poet, "account.publish", on(original, news)).code == errc::forbidden);
  auto reader = t.anybody();
  CHECK(last_number(reader, poems) == 0);
  CHECK(last_number(reader, passes_on) == 1);
  CHECK_FALSE(must(reader, "account.get", {{"account", poems}}).contains("badge"));
}

namespace {

/// The newest notice to them that has a sanction's id or this text in it, once there is one.
json notice_with(person& to, const std::string& text) {
  json found;
  eventually([&] {
    auto notices = must(to, "user.notices")["items"];
    for (auto& item : notices)
      if (found.is_null() && item.dump().find(text) != std::string::npos)
        found = item["notice"];
    return !found.is_null();
  });
  return found;
}

/// Whether the public log has an entry with this text; reads all of it.
bool is_logged(town& t, const std::string& text) {
  return eventually([&] {
    auto reader = t.anybody();
    auto size = must(reader, "provider.status")["log_size"].get<std::uint64_t>();
    for (auto n = size; n-- > 0;)
      if (t.at().get("/audit/entry/" + std::to_string(n)).body.find(text) != std::string::npos)
        return true;
    return false;
  });
}

} // namespace

TEST_CASE(
    "governance: a sanction has notice, rule, evidence, appeal and entry, and another person decides the appeal [I9]",
    "[system]") {
  auto& t = town::shared();
  auto& owner = t.newcomer();
  auto account = t.open_account(owner, "Sanctioned");
  auto& senior = t.who("senior-zhao");
  auto& other = t.who("senior-qian");
  auto sanction = suspension_of({{"account", account}});
  for (auto missing : {"facts", "rule", "differs_because"}) {
    CAPTURE(missing);
    auto without = sanction;
    without["reasons"].erase(missing);
    CHECK(refused(senior, "sanction.impose", without).code == errc::invalid_params);
  }
  auto without_evidence = sanction;
  without_evidence["reasons"]["evidence"] = json::array();
  CHECK(refused(senior, "sanction.impose", without_evidence).code == errc::invalid_params);
  CHECK(refused(t.who("moderator-lin"), "sanction.impose", sanction).code == errc::forbidden);
  CHECK(must(owner, "account.publish", {{"account", account}, {"text", "Still here."}})["number"] == 1);

  auto imposed = must(senior, "sanction.impose", sanction);
  std::string id = imposed["sanction"];
  CHECK(imposed.contains("appeal_until"));
  auto why = refused(owner, "account.publish", {{"account", account}, {"text", "Gone."}});
  CHECK(why.code == errc::sanctioned);
  CHECK(why.sanction == id);
  CHECK(why.rule.item == "truthfulness");
  auto notice = notice_with(owner, "suspend");
  CHECK_FALSE(notice.value("text", "").empty());
  CHECK(notice.value("rule", json::object()).value("article", "") == "6.2");
  CHECK_FALSE(notice.value("evidence", "").empty());
  CHECK(notice.contains("appeal_until"));
  CHECK(notice.value("expects", "") == "appeal.file");
  CHECK(is_logged(t, id));

  CHECK(refused(t.newcomer(), "appeal.file", {{"sanction", id}, {"statement", "Not mine."}}).code == errc::forbidden);
  std::string appeal = must(owner, "appeal.file", {{"sanction", id}, {"statement", "It was true."}})["appeal"];
  json decision{{"appeal", appeal}, {"verdict", "uphold"}, {"reason", "It was true indeed."}};
  CHECK(refused(senior, "desk.claim", {{"case", appeal}}).code == errc::forbidden);
  CHECK(refused(senior, "desk.decide_appeal", decision).code == errc::forbidden);
  must(other, "desk.claim", {{"case", appeal}});
  must(other, "desk.decide_appeal", decision);
  auto reader = t.anybody();
  CHECK(must(reader, "sanction.get", {{"sanction", id}}).value("overturned", false));
  CHECK(must(owner, "account.publish", {{"account", account}, {"text", "Back."}})["number"] == 2);
}

TEST_CASE("governance: closing an account takes a second person [I9]", "[system]") {
  auto& t = town::shared();
  auto& owner = t.newcomer();
  auto account = t.open_account(owner, "To be closed");
  auto& senior = t.who("senior-zhao");
  json post{{"account", account}, {"text", "Here."}};
  auto closing = suspension_of({{"account", account}});
  closing["measure"] = {{"step", "close"}};
  auto proposed = must(senior, "sanction.impose", closing);
  CHECK(proposed["needs_second"] == true);
  json id = proposed["sanction"];
  CHECK(must(owner, "account.publish", post)["number"] == 1);
  CHECK(refused(senior, "desk.second", {{"case", id}, {"agree", true}}).code == errc::forbidden);
  CHECK(refused(t.who("moderator-lin"), "desk.second", {{"case", id}, {"agree", true}}).code == errc::forbidden);
  must(t.who("senior-qian"), "desk.second", {{"case", id}, {"agree", true}, {"reason", "I have read it all."}});
  CHECK(refused(owner, "account.publish", post).sanction == id);
  CHECK(refused(t.who("senior-qian"), "desk.second", {{"case", id}, {"agree", true}}).code == errc::conflict);
}

TEST_CASE("governance: an identity is opened by two officers, on a ground, after its entry in the log [I10]",
          "[system]") {
  auto& t = town::shared();
  auto& asks = t.who("privacy-sun");
  auto& agrees = t.who("privacy-zhou");
  auto& about = t.newcomer();
  json wanted{{"user", about.user()},
              {"basis", "administrative_request"},
              {"reference", "(2026) 31-78"},
              {"reason", "Case 31-78."}};
  CHECK(refused(t.who("senior-zhao"), "vault.request", wanted).code == errc::forbidden);
  auto without_ground = wanted;
  without_ground["basis"] = "curiosity";
  CHECK(refused(asks, "vault.request", without_ground).code == errc::invalid_params);
  auto own = wanted;
  own["user"] = asks.user();
  CHECK(refused(asks, "vault.request", own).code == errc::forbidden);
  json it{{"disclosure", must(asks, "vault.request", wanted)["disclosure"]}};
  CHECK(refused(asks, "vault.open", it).code == errc::conflict);
  CHECK(refused(agrees, "vault.open", it).code == errc::forbidden);
  CHECK(refused(asks, "vault.approve", it).code == errc::forbidden);
  CHECK(refused(t.who("senior-zhao"), "vault.approve", it).code == errc::forbidden);
  must(agrees, "vault.approve", it);
  CHECK(refused(t.who("senior-zhao"), "vault.open", it).code == errc::forbidden);
  auto opened = must(asks, "vault.open", it);
  CHECK_FALSE(opened.value("legal_name", "").empty());
  // No waiting: it was there before the answer.
  auto entry = t.at().get("/audit/entry/" + std::to_string(opened["leaf"].get<std::uint64_t>()));
  CHECK(entry.status == 200);
  CHECK(entry.body.find("identity_opened") != std::string::npos);
  CHECK(entry.body.find(it["disclosure"].get<std::string>()) != std::string::npos);
  for (auto secret : {"legal_name", "document_number"}) {
    CHECK(entry.body.find(opened[secret].get<std::string>()) == std::string::npos);
    CHECK(must(agrees, "vault.disclosures").dump().find(opened[secret].get<std::string>()) == std::string::npos);
  }
  CHECK_FALSE(notice_with(about, "identity was opened").is_null());
}
