// Links between nodes over loopback, with certificates made on the spot.

#include <catch2/catch.hpp>

#include "cluster/limits.hpp"
#include "cluster/link/link.hpp"
#include "cluster/link_messages.hpp"
#include "tests/link_pair.hpp"

using namespace charter;
using namespace charter::cluster;
using namespace charter::test;

namespace {

/// A link to a directory with certificates, which can be made to lead to another one at once.
class exchangeable {
public:
  explicit exchangeable(const scratch_directory& first) { lead_to(first); }
  void lead_to(const scratch_directory& certificates) {
    fs::create_directory_symlink(certificates.path(), own_ / "next");
    fs::rename(own_ / "next", own_ / "current");
  }
  tls_ptr of(const std::string& name) const {
    auto in = own_ / "current/";
    return tls_of({in + "authority.pem", in + name + ".pem", in + name + ".key"});
  }

private:
  scratch_directory own_;
};

} // namespace

TEST_CASE("link: questions go over and answers come back, in order and of any size", "[cluster]") {
  auto server = start_echo();
  caller_node two{server->port(), "node-2", tls_of(scratch(), "node-2")};
  REQUIRE(comes_true([&] { return two.is_up(); }));
  for (int i = 0; i < 1'000; ++i)
    REQUIRE(two.send(std::to_string(i)));
  REQUIRE(two.send(std::string(3 << 20, 'x')));
  REQUIRE(comes_true([&] { return two.heard().size() == 1'001; }));
  auto heard = two.heard();
  for (int i = 0; i < 1'000; ++i)
    REQUIRE(heard[i] == "node-2: " + std::to_string(i));
  CHECK(heard[1'000].size() == (3 << 20) + 8);
  CHECK_FALSE(two.send(std::string(limits::link_bytes_max + 1, 'x')));
  CHECK(two.downs() == 0);
}

TEST_CASE("link: whoever isn't the node that it says is turned away, and others don't notice", "[cluster]") {
  std::mutex mutex;
  std::vector<std::string> reasons;
  auto server = start_echo(0, [&](const std::string& why) {
    std::lock_guard lock{mutex};
    reasons.push_back(why);
  });
  caller_node two{server->port(), "node-2", tls_of(scratch(), "node-2")};
  REQUIRE(comes_true([&] { return two.is_up(); }));
  {
    caller_node liar{server->port(), "node-2", tls_of(scratch(), "node-3")};
    caller_node unlisted{server->port(), "node-3", tls_of(scratch(), "node-3")};
    caller_node intruder{server->port(), "node-2", tls_of(scratch(), "intruder")};
    caller_node distrustful{server->port(), "node-2", tls_of(scratch(), "node-2", "stranger")};
    caller_node mistaken{server->port(), "node-2", tls_of(scratch(), "node-2"), "node-3"};
    REQUIRE(comes_true([&] {
      std::lock_guard lock{mutex};
      return reasons.size() >= 3;
    }));
    for (auto* each : {&liar, &unlisted, &intruder, &distrustful, &mistaken}) {
      CHECK_FALSE(each->is_up());
      CHECK_FALSE(each->send("let me in"));
      CHECK(each->ups() == 0);
    }
  }
  REQUIRE(two.send("still there"));
  CHECK(comes_true([&] { return two.heard() == std::vector<std::string>{"node-2: still there"}; }));
  CHECK(two.downs() == 0);
}

TEST_CASE("link: one that breaks says so, and comes again when the other side does", "[cluster]") {
  auto server = start_echo();
  auto port = server->port();
  caller_node two{port, "node-2", tls_of(scratch(), "node-2")};
  REQUIRE(comes_true([&] { return two.is_up(); }));
  server.reset();
  REQUIRE(comes_true([&] { return two.downs() == 1; }));
  CHECK_FALSE(two.send("into nothing"));
  server = start_echo(port);
  REQUIRE(comes_true([&] { return two.ups() == 2; }));
  REQUIRE(two.send("again"));
  CHECK(comes_true([&] { return two.heard() == std::vector<std::string>{"node-2: again"}; }));
}

TEST_CASE("link: commands, answers and states come over as they were", "[cluster]") {
  envelope e;
  e.to = entity_id{entity_kind::account, {1, 2, 3}};
  e.by = caller::entity(entity_id{entity_kind::case_file, {4}});
  e.command = command_id{{5}};
  e.parameters = {6};
  e.entropy = {7};
  e.cause = cause{3, 1, 12, 2};
  e.what = users::command{users::tick{}};
  auto asked_back = decode_question(encode_question({9, 17, asked(e)}));
  REQUIRE(asked_back);
  CHECK(asked_back->number == 9);
  CHECK(asked_back->shard == 17);
  auto back = envelope_of(std::get<asked_command>(asked_back->what));
  REQUIRE(back);
  CHECK(back->to == e.to);
  CHECK(back->by.from == e.by.from);
  CHECK(back->by.who == e.by.who);
  CHECK(back->command == e.command);
  CHECK(back->parameters == e.parameters);
  CHECK(back->entropy == e.entropy);
  CHECK(back->cause->position == 12);
  CHECK(back->what.index() == e.what.index());
  asked_command odd = asked(e);
  odd.origin = 4;
  CHECK(envelope_of(odd).why().code == errc::internal);

  link_answer a;
  a.number = 9;
  a.shard = 17;
  a.at = 40;
  a.outcome.emplace<answer>(session_answer{8, {}});
  auto answered = decode_answer(encode_answer(a));
  REQUIRE(answered);
  CHECK(answered->at == 40);
  CHECK(std::get<session_answer>(std::get<answer>(answered->outcome)).session == 8);
  policies::state policy;
  policy.version = 6;
  a.outcome.emplace<any_state>(policy);
  CHECK(std::get<policies::state>(std::get<any_state>(decode_answer(encode_answer(a))->outcome)).version == 6);
  auto why = refuse(errc::sanctioned, "no");
  why.retry_after_ms = 5;
  a.outcome.emplace<refusal>(why);
  CHECK(std::get<refusal>(decode_answer(encode_answer(a))->outcome).retry_after_ms == 5);
  CHECK(decode_question("garbage").why().code == errc::internal);
  CHECK(decode_answer("").why().code == errc::internal);
}

TEST_CASE("link: certificates, and who may sign them, are replaced while it is up", "[cluster]") {
  scratch_directory next;
  make_certificates(next, {"node-1", "node-2"});
  exchangeable ours{scratch()}, theirs{scratch()};
  auto server = start_echo(
      0, [](auto&) {}, ours.of("node-1"));
  auto port = server->port();
  caller_node two{port, "node-2", theirs.of("node-2")};
  caller_node early{port, "node-2", tls_of(next, "node-2")};
  REQUIRE(comes_true([&] { return two.is_up(); }));
  CHECK_FALSE(early.is_up());
  ours.lead_to(next);
  REQUIRE(comes_true([&] { return early.is_up(); }));
  caller_node late{port, "node-2", tls_of(scratch(), "node-2")};
  REQUIRE(two.send("as before"));
  CHECK(comes_true([&] { return two.heard() == std::vector<std::string>{"node-2: as before"}; }));
  CHECK(two.downs() == 0);
  CHECK(late.ups() == 0);
  theirs.lead_to(next);
  server.reset();
  server = start_echo(
      port, [](auto&) {}, ours.of("node-1"));
  CHECK(comes_true([&] { return two.ups() == 2; })); // with what its files hold now
  CHECK(late.ups() == 0);
}

TEST_CASE("link: what isn't sound isn't taken, and is told; what was there before goes on", "[cluster]") {
  scratch_directory made;
  make_certificates(made, {"node-1", "node-2"});
  auto files = tls_files_of(made, "node-1");
  std::mutex mutex;
  std::vector<std::string> told;
  auto source = etcd::tls_source::open(files, [&](const std::string& why) {
    std::lock_guard lock{mutex};
    told.push_back(why);
  });
  REQUIRE(source);
  auto before = read_file((*source)->copies().certificate);
  auto theirs = tls_of(made, "node-2");
  auto server = start_echo(
      0, [](auto&) {}, *source);
  auto put = [&](const std::string& file, const std::string& text) { // at once, as the source looks any time
    write_file(made / "next", text);
    fs::rename(made / "next", file);
  };
  std::string problem;
  SECTION("a certificate of another key") {
    put(files.certificate, read_file(made / "node-2.pem"));
    problem = "node-1.key isn't the key of ";
  }
  SECTION("nothing") {
    put(files.certificate, "");
    problem = "node-1.pem isn't a certificate in PEM, or not whole";
  }
  SECTION("a half") {
    put(files.certificate, before + before.substr(0, before.size() / 2));
    problem = "node-1.pem isn't a certificate in PEM, or not whole";
  }
  SECTION("no file") {
    fs::remove(files.key);
    problem = "node-1.key can't be read";
  }
  SECTION("no authority") {
    put(files.authority, "of whom?");
    problem = "authority.pem isn't a certificate in PEM, or not whole";
  }
  SECTION("far too much") {
    put(files.key, std::string(2 << 20, '-'));
    problem = "node-1.key is larger than any certificate";
  }
  REQUIRE(comes_true([&] {
    std::lock_guard lock{mutex};
    return !told.empty() && told.front().find(problem) != std::string::npos;
  }));
  CHECK(etcd::tls_source::open(files).why().detail.find(problem) != std::string::npos);
  CHECK(read_file((*source)->copies().certificate) == before);
  caller_node two{server->port(), "node-2", theirs};
  CHECK(comes_true([&] { return two.is_up(); }));
  std::lock_guard lock{mutex};
  CHECK(told.size() == 1);
}
