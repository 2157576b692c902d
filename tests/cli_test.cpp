// `charter` as people call it: arguments, exit codes, sessions, and the calls that it makes, against a scripted server.

#include <catch2/catch.hpp>

#include <sys/stat.h>

#include "apps/charter/command_ids.hpp"
#include "apps/charter/session_file.hpp"
#include "tests/cli_server.hpp"

using namespace charter;
using namespace charter::test;

namespace {

const std::string account = to_text(account_id{{1}});
const std::string user = to_text(user_id{{2}});
const std::string post = to_text(post_id{account_id{{1}}, 7});

json published() { return {{"post", post}, {"number", 7}, {"at", "2026-11-24T14:25:00.000Z"}, {"badge", "original"}}; }

json login_answer() {
  return {{"user", user}, {"token", "s3cret"}, {"session", 1}, {"until", "2030-01-01T00:00:00.000Z"}};
}

void log_in(command_line& cli, scripted_server& server) {
  server.on("auth.login", login_answer());
  auto password = cli.file("password", "correct horse\n");
  REQUIRE(cli.run({"login", "poet", "--password-file", password}).code == 0);
}

unsigned mode_of(const std::string& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0 ? about.st_mode & 0777 : 0;
}

} // namespace

TEST_CASE("command line: wrong calls are usage errors and say where to look", "[apps]") {
  command_line cli;
  for (std::vector<std::string> bad :
       std::vector<std::vector<std::string>>{{},
                                             {"dance"},
                                             {"post"},
                                             {"account"},
                                             {"post", "-a", "x", "t", "--kind", "rumour"},
                                             {"rpc", "user.me", "[1]"},
                                             {"rpc", "user.me", "{"},
                                             {"completion", "tcsh"},
                                             {"user", "update"},
                                             {"user", "close"},
                                             {"--url", "ftp://x", "whoami"},
                                             {"--url", "http://a@b", "whoami"},
                                             {"feed", "--limit", "many"}}) {
    auto ended = cli.run(bad);
    INFO((bad.empty() ? "nothing" : bad.front()) << ": " << ended.err);
    CHECK(ended.code == 2);
    CHECK(ended.out.empty());
    CHECK_FALSE(ended.err.empty());
  }
}

TEST_CASE("command line: help and version are no errors, and help documents exit codes", "[apps]") {
  command_line cli;
  auto help = cli.run({"--help"});
  CHECK(help.code == 0);
  CHECK(has(help.out, "3  no server there"));
  CHECK(has(help.out, "CHARTER_URL"));
  CHECK(has(cli.run({"post", "--help"}).out, "--account"));
  CHECK(has(cli.run({"--version"}).out, "charter "));
}

TEST_CASE("command line: nobody listens: 3, and what to do", "[apps]") {
  command_line cli{"http://127.0.0.1:1"};
  auto ended = cli.run({"admin", "provider"});
  CHECK(ended.code == 3);
  CHECK(has(ended.err, "nobody listens there"));
  CHECK(has(ended.err, "CHARTER_URL"));
}

TEST_CASE("command line: a server that isn't Charter's is 3 as well", "[apps]") {
  scripted_server server;
  command_line cli{server.url() + "/elsewhere"}; // the path is of no matter
  server.on("provider.status", json{{"provider", "Trial"}});
  CHECK(cli.run({"admin", "provider"}).code == 0);
  command_line other{"http://127.0.0.1:" + std::to_string(server.port)};
  auto live = other.run({"tail"});
  CHECK(live.code == 4); // nobody is logged in
}

TEST_CASE("login: the session is kept for its server, in a file that is the owner's alone", "[apps]") {
  scripted_server server;
  command_line cli{server.url()};
  log_in(cli, server);
  CHECK(mode_of(cli.session_path()) == 0600);
  CHECK(mode_of(cli.scratch / "charter") == 0700);
  server.on("user.me", json{{"user", user}, {"pseudonym", "poet"}});
  auto who = cli.run({"whoami"});
  CHECK(who.code == 0);
  CHECK(has(who.out, "poet"));
  CHECK(server.last_token() == "s3cret");
  // Another server isn't shown the token.
  scripted_server elsewhere;
  elsewhere.on("user.me", json::object());
  CHECK(cli.run({"--url", elsewhere.url(), "whoami"}).code == 0);
  CHECK(elsewhere.last_token().empty());
  // Nor does another profile have it.
  CHECK(cli.run({"--profile", "desk", "whoami"}).code == 0);
  CHECK(server.last_token().empty());
}

