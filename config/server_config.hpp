#pragma once
// What an operator decides about one server: where it listens, where its data lives, who verifies identities.
//
// From a TOML file with a table per member of `server_config`, under the same names; whatever is left out keeps the
// value below. Relative paths start at the directory that the server was started in. What a charter may decide is not
// here (domain/rule_book.hpp), nor are bounds that nobody should turn (domain/limits.hpp).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/mistake.hpp"
#include "domain/rule_book.hpp"

namespace charter::config {

enum class log_level : std::uint8_t { trace = 1, debug, info, warn, error };
CHARTER_ENUM(log_level, 1, trace, debug, info, warn, error)

struct listener {
  std::string address = "127.0.0.1"; ///< numeric; "::" for all, IPv4 included
  std::uint16_t port = 8080;         ///< 0: any free one
  bool tls = false;
  CHARTER_FIELDS(listener, address, port, tls)
};

struct tls_settings {
  std::optional<std::string> certificate_file; ///< PEM, leaf first
  std::optional<std::string> key_file;         ///< PEM
  bool trial = false;                          ///< a certificate made at the start instead; in trial mode only
  bool kernel = false;                         ///< encrypt in the kernel where it can
  CHARTER_FIELDS(tls_settings, certificate_file, key_file, trial, kernel)
};

enum class provider_kind : std::uint8_t {
  registry = 1, ///< a file of persons, for trials
  code,         ///< a command that sends a one-time code to a telephone
};
CHARTER_ENUM(provider_kind, 1, registry, code)

/// Somebody who can say that a person is who they are (article 6.1).
struct identity_provider {
  std::string key;
  localized name;
  provider_kind kind = provider_kind::registry;
  std::optional<std::string> file;    ///< for `registry`
  std::optional<std::string> command; ///< for `code`: run without a shell; number and code come on its standard input
  duration code_valid_for = std::chrono::minutes{10};
  CHARTER_FIELDS(identity_provider, key, name, kind, file, command, code_valid_for)
};

struct identity_settings {
  std::vector<identity_provider> providers;
  CHARTER_FIELDS(identity_settings, providers)
};

struct vault_settings {
  std::optional<std::string> key_file; ///< key-encryption keys; needed outside of trial mode, which makes its own
  CHARTER_FIELDS(vault_settings, key_file)
};

struct audit_settings {
  std::string origin = "charter.example/log"; ///< first line of every checkpoint; never changed once published
  std::optional<std::string> key_file;        ///< Ed25519 seed; absent: made once, in the data directory
  CHARTER_FIELDS(audit_settings, origin, key_file)
};

struct log_settings {
  log_level level = log_level::info;
  std::optional<std::string> file; ///< absent: standard error
  CHARTER_FIELDS(log_settings, level, file)
};

struct metrics_settings {
  bool enabled = true; ///< GET /metrics
  CHARTER_FIELDS(metrics_settings, enabled)
};

/// What a public server may want to turn; bytes and counts.
struct limit_settings {
  std::uint32_t connections_max = 18'000; ///< below `ulimit -n`, which is 20,000 on a stock machine
  std::uint32_t connections_per_address_max = 1'024;
  std::uint32_t body_bytes_max = 1'048'576;   ///< of one request
  std::uint32_t media_bytes_max = 33'554'432; ///< of one upload
  std::uint32_t outbox_bytes_max = 8'388'608; ///< per socket; over it the connection is cut
  std::uint32_t messages_per_second = 50;     ///< per connection
  std::uint32_t messages_burst = 200;
  std::uint32_t logins_per_minute = 10;         ///< per address
  std::uint32_t identities_per_hour = 20;       ///< verifications begun, per address
  std::uint32_t complaints_per_hour = 20;       ///< without signing in, per address
  std::vector<std::string> unlimited_addresses; ///< of load generators; in trial mode only
  CHARTER_FIELDS(limit_settings, connections_max, connections_per_address_max, body_bytes_max, media_bytes_max,
                 outbox_bytes_max, messages_per_second, messages_burst, logins_per_minute, identities_per_hour,
                 complaints_per_hour, unlimited_addresses)
};

/// One of several nodes (docs/OPERATIONS.md).
struct cluster_settings {
  std::string node;                               ///< its name, which its certificate has as well
  std::string address;                            ///< "host:port" at which the other nodes reach it
  std::optional<std::string> listen;              ///< "host:port" to listen on for them; absent: `address`
  std::vector<std::string> endpoints;             ///< etcd's members, "host:port" each
  std::string authority_file;                     ///< PEM: who signed the certificates of nodes and of etcd's members
  std::string certificate_file;                   ///< PEM
  std::string key_file;                           ///< PEM
  std::string prefix = "charter/";                ///< of this cluster's keys in etcd
  std::uint64_t catch_up_bytes_per_s = 32u << 20; ///< of the log, that a node behind takes from others; 0: no limit
  CHARTER_FIELDS(cluster_settings, node, address, listen, endpoints, authority_file, certificate_file, key_file, prefix,
                 catch_up_bytes_per_s)
};

struct server_config {
  bool trial = false; ///< for trying out: keys and certificates are made, people come from a file
  std::string data_directory = "data";
  std::uint16_t shards = 16;                                 ///< fixed when the data directory is made
  std::uint16_t io_threads = 0;                              ///< 0: one per core
  std::string charter_file = "config/charters/cn-2014.toml"; ///< for the founding; later the journal has its own
  std::string web_root = "web/dist";
  std::string public_url = "http://localhost:8080"; ///< in links, feeds and for checking where a page comes from
  bool compression = true;                          ///< of what is sent to WebSockets that offer permessage-deflate
  std::vector<listener> listeners = {listener{}};
  tls_settings tls;
  identity_settings identity;
  vault_settings vault;
  audit_settings audit;
  log_settings log;
  metrics_settings metrics;
  limit_settings limits;
  std::optional<cluster_settings> cluster; ///< absent: one machine
  CHARTER_FIELDS(server_config, trial, data_directory, shards, io_threads, charter_file, web_root, public_url,
                 compression, listeners, tls, identity, vault, audit, log, metrics, limits, cluster)
};

/// From the command line; what is given wins over the file.
struct server_overrides {
  std::optional<std::string> data_directory;
  std::optional<std::uint16_t> port; ///< of the first listener; `public_url` follows when the file doesn't set it
  bool trial = false;
  bool tls_trial = false; ///< the first listener speaks TLS with a certificate made at the start
};

using loaded_server_config = std::variant<server_config, mistakes>;

/// `file` is only named in mistakes. Every mistake is in the list, those that only follow from `over` among them.
loaded_server_config load_server_config(std::string_view text, const std::string& file,
                                        const server_overrides& over = {});

/// Reads the file (at most 4 MiB) and loads it.
loaded_server_config load_server_config_file(const std::string& path, const server_overrides& over = {});

} // namespace charter::config
