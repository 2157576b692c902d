#pragma once
// Who plays a part now. A supervisor's restarts change it; whoever tells it something needn't know.

#include <mutex>

#include <caf/send.hpp>

namespace charter::node {

template <class Handle>
class current {
public:
  Handle get() const {
    std::lock_guard lock{mutex_};
    return handle_;
  }
  Handle set(Handle h) {
    std::lock_guard lock{mutex_};
    return handle_ = std::move(h);
  }
  template <class Message>
  void tell(Message&& m) const {
    if (auto h = get())
      caf::anon_send(h, std::forward<Message>(m));
  }

private:
  mutable std::mutex mutex_;
  Handle handle_;
};

} // namespace charter::node
