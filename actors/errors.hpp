#pragma once
// The one crossing between the domain's refusals and CAF's errors.

#include <caf/error.hpp>

#include "domain/result.hpp"

namespace charter {

/// Carries the whole refusal.
caf::error to_error(refusal why);

/// Any error: ours as it was; CAF's own (a timeout, a dead receiver) as `unavailable`, safe to retry.
refusal to_refusal(const caf::error& error);

} // namespace charter
