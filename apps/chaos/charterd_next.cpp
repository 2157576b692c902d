// For script/chaos alone, in the test-only server charterd-next: the same source, with the next protocol's number.
// Linked in front of charter_cluster, whose own object is then left out.

#include "cluster/protocol.hpp"

namespace charter::cluster {

std::uint32_t own_protocol() { return 5; }

} // namespace charter::cluster
