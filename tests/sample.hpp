#pragma once
// A value of any type with a field list, every part of it filled: numbers count on, texts and ids differ, options are
// there, lists have one item. The same calls give the same values for ever, so golden records are made from it.

#include "domain/codec/record.hpp"

namespace charter::test {

class sampler {
public:
  template <class T>
  void fill(T& x) {
    using namespace codec::detail;
    if constexpr (record<T>)
      std::apply([&](auto&... field) { (fill(field), ...); }, x.fields());
    else if constexpr (std::is_same_v<T, bool>)
      x = true;
    else if constexpr (named_enum<T>)
      x = static_cast<T>(enum_first(T{}) + next() % enum_names(T{}).size());
    else if constexpr (std::is_enum_v<T> || std::is_integral_v<T>)
      x = static_cast<T>(next() % 100);
    else if constexpr (std::is_same_v<T, std::string>)
      x = "text " + std::to_string(next());
    else if constexpr (std::is_same_v<T, bytes>)
      x.assign(3, static_cast<std::uint8_t>(next()));
    else if constexpr (is_byte_array<T>::value)
      x.fill(static_cast<std::uint8_t>(next()));
    else if constexpr (std::is_same_v<T, entity_id> || raw_id<T>)
      fill(x.raw);
    else if constexpr (is_item_id<T>::value)
      fill(x.owner), x.number = next();
    else if constexpr (is_time<T>::value)
      x = T{typename T::duration{1'700'000'000'000 + static_cast<std::int64_t>(next())}};
    else if constexpr (is_duration<T>::value)
      x = T{static_cast<std::int64_t>(next())};
    else if constexpr (is_optional<T>::value)
      fill(x.emplace());
    else if constexpr (is_vector<T>::value)
      fill(x.emplace_back());
    else if constexpr (is_set<T>::value)
      x.insert(made<typename T::value_type>());
    else if constexpr (is_map<T>::value)
      fill(x[made<typename T::key_type>()]);
    else if constexpr (is_variant<T>::value)
      fill_alternative(x, next() % std::variant_size_v<T>);
    else if constexpr (is_personal<T>::value)
      fill(x.value.emplace());
    else
      static_assert(always_false<T>, "this type has no sample");
  }

  template <class T>
  T made() {
    T x{};
    fill(x);
    return x;
  }

  template <class Variant>
  void fill_alternative(Variant& x, std::size_t index) {
    [&]<std::size_t... Is>(std::index_sequence<Is...>) {
      ((index == Is && (fill(x.template emplace<Is>()), true)) || ...);
    }
    (std::make_index_sequence<std::variant_size_v<Variant>>{});
  }

private:
  std::uint64_t next() { return ++count_; }

  std::uint64_t count_ = 0;
};

} // namespace charter::test
