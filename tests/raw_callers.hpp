#pragma once
// Callers of a link port that keep to nothing: bytes over TCP, bytes within TLS, and gRPC streams with any certificate,
// any metadata and any message.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "cluster/etcd/tls_source.hpp"

namespace charter::test {

class raw_connection {
public:
  explicit raw_connection(std::uint16_t port);
  ~raw_connection();
  raw_connection(const raw_connection&) = delete;
  raw_connection& operator=(const raw_connection&) = delete;

  /// TLS, as far as this side can tell: with 1.3 the other may refuse the certificate later.
  bool shake_hands(const etcd::tls_files& files);
  void send(const std::string& bytes);
  /// Reads until the other side has closed; false: it hasn't within 20 s.
  bool is_closed();

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

struct raw_stream_options {
  std::uint16_t port = 0;
  etcd::tls_files tls;
  std::string name;
  std::string protocol;
};

class raw_stream {
public:
  explicit raw_stream(const raw_stream_options& options);
  ~raw_stream();
  raw_stream(const raw_stream&) = delete;
  raw_stream& operator=(const raw_stream&) = delete;

  /// The other side has let us in.
  bool opened() const;
  /// One message of gRPC.
  void send(const std::string& bytes);
  /// What the stream ends with: "CODE: words". Waits for it, at most 20 s.
  std::string end();

  /// Only a connection, and no stream, as long as the function's value lives; none: it didn't come about.
  static std::shared_ptr<void> connect_only(const raw_stream_options& options);

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

} // namespace charter::test
