#pragma once
// One case, as the desk sees it.

#include "net/call.hpp"
#include "net/methods/governance_params.hpp"

namespace charter::net {

/// All that is needed to decide: the matter, the checklist, the record, what the charter recommends. Who complained
/// isn't in it: that changes nothing about what happened.
desk_case_result desk_view(const call& c, const case_id& which, const cases::state& s);

} // namespace charter::net
