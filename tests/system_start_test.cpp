// What charterd doesn't start with: it ends with the exit code of its --help and a sentence that says what to do, and
// leaves everything as it was.

#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>

#include <sys/wait.h>

#include "tests/storage_support.hpp"
#include "tests/system_town.hpp"

using namespace charter;
using namespace charter::test;

namespace {

constexpr int could_not_start = 1;
constexpr int wrong_call = 2;

struct outcome {
  int code = -1;
  std::string said; ///< on standard error
};

/// Runs charterd to its end; it is killed after a minute, which gives the code 137.
outcome run(const std::string& arguments) {
  scratch_directory scratch;
  fs::current_path(CHARTER_SOURCE_DIR);
  auto command = "timeout -s KILL 60 '" CHARTERD "' " + arguments + " > /dev/null 2> '" + scratch / "said" + "'";
  auto how = std::system(command.c_str());
  return {WIFEXITED(how) ? WEXITSTATUS(how) : -1, read_file(scratch / "said")};
}

std::string on_trial(const std::string& data, const std::string& config = "config/trial.toml") {
  return "--config '" + config + "' --trial --port 0 --data '" + data + "'";
}

bool mentions(const outcome& o, const std::string& part) {
  UNSCOPED_INFO(o.code << ": " << o.said);
  return o.said.find(part) != std::string::npos;
}

/// The trial's configuration with something else in it.
std::string config_with(const scratch_directory& scratch, const std::string& from, const std::string& to) {
  auto text = read_file(fs::path{CHARTER_SOURCE_DIR} / "config/trial.toml");
  auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  write_file(scratch / "config.toml", text.replace(at, from.size(), to));
  return scratch / "config.toml";
}

std::string data_line() { return R"(data_directory = "data/trial/node")"; }

} // namespace

TEST_CASE("start: wrong arguments and settings end with 2, and each mistake has its place", "[system]") {
  scratch_directory scratch;
  auto data = scratch / "node";
  for (auto arguments : {"--no-such-option", "--port 99999", "--port many", "--config", "serve"}) {
    auto o = run(arguments);
    CHECK(o.code == wrong_call);
    CHECK(mentions(o, "--help"));
  }
  auto missing = run("--config '" + scratch / "none.toml" + "'");
  CHECK(missing.code == wrong_call);
  CHECK(mentions(missing, "none.toml: expected a file that can be read"));
  struct mistake {
    std::string from, to, said;
  };
  const mistake all[] = {
      {data_line(), "data_directory = ", "config.toml:4"},
      {data_line(), data_line() + "\nshards = 0", "shards: expected from 1 to 1024, found 0"},
      {data_line(), data_line() + "\nshards = \"many\"", "config.toml:5:10: shards: expected a whole number"},
      {data_line(), data_line() + "\ncolour = \"red\"", "colour"},
      {"port = 8080", "port = 80800", "listeners[0].port"},
      {"kind = \"registry\"", "kind = \"hearsay\"", "identity.providers[0].kind"},
      {"logins_per_minute = 600", "logins_per_minute = 0", "limits.logins_per_minute: expected at least 1, found 0"},
  };
  for (auto& m : all) {
    CAPTURE(m.to);
    auto o = run(on_trial(data, config_with(scratch, m.from, m.to)));
    CHECK(o.code == wrong_call);
    CHECK(mentions(o, m.said));
  }
  // What is for trials only, outside of one.
  auto serious = run("--config config/trial.toml --tls-trial --data '" + data + "'");
  CHECK(serious.code == wrong_call);
  CHECK(mentions(serious, "a registry in a file is for trial mode"));
  CHECK(mentions(serious, "vault.key_file: expected a file, outside of trial mode"));
  CHECK(mentions(serious, "a self-made certificate is for trial mode"));
  CHECK_FALSE(fs::exists(data));
}

