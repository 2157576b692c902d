#include "net/io_thread.hpp"

#include <unistd.h>

#include <boost/asio/post.hpp>

#include "net/connection.hpp"
#include "net/http_session.hpp"
#include "net/websocket_session.hpp"

namespace charter::net {

namespace {

constexpr std::size_t read_buffer_bytes = 64 * 1024;
constexpr std::size_t sockets_per_turn = 64;                ///< half a millisecond of pushing
constexpr std::chrono::milliseconds arrivals_every{5};      ///< between looks at those who wait
constexpr std::chrono::seconds probe_lost_after{1};         ///< the layer above has started again
constexpr std::size_t pushing_bytes_max = 16 * 1024 * 1024; ///< then what is under way goes out before more is taken

// A session's number: 8 bits of thread, 32 of generation, 24 of slot.
constexpr session_number make_number(std::size_t thread, std::uint32_t generation, std::size_t slot) {
  return static_cast<session_number>(thread) << 56 | static_cast<session_number>(generation) << 24 | slot;
}
constexpr std::size_t slot_of(session_number number) { return number & 0xffffff; }
constexpr std::uint32_t generation_of(session_number number) { return static_cast<std::uint32_t>(number >> 24); }

} // namespace

io_thread::io_thread(std::size_t index, server_core& core)
    : index_(index), core_(core), work_(loop_.get_executor()), wheel_(now()),
      pushes_([this](session_number to, const push& what) { deliver(to, what); }), arrivals_(core.config.limits),
      inflated_({core.config.limits.inflated_rate, core.config.limits.inflated_burst}, admission::addresses_remembered),
      read_buffer_(read_buffer_bytes) {
  auto wake = [this] { boost::asio::post(loop_, [this] { drain_mail(); }); };
  mail_ = std::make_shared<mailbox>(*this, wake, core.config.limits.thread_tasks_max, core.counts);
}

io_thread::~io_thread() { join(); }

void io_thread::start() {
  thread_ = std::thread([this] {
    mail_->belongs_to(std::this_thread::get_id());
    loop_.run();
    mail_->belongs_to({});
  });
}

void io_thread::join() {
  if (thread_.joinable())
    thread_.join();
}

// -- connections ----------------------------------------------------------------------------------------------------

void io_thread::adopt(adopt_task task) {
  boost::asio::ip::tcp::socket socket(loop_);
  boost::system::error_code problem;
  auto family = task.address.find(':') == task.address.npos ? boost::asio::ip::tcp::v4() : boost::asio::ip::tcp::v6();
  socket.assign(family, task.descriptor, problem);
  if (problem || core_.stopping) {
    if (problem)
      ::close(task.descriptor);
    core_.admitted.leave(task.address);
    return;
  }
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  auto at = free_slots_.back();
  free_slots_.pop_back();
  auto& place = slots_[at];
  auto number = make_number(index_, ++place.generation, at);
  place.held = std::make_shared<connection>(*this, std::move(socket), number, std::move(task.address), task.tls);
  ++open_;
  counts().add(counter::connections);
  place.held->start();
}

connection* io_thread::find(session_number number) const {
  auto at = slot_of(number);
  if (io_thread_of(number) != index_ || at >= slots_.size() || slots_[at].generation != generation_of(number))
    return nullptr;
  return slots_[at].held.get();
}

void io_thread::forget(session_number number) {
  auto* gone = find(number);
  if (!gone)
    return;
  core_.admitted.leave(gone->address());
  counts().sub(counter::connections);
  --open_;
  auto at = slot_of(number);
  free_slots_.push_back(static_cast<std::uint32_t>(at));
  gone_.push_back(std::move(slots_[at].held)); // somebody up the stack may still be at work on it
  if (core_.stopping) {
    std::lock_guard lock(core_.emptied_mutex);
    core_.emptied.notify_all();
  }
}

void io_thread::settle() {
  if (settling_)
    return;
  settling_ = true;
  // Settling one may touch others, or itself again.
  for (std::size_t i = 0; i < touched_.size(); ++i) {
    auto which = touched_[i];
    which->settle();
  }
  touched_.clear();
  gone_.clear();
  settling_ = false;
}

// -- time -----------------------------------------------------------------------------------------------------------

void io_thread::wake_at(session_number number, monotonic when) { arm_wheel(wheel_.add(number, when)); }

void io_thread::arm_wheel(monotonic entry) {
  if (entry >= timer_at_)
    return;
  timer_at_ = entry;
  timer_.expires_at(entry); // what waited for a later one is cancelled
  timer_.async_wait([this](const boost::system::error_code& problem) {
    if (problem)
      return;
    timer_at_ = monotonic::max();
    auto time = now();
    wheel_.advance(time, [&](session_number number) {
      if (auto* found = find(number))
        found->on_wheel(time);
    });
    settle();
    arm_wheel(wheel_.next());
  });
}

void io_thread::count_outbox(std::ptrdiff_t change) {
  outbox_bytes_ += static_cast<std::size_t>(change);
  counts().add(counter::outbox_bytes, static_cast<std::uint64_t>(change));
}

void io_thread::count_inbox(std::ptrdiff_t change) {
  inbox_bytes_ += static_cast<std::size_t>(change);
  counts().add(counter::inbox_bytes, static_cast<std::uint64_t>(change));
}

void io_thread::count_inflated(const std::string& address, std::size_t bytes) {
  inflated_.charge(admission::network_of(address), now(), static_cast<double>(bytes));
}

bool io_thread::may_inflate(const std::string& address) {
  bool is_exempt = core_.config.exempt && core_.config.exempt(address);
  return is_exempt || inflated_.take(admission::network_of(address), now(), 0).count() == 0;
}

// -- arrivals -------------------------------------------------------------------------------------------------------

arrivals::verdict io_thread::arrive(session_number who) {
  auto verdict = arrivals_.come(who, now());
  if (verdict == arrivals::verdict::waits) {
    counts().add(counter::upgrades_waiting);
    counts().add(counter::upgrades_delayed);
  }
  watch_arrivals();
  return verdict;
}

void io_thread::leave_line(session_number who) {
  if (arrivals_.leave(who))
    counts().sub(counter::upgrades_waiting);
}

void io_thread::watch_arrivals() {
  if (std::exchange(watching_arrivals_, true))
    return;
  probe_above();
  arrivals_timer_.expires_after(arrivals_every);
  arrivals_timer_.async_wait([this](const boost::system::error_code& problem) {
    watching_arrivals_ = false;
    if (problem)
      return;
    admit_some();
    settle();
    if (arrivals_.waiting() > 0 || arrivals_.is_late())
      watch_arrivals();
  });
}

void io_thread::admit_some() {
  auto time = now();
  arrivals_.report(lateness(time), time);
  while (auto who = arrivals_.next(time)) {
    counts().sub(counter::upgrades_waiting);
    if (auto* found = find(*who))
      if (auto* session = found->http())
        session->admit();
  }
}

void io_thread::probe_above() {
  if (probing_ && now() - probed_at_ < probe_lost_after)
    return;
  probing_ = true;
  probed_at_ = now();
  core_.above.probe(index_, [mail = mail_, this, number = ++probe_] {
    mail->put(run_task{[this, number] {
      if (number != probe_)
        return;
      probing_ = false;
      probe_took_ = now() - probed_at_;
    }});
  });
}

double io_thread::lateness(monotonic time) const {
  auto ratio = [](auto took, auto most) { return std::chrono::duration<double>{took} / most; };
  auto answers = probing_ ? std::max(probe_took_, time - probed_at_) : probe_took_;
  auto pushes = pushes_.idle() ? monotonic::duration{0} : time - pushes_.oldest();
  return std::max(ratio(answers, bounds().answers_delay_max), ratio(pushes, bounds().pushes_delay_max));
}

// -- the mailbox ----------------------------------------------------------------------------------------------------

void io_thread::drain_mail() {
  auto tasks = mail_->take();
  for (auto& task : tasks)
    perform(task);
  push_some();
  settle();
}

void io_thread::push_some() {
  do
    pushes_.advance(sockets_per_turn);
  while (pushes_.bytes() > pushing_bytes_max);
  if (pushes_.idle() || std::exchange(pushing_, true))
    return;
  boost::asio::post(loop_, [this] {
    pushing_ = false;
    drain_mail(); // what has come may join
  });
}

void io_thread::perform(io_task& task) {
  if (auto* t = std::get_if<send_task>(&task))
    send_now(*t);
  else if (auto* t = std::get_if<publish_task>(&task))
    pushes_.add(std::move(*t), now());
  else if (auto* t = std::get_if<close_task>(&task))
    close_now(*t);
  else if (auto* t = std::get_if<respond_task>(&task))
    respond_now(std::move(*t));
  else if (auto* t = std::get_if<adopt_task>(&task))
    adopt(std::move(*t));
  else if (auto* t = std::get_if<run_task>(&task))
    t->run();
}

void io_thread::send_now(const send_task& task) {
  if (auto* found = find(task.to))
    if (auto* session = found->websocket())
      session->send(task.message);
}

void io_thread::deliver(session_number to, const push& what) {
  if (auto* found = find(to))
    if (auto* session = found->websocket())
      session->deliver(what);
}

void io_thread::close_now(const close_task& task) {
  if (auto* found = find(task.session))
    if (auto* session = found->websocket())
      session->close(task.code, task.reason);
}

void io_thread::respond_now(respond_task task) {
  if (auto* found = find(task.connection))
    if (auto* session = found->http())
      session->respond(task.request, std::move(task.response));
}

// -- the end --------------------------------------------------------------------------------------------------------

void io_thread::close_all() {
  while (!pushes_.idle())
    pushes_.advance(sockets_per_turn);
  for (std::size_t i = 0; i < slots_.size(); ++i)
    if (auto held = slots_[i].held)
      held->wind_up();
  settle();
}

void io_thread::finish() {
  for (std::size_t i = 0; i < slots_.size(); ++i)
    if (auto held = slots_[i].held)
      held->cut();
  settle();
  mail_->close();
  for (auto& task : mail_->take())
    if (auto* late = std::get_if<adopt_task>(&task)) {
      ::close(late->descriptor);
      core_.admitted.leave(late->address);
    }
  timer_.cancel();
  arrivals_timer_.cancel();
  work_.reset();
}

} // namespace charter::net
