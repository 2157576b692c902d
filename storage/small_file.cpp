#include "storage/small_file.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace charter::storage {

namespace {

/// Closes what it holds.
class descriptor {
public:
  explicit descriptor(int fd) : fd_(fd) {}
  ~descriptor() {
    if (fd_ >= 0)
      ::close(fd_);
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

private:
  int fd_;
};

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    auto n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

std::string_view trim(std::string_view text) {
  auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && is_space(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_space(text.back()))
    text.remove_suffix(1);
  return text;
}

bool is_name(std::string_view name) {
  auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && std::all_of(name.begin(), name.end(), fits);
}

/// A number, or a text in quotes without quotes, backslashes or comments in it.
bool parse_value(std::string_view text, std::string& value) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    value = text.substr(1, text.size() - 2);
    return value.find_first_of("\"\\") == value.npos;
  }
  value = text;
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace

refusal os_refusal(std::string_view what) {
  auto number = errno;
  auto code = number == ENOENT                       ? errc::not_found
              : number == ENOSPC || number == EDQUOT ? errc::unavailable
                                                     : errc::internal;
  return refuse(code, std::string{what} + ": " + std::strerror(number));
}

result<std::string> read_small_file(const std::string& path, std::size_t bytes_max) {
  descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file.valid())
    return os_refusal("cannot open " + path);
  std::string text;
  char buffer[4096];
  while (true) {
    auto n = ::read(file.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return os_refusal("cannot read " + path);
    if (n == 0)
      return text;
    text.append(buffer, static_cast<std::size_t>(n));
    if (text.size() > bytes_max)
      return refuse(errc::too_large, path + " is larger than such a file can be");
  }
}

status write_small_file(const std::string& path, std::string_view text, mode_t mode) {
  auto draft = path + ".new";
  {
    ::unlink(draft.c_str()); // left by a crash, perhaps with other permissions
    descriptor file{::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)};
    if (!file.valid())
      return os_refusal("cannot create " + draft);
    if (::fchmod(file.get(), mode) != 0 || !write_all(file.get(), text) || ::fsync(file.get()) != 0)
      return os_refusal("cannot write " + draft);
  }
  if (::rename(draft.c_str(), path.c_str()) != 0)
    return os_refusal("cannot rename " + draft);
  auto parent = std::filesystem::path{path}.parent_path();
  return sync_directory(parent.empty() ? "." : parent.string());
}

status sync_directory(const std::string& path) {
  descriptor directory{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!directory.valid() || ::fsync(directory.get()) != 0)
    return os_refusal("cannot sync " + path);
  return done{};
}

result<flat_table> parse_flat(std::string_view text) {
  flat_table table;
  for (int number = 1; !text.empty(); ++number) {
    auto end = text.find('\n');
    auto line = trim(text.substr(0, end));
    text = end == text.npos ? std::string_view{} : text.substr(end + 1);
    if (line.empty() || line.front() == '#')
      continue;
    auto equals = line.find('=');
    auto name = trim(line.substr(0, equals));
    std::string value;
    if (equals == line.npos || !is_name(name) || !parse_value(trim(line.substr(equals + 1)), value))
      return invalid("line " + std::to_string(number), "expected `name = number` or `name = \"text\"`");
    if (!table.emplace(name, value).second)
      return invalid("line " + std::to_string(number), std::string{name} + " stands there twice");
  }
  return table;
}

result<std::uint64_t> flat_number(const flat_table& table, const std::string& name, std::uint64_t most) {
  auto entry = table.find(name);
  std::uint64_t number = 0;
  if (entry != table.end()) {
    auto& text = entry->second;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc{} && end == text.data() + text.size() && number <= most)
      return number;
  }
  return invalid(name, name + " must be a number up to " + std::to_string(most));
}

} // namespace charter::storage
