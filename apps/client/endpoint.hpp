#pragma once
// Where a server is: the parts of an http or https URL.

#include <string>
#include <string_view>

#include "domain/result.hpp"

namespace charter::client {

struct endpoint {
  bool tls = false;
  std::string host;         ///< name or numeric address, IPv6 without brackets
  std::string port;         ///< digits
  std::string target = "/"; ///< path and query

  /// "http://127.0.0.1:8400", the port left out when it is the scheme's own.
  std::string origin() const;
  /// As the Host header wants it.
  std::string authority() const;
  friend bool operator==(const endpoint&, const endpoint&) = default;
};

/// Errors: `invalid_params` for anything but http:// or https:// with a host. Credentials in the URL are refused, since
/// they would end up in logs and in the list of processes; a fragment is dropped.
result<endpoint> parse_endpoint(std::string_view url);

/// `location` may be a whole URL or start with "/"; other relative forms are refused.
result<endpoint> follow_redirect(const endpoint& from, std::string_view location);

} // namespace charter::client
