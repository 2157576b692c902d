// What each subcommand sends is what the server's parameter types take: both come from net/methods.

#include <catch2/catch.hpp>

#include "net/methods/account_params.hpp"
#include "net/methods/chat_params.hpp"
#include "net/methods/governance_params.hpp"
#include "net/methods/identity_params.hpp"
#include "net/methods/office_params.hpp"
#include "tests/cli_server.hpp"

using namespace charter;
using namespace charter::test;

namespace {

const std::string acc = to_text(account_id{{1}});
const std::string usr = to_text(user_id{{2}});
const std::string org = to_text(organisation_id{{3}});
const std::string cht = to_text(chat_id{{4}});
const std::string pst = to_text(post_id{account_id{{1}}, 7});
const std::string cas = to_text(case_id{{5}}, case_aspect::application);
const std::string cmp = to_text(case_id{{5}}, case_aspect::complaint);
const std::string snc = to_text(case_id{{5}}, case_aspect::sanction);
const std::string apl = to_text(case_id{{5}}, case_aspect::appeal);
const std::string dis = to_text(disclosure_id{{6}});
const std::string credential_text = "kind=news,number=1,issuer=Office,scope=all,from=2026-01-01,until=2031-01-01";

struct expected_call {
  std::vector<std::string> arguments;
  std::string method;
  std::function<status(const json&)> decode;
};

template <class Params>
expected_call expect(std::vector<std::string> arguments, std::string method) {
  auto decode = [](const json& in) {
    Params p{};
    return wire::decode(in, p, wire::path{});
  };
  return {std::move(arguments), std::move(method), decode};
}

void check(const std::vector<expected_call>& all) {
  scripted_server server;
  command_line cli{server.url()};
  server.on("agreement.current", json{{"version", 1},
                                      {"digest", wire::encode(digest32{1})},
                                      {"rule", {{"charter", "cn-2014"}, {"article", "6.2"}}},
                                      {"items", json::array({{{"key", "law"}}, {{"key", "truth"}}})}});
  server.on("identity.providers", json{{"providers", json::array({{{"key", "registry"}}})}});
  server.on("identity.begin", json{{"attempt", "a"}, {"prompt", "secret"}});
  server.on("identity.complete", json{{"ticket", "t"}});
  server.on("desk.case", json{{"checklist", json::array({{{"key", "seal"}}})}});
  cli.file("p", "password one\n");
  for (auto& x : all) {
    auto arguments = x.arguments;
    for (auto& a : arguments)
      if (a == "@P")
        a = cli.scratch / "p";
    // Whatever comes before it is answered; the call itself needs no answer.
    (void)cli.run(arguments);
    auto calls = server.calls();
    INFO(arguments.front() << " " << (arguments.size() > 1 ? arguments[1] : ""));
    REQUIRE_FALSE(calls.empty());
    CHECK(calls.back().first == x.method);
    auto params = calls.back().second;
    params.erase("command_id");
    INFO(params.dump());
    auto fits = x.decode(params);
    INFO((fits ? "" : fits.why().field + ": " + fits.why().detail));
    CHECK(fits);
  }
}

} // namespace

using namespace charter::net;

