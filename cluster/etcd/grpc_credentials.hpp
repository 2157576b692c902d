#pragma once
// Mutual TLS for channels and servers of gRPC. Whoever uses these keeps `from` as long as they are used.

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>

#include "cluster/etcd/tls_source.hpp"

namespace charter::etcd {

/// The other side's certificate must have the name that was dialled, or the one that the channel is told to expect.
std::shared_ptr<grpc::ChannelCredentials> channel_credentials(const tls_source& from);

/// Whoever comes must have a certificate of the authority's; whose it is, the caller has to look at.
std::shared_ptr<grpc::ServerCredentials> server_credentials(const tls_source& from);

} // namespace charter::etcd
