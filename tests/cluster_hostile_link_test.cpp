// Whoever comes to the port where nodes talk to each other and has no business there: refused, told, counted; links
// that are up don't notice, and nothing is left behind.

#include <catch2/catch.hpp>

#include <algorithm>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "cluster/limits.hpp"
#include "cluster/protocol.hpp"
#include "tests/link_pair.hpp"
#include "tests/raw_callers.hpp"

using namespace charter;
using namespace charter::cluster;
using namespace charter::test;

namespace {

/// What a port has told of those that it turned away.
class told_refusals {
public:
  told_fn take() {
    return [this](const std::string& what) {
      std::lock_guard lock{mutex_};
      all_.push_back(what);
    };
  }
  std::size_t about(const std::string& words) {
    std::lock_guard lock{mutex_};
    return std::ranges::count_if(all_, [&](auto& one) { return one.find(words) != std::string::npos; });
  }
  std::size_t count() {
    std::lock_guard lock{mutex_};
    return all_.size();
  }

private:
  std::mutex mutex_;
  std::vector<std::string> all_;
};

std::size_t sockets_here() {
  return std::ranges::count_if(fs::directory_iterator{"/proc/self/fd"}, [](auto& one) {
    std::error_code closed_meanwhile;
    return fs::read_symlink(one, closed_meanwhile).string().starts_with("socket:");
  });
}
std::size_t threads_here() {
  return std::distance(fs::directory_iterator{"/proc/self/task"}, fs::directory_iterator{});
}

/// A port, a link that is up, and what the process holds on to while it is.
class quiet_town {
public:
  quiet_town() {
    REQUIRE(comes_true([&] { return two_.is_up(); }));
    REQUIRE(two_.send("before"));
    REQUIRE(comes_true([&] { return two_.heard().size() == 1; }));
  }
  std::uint16_t port() const { return server_->port(); }
  told_refusals& refusals() { return refusals_; }

  /// The link has noticed nothing, and nothing is left of the others.
  void is_as_before() {
    REQUIRE(two_.send("after"));
    CHECK(comes_true([&] { return two_.heard().size() == 2; }));
    CHECK(two_.downs() == 0);
    CHECK(comes_true([&] { return holds_more() <= 0; }));
    bool given_back = comes_true([&] { return threads_here() <= threads_ + spare_threads; });
    CAPTURE(threads_, threads_here());
    CHECK(given_back);
  }
  /// How many sockets more than there were.
  std::ptrdiff_t holds_more() const {
    return static_cast<std::ptrdiff_t>(sockets_here()) - static_cast<std::ptrdiff_t>(sockets_);
  }
  /// From here on is counted what there is.
  void count_what_is_there() {
    sockets_ = sockets_here();
    threads_ = threads_here();
  }

private:
  static constexpr std::size_t spare_threads = 8; // gRPC keeps some: for calls to come, timers, names
  told_refusals refusals_;
  std::unique_ptr<link_server> server_ = start_echo(0, refusals_.take());
  caller_node two_{server_->port(), "node-2", tls_of(scratch(), "node-2")};
  std::size_t sockets_ = 0;
  std::size_t threads_ = 0;
};

raw_stream_options as_node_2(std::uint16_t port) {
  return {port, tls_files_of(scratch(), "node-2"), "node-2", std::to_string(own_protocol())};
}

/// A certificate of the authority's that is over soon, or was long ago.
etcd::tls_files expiring(const scratch_directory& made, const std::string& name, std::chrono::seconds left) {
  auto read = [](const std::string& path) {
    return std::unique_ptr<FILE, int (*)(FILE*)>{fopen(path.c_str(), "r"), fclose};
  };
  auto files = tls_files_of(made, name);
  auto* certificate = PEM_read_X509(read(files.certificate).get(), nullptr, nullptr, nullptr);
  auto* key = PEM_read_PrivateKey(read(made / "authority.key").get(), nullptr, nullptr, nullptr);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -86'400);
  X509_gmtime_adj(X509_getm_notAfter(certificate), left.count());
  REQUIRE(X509_sign(certificate, key, EVP_sha256()) > 0);
  files.certificate = made / (name + "-expiring.pem");
  std::unique_ptr<FILE, int (*)(FILE*)> out{fopen(files.certificate.c_str(), "w"), fclose};
  REQUIRE(PEM_write_X509(out.get(), certificate) == 1);
  EVP_PKEY_free(key);
  X509_free(certificate);
  return files;
}

} // namespace