TEST_CASE("calls: users, agreement and chats fit the server's parameters", "[apps]") {
  check({
      expect<auth_register>({"register", "poet", "--sign-all", "--subject", "1", "--answer-file", "@P",
                             "--password-file", "@P", "--language", "zh-CN"},
                            "auth.register"),
      expect<identity_begin>({"register", "x", "--sign-all", "--subject", "1", "--answer-file", "/nonexistent"},
                             "identity.begin"),
      expect<auth_login>({"login", "poet", "--password-file", "@P"}, "auth.login"),
      expect<signature>({"agreement", "sign", "--sign-all"}, "agreement.sign"),
      expect<no_params>({"whoami"}, "user.me"),
      expect<user_profile>({"user", "show", usr}, "user.profile"),
      expect<user_find>({"user", "find", "po"}, "user.find"),
      expect<user_find>({"user", "block", "poet"}, "user.find"),
      expect<user_block>({"user", "block", usr}, "user.block"),
      expect<user_update>({"user", "update", "--about", "x"}, "user.update"),
      expect<page_params>({"user", "notices", "--limit", "5"}, "user.notices"),
      expect<auth_revoke>({"user", "revoke", "3"}, "auth.revoke"),
      expect<auth_change_password>({"user", "password", "--old-file", "@P", "--new-file", "@P"},
                                   "auth.change_password"),
      expect<no_params>({"user", "close", "--yes"}, "user.close"),
      expect<page_params>({"chat", "list"}, "chat.list"),
      expect<charter::net::chat_direct>({"chat", "send", usr, "hello"}, "chat.direct"),
      expect<chat_send>({"chat", "send", cht, "hello"}, "chat.send"),
      expect<chat_create>({"chat", "create", "Poets"}, "chat.create"),
      expect<chat_history>({"chat", "history", cht, "--limit", "5"}, "chat.history"),
      expect<chat_invite>({"chat", "invite", cht, usr}, "chat.invite"),
      expect<chat_invite>({"chat", "remove", cht, usr}, "chat.remove"),
      expect<chat_params>({"chat", "join", cht}, "chat.join"),
      expect<chat_edit>({"chat", "edit", cht, "3", "x"}, "chat.edit"),
      expect<chat_number>({"chat", "recall", cht, "3"}, "chat.recall"),
      expect<chat_params>({"chat", "members", cht}, "chat.members"),
  });
}

TEST_CASE("calls: organisations, accounts and feeds fit the server's parameters", "[apps]") {
  check({
      expect<org_register>({"org", "register", "X", "--kind", "k", "--region", "11", "--credential", credential_text},
                           "org.register"),
      expect<org_get>({"org", "show", org}, "org.get"),
      expect<charter::net::org_add_credential>({"org", "add-credential", org, credential_text}, "org.add_credential"),
      expect<account_apply>({"account", "apply", "N", "--description", "d", "--category", "c", "--kind", "k",
                             "--region", "11", "--organisation", org, "--news", "original", "--statement", "s"},
                            "account.apply"),
      expect<account_amend>({"account", "amend", cas, "--description", "d", "--statement", "s", "--category", "c"},
                            "account.amend"),
      expect<case_params>({"account", "withdraw-application", cas}, "account.withdraw_application"),
      expect<account_get>({"account", "show", "Tang"}, "account.get"),
      expect<account_get>({"account", "show", acc}, "account.get"),
      expect<account_params>({"account", "editors", acc}, "account.editors"),
      expect<account_editor>({"account", "add-editor", acc, usr}, "account.add_editor"),
      expect<account_directory>({"directory", "--kind", "k", "--badge", "original", "--limit", "9"},
                                "account.directory"),
      expect<account_search>({"directory", "--search", "poems"}, "account.search"),
      expect<account_publish>({"post", "-a", acc, "text", "--title", "t", "--kind", "general", "--link", "http://x"},
                              "account.publish"),
      expect<account_repost>({"repost", "-a", acc, pst, "--comment", "c"}, "account.repost"),
      expect<account_repost>({"repost", "-a", acc, pst}, "account.repost"),
      expect<account_correct>({"correct", pst, "text"}, "account.correct"),
      expect<post_params>({"withdraw", pst}, "account.withdraw_post"),
      expect<account_posts>({"posts", acc, "--limit", "3"}, "account.posts"),
      expect<account_params>({"follow", acc}, "feed.subscribe"),
      expect<account_params>({"unfollow", acc}, "feed.unsubscribe"),
      expect<no_params>({"following"}, "feed.subscriptions"),
      expect<charter::net::feed_sync>({"feed", "--newer", "c", "--limit", "3"}, "feed.sync"),
  });
}

