#pragma once
// One field list per type. Records (MessagePack arrays), the wire (maps), OpenRPC schemas, equality and test
// generators all come from it. Fields are appended, never reordered: old records decode forever.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>

namespace charter {

namespace detail {

constexpr std::size_t count_names(std::string_view list) {
  std::size_t n = 1;
  for (char c : list)
    n += c == ',';
  return n;
}

/// Splits "a, b, c" as the preprocessor spells a macro's arguments.
template <std::size_t N>
constexpr std::array<std::string_view, N> split_names(std::string_view list) {
  std::array<std::string_view, N> names{};
  for (auto& name : names) {
    auto end = list.find(',');
    name = list.substr(0, end);
    while (!name.empty() && name.front() == ' ')
      name.remove_prefix(1);
    // A trailing underscore keeps a field off a C++ keyword; the wire doesn't show it.
    while (!name.empty() && (name.back() == '_' || name.back() == ' '))
      name.remove_suffix(1);
    list = end == list.npos ? std::string_view{} : list.substr(end + 1);
  }
  return names;
}

} // namespace detail

// Inside the struct, after its members.
#define CHARTER_FIELDS(Type, ...)                                                                                      \
  static constexpr auto field_names =                                                                                  \
      ::charter::detail::split_names<::charter::detail::count_names(#__VA_ARGS__)>(#__VA_ARGS__);                      \
  constexpr auto fields() { return std::tie(__VA_ARGS__); }                                                            \
  constexpr auto fields() const { return std::tie(__VA_ARGS__); }                                                      \
  friend bool operator==(const Type&, const Type&) = default;

#define CHARTER_NO_FIELDS(Type)                                                                                        \
  static constexpr std::array<std::string_view, 0> field_names{};                                                      \
  constexpr std::tuple<> fields() const { return {}; }                                                                 \
  friend bool operator==(const Type&, const Type&) = default;

/// A type with a field list.
template <class T>
concept record = requires(T& x) {
  x.fields();
  T::field_names;
};

// After the enum, in its namespace. `First` is the number of the first enumerator; numbers run on without a hole.
#define CHARTER_ENUM(Type, First, ...)                                                                                 \
  constexpr auto enum_names(Type) {                                                                                    \
    return ::charter::detail::split_names<::charter::detail::count_names(#__VA_ARGS__)>(#__VA_ARGS__);                 \
  }                                                                                                                    \
  constexpr std::size_t enum_first(Type) { return First; }

template <class E>
concept named_enum = requires(E e) {
  enum_names(e);
};

template <named_enum E>
constexpr bool is_enumerator(std::uint64_t number) {
  return number >= enum_first(E{}) && number < enum_first(E{}) + enum_names(E{}).size();
}

/// The enumerator's name as the wire spells it. Numbers outside the enum give "?".
template <named_enum E>
constexpr std::string_view to_name(E value) {
  auto number = static_cast<std::uint64_t>(value);
  return is_enumerator<E>(number) ? enum_names(E{})[number - enum_first(E{})] : std::string_view{"?"};
}

/// False when no enumerator has this name.
template <named_enum E>
constexpr bool from_name(std::string_view name, E& value) {
  for (std::size_t i = 0; i < enum_names(E{}).size(); ++i)
    if (enum_names(E{})[i] == name) {
      value = static_cast<E>(i + enum_first(E{}));
      return true;
    }
  return false;
}

} // namespace charter