TEST_CASE("login: the token is never printed", "[apps]") {
  scripted_server server;
  command_line cli{server.url()};
  server.on("auth.login", login_answer());
  auto password = cli.file("password", "correct horse");
  for (auto& arguments : {std::vector<std::string>{"login", "poet", "--password-file", password},
                          std::vector<std::string>{"--json", "login", "poet", "--password-file", password}}) {
    auto ended = cli.run(arguments);
    CHECK(ended.code == 0);
    CHECK_FALSE(has(ended.out + ended.err, "s3cret"));
    CHECK_FALSE(has(ended.out + ended.err, "correct horse"));
  }
}

TEST_CASE("session file: one that others may read is refused, a damaged one too", "[apps]") {
  scripted_server server;
  command_line cli{server.url()};
  log_in(cli, server);
  ::chmod(cli.session_path().c_str(), 0644);
  auto ended = cli.run({"whoami"});
  CHECK(ended.code == 5);
  CHECK(has(ended.err, "chmod 600"));
  ::chmod(cli.session_path().c_str(), 0600);
  std::ofstream{cli.session_path()} << "{\"default\": 5}";
  CHECK(cli.run({"whoami"}).code == 5);
}

TEST_CASE("logout: forgets the session, also one that the server has forgotten already", "[apps]") {
  scripted_server server;
  command_line cli{server.url()};
  CHECK(cli.run({"logout"}).code == 0); // nobody there
  log_in(cli, server);
  server.on("auth.logout", [](const json&) -> result<json> { return refuse(errc::unauthenticated, "over"); });
  CHECK(cli.run({"logout"}).code == 0);
  CHECK(cli::session_file{cli.scratch / "charter"}.load()->empty());
}

TEST_CASE("refusals: exit code 1 with the rule; JSON on standard error for machines", "[apps]") {
  scripted_server server;
  command_line cli{server.url()};
  server.on("account.publish", [](const json&) -> result<json> {
    return refuse(errc::not_entitled, "this account may only re-post", {"cn-2014", "7.2", "original"});
  });
  std::vector<std::string> arguments{"post", "-a", account, "text", "--kind", "news_original"};
  auto ended = cli.run(arguments);
  CHECK(ended.code == 1);
  CHECK(ended.out.empty());
  CHECK(has(ended.err, "article 7.2 of cn-2014"));
  arguments.insert(arguments.begin(), "--json");
  ended = cli.run(arguments);
  CHECK(ended.code == 1);
  CHECK(json::parse(ended.err)["error"]["rule"]["article"] == "7.2");
  CHECK(cli.run({"whoami"}).code == 1); // no such method here
}

TEST_CASE("commands: an unknown outcome is asked for again under the same command id [I3]", "[apps]") {
  scripted_server server;
  command_line cli{server.url()};
  int calls = 0;
  server.on("account.publish", [&](const json&) -> result<json> {
    if (++calls == 1)
      return refuse(errc::unavailable, "outcome unknown");
    return published();
  });
  auto ended = cli.run({"post", "-a", account, "text"});
  CHECK(ended.code == 0);
  CHECK(has(ended.out, "Posted " + post + " [news]"));
  auto made = server.calls();
  REQUIRE(made.size() == 2);
  command_id id;
  REQUIRE(parse(made[0].second["command_id"].get<std::string>(), id));
  CHECK(is_uuid7(id));
  CHECK(made[0].second == made[1].second);
}

TEST_CASE("command ids: version 7 with the time in front, and the same hash for the same thing", "[apps]") {
  auto now = *parse_time("2026-11-24T14:25:00.123Z");
  auto a = cli::derived_command_id(now, "entry");
  CHECK(is_uuid7(a));
  CHECK(uuid7_ms(a) == static_cast<std::uint64_t>(now.time_since_epoch().count()));
  CHECK(a == cli::derived_command_id(now, "entry"));
  CHECK(a != cli::derived_command_id(now, "another"));
  auto later = cli::derived_command_id(now + std::chrono::hours(30), "entry");
  CHECK(std::equal(a.raw.begin() + 6, a.raw.end(), later.raw.begin() + 6));
  CHECK(cli::fresh_command_id(now) != cli::fresh_command_id(now));
}