TEST_CASE("calls: complaints, desk and sanctions fit the server's parameters", "[apps]") {
  check({
      expect<complaint_file>(
          {"complain", pst, "--reason", "r", "--statement", "s", "--contact", "c", "--evidence", "e"},
          "complaint.file"),
      expect<complaint_file>({"complain", cht, "--reason", "r", "--statement", "s"}, "complaint.file"),
      expect<complaint_get>({"complaint", "show", cmp}, "complaint.get"),
      expect<complaint_get>({"complaint", "show", "receipt"}, "complaint.get"),
      expect<appeal_file>({"appeal", "file", snc, "--statement", "s"}, "appeal.file"),
      expect<appeal_get>({"appeal", "show", apl}, "appeal.get"),
      expect<desk_queue_params>({"desk", "queue", "complaint", "--free", "--limit", "3"}, "desk.queue"),
      expect<desk_queue_params>({"desk", "queue", "--mine"}, "desk.queue"),
      expect<case_params>({"desk", "claim", cas}, "desk.claim"),
      expect<case_params>({"desk", "case", cas}, "desk.case"),
      expect<desk_note>({"desk", "note", cas, "x"}, "desk.note"),
      expect<desk_decide_application>({"desk", "decide-application", cas, "approve", "--whole-checklist", "--confirm",
                                       credential_text, "--reason", "fine", "--rule", "7.1:review"},
                                      "desk.decide_application"),
      expect<desk_decide_complaint>({"desk", "decide-complaint", cmp, "uphold", "--step", "suspend", "--scope",
                                     "all_posts", "--length", "7d", "--facts", "f", "--rule", "cn-2014:8.2"},
                                    "desk.decide_complaint"),
      expect<desk_decide_complaint>({"desk", "decide-complaint", cmp, "dismiss", "--facts", "f"},
                                    "desk.decide_complaint"),
      expect<desk_decide_appeal>({"desk", "decide-appeal", apl, "dismiss", "--reason", "r"}, "desk.decide_appeal"),
      expect<desk_second>({"desk", "second", cas, "agree"}, "desk.second"),
      expect<charter::net::sanction_impose>({"sanction", "impose", acc, "--step", "limit", "--posts-per-day", "3",
                                             "--facts", "f", "--rule", "8.2", "--differs-because", "d"},
                                            "sanction.impose"),
      expect<sanction_reason>({"sanction", "lift", snc, "--reason", "r"}, "sanction.lift"),
      expect<sanction_withhold_post>({"sanction", "withhold-post", cmp, "--facts", "f"}, "sanction.withhold_post"),
      expect<sanction_restore_post>({"sanction", "restore-post", cmp, "--reason", "r"}, "sanction.restore_post"),
      expect<sanction_list>({"sanction", "list", "--target", acc}, "sanction.list"),
      expect<sanction_get>({"sanction", "show", snc}, "sanction.get"),
  });
}

TEST_CASE("calls: liaison, vault and administration fit the server's parameters", "[apps]") {
  check({
      expect<liaison_list>({"liaison", "filings", "--office", "110000", "--open"}, "liaison.filings"),
      expect<liaison_refer>({"liaison", "refer", cmp, "--department", "d", "--summary", "s"}, "liaison.refer"),
      expect<liaison_acknowledge>({"liaison", "acknowledge", "fil_1", "77"}, "liaison.acknowledge"),
      expect<liaison_answer>({"liaison", "answer", "ref_1", "x"}, "liaison.answer"),
      expect<charter::net::vault_request>(
          {"vault", "request", usr, "--basis", "b", "--reference", "r", "--reason", "x"}, "vault.request"),
      expect<vault_params>({"vault", "approve", dis}, "vault.approve"),
      expect<vault_disclosures>({"vault", "disclosures", "--status", "opened"}, "vault.disclosures"),
      expect<provider_add_credential>({"admin", "add-credential", credential_text}, "provider.add_credential"),
      expect<admin_grant_role>({"admin", "grant-role", usr, "liaison_officer", "--office", "11"}, "admin.grant_role"),
      expect<admin_revoke_role>({"admin", "revoke-role", usr, "operator"}, "admin.revoke_role"),
      expect<admin_activate_charter>({"admin", "activate-charter", CHARTER_SOURCE_DIR "/config/charters/cn-2014.toml"},
                                     "admin.activate_charter"),
      expect<no_params>({"tree"}, "admin.tree"),
  });
}
