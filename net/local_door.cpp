#include "net/local_door.hpp"

#include <algorithm>

namespace charter::net {

namespace {
constexpr std::size_t mail_max = transport_limits{}.thread_tasks_max;
}

void local_door::lead_to(handler& above, std::size_t io_thread) {
  above_ = &above;
  last_ = session_number{io_thread} << io_thread_shift;
}

// -- the guests' side -----------------------------------------------------------------------------------------------

session_number local_door::enter(guest& who, const peer& from, codec c) {
  auto session = ++last_;
  guests_.emplace(session, place{&who, c});
  above_->opened(session, from, c);
  return session;
}

void local_door::say(session_number session, bytes message) {
  if (auto found = guests_.find(session); found != guests_.end())
    above_->received(session, found->second.form, std::move(message), false);
}

void local_door::leave(session_number session) {
  if (guests_.erase(session) > 0)
    above_->closed(session);
}

bool local_door::turn(std::size_t guests_max) {
  {
    std::lock_guard lock{mutex_};
    std::ranges::move(mail_, std::back_inserter(taken_));
    mail_.clear();
  }
  for (std::size_t served = 0; !taken_.empty() && served < guests_max;) {
    if (auto* what = std::get_if<farewell>(&taken_.front())) {
      show_out(*what);
      ++served;
    } else {
      served += hand_out(std::get<message>(taken_.front()), guests_max - served);
      if (at_ > 0)
        break; // some of its audience wait for the next turn
    }
    taken_.pop_front();
  }
  return !taken_.empty();
}

/// How many were served; `at_` is 0 afterwards when that was everybody.
std::size_t local_door::hand_out(const message& what, std::size_t guests_max) {
  byte_view frames{*what.frames->plain()};
  if (auto* one = std::get_if<session_number>(&what.to)) {
    hand_to(*one, frames);
    return 1;
  }
  auto& audience = *std::get<std::shared_ptr<const std::vector<session_number>>>(what.to);
  auto end = std::min(audience.size(), at_ + guests_max);
  auto served = end - at_;
  for (; at_ < end; ++at_)
    hand_to(audience[at_], frames);
  if (at_ == audience.size())
    at_ = 0;
  return served;
}

void local_door::hand_to(session_number session, byte_view frames) {
  if (auto found = guests_.find(session); found != guests_.end())
    found->second.who->heard(frames);
}

void local_door::show_out(const farewell& what) {
  auto found = guests_.find(what.to);
  if (found == guests_.end())
    return;
  auto* who = found->second.who;
  guests_.erase(found);
  above_->closed(what.to);
  who->shown_out(what.code, what.reason);
}

// -- the layer above's side -----------------------------------------------------------------------------------------

bool local_door::put(mail what, std::size_t mails_max) {
  bool was_empty = false;
  {
    std::lock_guard lock{mutex_};
    if (mail_.size() >= mails_max)
      return false;
    was_empty = mail_.empty();
    mail_.push_back(std::move(what));
  }
  if (was_empty)
    wake_();
  return true;
}

bool local_door::send(session_number session, shared_frame what) {
  return put(message{std::move(what), session}, mail_max);
}

bool local_door::publish(std::size_t, push what, std::shared_ptr<const std::vector<session_number>> to) {
  return put(message{std::move(what.frames), std::move(to)}, mail_max);
}

void local_door::close(session_number session, std::uint16_t code, std::string_view reason) {
  (void)put(farewell{session, code, std::string{reason}}, SIZE_MAX);
}

} // namespace charter::net
