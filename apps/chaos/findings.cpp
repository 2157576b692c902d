#include "apps/chaos/findings.hpp"

namespace charter::chaos {

namespace {

constexpr std::string_view sentences[] = {
    "each kind of fault that was asked for was injected, and took effect",
    "after each fault all nodes and members are back, and every account and every node takes writes",
    "commands are accepted, or refused by a sanction, and none stays without an answer once all is healed",
    "one order explains what accounts answered: nothing acknowledged is lost [I1]",
    "posts are refused under a suspension, and accepted without one, by whoever owns the account then [I2]",
    "a command that was asked again through another node took effect once [I3]",
    "streams have no hole and no repeat, pushed or asked for, across pauses, deaths and reconnects [I4]",
    "nobody saw a post before it was asked for [I14]",
    "in the end all nodes show the same posts and followers [I3]",
    "after each fault, journals agree on a shard as far as all replicas have come [I5]",
    "stopped in order, the three journals are sound and equal [I5]",
    "and their rows are equal [I6]",
};
static_assert(std::size(sentences) == claim_count);

} // namespace

findings::findings() : claims("chaos", sentences) {}

claim claim_of(int invariant) {
  switch (invariant) {
    case 2: return claim::gate;
    case 3: return claim::once;
    case 4: return claim::streams;
    case 14: return claim::speculation;
    default: return claim::order;
  }
}

} // namespace charter::chaos
