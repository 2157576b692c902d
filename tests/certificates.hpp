#pragma once
// Certificates for tests, made by openssl on the spot, and programs of our own.

#include <string>
#include <vector>

#include <sys/types.h>

#include "cluster/etcd/client.hpp"
#include "tests/storage_support.hpp"

namespace charter::test {

/// Starts a program with its output in a file; it dies with us.
pid_t spawn_program(std::vector<std::string> arguments, const std::string& log);

/// An authority, and for each name a certificate of it for both sides of a connection, on 127.0.0.1 and under that
/// name: `NAME.pem` and `NAME.key`. And an `intruder`, signed by another authority, the `stranger`.
void make_certificates(const scratch_directory& scratch, const std::vector<std::string>& names);

etcd::tls_files tls_files_of(const scratch_directory& scratch, const std::string& name,
                             const std::string& authority = "authority");

/// Those, opened. Throws when they aren't sound.
std::shared_ptr<etcd::tls_source> tls_of(const etcd::tls_files& files);
std::shared_ptr<etcd::tls_source> tls_of(const scratch_directory& scratch, const std::string& name,
                                         const std::string& authority = "authority");

} // namespace charter::test
