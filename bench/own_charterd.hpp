#pragma once
// A charterd of a benchmark's own, on trial and with a core to itself: somebody publishes in an account, and some users
// follow it. Set up through the protocol, as everybody does it.
//
// Bounds on what one address and one connection may send are raised, since all the load comes from one (those on a
// connection only if asked for); nothing else is turned off. A user may have any number of sockets, so a crowd shares
// the followers' tokens.

#include <optional>
#include <string>
#include <vector>

#include "apps/tour/person.hpp"
#include "bench/child_process.hpp"
#include "bench/crowd.hpp"
#include "bench/stamp_file.hpp"
#include "bench/temporary_directory.hpp"

namespace charter::bench {

/// What a program of this build is called: "apps/charterd".
std::filesystem::path program(const std::string& name);

/// The trial's settings, with one I/O thread, and without bounds on what 127.0.0.1 does. `raises_bounds`: nor on how
/// much one connection may send. The file.
std::string write_settings(const temporary_directory& into, bool raises_bounds = true);

/// Lets this process and its children open so many sockets and files. Throws with what to do about it.
void allow_descriptors(std::size_t count);

class own_charterd {
public:
  struct settings {
    bool tls = false;
    std::size_t followers = 20;
    bool raises_bounds = true;
  };

  /// Throws std::runtime_error with what was refused.
  explicit own_charterd(settings s);

  pid_t pid() const { return process_.pid(); }
  crowd::server where() const { return {port_, tls_}; }
  const tour::service& service() const { return *service_; }
  tour::person& owner() { return *owner_; }

  const std::string& account() const { return account_; }
  static constexpr std::string_view account_name = "bench";
  static std::string follower_name(std::size_t i) { return "follower-" + std::to_string(i); }
  const std::string& owner_token() const { return owner_token_; }
  /// Of the followers: each has subscribed to the account.
  const std::vector<std::string>& tokens() const { return tokens_; }

  /// The calls of the protocol, as text.
  std::string publish_request(std::string_view text) const;
  static std::string listen_request();
  /// Those with the numbers from `first` to `last`.
  std::string posts_request(std::uint64_t first, std::uint64_t last) const;

  /// When each of the account's posts became durable.
  stamp_file& stamps() { return stamps_; }

private:
  std::string arrive(tour::person& who, int identity);

  temporary_directory directory_;
  stamp_file stamps_;
  child_process process_;
  bool tls_;
  std::uint16_t port_;
  std::optional<tour::service> service_;
  std::optional<tour::person> owner_;
  std::string owner_token_;
  std::string account_;
  std::vector<std::string> tokens_;
};

} // namespace charter::bench
