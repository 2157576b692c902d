#pragma once
// The files of a directory, brought into another by gRPC with mutual TLS and nothing around it: the floor for whatever
// copies between nodes.

#include <cstdint>
#include <filesystem>

#include "cluster/etcd/client.hpp"

namespace charter::bench {

/// Over loopback, one file after the other, each synced at its end. `certificates` are those of both sides, and name
/// 127.0.0.1. The bytes that came. Throws std::runtime_error.
std::uint64_t grpc_copy(const std::filesystem::path& from, const std::filesystem::path& to,
                        const etcd::tls_source& certificates);

} // namespace charter::bench