TEST_CASE("hostile link: who has another authority's certificate is turned away, counted each time", "[cluster]") {
  quiet_town town;
  town.count_what_is_there();
  {
    caller_node intruder{town.port(), "node-2", tls_of(scratch(), "intruder", "authority")};
    REQUIRE(comes_true([&] { return town.refusals().about("opened no link") >= 3; }));
    CHECK(intruder.ups() == 0);
    CHECK_FALSE(intruder.send("let me in"));
  }
  auto before = town.refusals().count();
  {
    caller_node distrustful{town.port(), "node-2", tls_of(scratch(), "node-2", "stranger")};
    REQUIRE(comes_true([&] { return town.refusals().count() > before; }));
    CHECK(comes_true([&] { return distrustful.refusal().find("certificate verify failed") != std::string::npos; }));
    CHECK(distrustful.ups() == 0);
  }
  CHECK(town.refusals().about("ipv4:127.0.0.1:") == town.refusals().count());
  town.is_as_before();
}

TEST_CASE("hostile link: a certificate of the authority's under another name is no way in, on neither side",
          "[cluster]") {
  quiet_town town;
  town.count_what_is_there();
  {
    caller_node liar{town.port(), "node-2", tls_of(scratch(), "node-3")};
    REQUIRE(comes_true([&] { return town.refusals().about("isn't that of a node called 'node-2'") >= 3; }));
    CHECK(comes_true([&] { return liar.refusal().find("isn't that of a node called 'node-2'") != std::string::npos; }));
    caller_node unlisted{town.port(), "node-3", tls_of(scratch(), "node-3")};
    REQUIRE(comes_true([&] { return town.refusals().about("node-3 isn't one of the cluster's nodes") >= 3; }));
    caller_node mistaken{town.port(), "node-2", tls_of(scratch(), "node-2"), "node-3"};
    REQUIRE(
        comes_true([&] { return mistaken.refusal().find("Hostname Verification Check failed") != std::string::npos; }));
    CHECK(liar.ups() + unlisted.ups() + mistaken.ups() == 0);
  }
  town.is_as_before();
}

TEST_CASE("hostile link: an expired certificate is refused, whoever's it is", "[cluster]") {
  quiet_town town;
  scratch_directory made;
  make_certificates(made, {"node-1", "node-2"});
  SECTION("the caller's") {
    auto server = start_echo(0, town.refusals().take(), tls_of(made, "node-1"));
    town.count_what_is_there();
    auto files = expiring(made, "node-2", std::chrono::seconds{-60});
    CHECK(etcd::tls_source::open(files).why().detail.find("has expired") != std::string::npos);
    {
      raw_stream late{{server->port(), files, "node-2", std::to_string(own_protocol())}};
      CHECK_FALSE(late.opened());
    }
    CHECK(comes_true([&] { return town.refusals().about("opened no link") == 1; }));
  }
  SECTION("of who is called, while it runs") {
    std::mutex mutex;
    std::string told;
    auto source = etcd::tls_source::open(expiring(made, "node-1", std::chrono::seconds{2}), [&](auto& why) {
      std::lock_guard lock{mutex};
      told = why;
    });
    REQUIRE(source);
    auto server = start_echo(0, town.refusals().take(), *source);
    town.count_what_is_there();
    REQUIRE(comes_true([&] {
      std::lock_guard lock{mutex};
      return told.find("has expired") != std::string::npos;
    }));
    caller_node two{server->port(), "node-2", tls_of(made, "node-2")};
    CHECK(comes_true([&] { return two.refusal().find("certificate verify failed") != std::string::npos; }));
    CHECK(two.ups() == 0);
    CHECK(comes_true([&] { return town.refusals().about("opened no link") >= 1; }));
  }
  town.is_as_before();
}

TEST_CASE("hostile link: garbage and silence are closed, told and counted", "[cluster]") {
  quiet_town town;
  town.count_what_is_there();
  {
    raw_connection garbage{town.port()};
    garbage.send("GET / HTTP/1.1\r\nHost: node-1\r\n\r\n");
    raw_connection silent{town.port()};
    raw_connection garbage_in_tls{town.port()};
    REQUIRE(garbage_in_tls.shake_hands(tls_files_of(scratch(), "node-2")));
    garbage_in_tls.send("GET / HTTP/1.1\r\nHost: node-1\r\n\r\n");
    raw_connection silent_in_tls{town.port()};
    REQUIRE(silent_in_tls.shake_hands(tls_files_of(scratch(), "node-2")));
    auto without_stream = raw_stream::connect_only(as_node_2(town.port()));
    REQUIRE(without_stream);
    CHECK(garbage.is_closed());
    CHECK(garbage_in_tls.is_closed());
    CHECK(silent.is_closed());
    CHECK(silent_in_tls.is_closed());
    CHECK(comes_true([&] { return town.refusals().about("opened no link") == 5; }));
    without_stream.reset();
  }
  CHECK(town.refusals().count() == 5);
  town.is_as_before();
}

