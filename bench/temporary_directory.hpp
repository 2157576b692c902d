#pragma once
// A directory of a benchmark's own on a real disk (TMPDIR, or else /var/tmp: /tmp may be memory), gone at the end.

#include <filesystem>
#include <stdexcept>
#include <string>

#include <stdlib.h>

namespace charter::bench {

class temporary_directory {
public:
  temporary_directory() {
    auto from = std::getenv("TMPDIR");
    path_ = std::string{from ? from : "/var/tmp"} + "/charter-bench-XXXXXX";
    if (!::mkdtemp(path_.data()))
      throw std::runtime_error("can't make a directory like " + path_);
  }
  ~temporary_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

private:
  std::string path_;
};

} // namespace charter::bench
