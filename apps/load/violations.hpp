#pragma once
// What a run found broken, by the number of the invariant (docs/ARCHITECTURE.md). The first ones are kept in words.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace charter::load {

struct violation {
  int invariant; ///< 2, 3 or 4
  std::string what;
};

class violations {
public:
  void add(int invariant, std::string what) {
    ++counts_.at(static_cast<std::size_t>(invariant));
    if (kept_.size() < kept_max)
      kept_.push_back({invariant, std::move(what)});
  }
  std::uint64_t count(int invariant) const { return counts_.at(static_cast<std::size_t>(invariant)); }
  std::uint64_t count() const { return counts_[2] + counts_[3] + counts_[4]; }
  const std::vector<violation>& kept() const { return kept_; }

private:
  static constexpr std::size_t kept_max = 100; // where one thing is broken, thousands follow from it
  std::array<std::uint64_t, 5> counts_{};
  std::vector<violation> kept_;
};

} // namespace charter::load
