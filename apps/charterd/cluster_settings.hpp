#pragma once
// From the configuration's [cluster] to a connection.

#include "cluster/etcd/client.hpp"
#include "config/server_config.hpp"

namespace charter::node {

/// `told` as for etcd::tls_source. Errors: `invalid_params` with the file and what is wrong with it.
result<std::shared_ptr<etcd::tls_source>> open_tls(
    const config::cluster_settings& settings, std::function<void(const std::string& why)> told = [](auto&) {});

/// Errors: `invalid_params`. Whether anybody answers shows later.
result<std::unique_ptr<etcd::client>> connect_etcd(const config::cluster_settings& settings,
                                                   const std::shared_ptr<etcd::tls_source>& tls);

} // namespace charter::node
