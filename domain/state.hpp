#pragma once
// Any entity's state, for those that carry it and don't look inside.

#include <variant>

#include "domain/change.hpp"

namespace charter {

// In the order of entity_kind. Append only.
using any_state = std::variant<users::state, names::state, identities::state, organisations::state, accounts::state,
                               chats::state, cases::state, offices::state, policies::state, audit::state>;

} // namespace charter
