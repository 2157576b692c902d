#include "apps/load/person.hpp"

#include "apps/load/schedule.hpp"

namespace charter::load {

namespace {

using namespace std::chrono_literals;

constexpr auto told_within = 5s;      // a gap, after the hole was seen
constexpr auto answered_within = 30s; // a command, however often it is sent
constexpr auto look_again = 100ms;    // whether to come back, whether there is a connection
constexpr auto try_again = 300ms;     // after a connection that failed or was taken away
constexpr std::uint64_t page_items = 200;

struct range_call {
  std::string_view method;
  const char* names; ///< the parameter that names the stream; null: one's own
};

range_call range_call_for(const std::string& stream) {
  if (stream.starts_with("acc_"))
    return {"account.posts", "account"};
  if (stream.starts_with("cht_"))
    return {"chat.history", "chat"};
  return {"user.notices", nullptr};
}

} // namespace

person::person(world& w, const simulated_user& who, bool works)
    : world_(w), who_(who), notices_(w.streams[who.user]), works_(works) {}

// -- online and offline -----------------------------------------------------------------------

task<> person::live() {
  while (!world_.is_over()) {
    auto wanted = back_at_;
    if (auto now = steady::now(); now < wanted) {
      co_await world_.loop.until(is_away() ? now + look_again : wanted);
      continue;
    }
    if (co_await come_online()) {
      world_.figures.reconnected(since_us(wanted, steady::now()));
      co_await session_->closed();
      --world_.online;
    }
    if (back_at_ == wanted && !world_.is_over())
      connection_lost(std::exchange(is_listening_, false));
    is_listening_ = false;
  }
}

/// Whoever didn't mean to go comes back soon.
void person::connection_lost(bool was_online) {
  auto& f = world_.figures;
  ++(was_online ? f.all.cut_by_server : f.all.failed_connects);
  ++f.lost_connections[session_->why_closed()];
  back_at_ = steady::now() + try_again;
}

task<bool> person::come_online() {
  for (auto& [number, checker] : streams_)
    checker.connected();
  auto on = session_ = std::make_shared<session>(world_.net, static_cast<session::push_sink*>(this));
  if (!co_await on->open())
    co_return false;
  json token{{"token", who_.token}};
  if (!co_await on->call("auth.attach", token)) {
    on->cut();
    co_return false;
  }
  auto heads = co_await on->call("feed.listen", json::object());
  if (!heads || !on->is_open()) {
    on->cut();
    co_return false;
  }
  auto now = steady::now();
  auto head = [&](stream_number number, std::uint64_t last) {
    object(number, stream(number).head(last, now));
    if (stream(number).has_missing())
      world_.loop.spawn(catch_up(on, number));
  };
  for (auto& s : (*heads)["streams"])
    head(world_.streams[s.value("account", "")], s.value("number", std::uint64_t{0}));
  head(notices_, heads->value("notices", std::uint64_t{0}));
  is_listening_ = true;
  ++world_.online;
  co_return true;
}

void person::fall_off(instant back) {
  back_at_ = back;
  if (session_)
    session_->cut();
}

void person::leave() {
  back_at_ = instant::max();
  if (session_)
    session_->close();
}

void person::go() {
  if (session_)
    session_->close();
}

task<> person::be_slow(std::chrono::nanoseconds length) {
  auto on = session_;
  is_slow_ = true;
  on->set_reading(false);
  // At the end of the run everybody reads again.
  for (auto until = steady::now() + length; world_.is_running() && steady::now() < until;)
    co_await world_.loop.until(std::min(until, steady::now() + look_again));
  on->set_reading(true);
  co_await world_.loop.pause(length); // what has piled up comes late as well
  is_slow_ = false;
}

// -- what comes in ----------------------------------------------------------------------------

void person::on_push(std::string_view text, instant at) {
  auto [event, is_first] = world_.decoder.decode(text, notices_);
  count(event, at);
  if (is_first)
    world_.found(world_.commands.pushed(event.command, event.stream, event.number));
  using kind = push_event::kind;
  if (event.what == kind::published || event.what == kind::message || event.what == kind::notice)
    object(event.stream, stream(event.stream).pushed(event.number, at));
  else if (event.what == kind::gap)
    stream(event.stream).told(event.range);
  else
    return;
  if (stream(event.stream).has_missing() && is_listening_)
    world_.loop.spawn(catch_up(session_, event.stream));
}

void person::count(const push_event& event, instant at) {
  auto& all = world_.figures.all;
  auto late = event.command == 0 || event.command > world_.due.size() ? std::optional<std::uint64_t>{}
                                                                      : since_us(world_.due[event.command - 1], at);
  switch (event.what) {
    case push_event::kind::published:
      if (late)
        world_.figures.delivered(*late, is_slow_);
      break;
    case push_event::kind::message:
      ++all.messages;
      if (late && !is_slow_)
        world_.figures.message.record(*late);
      break;
    case push_event::kind::corrected:
    case push_event::kind::withdrawn: ++all.changes; break;
    case push_event::kind::notice: ++all.notices; break;
    case push_event::kind::gap: ++all.gaps; break;
    case push_event::kind::other: break;
  }
}

void person::object(stream_number number, const objection& what) {
  if (what)
    world_.found(4, who_.name + " of " + world_.streams.name(number) + ": " + *what);
}

/// Asks for what is missing, a page at a time.
task<> person::catch_up(std::shared_ptr<session> on, stream_number number) {
  auto name = world_.streams.name(number);
  auto how = range_call_for(name);
  errand counted{world_};
  for (auto left : stream(number).take_missing()) {
    while (left.from <= left.to) {
      number_range part{left.from, std::min(left.to, left.from + page_items - 1)};
      json params{{"from", part.from}, {"to", part.to}};
      if (how.names)
        params[how.names] = name;
      auto began = steady::now();
      auto page = co_await on->call(how.method, params);
      if (!page) {
        stream(number).ask_again(left); // with the next connection
        break;
      }
      world_.figures.answered(std::string{how.method}, since_us(began, steady::now()));
      std::vector<std::uint64_t> numbers;
      for (auto& item : (*page)["items"])
        numbers.push_back(item.value("number", std::uint64_t{0}));
      world_.figures.all.caught_up += numbers.size();
      object(number, stream(number).caught_up(part, numbers));
      left.from = part.to + 1;
    }
  }
}

// -- what goes out ----------------------------------------------------------------------------

task<reply<json>> person::call(std::string method, json params, instant due) {
  while (!is_listening_) {
    if (world_.is_over() || steady::now() > due + answered_within)
      co_return client::unreachable("offline");
    co_await world_.loop.pause(look_again / 4);
  }
  auto on = session_;
  auto answer = co_await on->call(method, std::move(params));
  if (answer)
    world_.figures.answered(method, since_us(due, steady::now()));
  else if (answer.why().cause == client::cause::refused)
    world_.figures.refusal(answer.why().why.code);
  co_return answer;
}

task<reply<json>> person::insist(std::string method, json params, instant due, command_number command) {
  auto& commands = world_.commands;
  while (true) {
    if (command != 0)
      commands.sent(command);
    auto answer = co_await call(method, params, due);
    if (answer) {
      if (command != 0)
        world_.found(commands.accepted(command, answer->value("number", std::uint64_t{0})));
      co_return answer;
    }
    auto& failed = answer.why();
    bool is_refused = failed.cause == client::cause::refused;
    if (command != 0 && is_refused)
      world_.found(commands.refused(command, failed.why.code));
    else if (command != 0)
      commands.lost(command);
    bool may_repeat = client::may_repeat(failed) || failed.why.code == errc::rate_limited;
    if (!may_repeat || steady::now() > due + answered_within || world_.is_over()) {
      if (may_repeat)
        ++world_.figures.all.abandoned;
      co_return answer;
    }
    ++world_.figures.all.repeats;
    co_await world_.loop.pause(std::chrono::milliseconds{std::max<std::int64_t>(failed.why.retry_after_ms, 50)});
  }
}

// -- every second, and at the end -----------------------------------------------------------

void person::look_after(instant now) {
  if (session_ && session_->cut_if_mute(now))
    ++world_.figures.all.mute;
  for (auto& [number, checker] : streams_) {
    if (checker.has_untold_hole())
      object(number, checker.overdue(now, told_within));
    if (checker.has_missing() && is_listening_)
      world_.loop.spawn(catch_up(session_, number));
  }
}

std::size_t person::unfinished(bool say) {
  std::size_t many = 0;
  if (!is_listening_)
    return many;
  for (auto& [number, checker] : streams_) {
    auto what = checker.ended(world_.commands.last_number(number));
    many += what || checker.has_untold_hole() || checker.has_missing();
    if (say) {
      object(number, what);
      object(number, checker.overdue(instant::max(), 0s));
    }
  }
  return many;
}

} // namespace charter::load
