#pragma once
// Between our types and etcd's messages, and from gRPC's status to a refusal. Pure.

#include <grpcpp/support/status.h>

#include "cluster/etcd/client.hpp"
#include "cluster/etcd/etcd.pb.h"

namespace charter::etcd {

etcdserverpb::TxnRequest message_of(const transaction& one);
etcdserverpb::RangeRequest message_of(const key_range& keys, std::int64_t limit);
committed from_message(etcdserverpb::TxnResponse& message);
page from_message(etcdserverpb::RangeResponse& message);

/// `what` names the call. Never called with `OK`. The codes are explained in client.hpp.
refusal to_refusal(const grpc::Status& outcome, std::string_view what);

/// Another member may do better.
bool is_passing(const grpc::Status& outcome);

} // namespace charter::etcd
