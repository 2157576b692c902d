#include <catch2/catch.hpp>

#include <numeric>
#include <string>

#include <rapidcheck.h>

#include "domain/codec/record.hpp"
#include "domain/rare.hpp"

using namespace charter;

TEST_CASE("rare: costs a pointer, and reads as the value that it stands for", "[domain]") {
  STATIC_REQUIRE(sizeof(rare<std::string>) == sizeof(void*));
  rare<std::string> x;
  CHECK(x->empty());
  x = std::string{"a reason"};
  auto copy = x;
  x = std::string{};
  CHECK(*x == "");
  CHECK(*copy == "a reason");
  CHECK(x == rare<std::string>{});
  CHECK(x != copy);
}

TEST_CASE("rare: records hold it as the value itself", "[domain]") {
  for (std::string text : {"", "a reason"}) {
    rare<std::string> x{text};
    CHECK(codec::encode(x) == codec::encode(text));
    CHECK(*codec::decode<rare<std::string>>(codec::encode(text)) == x);
  }
}

TEST_CASE("rare list: does what a vector does, in a pointer", "[domain]") {
  STATIC_REQUIRE(sizeof(rare_list<int>) == sizeof(void*));
  CHECK(rc::check([](const std::vector<int>& steps) {
    rare_list<int> list;
    std::vector<int> model;
    for (int step : steps) {
      if (step % 3 != 0) {
        list.push_back(step % 7);
        model.push_back(step % 7);
      } else if (step % 2 == 0) {
        RC_ASSERT(erase(list, step % 7) == std::erase(model, step % 7));
      } else if (!model.empty()) {
        list.erase(list.begin());
        model.erase(model.begin());
      }
      RC_ASSERT(list.items() == model);
      RC_ASSERT(list.empty() == model.empty());
      RC_ASSERT(std::accumulate(list.begin(), list.end(), 0) == std::accumulate(model.begin(), model.end(), 0));
      RC_ASSERT(rare_list<int>{list} == list);
      RC_ASSERT(codec::encode(list) == codec::encode(model));
      RC_ASSERT(*codec::decode<rare_list<int>>(codec::encode(model)) == list);
    }
  }));
}