TEST_CASE("tls: the certificate is checked unless told otherwise", "[apps]") {
  scripted_server server{true};
  command_line cli{server.url(true)};
  server.on("provider.status", json{{"provider", "Trial"}});
  auto untrusted = cli.run({"admin", "provider"});
  CHECK(untrusted.code == 3);
  CHECK(has(untrusted.err, "--insecure"));
  CHECK(cli.run({"--insecure", "admin", "provider"}).code == 0);
  auto ca = cli.file("ca.pem", server.certificate);
  CHECK(cli.run({"--ca", ca, "admin", "provider"}).code == 0);
}

TEST_CASE("import: entries in order with their links, and again only what is new [I3]", "[apps]") {
  scripted_server server;
  command_line cli{server.url()};
  server.on("account.publish", published());
  server.pages["/feed.xml"] = "<feed><title>F</title><entry><id>2</id><title>second</title><summary>b</summary>"
                              "<link href='https://example.org/2'/></entry><entry><id>1</id><summary>a</summary>"
                              "</entry></feed>";
  auto dry = cli.run({"import", server.url() + "/feed.xml", "-a", account, "--dry-run"});
  CHECK(has(dry.out, "Would import 2 entries"));
  CHECK(server.calls().empty());
  auto first = cli.run({"import", server.url() + "/feed.xml", "-a", account});
  CHECK(first.code == 0);
  CHECK(has(first.out, "Imported 2 entries of \"F\""));
  auto made = server.calls();
  REQUIRE(made.size() == 2);
  CHECK(made[0].second["text"] == "a");
  CHECK(made[1].second["title"] == "second");
  CHECK(made[1].second["link"] == "https://example.org/2");
  CHECK(mode_of(cli.scratch / "charter/imports.json") == 0600);
  auto again = cli.run({"--json", "import", server.url() + "/feed.xml", "-a", account});
  CHECK(server.calls().size() == 2);
  CHECK(json::parse(again.out)["known"] == 2);
}

TEST_CASE("import: one bad entry doesn't stop the others; a sanction stops all", "[apps]") {
  scripted_server server;
  command_line cli{server.url()};
  auto feed =
      cli.file("feed.xml", "<feed><entry><id>3</id><summary>c</summary></entry><entry><id>2</id>"
                           "<summary>bad</summary></entry><entry><id>1</id><summary>a</summary></entry></feed>");
  server.on("account.publish", [](const json& p) -> result<json> {
    return p["text"] == "bad" ? result<json>{invalid("text", "no")} : result<json>{published()};
  });
  auto ended = cli.run({"import", feed, "-a", account});
  CHECK(ended.code == 1);
  CHECK(has(ended.out, "Imported 2 entries"));
  CHECK(has(ended.out, "1 were refused"));
  server.on("account.publish", [](const json&) -> result<json> { return refuse(errc::sanctioned, "suspended"); });
  auto other = to_text(account_id{{9}});
  auto before = server.calls().size();
  CHECK(cli.run({"import", feed, "-a", other}).code == 1);
  CHECK(server.calls().size() == before + 1);
  CHECK(cli.run({"import", cli.file("x.xml", "<html/>"), "-a", account}).code == 5);
  CHECK(cli.run({"import", cli.scratch / "none.xml", "-a", account}).code == 5);
}

namespace {

json numbered_post(int number) {
  return {{"post", post},
          {"account", account},
          {"account_name", "Tang"},
          {"number", number},
          {"at", "2026-11-24T14:25:00.000Z"},
          {"text", "poem " + std::to_string(number)}};
}

/// Has posts of every number, and pushes what the test says; heads are those of the first, second … `feed.listen`.
void serve_feed(scripted_server& server, std::vector<int> heads) {
  server.on("auth.attach", json{{"user", user}});
  auto next = std::make_shared<std::size_t>(0);
  server.on("feed.listen", [=](const json&) -> result<json> {
    auto head = heads.at(std::min((*next)++, heads.size() - 1));
    return json{{"streams", json::array({{{"account", account}, {"number", head}}})}, {"notices", 0}};
  });
  server.on("account.posts", [](const json& p) -> result<json> {
    json items = json::array();
    for (auto n = p["to"].get<int>(); n >= p["from"].get<int>(); --n)
      items.push_back(numbered_post(n));
    return json{{"items", items}};
  });
}

std::vector<int> numbers_in(const std::string& lines) {
  std::vector<int> numbers;
  std::istringstream in{lines};
  for (std::string line; std::getline(in, line);)
    numbers.push_back(json::parse(line)["params"]["number"].get<int>());
  return numbers;
}

} // namespace

