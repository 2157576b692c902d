#pragma once
// What a request to a server comes to: a value, or a failure that keeps everything the server said (error data of the
// protocol), so that callers can tell a refusal from a server that can't be reached.

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "domain/result.hpp"

namespace charter::client {

enum class cause {
  refused,     ///< the server answered with an error; `why` is all of it
  unreachable, ///< no connection, a broken one, or no answer in time. What was asked may have happened all the same
  garbled,     ///< an answer, but not one of this protocol
  here,        ///< nothing was asked: something on this machine is missing, or was called wrongly
};

struct failure {
  client::cause cause = cause::unreachable;
  refusal why;
};

inline failure unreachable(std::string detail) {
  return {cause::unreachable, refuse(errc::unavailable, std::move(detail))};
}
inline failure garbled(std::string detail) { return {cause::garbled, refuse(errc::internal, std::move(detail))}; }
inline failure refused(refusal why) { return {cause::refused, std::move(why)}; }

/// Whether the same command, with the same command id, may be sent again.
inline bool may_repeat(const failure& f) {
  return f.cause == cause::unreachable || (f.cause == cause::refused && f.why.code == errc::unavailable);
}

template <class T>
class [[nodiscard]] reply {
public:
  reply(T value) : either_(std::in_place_index<0>, std::move(value)) {}
  reply(failure why) : either_(std::in_place_index<1>, std::move(why)) {}

  explicit operator bool() const { return either_.index() == 0; }
  T& operator*() & { return std::get<0>(either_); }
  const T& operator*() const& { return std::get<0>(either_); }
  T&& operator*() && { return std::get<0>(std::move(either_)); }
  T* operator->() { return &std::get<0>(either_); }
  const T* operator->() const { return &std::get<0>(either_); }
  const failure& why() const& { return std::get<1>(either_); }
  failure&& why() && { return std::get<1>(std::move(either_)); }

private:
  std::variant<T, failure> either_;
};

} // namespace charter::client
