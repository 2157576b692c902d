// What seals chat bodies: ciphertext that opens in its own chat, with its own key file, unchanged, and not otherwise.

#include "actors/chat_seal.hpp"

#include <catch2/catch.hpp>

#include "storage/vault/key_file.hpp"
#include "tests/domain_fixture.hpp"
#include "tests/storage_support.hpp"

using namespace charter;
using namespace charter::test;

namespace {

const auto tea = named<chat_id>("tea");

struct fixture {
  scratch_directory scratch;
  seeded_environment env{test_seed("chat seal")};

  std::unique_ptr<chat_seal> load(const std::string& file) {
    if (!fs::exists(scratch / file))
      REQUIRE(vault::create_key_file(scratch / file, storage::argon2_cost::minimal(), env));
    auto seal = chat_seal::load(scratch / file, env);
    REQUIRE(seal);
    return *std::move(seal);
  }
};

} // namespace

TEST_CASE("chat seal: what is sealed shows nothing of the words, and opens in its own chat only [I11]", "[actors]") {
  fixture f;
  auto seal = f.load("keys");
  std::string words = "meet me where the tea is";
  auto sealed = seal->seal(tea, words);
  for (std::size_t at = 0; at + 4 <= words.size(); ++at)
    CHECK(text_of(sealed).find(words.substr(at, 4)) == std::string_view::npos);
  CHECK(seal->seal(tea, words) != sealed); // the same words twice don't show that they are the same
  CHECK(*seal->open(tea, sealed) == words);
  CHECK(refused_with(seal->open(named<chat_id>("milk"), sealed)) == errc::internal);
  CHECK(*f.load("keys")->open(tea, sealed) == words); // after a restart
  CHECK(refused_with(f.load("other keys")->open(tea, sealed)) == errc::internal);
}

TEST_CASE("chat seal: a body that was changed or cut doesn't open", "[actors]") {
  fixture f;
  auto seal = f.load("keys");
  auto sealed = seal->seal(tea, "words");
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    auto changed = sealed;
    changed[at] ^= 1;
    CHECK_FALSE(seal->open(tea, changed));
    CHECK_FALSE(seal->open(tea, byte_view{sealed}.first(at)));
  }
}

TEST_CASE("chat seal: without a key file there is no seal", "[actors]") {
  fixture f;
  CHECK(refused_with(chat_seal::load(f.scratch / "absent", f.env)) == errc::not_found);
}
