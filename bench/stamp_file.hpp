#pragma once
// When each post was there, as a server under test wrote it down: lines "NUMBER NANOSECONDS" on the monotonic clock.

#include <chrono>
#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>
#include <unordered_map>

namespace charter::bench {

class stamp_file {
public:
  explicit stamp_file(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }

  /// Reads what was added to the file if need be. Throws std::runtime_error for a number that isn't in it.
  std::chrono::steady_clock::time_point at(std::uint64_t number) {
    if (!stamps_.contains(number))
      read_more();
    if (auto found = stamps_.find(number); found != stamps_.end())
      return std::chrono::steady_clock::time_point{std::chrono::nanoseconds{found->second}};
    throw std::runtime_error("there is no stamp of post " + std::to_string(number));
  }

  /// The highest number that is there.
  std::uint64_t last() {
    read_more();
    return last_;
  }

private:
  void read_more() {
    std::ifstream in{path_};
    in.seekg(read_);
    std::uint64_t number = 0;
    for (std::int64_t when = 0; in >> number >> when; read_ = in.tellg())
      stamps_[last_ = number] = when;
  }

  std::string path_;
  std::streamoff read_ = 0;
  std::uint64_t last_ = 0;
  std::unordered_map<std::uint64_t, std::int64_t> stamps_;
};

} // namespace charter::bench
