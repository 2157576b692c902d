#include <catch2/catch.hpp>

#include "domain/ids.hpp"

using namespace charter;

namespace {

id_bytes all(std::uint8_t byte) {
  id_bytes raw;
  raw.fill(byte);
  return raw;
}

id_bytes counted() {
  id_bytes raw;
  for (std::uint8_t i = 0; i < raw.size(); ++i)
    raw[i] = i;
  return raw;
}

} // namespace

// Computed apart from the code, with FNV-1a as published: an entity that moved would be lost.
TEST_CASE("ids: an entity's shard never changes", "[domain]") {
  CHECK(shard_of({entity_kind::user, all(0)}, 16) == 11);
  CHECK(shard_of({entity_kind::user, counted()}, 16) == 12);
  CHECK(shard_of({entity_kind::user, all(0xff)}, 16) == 9);
  CHECK(shard_of({entity_kind::name, counted()}, 16) == 14);
  CHECK(shard_of({entity_kind::account, all(0)}, 16) == 5);
  CHECK(shard_of({entity_kind::account, counted()}, 16) == 7);
  CHECK(shard_of({entity_kind::account, all(0xff)}, 16) == 13);
  CHECK(shard_of({entity_kind::user, all(0)}, 1000) == 787);
  CHECK(shard_of({entity_kind::account, all(0)}, 1000) == 805);
}

TEST_CASE("ids: a person's vault shard never changes, and is none of the others", "[domain]") {
  CHECK(vault_shard_of({all(0)}) == first_vault_shard + 2);
  CHECK(vault_shard_of({counted()}) == first_vault_shard + 0);
  CHECK(vault_shard_of({all(0xff)}) == first_vault_shard + 2);
}
