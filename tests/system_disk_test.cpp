// A full disk under a running server: changes are refused before the reserve is touched, and everything else goes on.

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <thread>

#include "tests/storage_support.hpp"
#include "tests/system_town.hpp"

using namespace charter;
using namespace charter::test;

namespace {

constexpr std::uint64_t reserve_bytes = 256u << 20;        // storage/leveldb_journal.hpp
constexpr std::chrono::seconds pulses_enough_to_clear{18}; // actors/shard_duties.cpp: 64 of 250 ms

/// A file system in memory, somewhat larger than the reserve, if this process may mount one.
class small_disk {
public:
  small_disk() {
    mounted_ = ::mount("tmpfs", scratch_.path().c_str(), "tmpfs", 0, "size=320m") == 0;
    if (!mounted_)
      WARN("SKIPPED: mounting a small disk needs root");
  }
  ~small_disk() {
    if (mounted_)
      ::umount2(scratch_.path().c_str(), MNT_DETACH);
  }
  bool is_there() const { return mounted_; }
  fs::path operator/(const std::string& name) const { return scratch_ / name; }
  std::uint64_t free_bytes() const { return fs::space(scratch_.path()).available; }

  /// As another program would.
  void fill_up_to(std::uint64_t left) {
    int file = ::open((*this / "filler").c_str(), O_WRONLY | O_CREAT, 0600);
    auto size = static_cast<off_t>(fs::exists(*this / "filler") ? fs::file_size(*this / "filler") : 0);
    auto more = static_cast<off_t>(free_bytes() - left);
    auto outcome = ::posix_fallocate(file, size, more);
    ::close(file);
    REQUIRE(outcome == 0);
  }
  void make_room() { fs::remove(*this / "filler"); }

private:
  scratch_directory scratch_;
  bool mounted_ = false;
};

/// Moves the server's data there; a link stays where it was.
void move_data(town& t, const fs::path& to) {
  REQUIRE(t.server().end());
  fs::copy(t.server().data(), to, fs::copy_options::recursive);
  fs::remove_all(t.server().data());
  fs::create_directory_symlink(to, t.server().data());
  REQUIRE(t.server().launch());
  REQUIRE(t.server().await_ready());
  t.reach();
}

struct numbers {
  std::vector<std::uint64_t> acknowledged;
  json post;
  void publish(person& by) { acknowledged.push_back(must(by, "account.publish", post)["number"]); }
};

} // namespace

TEST_CASE("disk: a full one stops changes and nothing else, and nothing acknowledged is lost [I12] [I1] [I4]",
          "[system]") {
  small_disk disk;
  if (!disk.is_there())
    return;
  town t;
  auto& writer = t.newcomer();
  auto account = t.open_account(writer, "On a small disk");
  move_data(t, disk / "node");
  numbers posts{{}, {{"account", account}, {"text", "A post."}}};
  posts.publish(writer);
  auto reader = t.anybody();
  CHECK(t.at().get("/readyz").status == 200);

  disk.fill_up_to(reserve_bytes - (1u << 20));
  for (int i = 0; i < 3; ++i) {
    auto why = writer.attempt("account.publish", posts.post).why();
    CHECK(why.cause == client::cause::refused);
    CHECK(why.why.code == errc::unavailable);
    CHECK(why.why.retry_after_ms > 0);
    CHECK(why.why.detail.find("disk is full") != std::string::npos);
  }
  auto login = reader.attempt("auth.login", {{"pseudonym", writer.name()}, {"password", writer.password()}});
  CHECK(login.why().why.code == errc::unavailable);
  CHECK(last_number(reader, account) == 1);
  CHECK(must(writer, "user.me")["pseudonym"] == writer.name());
  CHECK(t.at().get("/@" + tour::escape_path("On a small disk")).body.find("A post.") != std::string::npos);
  CHECK(t.at().get("/healthz").status == 200);
  CHECK(t.at().get("/readyz").status == 503);
  CHECK(t.at().get("/readyz").body.find("disk full") != std::string::npos);
  CHECK(t.metric("disk_room_bytes") == 0);
  CHECK(t.metric("refused_disk_full_total") >= 4);

  // Somebody takes the reserve too. Due work, passivation and cursors wait, reading doesn't.
  disk.fill_up_to(0);
  std::this_thread::sleep_for(pulses_enough_to_clear);
  CHECK(last_number(reader, account) == 1);
  CHECK(writer.attempt("account.publish", posts.post).why().why.code == errc::unavailable);
  CHECK(t.at().get("/healthz").status == 200);
  disk.make_room();
  disk.fill_up_to(reserve_bytes - (1u << 20));

  // A restart finds the disk as full as it was, and serves readers all the same.
  REQUIRE(t.server().kill());
  REQUIRE(t.server().launch());
  REQUIRE(t.server().await_ready());
  t.reach();
  CHECK(last_number(reader, account) == 1);
  CHECK(writer.attempt("account.publish", posts.post).why().why.code == errc::unavailable);

  disk.make_room();
  CHECK(t.at().get("/readyz").status == 200);
  for (int i = 0; i < 20; ++i)
    posts.publish(writer);
  REQUIRE(t.server().kill());
  REQUIRE(t.server().launch());
  REQUIRE(t.server().await_ready());
  t.reach();
  CHECK(is_whole(posts.acknowledged, last_number(reader, account)));
}
