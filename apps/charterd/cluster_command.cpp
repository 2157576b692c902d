#include "apps/charterd/cluster_command.hpp"

#include <filesystem>
#include <iostream>

#include "apps/charterd/cluster_part.hpp"
#include "storage/system_environment.hpp"

namespace charter::node {

namespace {

status print_directory_id(const config::server_config& c, environment& world) {
  std::error_code failure;
  auto& path = c.data_directory;
  if (!std::filesystem::exists(path, failure) || std::filesystem::is_empty(path, failure))
    if (auto made = storage::create_data_directory(path, c.shards, world); !made)
      return made.why();
  auto identity = storage::read_directory_identity(path);
  if (!identity)
    return identity.why();
  std::cout << identity->id << "\n";
  return done{};
}

} // namespace

bool cluster_command(const config::server_config& c, bool print_id, const std::vector<std::string>& directories) {
  storage::system_environment world;
  status outcome = done{};
  if (print_id)
    outcome = print_directory_id(c, world);
  else if (!c.cluster)
    outcome = refuse(errc::invalid_params, "the configuration has no [cluster]");
  else
    outcome = create_cluster(c, directories, world);
  if (!outcome)
    std::cerr << "charterd: " << outcome.why().detail << "\n";
  return bool(outcome);
}

} // namespace charter::node
