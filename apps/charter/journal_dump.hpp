#pragma once
// A journal record as `charter journal dump` shows it. Bodies, which hold what is personal, are never decoded here:
// whoever may read the disk needn't read people's messages.

#include <nlohmann/json.hpp>

#include "storage/inspect.hpp"

namespace charter::cli {

/// {"shard":…, "position":…, "at":…, "entity":…, "by":…, "events":[…], "effects":…, "body":"present|erased|none"}; of
/// the events the documents with every personal value left out. A record that can't be decoded says why.
nlohmann::json describe_record(const storage::inspected_record& record);

/// Whether a body is the one that its header was written with.
storage::body_check check_of_bodies();

} // namespace charter::cli
