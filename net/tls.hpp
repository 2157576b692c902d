#pragma once
// The server's TLS identity (certificate chain and key) and the OpenSSL context made from it.
//
// A context is made once at the start and shared by all I/O threads, which only read it. OpenSSL's errors turn into
// std::runtime_error here: they mean that the server can't start.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct ssl_ctx_st;

namespace charter::net {

/// PEM texts.
struct tls_identity {
  std::string certificate_chain; ///< leaf first
  std::string private_key;
};

/// Throws std::runtime_error that names the file.
tls_identity load_tls_identity(const std::string& certificate_file, const std::string& key_file);

/// A self-made certificate (ECDSA P-256, 30 days) for trials; `names` are DNS names or numeric addresses.
tls_identity make_trial_identity(const std::vector<std::string>& names);

/// SHA-256 of the leaf certificate, hex with colons, as browsers show it.
std::string fingerprint(const tls_identity& identity);

using tls_context = std::shared_ptr<ssl_ctx_st>;

/// TLS 1.2 and up, HTTP/1.1 only, buffers released while idle. `in_kernel`: once the handshake is over, the kernel
/// encrypts, if it can (Linux' module `tls`); nobody above notices. Throws when certificate and key don't fit.
tls_context make_server_context(const tls_identity& identity, bool in_kernel = false);

} // namespace charter::net
