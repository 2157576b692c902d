#pragma once
// From the configuration's [cluster] to a connection.

#include "cluster/etcd/client.hpp"
#include "config/server_config.hpp"

namespace charter::node {

/// Errors: `invalid_params` with the file that can't be read.
result<etcd::tls_identity> read_tls(const config::cluster_settings& settings);

/// Errors: `invalid_params`. Whether anybody answers shows later.
result<std::unique_ptr<etcd::client>> connect_etcd(const config::cluster_settings& settings,
                                                   const etcd::tls_identity& tls);

} // namespace charter::node
