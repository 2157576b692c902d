#pragma once
// What an I/O thread is asked to push while it is busy pushing goes out together: one `send` per socket instead of one
// per item. The busier the thread, the more is joined, so its cost per item falls as load grows.

#include <vector>

#include "net/mailbox.hpp"

namespace charter::net {

/// Joins each push to an earlier one of the same stream to the same sockets, up to 64 KiB a piece. Their items stay in
/// order, and nothing of another stream, and no answer, becomes later than it was. Joined ones keep an empty frame.
void join_pushes(std::vector<io_task>& tasks);

} // namespace charter::net
