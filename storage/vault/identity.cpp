#include "storage/vault/identity.hpp"

#include <algorithm>
#include <utility>

#include <sodium.h>

#include "storage/digest.hpp"

namespace charter::vault {

namespace {

constexpr std::uint8_t version_known = 1;
constexpr std::size_t lead_bytes = 3;
constexpr std::size_t text_bytes_max = 1024;

/// Moves a text and leaves nothing in the small buffer of the source.
void move_secret(std::string& to, std::string& from) {
  wipe(to);
  to = std::move(from);
  wipe(from);
}

bool take_text(byte_view& data, std::string& text) {
  if (data.size() < 2)
    return false;
  auto size = static_cast<std::size_t>(data[0] << 8 | data[1]);
  if (size > text_bytes_max || data.size() < 2 + size)
    return false;
  text = text_of(data.subspan(2, size));
  data = data.subspan(2 + size);
  return true;
}

refusal damaged() { return refuse(errc::internal, "an opened identity does not decode"); }

/// U+FF01 to U+FF5E, in UTF-8, are the full-width forms of '!' to '~'.
bool take_full_width(std::string_view& text, char& plain) {
  if (text.size() < 3 || text[0] != '\xef')
    return false;
  auto second = static_cast<std::uint8_t>(text[1]);
  auto third = static_cast<std::uint8_t>(text[2]);
  if ((second != 0xbc && second != 0xbd) || third < 0x80 || third > 0xbf)
    return false;
  auto offset = (second - 0xbc) * 0x40 + (third - 0x80);
  if (offset < 1 || offset > 0x5e)
    return false;
  plain = static_cast<char>(' ' + offset);
  text.remove_prefix(3);
  return true;
}

} // namespace

plaintext_identity::plaintext_identity(plaintext_identity&& other) noexcept { *this = std::move(other); }

plaintext_identity& plaintext_identity::operator=(plaintext_identity&& other) noexcept {
  if (this == &other)
    return *this;
  move_secret(legal_name, other.legal_name);
  move_secret(document_number, other.document_number);
  move_secret(region, other.region);
  document = other.document;
  person = other.person;
  return *this;
}

plaintext_identity::~plaintext_identity() {
  wipe(legal_name);
  wipe(document_number);
  wipe(region);
}

result<secret_bytes> encode(const plaintext_identity& identity) {
  const std::string* texts[] = {&identity.legal_name, &identity.document_number, &identity.region};
  std::size_t size = lead_bytes;
  for (auto text : texts) {
    if (text->size() > text_bytes_max)
      return refuse(errc::too_large, "a field of an identity has at most 1024 bytes");
    size += 2 + text->size();
  }
  secret_bytes out{size};
  auto at = out.data();
  *at++ = version_known;
  *at++ = static_cast<std::uint8_t>(identity.document);
  *at++ = static_cast<std::uint8_t>(identity.person);
  for (auto text : texts) {
    *at++ = static_cast<std::uint8_t>(text->size() >> 8);
    *at++ = static_cast<std::uint8_t>(text->size());
    at = std::copy(text->begin(), text->end(), at);
  }
  return out;
}

result<plaintext_identity> decode_identity(byte_view data) {
  if (data.size() < lead_bytes)
    return damaged();
  if (data[0] > version_known)
    return refuse(errc::unavailable, "an identity was written by a newer version of Charter");
  if (!is_enumerator<document_kind>(data[1]) || !is_enumerator<person_kind>(data[2]))
    return damaged();
  plaintext_identity out;
  out.document = static_cast<document_kind>(data[1]);
  out.person = static_cast<person_kind>(data[2]);
  data = data.subspan(lead_bytes);
  if (!take_text(data, out.legal_name) || !take_text(data, out.document_number) || !take_text(data, out.region) ||
      !data.empty())
    return damaged();
  return out;
}

std::string normalise_document_number(std::string_view number) {
  std::string out;
  out.reserve(number.size());
  while (!number.empty()) {
    char c = number.front();
    if (number.starts_with("\u3000")) { // ideographic space
      number.remove_prefix(3);
      continue;
    }
    if (!take_full_width(number, c))
      number.remove_prefix(1);
    if (c == ' ' || c == '\t' || c == '-')
      continue;
    out.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
  }
  return out;
}

result<digest32> document_digest(const key_ring& ring, document_kind kind, std::string_view number) {
  storage::start_sodium();
  auto normal = normalise_document_number(number);
  std::string message(1, static_cast<char>(kind));
  message.reserve(1 + normal.size());
  message += normal;
  // The key goes in first, so that without it not even the slow hash can be tried; the salt only has to be fixed.
  auto keyed = storage::hmac_sha256(ring.digest_key().view(), view_of(message));
  auto salt = storage::hmac_sha256(ring.digest_key().view(), view_of("charter document digest salt"));
  static_assert(sizeof salt >= crypto_pwhash_SALTBYTES);
  digest32 out;
  auto cost = ring.digest_cost();
  auto outcome = crypto_pwhash(out.data(), out.size(), reinterpret_cast<const char*>(keyed.data()), keyed.size(),
                               salt.data(), cost.operations, cost.memory_bytes, crypto_pwhash_ALG_ARGON2ID13);
  wipe(normal);
  wipe(message);
  wipe(keyed.data(), keyed.size());
  if (outcome != 0)
    return refuse(errc::unavailable, "no memory for a document's digest");
  return out;
}

} // namespace charter::vault
