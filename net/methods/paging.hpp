#pragma once
// How parameters ask for a page.

#include "domain/pages.hpp"

namespace charter::net {

template <class Params>
page_request page_of(const Params& p) {
  return {p.limit.value_or(0), p.after.value_or("")};
}

} // namespace charter::net
