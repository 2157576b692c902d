#pragma once
// Records: the compact form that journals and snapshots keep. MessagePack arrays in field order, through msgpack-c.
//
// A reader takes fewer fields than it knows (an older writer; the rest stay default) and more (a newer one; skipped).
// `personal<T>` is written apart (see `split`), so that erasing its bytes leaves the rest decodable.
// Everything here checks sizes first; bad bytes give `internal`, never an exception.

#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "domain/bytes.hpp"
#include "domain/codec/fields.hpp"
#include "domain/ids.hpp"
#include "domain/personal.hpp"
#include "domain/rare.hpp"
#include "domain/result.hpp"

namespace charter::codec {

/// Thrown by record_reader inside `decode`, never out of it.
struct malformed {
  const char* what;
};

/// Packs one value after the other.
class record_writer {
public:
  /// Personal values go to `aside` when given, else inline.
  explicit record_writer(std::vector<bytes>* aside = nullptr);
  ~record_writer();
  record_writer(const record_writer&) = delete;
  record_writer& operator=(const record_writer&) = delete;

  void nil();
  void boolean(bool x);
  void unsigned_number(std::uint64_t x);
  void signed_number(std::int64_t x);
  void text(std::string_view x);
  void binary(byte_view x);
  void array(std::size_t size);
  void raw(byte_view x); ///< a value that is encoded already
  bytes take();

  std::vector<bytes>* aside() const { return aside_; }

private:
  struct buffer;
  std::unique_ptr<buffer> buffer_;
  std::vector<bytes>* aside_;
};

/// Walks a MessagePack value in writing order. Throws `malformed`.
class record_reader {
public:
  /// `aside`: the personal values that were written apart; nullptr when they are gone.
  record_reader(byte_view data, const std::vector<bytes>* aside, bool split);
  ~record_reader();
  record_reader(const record_reader&) = delete;
  record_reader& operator=(const record_reader&) = delete;

  bool skip_if_nil();
  bool boolean();
  std::uint64_t unsigned_number();
  std::int64_t signed_number();
  std::string_view text();
  byte_view binary();
  std::size_t open_array(); ///< then as many values, then close_array
  std::size_t left() const; ///< values left in the innermost array
  void close_array();       ///< skips what is left

  /// The bytes of personal value `index`; nullptr when erased.
  const bytes* personal_at(std::uint64_t index) const;
  bool is_split() const { return split_; }

private:
  struct cursor;
  std::unique_ptr<cursor> cursor_;
  const std::vector<bytes>* aside_;
  bool split_;
};

// -- writing ----------------------------------------------------------------------

template <class T>
void write(record_writer& out, const T& x);

namespace detail {
template <class T>
inline constexpr bool always_false = false;
template <class T>
struct is_vector : std::false_type {};
template <class T>
struct is_vector<std::vector<T>> : std::true_type {};
template <class T>
struct is_vector<rare_list<T>> : std::true_type {};
template <class T>
struct is_rare : std::false_type {};
template <class T>
struct is_rare<rare<T>> : std::true_type {};
template <class T>
struct is_map : std::false_type {};
template <class K, class V>
struct is_map<std::map<K, V>> : std::true_type {};
template <class T>
struct is_set : std::false_type {};
template <class T>
struct is_set<std::set<T>> : std::true_type {};
template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};
template <class T>
struct is_variant : std::false_type {};
template <class... Ts>
struct is_variant<std::variant<Ts...>> : std::true_type {};
template <class T>
struct is_byte_array : std::false_type {};
template <std::size_t N>
struct is_byte_array<std::array<std::uint8_t, N>> : std::true_type {};
template <class T>
struct is_personal : std::false_type {};
template <class T>
struct is_personal<personal<T>> : std::true_type {};
template <class T>
struct is_time : std::false_type {};
template <class D>
struct is_time<std::chrono::sys_time<D>> : std::true_type {};
template <class T>
struct is_duration : std::false_type {};
template <class R, class P>
struct is_duration<std::chrono::duration<R, P>> : std::true_type {};
template <class T>
struct is_item_id : std::false_type {};
template <entity_kind K, int Tag>
struct is_item_id<item_id<K, Tag>> : std::true_type {};
/// Sixteen bytes and nothing else.
template <class T>
concept raw_id = requires(T& x) {
  { x.raw } -> std::same_as<id_bytes&>;
}
&&sizeof(T) == sizeof(id_bytes);
} // namespace detail

