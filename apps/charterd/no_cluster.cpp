// For builds without CHARTER_CLUSTER.

#include "apps/charterd/cluster_part.hpp"

namespace charter::node {

namespace {

refusal not_built() {
  return refuse(errc::invalid_params, "this build knows no clusters (CHARTER_CLUSTER is off): leave out [cluster]");
}

} // namespace

result<joined_cluster> join_cluster(const cluster_lends&, std::unique_ptr<storage::journal>) { return not_built(); }

status create_cluster(const config::server_config&, const std::vector<std::string>&, environment&) {
  return not_built();
}

} // namespace charter::node
