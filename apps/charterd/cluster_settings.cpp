#include "apps/charterd/cluster_settings.hpp"

namespace charter::node {

result<std::shared_ptr<etcd::tls_source>> open_tls(const config::cluster_settings& settings,
                                                   std::function<void(const std::string& why)> told) {
  auto opened =
      etcd::tls_source::open({settings.authority_file, settings.certificate_file, settings.key_file}, std::move(told));
  if (!opened)
    return refuse(opened.why().code, "cluster: " + opened.why().detail);
  return opened;
}

result<std::unique_ptr<etcd::client>> connect_etcd(const config::cluster_settings& settings,
                                                   const std::shared_ptr<etcd::tls_source>& tls) {
  etcd::client_options options;
  options.endpoints = settings.endpoints;
  options.tls = tls;
  return etcd::connect(std::move(options));
}

} // namespace charter::node
