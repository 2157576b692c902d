#include "apps/load/zipf.hpp"

#include <algorithm>
#include <cmath>

namespace charter::load {

zipf::zipf(std::size_t n, double exponent) {
  up_to_.reserve(n);
  double sum = 0;
  for (std::size_t k = 1; k <= n; ++k)
    up_to_.push_back(sum += std::pow(static_cast<double>(k), -exponent));
  for (auto& x : up_to_)
    x /= sum;
  up_to_.back() = 1;
}

std::size_t zipf::operator()(std::mt19937_64& random) const {
  auto x = std::uniform_real_distribution<double>{0, 1}(random);
  auto at = std::upper_bound(up_to_.begin(), up_to_.end(), x);
  return std::min(static_cast<std::size_t>(at - up_to_.begin()), up_to_.size() - 1);
}

double zipf::probability(std::size_t rank) const { return up_to_[rank] - (rank == 0 ? 0 : up_to_[rank - 1]); }

/// Weighted sampling without replacement by exponential keys (Efraimidis and Spirakis, 2006): the least keys win.
std::vector<std::size_t> zipf::distinct(std::size_t many, std::mt19937_64& random) const {
  many = std::min(many, up_to_.size());
  std::exponential_distribution<double> key{1};
  std::vector<std::pair<double, std::size_t>> keys;
  keys.reserve(up_to_.size());
  for (std::size_t rank = 0; rank < up_to_.size(); ++rank)
    keys.emplace_back(key(random) / probability(rank), rank);
  std::nth_element(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(many), keys.end());
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < many; ++i)
    chosen.push_back(keys[i].second);
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

} // namespace charter::load
