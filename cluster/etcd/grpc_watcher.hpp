#pragma once
// A watch over one gRPC stream. It has a completion queue of its own and reads only when asked, so that what isn't
// fetched is held back by HTTP/2's flow control and by etcd.

#include <memory>
#include <span>

#include "cluster/etcd/client.hpp"
#include "cluster/etcd/etcd.grpc.pb.h"

namespace charter::etcd {

/// Waits up to `patience` for the stream to open. Errors: as `client::watch`.
result<std::unique_ptr<watcher>> open_watcher(etcdserverpb::Watch::Stub& stub, std::span<const key_range> ranges,
                                              revision from, milliseconds patience);

} // namespace charter::etcd
