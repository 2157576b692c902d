#pragma once
// The files of a directory, brought into another by gRPC with mutual TLS and nothing around it: the floor for whatever
// copies between nodes.

#include <cstdint>
#include <filesystem>

#include "cluster/etcd/client.hpp"

namespace charter::bench {

/// Over loopback, one file after the other, each synced at its end. `identity` is that of both sides, and has 127.0.0.1
/// in its certificate. The bytes that came. Throws std::runtime_error.
std::uint64_t grpc_copy(const std::filesystem::path& from, const std::filesystem::path& to,
                        const etcd::tls_identity& identity);

} // namespace charter::bench