TEST_CASE("start: without a sound charter or registry nobody founds a provider, and mending them is enough",
          "[system]") {
  scratch_directory scratch;
  auto data = scratch / "node";
  auto charter = read_file(fs::path{CHARTER_SOURCE_DIR} / "config/charters/cn-2014.toml");
  auto config =
      config_with(scratch, data_line(), data_line() + "\ncharter_file = \"" + scratch / "charter.toml" + "\"");
  auto refused = [&](const std::string& said) {
    auto o = run(on_trial(data, config));
    CHECK(o.code == could_not_start);
    CHECK(mentions(o, said));
  };
  refused("charter.toml");
  write_file(scratch / "charter.toml", charter.substr(0, charter.size() / 3));
  refused("charter.toml:");
  write_file(scratch / "charter.toml", charter + "\n[[powers]]\nwhat = \"decide_everything\"\n");
  refused("charter.toml:");
  write_file(scratch / "charter.toml", "");
  refused("charter.toml:");
  auto registry = config_with(scratch, "config/trial/identities.jsonl", scratch / "people.jsonl");
  auto nobody = run(on_trial(data, registry));
  CHECK(nobody.code == could_not_start);
  CHECK(mentions(nobody, "people.jsonl"));
  write_file(scratch / "people.jsonl", "{\"number\": 1}\n");
  auto half = run(on_trial(data, registry));
  CHECK(half.code == could_not_start);
  CHECK(mentions(half, "people.jsonl:1"));
  town t; // takes over what the refusals left
  REQUIRE(t.server().end());
  fs::remove_all(t.server().data());
  fs::copy(data, t.server().data(), fs::copy_options::recursive);
  REQUIRE(t.server().launch());
  CHECK(t.server().await_ready());
}

TEST_CASE("start: a directory or a port that somebody has is said so, and the other one goes on", "[system]") {
  auto& t = town::shared();
  scratch_directory scratch;
  auto twice = run(on_trial(t.server().data()));
  CHECK(twice.code == could_not_start);
  CHECK(mentions(twice, "another charterd uses this directory"));
  auto port = run("--config config/trial.toml --trial --data '" + scratch / "node" + "' --port " +
                  std::to_string(t.server().port()));
  CHECK(port.code == could_not_start);
  CHECK(mentions(port, "port " + std::to_string(t.server().port())));
  write_file(scratch / "file", "");
  auto file = run(on_trial(scratch / "file"));
  CHECK(file.code == could_not_start);
  CHECK(mentions(file, "is not a directory"));
  fs::create_directory(scratch / "letters");
  write_file(scratch / "letters/letter", "Dear …");
  auto foreign = run(on_trial(scratch / "letters"));
  CHECK(foreign.code == could_not_start);
  CHECK(mentions(foreign, "no data directory"));
  CHECK(files_with_suffix(scratch / "letters", "") == std::vector<std::string>{scratch / "letters/letter"});
  auto& user = t.newcomer();
  CHECK(must(user, "user.me")["pseudonym"] == user.name());
}

// -- damage -----------------------------------------------------------------------------------

namespace {

/// A server that has ended in order, and what it had acknowledged.
struct ended_town {
  town t;
  std::string writer;
  std::string account;
  std::vector<std::uint64_t> acknowledged;

  ended_town() {
    auto& owner = t.newcomer();
    writer = owner.name();
    account = t.open_account(owner, "Before the damage");
    publish(owner, 10);
    t.send_home(); // or the server waits for their goodbyes
    REQUIRE(t.server().end());
  }
  void publish(person& by, int posts) {
    for (int i = 0; i < posts; ++i)
      acknowledged.push_back(must(by, "account.publish", {{"account", account}, {"text", "A post."}})["number"]);
  }
  fs::path data() { return t.server().data(); }
  /// Refused, with this in what it says; and then as it was before.
  void refuses(const std::function<void()>& damage, const std::string& said) {
    CAPTURE(said);
    scratch_directory copy;
    fs::copy(data(), copy.path() + "/node", fs::copy_options::recursive);
    damage();
    auto o = run(on_trial(data()));
    CHECK(o.code == could_not_start);
    CHECK(mentions(o, said));
    fs::remove_all(data());
    fs::copy(copy.path() + "/node", data(), fs::copy_options::recursive);
  }
  /// And goes on from there.
  bool has_everything() {
    REQUIRE(t.server().launch());
    auto started = t.server().await_ready();
    UNSCOPED_INFO((started ? "" : started.why().detail));
    if (!started)
      return false;
    t.reach();
    bool whole = true;
    {
      person owner{t.at(), writer};
      REQUIRE(owner.log_in());
      whole = is_whole(acknowledged, last_number(owner, account));
      publish(owner, 1);
    }
    return t.server().end() && whole && acknowledged.back() == acknowledged.size();
  }
};

fs::path largest_log(const fs::path& database) {
  auto logs = files_with_suffix(database, ".log");
  REQUIRE_FALSE(logs.empty());
  return *std::ranges::max_element(logs, {}, [](auto& log) { return fs::file_size(log); });
}

void flip_byte(const fs::path& file, std::size_t at) {
  auto text = read_file(file);
  REQUIRE(at < text.size());
  text[at] = static_cast<char>(~text[at]);
  write_file(file, text);
}

} // namespace

