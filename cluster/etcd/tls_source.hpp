#pragma once
// Certificates for connections between nodes and to etcd, from files that may be replaced while the process runs.
//
// The files are looked at every second. What they hold is taken over when all of it is sound; new connections use it
// from then on, and those that are there go on. gRPC could watch the files itself, but over an empty one it ends the
// process, and over a key that isn't the certificate's it serves nobody. So it watches copies, which only we write.
//
// A thread of its own. What can fail: the first look; later ones keep what was there, and say why.

#include <functional>
#include <memory>
#include <string>

#include "domain/result.hpp"

namespace charter::etcd {

/// Paths of PEM files. Certificate and key are best replaced at once, as by a symbolic link to their folder; until they
/// fit together, they aren't taken.
struct tls_files {
  std::string authority; ///< who may have signed the other side's certificate; may be several
  std::string certificate;
  std::string key;
};

class tls_source {
public:
  /// `told` hears, from its thread, why what the files hold now isn't taken; once for each reason.
  /// Errors: `invalid_params` with the file and what is wrong with it; `unavailable` without memory.
  static result<std::shared_ptr<tls_source>> open(
      tls_files files, std::function<void(const std::string& why)> told = [](auto&) {});
  ~tls_source();

  /// Of this process only, in memory. Sound but for the moment in which they are replaced.
  const tls_files& copies() const;

private:
  struct parts;
  explicit tls_source(std::unique_ptr<parts> what);
  std::unique_ptr<parts> parts_;
};

} // namespace charter::etcd
