#include "cluster/protocol.hpp"

namespace charter::cluster {

std::uint32_t own_protocol() { return 4; }

} // namespace charter::cluster
