#include "apps/charterd/cluster_settings.hpp"

#include <fstream>
#include <sstream>

namespace charter::node {

namespace {

result<std::string> read_pem(const std::string& file, std::string_view key) {
  std::ifstream in{file};
  std::stringstream text;
  text << in.rdbuf();
  if (!in || text.str().find("-----BEGIN") == std::string::npos)
    return refuse(errc::invalid_params, "cluster." + std::string{key} + ": " + file + " can't be read, or isn't PEM");
  return text.str();
}

} // namespace

result<etcd::tls_identity> read_tls(const config::cluster_settings& settings) {
  auto authority = read_pem(settings.authority_file, "authority_file");
  if (!authority)
    return authority.why();
  auto certificate = read_pem(settings.certificate_file, "certificate_file");
  if (!certificate)
    return certificate.why();
  auto key = read_pem(settings.key_file, "key_file");
  if (!key)
    return key.why();
  return etcd::tls_identity{*authority, *certificate, *key};
}

result<std::unique_ptr<etcd::client>> connect_etcd(const config::cluster_settings& settings,
                                                   const etcd::tls_identity& tls) {
  etcd::client_options options;
  options.endpoints = settings.endpoints;
  options.tls = tls;
  return etcd::connect(std::move(options));
}

} // namespace charter::node
