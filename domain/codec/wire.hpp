#pragma once
// The wire form: maps with named fields, ids as text, times in RFC 3339. The same for JSON and MessagePack clients.
//
// One walk over a type's field list gives the decoder, the encoder and the OpenRPC schema, so the three can't differ.
// Heavy to include (nlohmann-json): for net/ and the command line only.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "domain/answers.hpp"
#include "domain/codec/record.hpp"
#include "domain/result.hpp"

namespace charter::wire {

using json = nlohmann::json;

/// Lists in parameters are short; pages are asked for with `limit`.
inline constexpr std::size_t limits_list_max = 512;

/// base64url without padding (RFC 4648, section 5).
std::string to_base64(byte_view data);
bool from_base64(std::string_view text, bytes& out);

template <class T>
concept text_id = requires(const T& x, T& y) {
  { to_text(x) } -> std::same_as<std::string>;
  { parse(std::string_view{}, y) } -> std::same_as<bool>;
};

template <class T>
struct is_string_map : std::false_type {};
template <class V>
struct is_string_map<std::map<std::string, V>> : std::true_type {};

// -- out --------------------------------------------------------------------------

template <class T>
json encode(const T& x) {
  using namespace codec::detail;
  if constexpr (record<T>) {
    json map = json::object();
    std::size_t at = 0;
    auto put = [&](const auto& field) {
      auto value = wire::encode(field);
      auto& name = T::field_names[at++];
      if (!value.is_null()) // an absent value is an absent field
        map[std::string{name}] = std::move(value);
    };
    std::apply([&](const auto&... field) { (put(field), ...); }, x.fields());
    return map;
  } else if constexpr (named_enum<T>) {
    return std::string{to_name(x)};
  } else if constexpr (text_id<T>) {
    return x == T{} ? json(nullptr) : json(to_text(x));
  } else if constexpr (is_time<T>::value) {
    return to_text(x);
  } else if constexpr (is_duration<T>::value) {
    return x.count();
  } else if constexpr (is_optional<T>::value) {
    return x ? wire::encode(*x) : json(nullptr);
  } else if constexpr (is_personal<T>::value) {
    return x.value ? wire::encode(*x.value) : json(nullptr);
  } else if constexpr (std::is_same_v<T, bytes> || is_byte_array<T>::value) {
    return to_base64(x);
  } else if constexpr (is_vector<T>::value || is_set<T>::value) {
    json list = json::array();
    for (const auto& item : x)
      list.push_back(wire::encode(item));
    return list;
  } else if constexpr (is_string_map<T>::value) {
    json map = json::object();
    for (const auto& [key, value] : x)
      map[key] = wire::encode(value);
    return map;
  } else if constexpr (is_variant<T>::value) {
    return std::visit([](const auto& alternative) { return wire::encode(alternative); }, x);
  } else {
    return x; // numbers, booleans, text
  }
}

// -- in ---------------------------------------------------------------------------

/// Where we are in the parameters, for "names the field".
struct path {
  const path* parent = nullptr;
  std::string_view name{};
  std::size_t index = 0;

