#pragma once
// What the domain answers: a value, or a refusal that names its cause and its rule.

#include <cassert>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "domain/codec/fields.hpp"

namespace charter {

/// Why nothing happened. Numbers are in journals and on the wire: append, never reuse.
enum class errc : std::uint8_t {
  invalid_params = 1,      ///< names the field
  unauthenticated = 2,     ///< no token, or one that is over
  forbidden = 3,           ///< known, but not allowed to
  not_found = 4,           ///< no such thing, or no such thing for this caller
  conflict = 5,            ///< the state has moved on, or the same id came with other content
  rate_limited = 6,        ///< later: `retry_after_ms`
  too_large = 7,           ///< over a bound of domain/limits.hpp
  agreement_required = 8,  ///< the current agreement's seven items are not signed (article 6.2)
  identity_required = 9,   ///< no verified identity (article 6.1)
  credential_missing = 10, ///< the provider's or the organisation's credential is absent or over (article 4)
  not_entitled = 11,       ///< the charter grants this account no such kind of post (article 7.2)
  sanctioned = 12,         ///< a sanction in force forbids it (article 8.2)
  unavailable = 13,        ///< safe to try again with the same command id
  internal = 14,           ///< a bug; details are in the server's log only
};
CHARTER_ENUM(errc, 1, invalid_params, unauthenticated, forbidden, not_found, conflict, rate_limited, too_large,
             agreement_required, identity_required, credential_missing, not_entitled, sanctioned, unavailable, internal)

/// The place in a charter that a refusal or a sanction rests on, to be shown and appealed.
struct rule_ref {
  std::string charter; ///< "cn-2014"
  std::string article; ///< "7.2"
  std::string item;    ///< within the article, or a bottom line of the agreement; may be empty
  CHARTER_FIELDS(rule_ref, charter, article, item)

  bool empty() const { return article.empty(); }
};

struct refusal {
  errc code = errc::internal;
  std::string detail;              ///< one sentence for the person who asked
  rule_ref rule;                   ///< empty when no rule of the charter is behind it
  std::string field;               ///< of the parameters, for `invalid_params`
  std::string sanction;            ///< id of the sanction in force, for `sanctioned`
  std::int64_t retry_after_ms = 0; ///< for `rate_limited` and `unavailable`
  CHARTER_FIELDS(refusal, code, detail, rule, field, sanction, retry_after_ms)
};

template <class T>
class [[nodiscard]] result {
public:
  result(T value) : either_(std::in_place_index<0>, std::move(value)) {}
  result(refusal why) : either_(std::in_place_index<1>, std::move(why)) {}

  explicit operator bool() const { return either_.index() == 0; }
  T& operator*() & { return std::get<0>(either_); }
  const T& operator*() const& { return std::get<0>(either_); }
  T&& operator*() && { return std::get<0>(std::move(either_)); }
  T* operator->() { return &std::get<0>(either_); }
  const T* operator->() const { return &std::get<0>(either_); }
  const refusal& why() const& { return std::get<1>(either_); }
  refusal&& why() && { return std::get<1>(std::move(either_)); }

private:
  std::variant<T, refusal> either_;
};

/// For functions that only succeed or refuse.
struct done {
  CHARTER_NO_FIELDS(done)
};
using status = result<done>;

inline refusal refuse(errc code, std::string detail, rule_ref rule = {}) {
  return {code, std::move(detail), std::move(rule), {}, {}, 0};
}
inline refusal invalid(std::string field, std::string detail) {
  return {errc::invalid_params, std::move(detail), {}, std::move(field), {}, 0};
}

/// Stays on in release; never fires on input, only on a bug of ours.
#define CHARTER_ASSERT(condition) ((condition) ? void(0) : ::charter::assertion_failed(#condition, __FILE__, __LINE__))
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

} // namespace charter