TEST_CASE("tail: what is missing between two pushes is fetched, what comes twice is shown once [I4]", "[apps]") {
  scripted_server server;
  command_line cli{server.url()};
  log_in(cli, server);
  serve_feed(server, {1});
  server.push_after_listen({{"post.published", numbered_post(2)},
                            {"post.published", numbered_post(2)},
                            {"post.published", numbered_post(5)}});
  auto ended = cli.run({"--json", "tail", "--count", "4"});
  CHECK(ended.code == 0);
  CHECK(numbers_in(ended.out) == std::vector<int>{2, 3, 4, 5});
}

TEST_CASE("tail: survives a lost connection, and fetches what it missed [I4]", "[apps]") {
  scripted_server server;
  command_line cli{server.url()};
  log_in(cli, server);
  serve_feed(server, {1, 5});
  // The connection breaks while it asks for 3.
  server.push_after_listen(
      {{"post.published", numbered_post(2)}, {"post.published", numbered_post(4)}, {"close", json::object()}});
  server.push_after_listen({{"post.published", numbered_post(6)}});
  auto ended = cli.run({"--json", "tail", "--count", "5"});
  CHECK(ended.code == 0);
  CHECK(numbers_in(ended.out) == std::vector<int>{2, 3, 4, 5, 6});
  CHECK(has(ended.err, "trying again"));
}

TEST_CASE("tail: a refusal ends it", "[apps]") {
  scripted_server server;
  command_line cli{server.url()};
  log_in(cli, server);
  server.on("auth.attach", [](const json&) -> result<json> { return refuse(errc::unauthenticated, "over"); });
  CHECK(cli.run({"tail"}).code == 4);
}

TEST_CASE("check-charter: sound, or every mistake with its line", "[apps]") {
  command_line cli;
  auto sound = cli.run({"check-charter", CHARTER_SOURCE_DIR "/config/charters/cn-2014.toml"});
  CHECK(sound.code == 0);
  CHECK(has(sound.out, "cn-2014"));
  auto file = cli.file("bad.toml", "id = 5\nnonsense = true\n");
  auto bad = cli.run({"check-charter", file});
  CHECK(bad.code == 2);
  CHECK(has(bad.err, "bad.toml:1:"));
  CHECK(has(bad.err, "bad.toml:2:"));
  CHECK(json::parse(cli.run({"--json", "check-charter", file}).out)["mistakes"].size() > 2);
  CHECK(cli.run({"check-charter", cli.scratch / "none.toml"}).code == 2);
}

TEST_CASE("journal: verify and stats of a sound one, and of none", "[apps]") {
  command_line cli;
  auto directory = make_directory(cli.scratch);
  { auto log = open_journal(directory); }
  CHECK(cli.run({"journal", "verify", directory}).code == 0);
  auto figures = cli.run({"--json", "journal", "stats", directory});
  CHECK(figures.code == 0);
  CHECK(json::parse(figures.out)["damage_count"] == 0);
  CHECK(cli.run({"journal", "dump", directory, "--shard", "3"}).code == 0);
  CHECK(cli.run({"journal", "dump", directory, "--shard", "70000"}).code == 2);
  CHECK(cli.run({"journal", "verify", cli.scratch / "none"}).code == 5);
}

TEST_CASE("journal dump: a record that can't be decoded says why", "[apps]") {
  command_line cli;
  auto directory = make_directory(cli.scratch);
  {
    auto log = open_journal(directory);
    fill(*log, 1, 2, "12345");
  }
  auto dumped = cli.run({"journal", "dump", directory, "--shard", "1", "--count", "1"});
  CHECK(dumped.code == 0);
  auto record = json::parse(dumped.out);
  CHECK(record["position"] == 1);
  CHECK(record.contains("problem"));
  CHECK_FALSE(has(dumped.out, "12345"));
}

TEST_CASE("completion: every subcommand, for each shell", "[apps]") {
  command_line cli;
  for (auto shell : {"bash", "zsh", "fish"}) {
    auto script = cli.run({"completion", shell});
    CHECK(script.code == 0);
    for (auto word : {"check-charter", "journal verify", "decide-complaint", "insecure"})
      CHECK(has(script.out, word));
  }
}
