#pragma once
// Identifiers: distinct types of 16 bytes, shown as a kind prefix and 26 base32 letters ("usr_0k3…").
//
// An id is a hash of (principal, command id), computed where commands enter, so that a retry lands on the same entity.
// A case shows four prefixes (cas_, cmp_, snc_, apl_) over the same bytes: application, complaint, sanction and
// appeal are aspects of one case.

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "domain/bytes.hpp"
#include "domain/result.hpp"

namespace charter {

/// What an entity is. Numbers are in journals: append, never reuse.
enum class entity_kind : std::uint8_t {
  user = 1,
  name = 2,     ///< one per pseudonym or account name
  identity = 3, ///< one per person, sealed, in the vault's shards
  organisation = 4,
  account = 5, ///< public account
  chat = 6,
  case_file = 7,  ///< application, complaint, sanction and appeal
  office = 8,     ///< regulator office
  policy = 9,     ///< one
  audit_log = 10, ///< one
};
CHARTER_ENUM(entity_kind, 1, user, name, identity, organisation, account, chat, case_file, office, policy, audit_log)

using id_bytes = std::array<std::uint8_t, 16>;

template <entity_kind K>
struct id {
  id_bytes raw{};

  static constexpr entity_kind kind = K;
  bool empty() const { return raw == id_bytes{}; }
  friend auto operator<=>(const id&, const id&) = default;
};

using user_id = id<entity_kind::user>;
using name_id = id<entity_kind::name>;
using identity_id = id<entity_kind::identity>;
using organisation_id = id<entity_kind::organisation>;
using account_id = id<entity_kind::account>;
using chat_id = id<entity_kind::chat>;
using case_id = id<entity_kind::case_file>;
using office_id = id<entity_kind::office>;

/// Any entity.
struct entity_id {
  entity_kind kind = entity_kind::user;
  id_bytes raw{};

  entity_id() = default;
  constexpr entity_id(entity_kind k, const id_bytes& b) : kind(k), raw(b) {}
  template <entity_kind K>
  constexpr entity_id(const id<K>& x) : kind(K), raw(x.raw) {}

  template <entity_kind K>
  id<K> as() const {
    CHARTER_ASSERT(kind == K);
    return {raw};
  }
  bool empty() const { return raw == id_bytes{}; }
  friend auto operator<=>(const entity_id&, const entity_id&) = default;
};

/// The one policy entity and the one audit log.
inline constexpr entity_id policy_entity{entity_kind::policy, {'p', 'o', 'l', 'i', 'c', 'y'}};
inline constexpr entity_id audit_log_entity{entity_kind::audit_log, {'a', 'u', 'd', 'i', 't'}};

/// An item of an entity's stream: a post of an account, a filing of an office. Shown as "pst_<26 letters>-<number>".
template <entity_kind K, int Tag>
struct item_id {
  id<K> owner;
  std::uint64_t number = 0; ///< from 1
  friend auto operator<=>(const item_id&, const item_id&) = default;
};
using post_id = item_id<entity_kind::account, 0>;
using filing_id = item_id<entity_kind::office, 0>;
using report_id = item_id<entity_kind::office, 1>;
using referral_id = item_id<entity_kind::office, 2>;

/// Names one opening of an identity. Not derived from the identity, so that it links nothing.
struct disclosure_id {
  id_bytes raw{};
  bool empty() const { return raw == id_bytes{}; }
  friend auto operator<=>(const disclosure_id&, const disclosure_id&) = default;
};

/// A client's UUIDv7; all zero for changes that no client asked for.
struct command_id {
  id_bytes raw{};
  bool empty() const { return raw == id_bytes{}; }
  friend auto operator<=>(const command_id&, const command_id&) = default;
};

enum class case_aspect : std::uint8_t { application, complaint, sanction, appeal };
CHARTER_ENUM(case_aspect, 0, application, complaint, sanction, appeal)

// -- text -----------------------------------------------------------------------

/// 26 letters of Crockford's base32, lower case.
std::string base32(const id_bytes& raw);

template <entity_kind K>
std::string to_text(const id<K>& x) {
  std::string to_text(const entity_id&);
  return to_text(entity_id{x});
}
std::string to_text(const entity_id& x); ///< a case as `cas_`
std::string to_text(const case_id& x, case_aspect aspect);
std::string to_text(const post_id& x);
std::string to_text(const filing_id& x);
std::string to_text(const report_id& x);
std::string to_text(const referral_id& x);
std::string to_text(const disclosure_id& x);
std::string to_text(const command_id& x); ///< 8-4-4-4-12 hex

// False unless the text is exactly what to_text gives (any of the four prefixes for a case).
bool parse(std::string_view text, entity_id& x);
template <entity_kind K>
bool parse(std::string_view text, id<K>& x) {
  entity_id any;
  if (!parse(text, any) || any.kind != K)
    return false;
  x.raw = any.raw;
  return true;
}
bool parse(std::string_view text, post_id& x);
bool parse(std::string_view text, filing_id& x);
bool parse(std::string_view text, report_id& x);
bool parse(std::string_view text, referral_id& x);
bool parse(std::string_view text, disclosure_id& x);
bool parse(std::string_view text, command_id& x);

/// Milliseconds since 1970 in a UUIDv7; nothing else about it is checked here.
std::uint64_t uuid7_ms(const command_id& x);
/// Version and variant bits as RFC 9562 wants them in version 7.
bool is_uuid7(const command_id& x);

// -- placement ------------------------------------------------------------------

using shard_id = std::uint16_t;

/// Where an entity lives: FNV-1a (64 bit) over kind and bytes, folded, modulo `shards`. Fixed for ever; vectors in
/// tests/ids_test.cpp. Identities live in the vault's shards instead, see `vault_shard_of`.
shard_id shard_of(const entity_id& x, shard_id shards);

/// Vault shards are numbered from here.
inline constexpr shard_id first_vault_shard = 0x8000;
inline constexpr shard_id vault_shards = 4;
shard_id vault_shard_of(const identity_id& x);

std::uint64_t fnv1a(byte_view data, std::uint64_t seed = 0xcbf29ce484222325u);

} // namespace charter

template <>
struct std::hash<charter::entity_id> {
  std::size_t operator()(const charter::entity_id& x) const noexcept {
    std::uint64_t low;
    __builtin_memcpy(&low, x.raw.data(), sizeof low);
    std::uint64_t high;
    __builtin_memcpy(&high, x.raw.data() + 8, sizeof high);
    return (low ^ (high * 0x9e3779b97f4a7c15u)) + static_cast<std::size_t>(x.kind);
  }
};
