#include "config/server_config.hpp"

#include "config/checker.hpp"
#include "config/reader.hpp"

namespace charter::config {

namespace {

void apply(const server_overrides& over, bool url_given, server_config& to) {
  to.trial = to.trial || over.trial;
  if (over.data_directory)
    to.data_directory = *over.data_directory;
  if (!to.listeners.empty()) {
    auto& first = to.listeners.front();
    first.port = over.port.value_or(first.port);
    first.tls = first.tls || over.tls_trial;
    if (!url_given)
      to.public_url = (first.tls ? "https://localhost:" : "http://localhost:") + std::to_string(first.port);
  }
  to.tls.trial = to.tls.trial || over.tls_trial;
}

void check_tls(const server_config& s, reader& in) {
  bool speaks = std::any_of(s.listeners.begin(), s.listeners.end(), [](const listener& l) { return l.tls; });
  bool has_certificate = s.tls.certificate_file.has_value();
  if (has_certificate != s.tls.key_file.has_value())
    in.complain("tls", "certificate_file and key_file", has_certificate ? "no key_file" : "no certificate_file");
  if (speaks && !has_certificate && !s.tls.trial)
    in.complain("tls", "certificate_file and key_file, since a listener speaks TLS", "neither");
  if (s.tls.trial && !s.trial)
    in.complain("tls.trial", "false: a self-made certificate is for trial mode", "true");
}

void check_providers(const server_config& s, reader& in) {
  checker c{in};
  const auto& providers = s.identity.providers;
  if (!providers.empty())
    c.unique("identity.providers", providers, "key", &identity_provider::key);
  c.each("identity.providers", providers, [&](const identity_provider& p, const std::string& at) {
    bool registry = p.kind == provider_kind::registry;
    c.require(at + ".key", !p.key.empty(), "text", "nothing");
    c.require(at, registry == p.file.has_value(), registry ? "file, for a registry" : "no file: that is for a registry",
              registry ? "none" : "one");
    c.require(at, registry != p.command.has_value(), registry ? "no command: that is for codes" : "command, for codes",
              registry ? "one" : "none");
    c.require(at + ".kind", !registry || s.trial, "\"code\": a registry in a file is for trial mode", "\"registry\"");
    if (p.name.zh_cn.empty() || p.name.en.empty())
      in.complain(at + ".name", "a name in zh_cn and en", "none");
    if (p.key.empty())
      in.complain(at + ".key", "text", "nothing");
  });
}

void check_limits(const limit_settings& limits, bool trial, checker& c) {
  std::size_t i = 0;
  auto positive = [&](const auto& value) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(value)>, std::uint32_t>)
      c.require("limits." + std::string{limit_settings::field_names[i]}, value > 0, "at least 1", "0");
    ++i;
  };
  std::apply([&](const auto&... value) { (positive(value), ...); }, limits.fields());
  c.require("limits.unlimited_addresses", limits.unlimited_addresses.empty() || trial, "nothing outside of trial mode",
            "addresses");
}

bool is_host_and_port(const std::string& text) {
  auto colon = text.rfind(':');
  auto digits = colon == std::string::npos ? std::string{} : text.substr(colon + 1);
  return colon != 0 && !digits.empty() && digits.size() <= 5 &&
         digits.find_first_not_of("0123456789") == std::string::npos;
}

/// Other than elsewhere, what was left out is a mistake: there are no natural values.
void check_cluster(const cluster_settings& cluster, const server_config& s, reader& in) {
  constexpr auto letters = "abcdefghijklmnopqrstuvwxyz0123456789-";
  constexpr std::size_t name_max = 63;
  auto must = [&](const std::string& key, bool good, const std::string& expected, const std::string& value) {
    if (!good && in.sound(key))
      in.complain(key, expected, value.empty() ? "none" : quoted(value));
  };
  bool is_name = !cluster.node.empty() && cluster.node.size() <= name_max &&
                 cluster.node.find_first_not_of(letters) == std::string::npos;
  must("cluster.node", is_name, "a name of lower-case letters, digits and hyphens", cluster.node);
  must("cluster.address", is_host_and_port(cluster.address), "host:port", cluster.address);
  if (cluster.listen)
    must("cluster.listen", is_host_and_port(*cluster.listen), "host:port", *cluster.listen);
  must("cluster.endpoints", !cluster.endpoints.empty(), "at least one", "");
  for (std::size_t i = 0; i < cluster.endpoints.size(); ++i)
    must(item_path("cluster.endpoints", i), is_host_and_port(cluster.endpoints[i]), "host:port", cluster.endpoints[i]);
  must("cluster.authority_file", !cluster.authority_file.empty(), "a file", "");
  must("cluster.certificate_file", !cluster.certificate_file.empty(), "a file", "");
  must("cluster.key_file", !cluster.key_file.empty(), "a file", "");
  must("cluster.prefix", cluster.prefix.ends_with('/'), "text that ends in /", cluster.prefix);
  if (s.trial && !s.vault.key_file)
    in.complain("vault.key_file", "a file that all nodes have", "none");
}

void check(const server_config& s, reader& in) {
  constexpr std::uint16_t shards_max = 1'024;
  constexpr std::uint16_t io_threads_max = 64;
  checker c{in};
  c.require("shards", s.shards >= 1 && s.shards <= shards_max, "from 1 to 1024", std::to_string(s.shards));
  c.require("io_threads", s.io_threads <= io_threads_max, "from 0 to 64", std::to_string(s.io_threads));
  c.require("public_url", s.public_url.starts_with("https://") || s.public_url.starts_with("http://"),
            "an address that begins with https:// or http://", quoted(s.public_url));
  c.require("audit.origin", s.audit.origin.find_first_of(" +\n") == std::string::npos, "no space and no plus sign",
            quoted(s.audit.origin));
  c.not_empty("listeners", s.listeners);
  if (!s.vault.key_file && !s.trial)
    in.complain("vault.key_file", "a file, outside of trial mode", "none");
  check_tls(s, in);
  check_providers(s, in);
  check_limits(s.limits, s.trial, c);
  if (s.cluster)
    check_cluster(*s.cluster, s, in);
}

} // namespace

loaded_server_config load_server_config(std::string_view text, const std::string& file, const server_overrides& over) {
  auto parsed = parse_document(text, file);
  if (auto* broken = std::get_if<mistake>(&parsed))
    return mistakes{std::move(*broken)};
  reader in{file, absence::default_};
  server_config config;
  in.read(std::get<node>(parsed), config);
  apply(over, in.was_read("public_url"), config);
  check(config, in);
  auto wrong = in.take_mistakes();
  if (!wrong.empty())
    return wrong;
  return config;
}

loaded_server_config load_server_config_file(const std::string& path, const server_overrides& over) {
  if (auto text = read_file(path))
    return load_server_config(*text, path, over);
  return mistakes{{path, 0, 0, "", "a file that can be read, of at most 4 MiB", "none"}};
}

} // namespace charter::config
