#pragma once
// Builds a nlohmann::json value from the events of either decoder, and holds the bounds that both share: depth, number
// of values, no key twice, no number that JSON can't say.
//
// Pure; one per document. Once an event was refused (`false`), `why` says what is wrong and nothing more may be fed.

#include <cmath>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "domain/result.hpp"

namespace charter::net {

class document_builder {
public:
  document_builder(std::size_t depth_max, std::size_t values_max) : depth_max_(depth_max), values_max_(values_max) {}

  bool value(nlohmann::json x) { return place(std::move(x)) != nullptr; }
  bool number(double x) { return std::isfinite(x) ? value(x) : fail(invalid("", "a number is not finite")); }
  bool begin(nlohmann::json empty_container) {
    if (open_.size() >= depth_max_)
      return fail(refuse(errc::too_large, "nested too deeply"));
    auto* placed = place(std::move(empty_container));
    if (placed)
      open_.push_back(placed);
    return placed;
  }
  bool key(std::string name) {
    auto [at, is_new] = open_.back()->get_ref<nlohmann::json::object_t&>().emplace(std::move(name), nullptr);
    if (!is_new)
      return fail(invalid(at->first, "a key stands twice in the same map"));
    slot_ = &at->second;
    return true;
  }
  bool end() {
    open_.pop_back();
    return true;
  }
  bool fail(refusal why) {
    if (!failed_)
      why_ = std::move(why);
    failed_ = true;
    return false;
  }

  bool failed() const { return failed_; }
  const refusal& why() const { return why_; }
  nlohmann::json take() { return std::move(root_); }

private:
  nlohmann::json* place(nlohmann::json x) {
    if (++values_ > values_max_) {
      fail(refuse(errc::too_large, "too many values"));
      return nullptr;
    }
    if (open_.empty())
      slot_ = &root_;
    else if (open_.back()->is_array())
      slot_ = &open_.back()->get_ref<nlohmann::json::array_t&>().emplace_back();
    *slot_ = std::move(x);
    return slot_;
  }

  std::size_t depth_max_;
  std::size_t values_max_;
  std::size_t values_ = 0;
  nlohmann::json root_;
  std::vector<nlohmann::json*> open_; ///< containers that we are in; stable, since only the innermost one grows
  nlohmann::json* slot_ = nullptr;    ///< where the value after a key goes
  bool failed_ = false;
  refusal why_;
};

} // namespace charter::net
