#include "apps/charter/command_ids.hpp"

#include <algorithm>

#include "storage/digest.hpp"
#include "storage/system_environment.hpp"

namespace charter::cli {

namespace {

command_id stamped(timestamp now, command_id id) {
  auto ms = static_cast<std::uint64_t>(std::max<std::int64_t>(now.time_since_epoch().count(), 0));
  for (int i = 0; i < 6; ++i)
    id.raw[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
  id.raw[6] = static_cast<std::uint8_t>(0x70 | (id.raw[6] & 0x0f));
  id.raw[8] = static_cast<std::uint8_t>(0x80 | (id.raw[8] & 0x3f));
  return id;
}

} // namespace

command_id fresh_command_id(timestamp now) {
  command_id id;
  storage::system_environment{}.fill_random(id.raw);
  return stamped(now, id);
}

command_id derived_command_id(timestamp now, std::string_view what) {
  command_id id;
  auto digest = storage::sha256(view_of(what));
  std::copy_n(digest.begin(), id.raw.size(), id.raw.begin());
  return stamped(now, id);
}

} // namespace charter::cli
