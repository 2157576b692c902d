#include "actors/errors.hpp"

#include <caf/all.hpp>

#include "actors/interfaces.hpp"

namespace charter {

namespace {

constexpr auto category = caf::atom("charter");

} // namespace

caf::error to_error(refusal why) {
  auto code = static_cast<std::uint8_t>(why.code);
  return {code, category, caf::make_message(std::move(why))};
}

refusal to_refusal(const caf::error& error) {
  if (error.category() == category && error.context().match_elements<refusal>())
    return error.context().get_as<refusal>(0);
  return refuse(errc::unavailable, "the outcome isn't known; try again with the same command_id");
}

} // namespace charter
