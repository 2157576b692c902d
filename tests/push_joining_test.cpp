// Pushes that waited together leave together, and in no other way than they would have alone.

#include "net/push_joining.hpp"

#include <catch2/catch.hpp>

using namespace charter::net;

namespace {

using audience_list = std::shared_ptr<const std::vector<session_number>>;

io_task push_of(std::uint64_t stream, std::uint64_t number, audience_list to, std::size_t bytes = 3) {
  auto frames = make_frame(opcode::text, std::vector<std::uint8_t>(bytes, static_cast<std::uint8_t>('0' + number)));
  return publish_task{{frames, stream, number, number}, std::move(to)};
}

/// First and last number, and how many bytes; nothing for what was joined to another.
using left_over = std::vector<std::tuple<std::uint64_t, std::uint64_t, std::size_t>>;

left_over joined(std::vector<io_task> tasks) {
  join_pushes(tasks);
  left_over all;
  for (auto& any : tasks)
    if (auto* task = std::get_if<publish_task>(&any); task && task->what.frames)
      all.emplace_back(task->what.first, task->what.last, task->what.frames->plain()->size());
  return all;
}

const audience_list some = std::make_shared<const std::vector<session_number>>(1, 7);

} // namespace

TEST_CASE("joining: a stream's waiting pushes are one, and others' stay theirs [I4]", "[net]") {
  CHECK(joined({push_of(1, 4, some), push_of(2, 9, some), push_of(1, 5, some), push_of(1, 6, some)}) ==
        left_over{{4, 6, 15}, {9, 9, 5}});
  CHECK(joined({push_of(1, 4, some), send_task{7, make_frame(opcode::text, {})}, push_of(1, 5, some)}) ==
        left_over{{4, 5, 10}});
}

TEST_CASE("joining: the bytes are the frames one after the other [I4]", "[net]") {
  std::vector<io_task> tasks{push_of(1, 4, some), push_of(1, 5, some)};
  auto first = *std::get<publish_task>(tasks[0]).what.frames->plain();
  auto second = *std::get<publish_task>(tasks[1]).what.frames->plain();
  first.insert(first.end(), second.begin(), second.end());
  join_pushes(tasks);
  CHECK(*std::get<publish_task>(tasks[0]).what.frames->plain() == first);
}

TEST_CASE("joining: not over a change of audience, a hole, or something without a number [I4] [I11]", "[net]") {
  auto others = std::make_shared<const std::vector<session_number>>(2, 7);
  CHECK(joined({push_of(1, 4, some), push_of(1, 5, others), push_of(1, 6, others)}) ==
        left_over{{4, 4, 5}, {5, 6, 10}});
  CHECK(joined({push_of(1, 4, some), push_of(1, 6, some)}) == left_over{{4, 4, 5}, {6, 6, 5}});
  CHECK(joined({push_of(1, 4, some), push_of(1, 0, some), push_of(1, 5, some)}) ==
        left_over{{4, 4, 5}, {0, 0, 5}, {5, 5, 5}});
}

TEST_CASE("joining: a joined push has a bound [I12]", "[net]") {
  CHECK(joined({push_of(1, 1, some, 40'000), push_of(1, 2, some, 30'000), push_of(1, 3, some)}) ==
        left_over{{1, 1, 40'004}, {2, 3, 30'009}});
}