TEST_CASE("hostile link: a connection without a stream is closed by this side", "[cluster]") {
  quiet_town town;
  town.count_what_is_there();
  auto without_stream = raw_stream::connect_only(as_node_2(town.port()));
  REQUIRE(without_stream);
  REQUIRE(town.holds_more() == 2);
  CHECK(comes_true([&] { return town.refusals().about("opened no link") == 1; }));
  CHECK(comes_true([&] { return town.holds_more() <= 1; })); // the caller's end goes when somebody looks at it
  without_stream.reset();
  town.is_as_before();
}

TEST_CASE("hostile link: what is no frame, and one that is too large, end the stream", "[cluster]") {
  quiet_town town;
  auto bytes_of_a_frame = [](std::size_t size) { // one message of so many bytes, its length in five bytes
    std::string out{"\x0a"};
    for (int i = 0; i < 5; ++i)
      out += static_cast<char>(((size >> (7 * i)) & 0x7f) | (i < 4 ? 0x80 : 0));
    return out + std::string(size, 'x');
  };
  town.count_what_is_there();
  constexpr std::size_t many = 10; // each takes two threads
  for (std::size_t i = 1; i <= many; ++i) {
    raw_stream careless{as_node_2(town.port())};
    REQUIRE(careless.opened());
    careless.send("\x0a\xff\xff\xff garbage");
    careless.end();
    CHECK(comes_true([&] { return town.refusals().about("node-2 sent what is no frame") == i; }));
  }
  {
    raw_stream talkative{as_node_2(town.port())};
    REQUIRE(talkative.opened());
    talkative.send(bytes_of_a_frame(limits::link_frame_bytes_max - 1'024));
    talkative.send(bytes_of_a_frame(limits::link_frame_bytes_max + 1));
    talkative.end();
    CHECK(comes_true([&] { return town.refusals().about("node-2 sent a frame of 167") == 1; }));
  }
  {
    raw_stream immoderate{as_node_2(town.port())};
    REQUIRE(immoderate.opened());
    immoderate.send(bytes_of_a_frame(2 * limits::link_frame_bytes_max + 1));
    CHECK(immoderate.end().find("larger than max") != std::string::npos);
  }
  town.is_as_before();
}

TEST_CASE("hostile link: a protocol that is too far from ours is refused, before the list is looked at", "[cluster]") {
  quiet_town town;
  town.count_what_is_there();
  auto end_of = [&](const std::string& protocol) {
    auto options = as_node_2(town.port());
    options.protocol = protocol;
    raw_stream other{options};
    return other.opened() ? "let in" : other.end();
  };
  CHECK(end_of(std::to_string(own_protocol() + 1)) == "let in");
  CHECK(end_of(std::to_string(own_protocol() - 1)) == "let in");
  for (auto protocol : {std::to_string(own_protocol() + 2), std::to_string(own_protocol() - 2), std::string{"-1"},
                        std::string{"2x"}, std::string{}}) {
    CAPTURE(protocol);
    CHECK(end_of(protocol).find("node-2 speaks a protocol that doesn't go with ours") != std::string::npos);
  }
  CHECK(town.refusals().about("speaks a protocol that doesn't go with ours") == 5);
  CHECK(town.refusals().count() == 5);
  town.is_as_before();
}

TEST_CASE("hostile link: more strangers than there is room for don't keep a node out for long", "[cluster]") {
  quiet_town town;
  town.count_what_is_there();
  {
    std::vector<std::unique_ptr<raw_connection>> crowd;
    for (std::size_t i = 0; i < 2 * limits::link_strangers_max; ++i)
      crowd.push_back(std::make_unique<raw_connection>(town.port()));
    REQUIRE(comes_true([&] { return town.refusals().about("too many") >= limits::link_strangers_max; }));
    caller_node late{town.port(), "node-2", tls_of(scratch(), "node-2")};
    CHECK(comes_true([&] { return late.is_up(); }));
  }
  town.is_as_before();
}
