#pragma once
// Values that can be erased: personal fields, chat bodies, salts, wrapped keys.
//
// In a journal record such a value stands in the erasable body; the header keeps only its place. Once the body is
// gone the record decodes all the same, with the value `erased`, and the state that replay gives says so too.

#include <optional>
#include <string>
#include <utility>

#include "domain/bytes.hpp"

namespace charter {

template <class T>
struct personal {
  std::optional<T> value; ///< empty: erased

  personal() : value(T{}) {}
  personal(T v) : value(std::move(v)) {}
  static personal erased() {
    personal x;
    x.value.reset();
    return x;
  }
  bool is_erased() const { return !value; }
  /// The value, or a default one when erased.
  T value_or_empty() const { return value ? *value : T{}; }
  friend bool operator==(const personal&, const personal&) = default;
};

using personal_text = personal<std::string>;

} // namespace charter