template <class T>
void write(record_writer& out, const T& x) {
  using namespace detail;
  if constexpr (record<T>) {
    out.array(T::field_names.size());
    std::apply([&](const auto&... field) { (write(out, field), ...); }, x.fields());
  } else if constexpr (std::is_same_v<T, bool>) {
    out.boolean(x);
  } else if constexpr (std::is_enum_v<T>) {
    out.unsigned_number(static_cast<std::uint64_t>(x));
  } else if constexpr (std::is_unsigned_v<T>) {
    out.unsigned_number(x);
  } else if constexpr (std::is_signed_v<T>) {
    out.signed_number(x);
  } else if constexpr (std::is_same_v<T, std::string>) {
    out.text(x);
  } else if constexpr (std::is_same_v<T, bytes> || is_byte_array<T>::value) {
    out.binary(x);
  } else if constexpr (raw_id<T>) {
    out.binary(x.raw);
  } else if constexpr (std::is_same_v<T, entity_id>) {
    out.array(2);
    write(out, x.kind);
    out.binary(x.raw);
  } else if constexpr (is_item_id<T>::value) {
    out.array(2);
    out.binary(x.owner.raw);
    out.unsigned_number(x.number);
  } else if constexpr (is_time<T>::value) {
    out.signed_number(x.time_since_epoch().count());
  } else if constexpr (is_duration<T>::value) {
    out.signed_number(x.count());
  } else if constexpr (is_optional<T>::value) {
    if (x)
      write(out, *x);
    else
      out.nil();
  } else if constexpr (is_rare<T>::value) {
    write(out, *x);
  } else if constexpr (is_vector<T>::value || is_set<T>::value) {
    out.array(x.size());
    for (const auto& item : x)
      write(out, item);
  } else if constexpr (is_map<T>::value) {
    out.array(2 * x.size());
    for (const auto& [key, value] : x) {
      write(out, key);
      write(out, value);
    }
  } else if constexpr (is_variant<T>::value) {
    out.array(2);
    out.unsigned_number(x.index());
    std::visit([&](const auto& alternative) { write(out, alternative); }, x);
  } else if constexpr (is_personal<T>::value) {
    if (!x.value) {
      out.nil();
    } else if (auto* aside = out.aside()) {
      record_writer apart;
      write(apart, *x.value);
      out.unsigned_number(aside->size());
      aside->push_back(apart.take());
    } else {
      out.array(1);
      write(out, *x.value);
    }
  } else {
    static_assert(always_false<T>, "this type has no record form");
  }
}

// -- reading ----------------------------------------------------------------------

template <class T>
void read(record_reader& in, T& x);

namespace detail {

template <class... Ts, std::size_t... Is>
void read_alternative(record_reader& in, std::variant<Ts...>& x, std::uint64_t index, std::index_sequence<Is...>) {
  bool known = ((index == Is && (read(in, x.template emplace<Is>()), true)) || ...);
  if (!known)
    throw malformed{"a type that this version doesn't know: it was written by a newer one"};
}

template <class T>
void read_bytes(record_reader& in, T& x) {
  auto data = in.binary();
  if (data.size() != x.size())
    throw malformed{"a byte string of another length"};
  std::copy(data.begin(), data.end(), x.begin());
}

template <class Int>
Int narrow(auto wide) {
  auto narrowed = static_cast<Int>(wide);
  if (static_cast<decltype(wide)>(narrowed) != wide)
    throw malformed{"a number out of range"};
  return narrowed;
}

} // namespace detail

