#include "apps/charter/private_file.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace charter::cli {

namespace {

constexpr std::size_t private_bytes_max = 16 * 1024 * 1024;

struct descriptor {
  int number;
  ~descriptor() {
    if (number > STDERR_FILENO)
      ::close(number);
  }
};

refusal system_error(errc code, const std::string& path) { return refuse(code, path + ": " + std::strerror(errno)); }

result<std::string> read_all(int from, const std::string& path, std::size_t bytes_max) {
  std::string text;
  std::array<char, 64 * 1024> part;
  while (true) {
    auto n = ::read(from, part.data(), part.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return system_error(errc::unavailable, path);
    if (n == 0)
      return text;
    text.append(part.data(), static_cast<std::size_t>(n));
    if (text.size() > bytes_max)
      return refuse(errc::too_large, path + ": more than " + std::to_string(bytes_max) + " bytes");
  }
}

bool write_all(int to, std::string_view text) {
  while (!text.empty()) {
    auto n = ::write(to, text.data(), text.size());
    if (n < 0 && errno != EINTR)
      return false;
    if (n > 0)
      text.remove_prefix(static_cast<std::size_t>(n));
  }
  return ::fsync(to) == 0;
}

/// Like `mkdir -p -m 0700`; what exists keeps its rights.
bool make_directories(const std::filesystem::path& path) {
  if (path.empty() || ::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST)
    return true;
  return errno == ENOENT && make_directories(path.parent_path()) && ::mkdir(path.c_str(), 0700) == 0;
}

} // namespace

result<std::optional<std::string>> read_private_file(const std::string& path) {
  descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.number < 0 && errno == ENOENT)
    return std::optional<std::string>{};
  struct stat about {};
  if (file.number < 0 || ::fstat(file.number, &about) != 0)
    return system_error(errc::unavailable, path);
  if ((about.st_mode & 077) != 0 || about.st_uid != ::geteuid())
    return refuse(errc::forbidden, path + " may be read by others; chmod 600 makes it yours alone");
  auto text = read_all(file.number, path, private_bytes_max);
  if (!text)
    return text.why();
  return std::optional{std::move(*text)};
}

status write_private_file(const std::string& path, std::string_view text) {
  auto folder = std::filesystem::path{path}.parent_path();
  if (!make_directories(folder))
    return system_error(errc::unavailable, folder.string());
  auto fresh = path + ".XXXXXX";
  descriptor file{::mkostemp(fresh.data(), O_CLOEXEC)}; // 0600
  if (file.number < 0)
    return system_error(errc::unavailable, path);
  if (write_all(file.number, text) && ::rename(fresh.c_str(), path.c_str()) == 0)
    return done{};
  auto why = system_error(errc::unavailable, path);
  ::unlink(fresh.c_str());
  return why;
}

result<std::string> read_whole(const std::string& path, std::size_t bytes_max) {
  if (path == "-")
    return read_all(STDIN_FILENO, "standard input", bytes_max);
  descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.number < 0)
    return system_error(errno == ENOENT ? errc::not_found : errc::unavailable, path);
  return read_all(file.number, path, bytes_max);
}

} // namespace charter::cli
