#pragma once
// Links between nodes: streams of messages over gRPC with mutual TLS, behind an interface without gRPC's headers.
//
// A node dials every other one and asks on its own stream; the answers come back on the same. Each side checks the
// other's name against its certificate: the CA alone would let any node speak for any other. What waits to be sent is
// bounded in bytes, and so is what a peer that doesn't read can hold up.
//
// Threads: two for each stream on either side; callbacks come from the one that reads, one at a time for each stream.
// What can fail: `start_link_server` when the address can't be had; everything else shows as a link that is down.

#include <functional>
#include <memory>
#include <string>

#include "cluster/etcd/client.hpp"

namespace charter::cluster {

using tls_ptr = std::shared_ptr<etcd::tls_source>;

/// Takes one message; false when the link is down or too much waits. Any thread.
using send_fn = std::function<bool(std::string message)>;

// -- dialling ---------------------------------------------------------------------------------------------------------

struct dial_options {
  std::string address; ///< "host:port"
  std::string peer;    ///< the name that its certificate must have
  std::string name;    ///< ours
  tls_ptr tls;
  std::function<void(std::string message)> received;
  std::function<void()> up = [] {};
  std::function<void()> down = [] {}; ///< whatever was sent may have got lost
  /// Each time that somebody answers there who isn't the peer, or doesn't take us. That nobody answers is no reason.
  std::function<void(const std::string& why)> refused = [](auto&) {};
};

/// Tries until it ends.
class dialled_link {
public:
  virtual ~dialled_link() = default;
  virtual bool send(std::string message) = 0; ///< as send_fn
  virtual bool is_up() const = 0;
};
std::unique_ptr<dialled_link> dial(dial_options options);

// -- listening --------------------------------------------------------------------------------------------------------

struct link_server_options {
  std::string address; ///< "host:port" to listen on; port 0: any
  tls_ptr tls;
  std::function<bool(const std::string& name)> may_connect; ///< any thread
  /// `answer` may be kept, and outlive the link.
  std::function<void(const std::string& peer, std::string message, const send_fn& answer)> received;
  /// The last stream of a peer has ended, so that nothing comes from it now.
  std::function<void(const std::string& peer)> silent = [](auto&) {};
  /// Each time that somebody is: who, and why.
  std::function<void(const std::string& what)> turned_away = [](auto&) {};
};

class link_server {
public:
  virtual ~link_server() = default;
  virtual std::uint16_t port() const = 0;
};
result<std::unique_ptr<link_server>> start_link_server(link_server_options options);

} // namespace charter::cluster