template <class T>
void read(record_reader& in, T& x) {
  using namespace detail;
  if constexpr (record<T>) {
    in.open_array();
    std::apply([&](auto&... field) { ((in.left() > 0 ? read(in, field) : void()), ...); }, x.fields());
    in.close_array();
  } else if constexpr (std::is_same_v<T, bool>) {
    x = in.boolean();
  } else if constexpr (std::is_enum_v<T>) {
    auto number = in.unsigned_number();
    if constexpr (named_enum<T>)
      if (!is_enumerator<T>(number))
        throw malformed{"a value that this version doesn't know: it was written by a newer one"};
    x = static_cast<T>(number);
  } else if constexpr (std::is_unsigned_v<T>) {
    x = narrow<T>(in.unsigned_number());
  } else if constexpr (std::is_signed_v<T>) {
    x = narrow<T>(in.signed_number());
  } else if constexpr (std::is_same_v<T, std::string>) {
    x = in.text();
  } else if constexpr (std::is_same_v<T, bytes>) {
    auto data = in.binary();
    x.assign(data.begin(), data.end());
  } else if constexpr (is_byte_array<T>::value) {
    read_bytes(in, x);
  } else if constexpr (raw_id<T>) {
    read_bytes(in, x.raw);
  } else if constexpr (std::is_same_v<T, entity_id>) {
    in.open_array();
    read(in, x.kind);
    read_bytes(in, x.raw);
    in.close_array();
  } else if constexpr (is_item_id<T>::value) {
    in.open_array();
    read_bytes(in, x.owner.raw);
    x.number = in.unsigned_number();
    in.close_array();
  } else if constexpr (is_time<T>::value) {
    x = T{typename T::duration{in.signed_number()}};
  } else if constexpr (is_duration<T>::value) {
    x = T{in.signed_number()};
  } else if constexpr (is_optional<T>::value) {
    if (in.skip_if_nil())
      x.reset();
    else
      read(in, x.emplace());
  } else if constexpr (is_rare<T>::value) {
    typename T::value_type value{};
    read(in, value);
    x = std::move(value);
  } else if constexpr (is_vector<T>::value) {
    x.clear();
    x.reserve(std::min<std::size_t>(in.open_array(), 4096));
    while (in.left() > 0)
      read(in, x.emplace_back());
    in.close_array();
  } else if constexpr (is_set<T>::value) {
    x.clear();
    in.open_array();
    while (in.left() > 0) {
      typename T::value_type item{};
      read(in, item);
      x.insert(x.end(), std::move(item));
    }
    in.close_array();
  } else if constexpr (is_map<T>::value) {
    x.clear();
    in.open_array();
    while (in.left() > 0) {
      typename T::key_type key{};
      read(in, key);
      read(in, x[std::move(key)]);
    }
    in.close_array();
  } else if constexpr (is_variant<T>::value) {
    in.open_array();
    auto index = in.unsigned_number();
    read_alternative(in, x, index, std::make_index_sequence<std::variant_size_v<T>>{});
    in.close_array();
  } else if constexpr (is_personal<T>::value) {
    if (in.skip_if_nil()) {
      x.value.reset();
    } else if (in.is_split()) {
      if (auto* apart = in.personal_at(in.unsigned_number())) {
        record_reader inner{*apart, nullptr, false};
        read(inner, x.value.emplace());
      } else {
        x.value.reset();
      }
    } else {
      in.open_array();
      read(in, x.value.emplace());
      in.close_array();
    }
  } else {
    static_assert(always_false<T>, "this type has no record form");
  }
}

// -- whole values -------------------------------------------------------------------

/// Personal values inline: for snapshots and rows.
template <class T>
bytes encode(const T& x) {
  record_writer out;
  write(out, x);
  return out.take();
}

/// Personal values in `aside`, in order: for journal records.
template <class T>
bytes encode_split(const T& x, std::vector<bytes>& aside) {
  record_writer out{&aside};
  write(out, x);
  return out.take();
}

refusal undecodable(const char* what);

/// Errors: `internal` with what is wrong about the bytes.
template <class T>
result<T> decode(byte_view data) try {
  record_reader in{data, nullptr, false};
  T x{};
  read(in, x);
  return x;
} catch (const malformed& e) {
  return undecodable(e.what);
}

/// `aside` is nullptr when the personal values were erased.
template <class T>
result<T> decode_split(byte_view data, const std::vector<bytes>* aside) try {
  record_reader in{data, aside, true};
  T x{};
  read(in, x);
  return x;
} catch (const malformed& e) {
  return undecodable(e.what);
}

} // namespace charter::codec