  std::string text() const;
};

/// Errors: `invalid_params` with the field's path: a wrong type, an unknown or a missing field, a bad id or time.
/// Optional fields may be absent or null; all others must be there.
template <class T>
status decode(const json& in, T& x, const path& at);

namespace detail {

refusal expected(const path& at, std::string_view what, const json& found);

template <record T>
status decode_record(const json& in, T& x, const path& at) {
  if (!in.is_object())
    return expected(at, "an object", in);
  for (const auto& [key, value] : in.items())
    if (std::find(T::field_names.begin(), T::field_names.end(), key) == T::field_names.end())
      return invalid(path{&at, key}.text(), "there is no such field");
  status outcome = done{};
  std::size_t index = 0;
  auto take = [&](auto& field) {
    using F = std::remove_reference_t<decltype(field)>;
    path here{&at, T::field_names[index++]};
    if (!outcome)
      return;
    auto found = in.find(here.name);
    if (found != in.end() && !found->is_null())
      outcome = wire::decode(*found, field, here);
    else if constexpr (!codec::detail::is_optional<F>::value)
      outcome = invalid(here.text(), "this field is missing");
  };
  std::apply([&](auto&... field) { (take(field), ...); }, x.fields());
  return outcome;
}

} // namespace detail

template <class T>
status decode(const json& in, T& x, const path& at) {
  using namespace codec::detail;
  using detail::expected;
  if constexpr (record<T>) {
    return detail::decode_record(in, x, at);
  } else if constexpr (named_enum<T>) {
    if (!in.is_string() || !from_name(in.get_ref<const std::string&>(), x)) {
      std::string names;
      for (auto name : enum_names(T{}))
        names.append(names.empty() ? "one of " : ", ").append(name);
      return expected(at, names, in);
    }
  } else if constexpr (text_id<T>) {
    if (!in.is_string() || !parse(in.get_ref<const std::string&>(), x))
      return expected(at, "an id of the right kind", in);
  } else if constexpr (is_time<T>::value) {
    if (!in.is_string())
      return expected(at, "a time such as 2026-11-24T13:56:44.000Z", in);
    auto time = parse_time(in.get_ref<const std::string&>());
    if (!time)
      return invalid(at.text(), time.why().detail);
    x = *time;
  } else if constexpr (is_duration<T>::value) {
    if (!in.is_number_integer() || in.get<std::int64_t>() < 0)
      return expected(at, "milliseconds, not negative", in);
    x = T{in.get<std::int64_t>()};
  } else if constexpr (is_optional<T>::value) {
    return wire::decode(in, x.emplace(), at);
  } else if constexpr (is_personal<T>::value) {
    return wire::decode(in, x.value.emplace(), at);
  } else if constexpr (std::is_same_v<T, bytes>) {
    if (!in.is_string() || !from_base64(in.get_ref<const std::string&>(), x))
      return expected(at, "bytes in base64url", in);
  } else if constexpr (is_byte_array<T>::value) {
    bytes data;
    if (!in.is_string() || !from_base64(in.get_ref<const std::string&>(), data) || data.size() != x.size())
      return expected(at, std::to_string(x.size()) + " bytes in base64url", in);
    std::copy(data.begin(), data.end(), x.begin());
  } else if constexpr (is_vector<T>::value) {
    if (!in.is_array())
      return expected(at, "a list", in);
    if (in.size() > limits_list_max)
      return refuse(errc::too_large, at.text() + " has more than " + std::to_string(limits_list_max) + " items");
    for (std::size_t i = 0; i < in.size(); ++i)
      if (auto item = wire::decode(in[i], x.emplace_back(), path{&at, {}, i}); !item)
        return item;
  } else if constexpr (std::is_same_v<T, bool>) {
    if (!in.is_boolean())
      return expected(at, "true or false", in);
    x = in.get<bool>();
  } else if constexpr (std::is_integral_v<T>) {
    bool fits = in.is_number_unsigned()
                    ? in.get<std::uint64_t>() <= static_cast<std::uint64_t>(std::numeric_limits<T>::max())
                    : in.is_number_integer() && std::is_signed_v<T>;
    if (!fits)
      return expected(at, std::is_signed_v<T> ? "a whole number" : "a whole number, not negative", in);
    x = in.get<T>();
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (!in.is_string())
      return expected(at, "text", in);
    x = in.get<std::string>();
  } else if constexpr (std::is_same_v<T, json>) {
    x = in;
  } else {
    static_assert(codec::detail::always_false<T>, "this type can't come in over the wire");
  }
  return done{};
}

// -- schema -----------------------------------------------------------------------

/// JSON Schema (draft 7) of the wire form.
template <class T>
json schema() {
  using namespace codec::detail;
  if constexpr (record<T>) {
    static thread_local bool inside = false; // a type that holds itself
    if (inside)
      return {{"type", "object"}};
    inside = true;
    json out{{"type", "object"}, {"properties", json::object()}, {"additionalProperties", false}};
    std::vector<std::string> required;
    std::size_t index = 0;
    auto add = [&]<class F>(const F*) {
      std::string name{T::field_names[index++]};
      out["properties"][name] = wire::schema<F>();
      if (!is_optional<F>::value)
        required.push_back(name);
    };
    T x{};
    std::apply([&]<class... F>(const F&...) { (add(static_cast<const F*>(nullptr)), ...); }, std::as_const(x).fields());
    if (!required.empty())
      out["required"] = required;
    inside = false;
    return out;
  } else if constexpr (named_enum<T>) {
    json names = json::array();
    for (auto name : enum_names(T{}))
      names.push_back(std::string{name});
    return {{"type", "string"}, {"enum", names}};
  } else if constexpr (is_optional<T>::value) {
    return schema<typename T::value_type>();
  } else if constexpr (is_personal<T>::value) {
    return schema<typename decltype(T::value)::value_type>();
  } else if constexpr (text_id<T>) {
    return {{"type", "string"}, {"description", "an id"}};
  } else if constexpr (is_time<T>::value) {
    return {{"type", "string"}, {"format", "date-time"}};
  } else if constexpr (is_duration<T>::value) {
    return {{"type", "integer"}, {"minimum", 0}, {"description", "milliseconds"}};
  } else if constexpr (std::is_same_v<T, bytes> || is_byte_array<T>::value) {
    return {{"type", "string"}, {"contentEncoding", "base64url"}};
  } else if constexpr (is_vector<T>::value || is_set<T>::value) {
    return {{"type", "array"}, {"items", schema<typename T::value_type>()}};
  } else if constexpr (is_string_map<T>::value) {
    return {{"type", "object"}, {"additionalProperties", schema<typename T::mapped_type>()}};
  } else if constexpr (std::is_same_v<T, bool>) {
    return {{"type", "boolean"}};
  } else if constexpr (std::is_unsigned_v<T>) {
    return {{"type", "integer"}, {"minimum", 0}};
  } else if constexpr (std::is_integral_v<T>) {
    return {{"type", "integer"}};
  } else if constexpr (std::is_same_v<T, std::string>) {
    return {{"type", "string"}};
  } else {
    return json::object(); // any value
  }
}

} // namespace charter::wire
