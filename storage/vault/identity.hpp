#pragma once
// A verified person in plain text, and the digest by which the same person is found again.
//
// Only storage/vault, actors/vault and their tests may name this type (script/lint checks it). It is made, sealed and
// wiped within one message; it is never logged, and has no field list, so that no codec can show it.
// What can fail: `internal` for bytes that are none; `unavailable` when Argon2id gets no memory.

#include <string>

#include "domain/bytes.hpp"
#include "domain/codec/fields.hpp"
#include "domain/result.hpp"
#include "storage/vault/key_file.hpp"
#include "storage/vault/secret.hpp"

namespace charter::vault {

/// Numbers are in sealed values: append, never reuse.
enum class document_kind : std::uint8_t { resident_id = 1, passport = 2, residence_permit = 3, travel_permit = 4 };
CHARTER_ENUM(document_kind, 1, resident_id, passport, residence_permit, travel_permit)

enum class person_kind : std::uint8_t { citizen = 1, foreign_national = 2 };
CHARTER_ENUM(person_kind, 1, citizen, foreign_national)

/// Wiped when it goes; moves only.
struct plaintext_identity {
  std::string legal_name;
  document_kind document = document_kind::resident_id;
  std::string document_number; ///< as the document shows it
  std::string region;          ///< GB/T 2260 code of the document's province
  person_kind person = person_kind::citizen;

  plaintext_identity() = default;
  plaintext_identity(plaintext_identity&& other) noexcept;
  plaintext_identity& operator=(plaintext_identity&& other) noexcept;
  ~plaintext_identity();
};

/// What gets sealed: version u8 (1) | document u8 | person u8 | three texts, each u16 big endian length and bytes.
/// Errors: `too_large` when a text has over 1,024 bytes.
result<secret_bytes> encode(const plaintext_identity& identity);
result<plaintext_identity> decode_identity(byte_view data);

/// Upper case, without spaces and hyphens, full-width letters and digits made ordinary: the forms in which people
/// write one number.
std::string normalise_document_number(std::string_view number);

/// Argon2id of kind and number, keyed per deployment: equal for equal documents, and of no use without the key file.
/// Slow (tens of milliseconds and 64 MiB at the production cost). Errors: `unavailable`.
result<digest32> document_digest(const key_ring& ring, document_kind kind, std::string_view number);

} // namespace charter::vault
