#pragma once
// Zipf's law: the k-th most popular of n is chosen with a probability in proportion to k^-s. Exponent 0 is fair, 1 is
// what followings look like in the wild.

#include <cstddef>
#include <random>
#include <vector>

namespace charter::load {

class zipf {
public:
  /// `n` at least 1.
  zipf(std::size_t n, double exponent);

  /// From 0 for the most popular one.
  std::size_t operator()(std::mt19937_64& random) const;
  /// As many different ones as that, at most all; the popular ones are more likely to be among them. Sorted.
  std::vector<std::size_t> distinct(std::size_t many, std::mt19937_64& random) const;
  double probability(std::size_t rank) const;

private:
  std::vector<double> up_to_; ///< cumulated, ends in 1
};

} // namespace charter::load
