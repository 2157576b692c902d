#include "net/fan_out.hpp"

#include <algorithm>

namespace charter::net {

namespace {

constexpr std::size_t joined_bytes_max = 64 * 1024;
constexpr std::size_t sockets_per_turn = 16; ///< of one stream, before the next has its turn

std::size_t bytes_of(const push& what) { return what.frames->plain()->size(); }

} // namespace

// -- one audience -------------------------------------------------------------------------

/// What has no number doesn't join: whoever loses it must not take a range of numbers for all that is missing.
bool fan_out::sweep::takes(const publish_task& task) const {
  return to == task.to && items.back().last > 0 && task.what.first == items.back().last + 1;
}

/// Those who were served already come after those who weren't.
void fan_out::sweep::take(push what) {
  items.push_back(std::move(what));
  if (auto served = to->size() - left; served > 0)
    stretches.push_back({served, first_item + items.size() - 1});
  left = to->size();
  joined.clear();
}

void fan_out::sweep::join() {
  std::vector<shared_frame> frames;
  std::size_t bytes = 0;
  push open;
  auto close = [&] {
    open.frames = concatenate(std::exchange(frames, {}));
    joined.push_back(std::move(open));
  };
  for (auto i = stretches.front().next - first_item; i < items.size(); ++i) {
    auto& item = items[i];
    if (!frames.empty() && bytes + bytes_of(item) > joined_bytes_max)
      close();
    if (frames.empty()) {
      open = item;
      bytes = 0;
    }
    frames.push_back(item.frames);
    bytes += bytes_of(item);
    open.last = item.last;
  }
  close();
}

std::size_t fan_out::sweep::step() {
  at = at + 1 == to->size() ? 0 : at + 1;
  --left;
  if (--stretches.front().sockets > 0)
    return 0;
  stretches.pop_front();
  joined.clear();
  std::size_t freed = 0;
  auto needed = stretches.empty() ? first_item + items.size() : stretches.front().next;
  for (; first_item < needed; ++first_item) {
    freed += bytes_of(items.front());
    items.pop_front();
  }
  return freed;
}

// -- all ----------------------------------------------------------------------------------

void fan_out::add(publish_task task) {
  if (task.to->empty())
    return;
  bytes_ += bytes_of(task.what);
  auto& stream = streams_[task.what.stream];
  if (stream.empty())
    turns_.push_back(task.what.stream);
  if (stream.empty() || !stream.back().takes(task))
    stream.emplace_back().to = task.to;
  stream.back().take(std::move(task.what));
}

void fan_out::advance(std::size_t sockets) {
  while (sockets > 0 && !turns_.empty()) {
    auto name = turns_.front();
    turns_.pop_front();
    auto found = streams_.find(name);
    auto& stream = found->second;
    for (auto turn = std::min(sockets, sockets_per_turn); turn > 0 && !stream.empty(); --turn, --sockets) {
      auto& front = stream.front();
      if (front.joined.empty())
        front.join();
      for (auto& what : front.joined)
        deliver_((*front.to)[front.at], what);
      bytes_ -= front.step();
      if (front.left == 0)
        stream.pop_front();
    }
    if (stream.empty())
      streams_.erase(found);
    else
      turns_.push_back(name);
  }
}

} // namespace charter::net
