#include "net/fan_out.hpp"

#include <algorithm>

namespace charter::net {

namespace {

constexpr std::size_t joined_bytes_max = 64 * 1024;
constexpr std::size_t sockets_per_turn = 16; ///< of one stream, before the next has its turn

std::size_t bytes_of(const push& what) { return what.frames->plain()->size(); }

bool has(const std::vector<session_number>& sorted, session_number socket) {
  return std::binary_search(sorted.begin(), sorted.end(), socket);
}

} // namespace

// -- one audience -------------------------------------------------------------------------

/// What has no number doesn't join: whoever loses it must not take a range of numbers for all that is missing.
bool fan_out::sweep::continues(const push& what) const {
  return items.back().what.last > 0 && what.first == items.back().what.last + 1;
}

/// Those who were served already come after those who weren't.
void fan_out::sweep::take(item next) {
  items.push_back(std::move(next));
  if (auto served = circle->size() - left; served > 0)
    stretches.push_back({served, first_item + items.size() - 1});
  left = circle->size();
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
    auto& item = items[i].what;
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
  at = at + 1 == circle->size() ? 0 : at + 1;
  --left;
  if (--stretches.front().sockets > 0)
    return 0;
  stretches.pop_front();
  joined.clear();
  return free_items();
}

std::size_t fan_out::sweep::free_items() {
  std::size_t freed = 0;
  auto needed = stretches.empty() ? first_item + items.size() : stretches.front().next;
  for (; first_item < needed; ++first_item) {
    freed += bytes_of(items.front().what);
    items.pop_front();
  }
  return freed;
}

/// A sweep of what `those` lack, who have had everything before `next`.
auto fan_out::sweep::part_for(std::shared_ptr<const sockets> those, std::uint64_t next) const -> sweep {
  sweep part;
  part.to = part.circle = std::move(those);
  part.items.assign(items.begin() + static_cast<std::ptrdiff_t>(next - first_item), items.end());
  part.left = part.circle->size();
  part.stretches.push_back({part.left, 0});
  return part;
}

// -- changes of audience ------------------------------------------------------------------

/// Lists keep their order, and who comes is last. Where that doesn't hold, somebody may seem to have left and come who
/// was there all the time; that costs a send, and no more.
auto fan_out::changes(const sockets& before, const sockets& after) -> difference {
  difference found;
  auto next = after.begin();
  for (auto socket : before)
    if (next != after.end() && *next == socket)
      ++next;
    else
      found.left.push_back(socket);
  found.came.assign(next, after.end());
  std::sort(found.left.begin(), found.left.end());
  return found;
}

void fan_out::change_audience(std::deque<sweep>& stream, std::shared_ptr<const sockets> to) {
  auto& all = stream.back();
  auto changed = changes(*all.to, *to);
  sockets circle;
  circle.reserve(to->size());
  std::deque<stretch> stretches;
  std::vector<sweep> rests;
  auto take = [&](std::size_t count, sockets& leaving) {
    auto before = circle.size();
    for (; count > 0; --count, all.at = all.at + 1 == all.circle->size() ? 0 : all.at + 1) {
      auto socket = (*all.circle)[all.at];
      (!changed.left.empty() && has(changed.left, socket) ? leaving : circle).push_back(socket);
    }
    return circle.size() - before;
  };
  auto served = all.circle->size() - all.left;
  for (auto& part : all.stretches) {
    auto leaving = std::make_shared<sockets>();
    if (auto staying = take(part.sockets, *leaving); staying > 0)
      stretches.push_back({staying, part.next});
    if (!leaving->empty())
      rests.push_back(all.part_for(std::move(leaving), part.next));
  }
  all.left = circle.size();
  sockets done;
  take(served, done);
  circle.insert(circle.end(), changed.came.begin(), changed.came.end());
  all.to = std::move(to);
  all.circle = std::make_shared<const sockets>(std::move(circle));
  all.at = 0;
  all.stretches = std::move(stretches);
  for (auto& rest : rests) {
    for (auto& one : rest.items)
      bytes_ += bytes_of(one.what);
    stream.insert(std::prev(stream.end()), std::move(rest));
  }
  bytes_ -= stream.back().free_items();
}

// -- all ----------------------------------------------------------------------------------

void fan_out::add(publish_task task, monotonic now) {
  if (task.to->empty())
    return;
  bytes_ += bytes_of(task.what);
  auto& stream = streams_[task.what.stream];
  if (stream.empty())
    turns_.push_back(task.what.stream);
  if (stream.empty() || !stream.back().continues(task.what)) {
    auto& fresh = stream.emplace_back();
    fresh.to = fresh.circle = std::move(task.to);
  } else if (stream.back().to != task.to) {
    change_audience(stream, std::move(task.to));
  }
  stream.back().take({std::move(task.what), now});
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
        deliver_((*front.circle)[front.at], what);
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
