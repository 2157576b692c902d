#pragma once
// A client that can misbehave: raw bytes over a blocking loopback socket, with or without TLS, and the WebSocket
// framing spelled by hand. Deadlines are generous; when one passes, the answer is "nothing came" and the test fails.

#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/frame.hpp"
#include "net/tls.hpp"

namespace charter::net {

inline constexpr int patience_ms = 20'000;

class net_client {
public:
  explicit net_client(std::uint16_t port, int receive_buffer = 0) {
    descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receive_buffer)
      ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    int on = 1;
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(descriptor_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
  }
  ~net_client() {
    if (tls_)
      SSL_free(tls_);
    if (context_)
      SSL_CTX_free(context_);
    drop();
  }
  net_client(const net_client&) = delete;

  bool connected() const { return connected_; }

  /// True when the handshake succeeds with a server that shows exactly this certificate for `name`.
  bool start_tls(const tls_identity& trusted, const char* name) {
    context_ = SSL_CTX_new(TLS_client_method());
    BIO* pem = BIO_new_mem_buf(trusted.certificate_chain.data(), static_cast<int>(trusted.certificate_chain.size()));
    X509* certificate = PEM_read_bio_X509(pem, nullptr, nullptr, nullptr);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context_), certificate);
    X509_free(certificate);
    BIO_free(pem);
    tls_ = SSL_new(context_);
    SSL_set_fd(tls_, descriptor_);
    SSL_set_verify(tls_, SSL_VERIFY_PEER, nullptr);
    SSL_set1_host(tls_, name);
    return SSL_connect(tls_) == 1;
  }

  /// False when the peer has gone.
  bool send(std::string_view data) {
    while (!data.empty()) {
      auto sent = tls_ ? SSL_write(tls_, data.data(), static_cast<int>(data.size()))
                       : static_cast<int>(::send(descriptor_, data.data(), data.size(), MSG_NOSIGNAL));
      if (sent <= 0)
        return false;
      data.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  void send_slowly(std::string_view data) {
    for (char c : data)
      send({&c, 1});
  }
  void shutdown_write() { ::shutdown(descriptor_, SHUT_WR); }
  void drop() {
    if (descriptor_ >= 0)
      ::close(descriptor_);
    descriptor_ = -1;
  }
  /// Closes with a reset instead of a FIN.
  void reset() {
    linger hard{1, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    drop();
  }

  /// Exactly `size` bytes, or fewer when the peer ended.
  std::string read(std::size_t size) {
    while (buffer_.size() < size && fill()) {
    }
    return take(std::min(size, buffer_.size()));
  }
  /// Up to and including `end`; all that came when the peer ended first.
  std::string read_until(std::string_view end) {
    std::size_t at;
    while ((at = buffer_.find(end)) == buffer_.npos && fill()) {
    }
    return take(at == buffer_.npos ? buffer_.size() : at + end.size());
  }
  std::string read_all() {
    while (fill()) {
    }
    return take(buffer_.size());
  }
  /// Nothing more comes, and the peer has closed (not: it is silent).
  bool at_end() {
    while (fill()) {
    }
    return ended_ && buffer_.empty();
  }

  struct response {
    int status = 0;
    std::string head;
    std::string body;
    bool has(std::string_view line) const { return head.find(line) != head.npos; }
  };
  response read_response(bool is_head_request = false) {
    response r;
    r.head = read_until("\r\n\r\n");
    if (r.head.size() > 12)
      r.status = std::atoi(r.head.c_str() + 9);
    auto length = r.head.find("Content-Length: ");
    if (length != r.head.npos && !is_head_request)
      r.body = read(static_cast<std::size_t>(std::atoll(r.head.c_str() + length + 16)));
    return r;
  }

  // -- WebSocket -----------------------------------------------------------------------------------------------------

  static std::string upgrade_request(std::string_view protocol, std::string_view more = {}) {
    return "GET /v1/ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: " +
           std::string(protocol) + "\r\n" + std::string(more) + "\r\n";
  }
  bool upgrade(std::string_view protocol = "charter.v1.json", std::string_view more = {}) {
    send(upgrade_request(protocol, more));
    auto r = read_until("\r\n\r\n");
    return r.find(" 101 ") != r.npos && r.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") != r.npos; // RFC 6455, 1.3
  }

  /// `first`: FIN, reserved bits and opcode, as on the wire.
  static std::string frame(std::uint8_t first, std::string_view payload) {
    std::string out(1, static_cast<char>(first));
    auto size = payload.size();
    if (size <= 125) {
      out += static_cast<char>(0x80 | size);
    } else if (size <= 0xffff) {
      out += static_cast<char>(0xfe);
      out += {static_cast<char>(size >> 8), static_cast<char>(size)};
    } else {
      out += static_cast<char>(0xff);
      for (int shift = 56; shift >= 0; shift -= 8)
        out += static_cast<char>(std::uint64_t{size} >> shift);
    }
    const std::string mask = "\x11\x22\x33\x44";
    out += mask;
    for (std::size_t i = 0; i < size; ++i)
      out += static_cast<char>(payload[i] ^ mask[i & 3]);
    return out;
  }
  static std::string close_frame(int code, std::string_view reason = {}) {
    return frame(0x88, std::string{static_cast<char>(code >> 8), static_cast<char>(code)} + std::string(reason));
  }

  struct server_frame {
    int first = -1; ///< FIN and opcode; -1: the peer ended
    std::string payload;
    int close_code() const {
      return first == 0x88 && payload.size() >= 2
                 ? static_cast<unsigned char>(payload[0]) << 8 | static_cast<unsigned char>(payload[1])
                 : 0;
    }
    std::string close_reason() const { return payload.size() > 2 ? payload.substr(2) : std::string{}; }
  };
  server_frame read_frame() {
    auto head = read(2);
    if (head.size() < 2)
      return {};
    std::uint64_t size = static_cast<unsigned char>(head[1]); // a mask bit would make it huge, and the test fail
    if (size == 126 || size == 127) {
      auto wide = read(size == 126 ? 2 : 8);
      size = 0;
      for (char c : wide)
        size = size << 8 | static_cast<unsigned char>(c);
    }
    server_frame f;
    f.payload = read(size);
    f.first = f.payload.size() == size ? static_cast<unsigned char>(head[0]) : -1;
    return f;
  }
  /// The close frame that ends the session, whatever comes before it; then the end of the stream.
  server_frame read_close() {
    for (;;) {
      auto f = read_frame();
      if (f.first == 0x88 || f.first == -1)
        return f;
    }
  }

private:
  bool fill() {
    if (ended_ || descriptor_ < 0)
      return false;
    if (!tls_ || SSL_pending(tls_) == 0) {
      pollfd wait{descriptor_, POLLIN, 0};
      if (::poll(&wait, 1, patience_ms) <= 0)
        return false;
    }
    char chunk[65536];
    auto size =
        tls_ ? SSL_read(tls_, chunk, sizeof chunk) : static_cast<int>(::recv(descriptor_, chunk, sizeof chunk, 0));
    if (size <= 0) {
      ended_ = true;
      return false;
    }
    buffer_.append(chunk, static_cast<std::size_t>(size));
    return true;
  }
  std::string take(std::size_t size) {
    auto out = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return out;
  }

  int descriptor_ = -1;
  bool connected_ = false;
  bool ended_ = false;
  std::string buffer_;
  SSL_CTX* context_ = nullptr;
  SSL* tls_ = nullptr;
};

} // namespace charter::net
