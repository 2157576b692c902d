// Digests and checksums against published vectors; small files and directories; passwords.

#include <catch2/catch.hpp>

#include <sys/stat.h>

#include "storage/crc32c.hpp"
#include "storage/digest.hpp"
#include "storage/password.hpp"
#include "storage/small_file.hpp"
#include "storage/system_environment.hpp"
#include "tests/storage_support.hpp"

using namespace charter;
using namespace charter::storage;
using namespace charter::test;

TEST_CASE("digest: SHA-256 gives the vectors of FIPS 180-4", "[storage]") {
  CHECK(to_hex(sha256(view_of(""))) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(sha256(view_of("abc"))) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(to_hex(sha256(view_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256({view_of("a"), view_of(""), view_of("bc")}) == sha256(view_of("abc")));
  sha256_stream stream;
  std::string thousand(1000, 'a');
  for (int i = 0; i < 1000; ++i)
    stream.add(view_of(thousand));
  CHECK(to_hex(stream.finish()) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("digest: HMAC-SHA-256 gives the vectors of RFC 4231", "[storage]") {
  bytes key1(20, 0x0b), key3(20, 0xaa), data3(50, 0xdd), key6(131, 0xaa);
  CHECK(to_hex(hmac_sha256(key1, view_of("Hi There"))) ==
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(to_hex(hmac_sha256(view_of("Jefe"), view_of("what do ya want for nothing?"))) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(to_hex(hmac_sha256(key3, data3)) == "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  CHECK(to_hex(hmac_sha256(key6, view_of("Test Using Larger Than Block-Size Key - Hash Key First"))) ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  CHECK(to_hex(hmac_sha256({}, {})) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST_CASE("digest: secrets are equal only when all bytes are", "[storage]") {
  CHECK(equal_secrets(view_of("same"), view_of("same")));
  CHECK_FALSE(equal_secrets(view_of("same"), view_of("sama")));
  CHECK_FALSE(equal_secrets(view_of("same"), view_of("sam")));
  CHECK(equal_secrets({}, {}));
}

TEST_CASE("crc32c: gives the vectors of RFC 3720, with and without the instruction", "[storage]") {
  bytes zeros(32, 0), ones(32, 0xff), up(32), down(32);
  for (std::uint8_t i = 0; i < 32; ++i) {
    up[i] = i;
    down[i] = static_cast<std::uint8_t>(31 - i);
  }
  for (auto crc : {crc32c, crc32c_by_table}) {
    CHECK(crc(view_of("123456789"), 0) == 0xe3069283);
    CHECK(crc(zeros, 0) == 0x8a9136aa);
    CHECK(crc(ones, 0) == 0x62a8ab43);
    CHECK(crc(up, 0) == 0x46dd794e);
    CHECK(crc(down, 0) == 0x113fdb5c);
    CHECK(crc({}, 0) == 0);
    CHECK(crc(view_of("56789"), crc(view_of("1234"), 0)) == 0xe3069283);
  }
  std::mt19937_64 random{test_seed("crc32c")};
  for (std::size_t size = 0; size < 300; ++size) {
    auto text = random_text(random, size);
    CHECK(crc32c(view_of(text)) == crc32c_by_table(view_of(text)));
  }
}

TEST_CASE("small file: is replaced as a whole, with the mode asked for", "[storage]") {
  scratch_directory scratch;
  auto path = scratch / "file";
  CHECK(read_small_file(path).why().code == errc::not_found);
  REQUIRE(write_small_file(path, "one"));
  REQUIRE(write_small_file(path, "two", 0600));
  CHECK(*read_small_file(path) == "two");
  struct stat info;
  REQUIRE(::stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 07777) == 0600);
  CHECK(read_small_file(path, 2).why().code == errc::too_large);
  CHECK_FALSE(fs::exists(path + ".new"));
  CHECK_FALSE(write_small_file(scratch / "no/such/place", "x"));
}

TEST_CASE("small file: flat tables hold names, numbers and texts, and nothing else", "[storage]") {
  auto table = parse_flat("# comment\n\n a_1 = 12\nb=\"x y\"  \r\n");
  REQUIRE(table);
  CHECK(*table == flat_table{{"a_1", "12"}, {"b", "x y"}});
  CHECK(*flat_number(*table, "a_1", 12) == 12);
  CHECK_FALSE(flat_number(*table, "a_1", 11));
  CHECK_FALSE(flat_number(*table, "b", 11));
  CHECK_FALSE(flat_number(*table, "c", 11));
  for (auto bad : {"a", "= 1", "a = ", "a = x", "a = \"x", "a = 1\na = 2", "[t]", "a = \"\\n\"", "A = 1"})
    CHECK_FALSE(parse_flat(bad));
  CHECK(parse_flat("a = 1\n\nb").why().field == "line 3");
}

TEST_CASE("data directory: an identity comes back as it was written", "[storage]") {
  scratch_directory scratch;
  auto directory = make_directory(scratch, 7);
  auto identity = *read_directory_identity(directory);
  CHECK(identity.id.size() == 32);
  CHECK(identity.shards == 7);
  CHECK(identity.incarnation == 1);
  identity.incarnation = 2;
  REQUIRE(write_directory_identity(directory, identity));
  CHECK(read_directory_identity(directory)->incarnation == 2);
  open_journal(directory);
  seeded_environment env;
  CHECK(create_data_directory(directory, 7, env).why().code == errc::conflict);
  CHECK_FALSE(create_data_directory(scratch / "zero", 0, env));
  write_file(directory + "/DIRECTORY", "magic = \"something else\"\n");
  CHECK(read_directory_identity(directory).why().code == errc::internal);
}

TEST_CASE("password: verifies only the one that was hashed, and asks for a rehash at another cost", "[storage]") {
  auto stored = *hash_password("correct horse", argon2_cost::minimal());
  CHECK(stored.starts_with("$argon2id$"));
  CHECK(verify_password(stored, "correct horse"));
  CHECK_FALSE(verify_password(stored, "correct horsf"));
  CHECK_FALSE(verify_password(stored, ""));
  CHECK_FALSE(verify_password("nonsense", "correct horse"));
  CHECK_FALSE(verify_password(std::string(500, '$'), "correct horse"));
  CHECK(stored != *hash_password("correct horse", argon2_cost::minimal()));
  CHECK_FALSE(needs_rehash(stored, argon2_cost::minimal()));
  CHECK(needs_rehash(stored, argon2_cost::interactive()));
  CHECK(needs_rehash("nonsense", argon2_cost::minimal()));
  CHECK(hash_password(std::string(1025, 'x'), argon2_cost::minimal()).why().code == errc::too_large);
}

TEST_CASE("system environment: tells a plausible time and gives bytes that differ", "[storage]") {
  system_environment env;
  CHECK(env.now() > timestamp{} + std::chrono::hours(24 * 365 * 50));
  bytes a(64), b(64);
  env.fill_random(a);
  env.fill_random(b);
  CHECK((a != b));
}