TEST_CASE("start: a damaged journal is refused with what to do, and kept as it is [I1]", "[system]") {
  ended_town old;
  auto journal = old.data() / "journal";
  auto manifest = [&] { return journal / read_file(journal / "CURRENT").substr(0, 15); };
  old.refuses([&] { fs::remove(journal / "CURRENT"); }, "restore the directory from a replica or a backup");
  old.refuses([&] { write_file(journal / "CURRENT", "MANIFEST-999999\n"); }, "journal");
  old.refuses([&] { fs::remove(manifest()); }, "journal");
  old.refuses([&] { flip_byte(manifest(), fs::file_size(manifest()) / 2); }, "journal");
  old.refuses([&] { fs::remove(journal / "LEDGER"); }, "LEDGER");
  old.refuses([&] { flip_byte(journal / "LEDGER", 40); }, "LEDGER");
  old.refuses([&] { fs::remove_all(journal); }, "journal");
  old.refuses([&] { fs::remove(old.data() / "DIRECTORY"); }, "DIRECTORY is missing");
  old.refuses([&] { write_file(old.data() / "DIRECTORY", "magic = \"charter-directory\"\n"); }, "DIRECTORY is damaged");
  auto log = [&] { return largest_log(journal); };
  old.refuses([&] { fs::remove(log()); }, "backup");
  old.refuses([&] { fs::resize_file(log(), fs::file_size(log()) / 2); }, "backup");
  old.refuses([&] { flip_byte(log(), fs::file_size(log()) / 2); }, "journal");
  CHECK(old.has_everything());
}

TEST_CASE("start: a damaged store says that it may be removed, and comes back from the journal [I6]", "[system]") {
  ended_town old;
  auto store = old.data() / "store";
  old.refuses([&] { fs::remove(store / "CURRENT"); }, "rebuilt from the journal");
  fs::remove_all(store);
  CHECK(old.has_everything());
}

TEST_CASE("start: without its own vault key a directory that has people in it isn't served", "[system]") {
  ended_town old;
  auto key = old.data() / "vault.key";
  scratch_directory elsewhere;
  fs::copy_file(town::shared().server().data() / "vault.key", elsewhere / "vault.key");
  old.refuses([&] { fs::remove(key); }, "restore it from its backup");
  old.refuses([&] { fs::copy_file(elsewhere / "vault.key", key, fs::copy_options::overwrite_existing); },
              "another vault");
  old.refuses([&] { write_file(key, read_file(key).substr(0, 200)); }, "no sound key file");
  old.refuses([&] { fs::permissions(key, fs::perms::group_read, fs::perm_options::add); }, "chmod 600");
  CHECK(old.has_everything());
}

TEST_CASE("start: with a record that can't be decoded it gives up in order, and says where to look", "[system]") {
  ended_town old;
  auto spoil = [&] {
    auto log = open_journal(old.data());
    REQUIRE(append_one(*log, 0, log->head(0), {record_of("no change")}) == storage::append_outcome::durable);
  };
  old.refuses(spoil, "charter journal verify");
  CHECK(old.has_everything());
}
