#pragma once
// The same GET again and again on some kept connections, each with one request under way. One thread.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace charter::bench {

class http_load {
public:
  struct outcome {
    std::size_t answers = 0;
    double seconds = 0;
    double cpu_seconds = 0; ///< this thread's
  };

  http_load(std::uint16_t port, std::size_t connections);
  ~http_load();
  http_load(const http_load&) = delete;
  http_load& operator=(const http_load&) = delete;

  /// Each answer must have that status. Throws std::runtime_error for another one.
  outcome run(const std::string& path, const std::string& fields, unsigned status, std::chrono::milliseconds length);

  /// One request on its own: head and body.
  struct answer {
    std::string head;
    std::string body;
    std::string field(std::string_view name) const; ///< "" if there is none
  };
  static answer get(std::uint16_t port, const std::string& path);

private:
  struct connection {
    int descriptor = -1;
    std::string unread;
  };

  void connect(std::size_t which);
  void ask(std::size_t which);
  /// Whether an answer is whole.
  bool read(std::size_t which, unsigned status);

  std::uint16_t port_;
  int epoll_;
  std::string request_;
  std::vector<connection> all_;
};

} // namespace charter::bench
