#include "net/push_joining.hpp"

#include <unordered_map>

namespace charter::net {

namespace {

constexpr std::size_t joined_bytes_max = 64 * 1024;

/// A push that later ones of its stream may join, and their frames.
struct open_push {
  publish_task* first = nullptr;
  std::vector<shared_frame> frames;
  std::size_t bytes = 0;
};

void close(open_push& open) {
  if (open.frames.size() > 1)
    open.first->what.frames = concatenate(std::move(open.frames));
}

/// What has no number doesn't join: whoever loses it must not take a range of numbers for all that is missing.
bool may_join(const open_push& open, const publish_task& task) {
  auto& before = open.first->what;
  return open.first->to == task.to && before.last > 0 && task.what.first == before.last + 1 &&
         open.bytes + task.what.frames->plain()->size() <= joined_bytes_max;
}

} // namespace

void join_pushes(std::vector<io_task>& tasks) {
  std::unordered_map<std::uint64_t, open_push> open; // by stream
  for (auto& any : tasks) {
    auto* task = std::get_if<publish_task>(&any);
    if (!task)
      continue;
    auto& push = task->what;
    auto [found, is_new] = open.try_emplace(push.stream);
    auto& joined = found->second;
    if (!is_new && may_join(joined, *task)) {
      joined.bytes += push.frames->plain()->size();
      joined.first->what.last = push.last;
      joined.frames.push_back(std::exchange(push.frames, nullptr));
      continue;
    }
    close(joined);
    joined = {task, {push.frames}, push.frames->plain()->size()};
  }
  for (auto& [stream, joined] : open)
    close(joined);
}

} // namespace charter::net
