// The vault's ciphers: published vectors, and that nothing opens in another place, with another key or after a change.

#include <catch2/catch.hpp>

#include <sys/stat.h>

#include "storage/vault/envelope.hpp"
#include "storage/vault/identity.hpp"
#include "tests/storage_support.hpp"

using namespace charter;
using namespace charter::vault;
using namespace charter::test;
using charter::storage::argon2_cost;

namespace {

bytes from_hex(std::string_view hex) {
  bytes out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    out.push_back(static_cast<std::uint8_t>(std::stoi(std::string{hex.substr(i, 2)}, nullptr, 16)));
  return out;
}

struct fixture {
  scratch_directory scratch;
  seeded_environment env{test_seed("envelope")};
  std::string path = scratch / "vault.keys";
  place here{"identity", "document", std::string("\x01\x00\x02", 3), 1};

  fixture() {
    if (!create_key_file(path, argon2_cost::minimal(), env))
      throw std::runtime_error("no key file");
  }
  key_ring ring() const {
    auto loaded = load_key_file(path);
    if (!loaded)
      throw std::runtime_error(loaded.why().detail);
    return *std::move(loaded);
  }
};

} // namespace

TEST_CASE("envelope: AES-256-GCM gives the vectors of McGrew and Viega (test cases 13 to 16)", "[storage]") {
  struct vector {
    const char *key, *nonce, *additional, *plain, *sealed;
  };
  const char* zero_key = "0000000000000000000000000000000000000000000000000000000000000000";
  const char* key = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
  const vector vectors[] = {
      {zero_key, "000000000000000000000000", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
      {zero_key, "000000000000000000000000", "", "00000000000000000000000000000000",
       "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
      {key, "cafebabefacedbaddecaf888", "",
       "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de65"
       "7ba"
       "637b391aafd255",
       "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0"
       "abc"
       "c9f662898015adb094dac5d93471bdec1a502270e3cc6c"},
      {key, "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
       "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de65"
       "7ba"
       "637b39",
       "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0"
       "abc"
       "c9f66276fc6ece0f4e1768cddf8853bb2d551b"},
  };
  for (auto& v : vectors) {
    auto sealed = gcm_encrypt(from_hex(v.key), from_hex(v.nonce), from_hex(v.additional), from_hex(v.plain));
    CHECK(to_hex(sealed) == v.sealed);
    auto plain = gcm_decrypt(from_hex(v.key), from_hex(v.nonce), from_hex(v.additional), sealed);
    REQUIRE(plain);
    CHECK(to_hex(plain->view()) == v.plain);
  }
}

TEST_CASE("envelope: a sealed value opens in its place, and shows nothing", "[storage]") {
  fixture f;
  auto key = make_data_key(f.env);
  for (std::size_t size : {0, 1, 15, 16, 17, 1000}) {
    std::string plain(size, 'p');
    auto sealed = seal(key, f.here, view_of(plain), f.env);
    CHECK(sealed != seal(key, f.here, view_of(plain), f.env)); // a nonce each
    if (size > 4)
      CHECK(text_of(sealed).find(plain) == std::string::npos);
    auto opened = open(key, f.here, sealed);
    REQUIRE(opened);
    CHECK(text_of(opened->view()) == plain);
  }
}

TEST_CASE("envelope: no other place, key or bytes open it", "[storage]") {
  fixture f;
  auto key = make_data_key(f.env);
  auto sealed = seal(key, f.here, view_of("secret"), f.env);
  auto elsewhere = [&](auto change) {
    auto other = f.here;
    change(other);
    return open(key, other, sealed);
  };
  CHECK_FALSE(elsewhere([](place& p) { p.table = "other"; }));
  CHECK_FALSE(elsewhere([](place& p) { p.column = "other"; }));
  CHECK_FALSE(elsewhere([](place& p) { p.id.back() = 3; }));
  CHECK_FALSE(elsewhere([](place& p) { p.version = 2; }));
  CHECK_FALSE(elsewhere([](place& p) { // the same letters, cut elsewhere
    p.table = "identityd";
    p.column = "ocument";
  }));
  CHECK_FALSE(open(make_data_key(f.env), f.here, sealed));
  for (std::size_t i = 0; i < sealed.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      auto changed = sealed;
      changed[i] ^= static_cast<std::uint8_t>(1 << bit);
      CHECK_FALSE(open(key, f.here, changed));
    }
  for (std::size_t size = 0; size < sealed.size(); ++size)
    CHECK_FALSE(open(key, f.here, byte_view{sealed}.first(size)));
  sealed[0] = 2;
  CHECK(open(key, f.here, sealed).why().code == errc::unavailable); // newer format
}

TEST_CASE("envelope: a data key is wrapped by the newest key, and older ones still unwrap", "[storage]") {
  fixture f;
  auto key = make_data_key(f.env);
  auto old_ring = f.ring();
  auto wrapped = wrap(old_ring, key, f.here, f.env);
  CHECK_FALSE(needs_rewrap(old_ring, wrapped));
  REQUIRE(add_key(f.path, f.env));
  auto ring = f.ring();
  CHECK(ring.newest() == 2);
  CHECK(needs_rewrap(ring, wrapped));
  CHECK(to_hex(unwrap(ring, f.here, wrapped)->view()) == to_hex(key.view()));
  auto again = rewrap(ring, f.here, wrapped, f.env);
  REQUIRE(again);
  CHECK_FALSE(needs_rewrap(ring, *again));
  CHECK(to_hex(unwrap(ring, f.here, *again)->view()) == to_hex(key.view()));
  CHECK(unwrap(old_ring, f.here, *again).why().code == errc::unavailable); // says which key is missing
  CHECK(unwrap(old_ring, f.here, *again).why().detail.find("key 2") != std::string::npos);
  auto elsewhere = f.here;
  elsewhere.id = "other";
  CHECK_FALSE(unwrap(ring, elsewhere, *again));
  for (std::size_t i = 0; i < again->size(); ++i) {
    auto changed = *again;
    changed[i] ^= 1;
    CHECK_FALSE(unwrap(ring, f.here, changed));
  }
  CHECK_FALSE(unwrap(ring, f.here, {}));
}

TEST_CASE("envelope: another deployment's keys open nothing", "[storage]") {
  fixture f;
  auto other = f.scratch / "other.keys";
  REQUIRE(create_key_file(other, argon2_cost::minimal(), f.env));
  auto wrapped = wrap(f.ring(), make_data_key(f.env), f.here, f.env);
  CHECK(unwrap(*load_key_file(other), f.here, wrapped).why().code == errc::internal);
}

TEST_CASE("key file: is made for its owner only, and refused when others may read it", "[storage]") {
  fixture f;
  struct stat info;
  REQUIRE(::stat(f.path.c_str(), &info) == 0);
  CHECK((info.st_mode & 07777) == 0600);
  REQUIRE(add_key(f.path, f.env));
  REQUIRE(::stat(f.path.c_str(), &info) == 0);
  CHECK((info.st_mode & 07777) == 0600);
  for (mode_t mode : {0640, 0604, 0660, 0610, 0601}) {
    REQUIRE(::chmod(f.path.c_str(), mode) == 0);
    CHECK(load_key_file(f.path).why().code == errc::forbidden);
  }
  REQUIRE(::chmod(f.path.c_str(), 0440) == 0);
  CHECK(load_key_file(f.path).why().code == errc::forbidden);
  CHECK(load_key_file(f.path, true)); // a credential's access list shows so
  REQUIRE(::chmod(f.path.c_str(), 0444) == 0);
  CHECK(load_key_file(f.path, true).why().code == errc::forbidden);
  REQUIRE(::chmod(f.path.c_str(), 0400) == 0);
  CHECK(load_key_file(f.path));
}

TEST_CASE("key file: is never overwritten, and a damaged one is refused", "[storage]") {
  fixture f;
  CHECK(create_key_file(f.path, argon2_cost::minimal(), f.env).why().code == errc::conflict);
  CHECK(load_key_file(f.scratch / "absent").why().code == errc::not_found);
  auto whole = read_file(f.path);
  auto with = [&](const std::string& from, const std::string& to) {
    auto text = whole;
    write_file(f.path, text.replace(text.find(from), from.size(), to));
    return load_key_file(f.path);
  };
  CHECK(with("version = 1", "version = 2").why().code == errc::unavailable);
  CHECK(with("charter-vault-keys", "something").why().code == errc::internal);
  CHECK(with("key_1 = \"", "key_1 = \"00").why().code == errc::internal);
  CHECK(with("key_1", "key_x").why().code == errc::internal);
  CHECK(with("digest_key", "digest_kez").why().code == errc::internal);
  CHECK(with("digest_operations", "digest_op").why().code == errc::internal);
  write_file(f.path, whole);
  CHECK(load_key_file(f.path));
}

TEST_CASE("identity: comes back as it was sealed, and is wiped when moved", "[storage]") {
  fixture f;
  plaintext_identity person;
  person.legal_name = "王小明";
  person.document = document_kind::passport;
  person.document_number = "E12345678";
  person.region = "310000";
  person.person = person_kind::foreign_national;
  auto key = make_data_key(f.env);
  auto sealed = seal(key, f.here, encode(person)->view(), f.env);
  auto opened = open(key, f.here, sealed);
  REQUIRE(opened);
  auto back = decode_identity(opened->view());
  REQUIRE(back);
  CHECK(back->legal_name == person.legal_name);
  CHECK(back->document == person.document);
  CHECK(back->document_number == person.document_number);
  CHECK(back->region == person.region);
  CHECK(back->person == person.person);
  for (std::size_t size = 0; size < opened->size(); ++size)
    CHECK_FALSE(decode_identity(opened->view().first(size)));
  auto number = person.document_number.data(); // short: in the object itself
  auto moved = std::move(person);
  CHECK(moved.document_number == "E12345678");
  CHECK(std::string(number, 9) == std::string(9, '\0'));
  moved.legal_name = std::string(1025, 'x');
  CHECK(encode(moved).why().code == errc::too_large);
}

TEST_CASE("identity: one document has one digest however it is written, and no key, no digest [I15]", "[storage]") {
  fixture f;
  auto ring = f.ring();
  auto digest = [&](document_kind kind, std::string_view number) { return *document_digest(ring, kind, number); };
  auto expected = digest(document_kind::resident_id, "11010519491231002X");
  CHECK(digest(document_kind::resident_id, "110105 19491231 002x") == expected);
  CHECK(digest(document_kind::resident_id, "１１０１０５１９４９１２３１００２Ｘ") == expected);
  CHECK(digest(document_kind::resident_id, "110105-19491231-002ｘ") == expected);
  CHECK(digest(document_kind::resident_id, "110105194912310021") != expected);
  CHECK(digest(document_kind::passport, "11010519491231002X") != expected);
  REQUIRE(add_key(f.path, f.env)); // rotation leaves it alone
  CHECK(*document_digest(f.ring(), document_kind::resident_id, "11010519491231002X") == expected);
  auto other = f.scratch / "other.keys";
  REQUIRE(create_key_file(other, argon2_cost::minimal(), f.env));
  CHECK(*document_digest(*load_key_file(other), document_kind::resident_id, "11010519491231002X") != expected);
}
