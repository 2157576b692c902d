#include "net/server.hpp"

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <stdexcept>

#include <boost/asio/post.hpp>
#include <unistd.h>

#include "domain/result.hpp"
#include "net/acceptor.hpp"
#include "net/io_thread.hpp"

namespace charter::net {

namespace {

constexpr std::size_t io_threads_max = 64;

/// OpenSSL writes with `write`, which would end the process when a peer is gone.
void ignore_broken_pipes() {
  struct sigaction now {};
  if (sigaction(SIGPIPE, nullptr, &now) == 0 && now.sa_handler == SIG_DFL)
    std::signal(SIGPIPE, SIG_IGN);
}

} // namespace

struct server::impl {
  impl(server_config config, handler& above) : core(std::move(config), above) {}

  /// Runs on every thread, and waits for all.
  template <class Task>
  void on_all(Task task) {
    std::mutex mutex;
    std::condition_variable changed;
    auto left = threads.size();
    for (auto& thread : threads)
      boost::asio::post(thread->loop(), [&, t = thread.get()] {
        task(*t);
        std::lock_guard lock(mutex);
        --left;
        changed.notify_all();
      });
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return left == 0; });
  }

  void stop_accepting() {
    if (acceptors.empty())
      return;
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
    boost::asio::post(threads.front()->loop(), [&] {
      for (auto& a : acceptors)
        a->stop();
      std::lock_guard lock(mutex);
      done = true;
      changed.notify_all();
    });
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return done; });
  }

  server_core core;
  std::vector<std::unique_ptr<io_thread>> threads;
  std::vector<std::unique_ptr<acceptor>> acceptors;
  std::size_t next_thread = 0; ///< the first thread's
};

server::server() = default;

server::~server() { stop(std::chrono::milliseconds(0)); }

std::vector<std::uint16_t> server::start(server_config config, handler& above) {
  CHARTER_ASSERT(!impl_);
  ignore_broken_pipes();
  auto made = std::make_unique<impl>(std::move(config), above);
  auto& core = made->core;
  bool wants_tls =
      std::any_of(core.config.listeners.begin(), core.config.listeners.end(), [](auto& l) { return l.tls; });
  if (wants_tls && !core.config.tls)
    throw std::runtime_error("a TLS listener needs a certificate and its key");
  if (wants_tls)
    core.tls = make_server_context(*core.config.tls, core.config.kernel_tls);
  auto count = core.config.io_threads ? core.config.io_threads : std::thread::hardware_concurrency();
  count = std::clamp<std::size_t>(count, 1, io_threads_max);
  for (std::size_t i = 0; i < count; ++i)
    made->threads.push_back(std::make_unique<io_thread>(i, core));
  auto deal = [m = made.get()](adopt_task task) {
    auto& thread = *m->threads[m->next_thread++ % m->threads.size()];
    auto descriptor = task.descriptor;
    auto address = task.address;
    if (!thread.mail()->put(std::move(task))) {
      ::close(descriptor);
      m->core.admitted.leave(address);
    }
  };
  std::vector<std::uint16_t> ports;
  for (auto& where : core.config.listeners) {
    made->acceptors.push_back(std::make_unique<acceptor>(core, made->threads.front()->loop(), where, deal));
    ports.push_back(made->acceptors.back()->port());
  }
  impl_ = std::move(made);
  for (auto& thread : impl_->threads)
    thread->start();
  boost::asio::post(impl_->threads.front()->loop(), [m = impl_.get()] {
    for (auto& a : m->acceptors)
      a->start();
  });
  return ports;
}

std::size_t server::io_threads() const { return impl_ ? impl_->threads.size() : 0; }

const counters& server::counts() const { return impl_->core.counts; }

bool server::send(session_number session, shared_frame message) {
  auto at = io_thread_of(session);
  if (at >= io_threads())
    return true; // a number that we never gave out: as good as closed
  auto& mail = impl_->threads[at]->mail();
  if (auto* here = mail->owner_here()) {
    here->send_now({session, std::move(message)});
    return true;
  }
  return mail->put_bounded(send_task{session, std::move(message)});
}

bool server::publish(std::size_t io_thread, push what, std::vector<session_number> to) {
  return publish(io_thread, std::move(what), std::make_shared<const std::vector<session_number>>(std::move(to)));
}

bool server::publish(std::size_t io_thread, push what, std::shared_ptr<const std::vector<session_number>> to) {
  CHARTER_ASSERT(io_thread < io_threads());
  return impl_->threads[io_thread]->mail()->put_bounded(publish_task{std::move(what), std::move(to)});
}

void server::close(session_number session, std::uint16_t code, std::string_view reason) {
  auto at = io_thread_of(session);
  if (at >= io_threads())
    return;
  close_task task{session, code, std::string(reason)};
  auto& mail = impl_->threads[at]->mail();
  if (auto* here = mail->owner_here())
    here->close_now(task);
  else
    mail->put(std::move(task));
}

bool server::run_on(std::size_t io_thread, std::function<void()> task) {
  CHARTER_ASSERT(io_thread < io_threads());
  return impl_->threads[io_thread]->mail()->put_bounded(run_task{std::move(task)});
}

void server::stop_accepting() {
  if (impl_)
    impl_->stop_accepting();
}

void server::stop(std::chrono::milliseconds deadline) {
  if (!impl_ || impl_->core.stopping)
    return;
  auto until = io_thread::now() + deadline;
  impl_->stop_accepting();
  // Sockets that were dealt out just before are in the mailboxes still; they are refused from here on.
  impl_->core.stopping = true;
  impl_->on_all([](io_thread& t) { t.close_all(); });
  {
    auto& core = impl_->core;
    std::unique_lock lock(core.emptied_mutex);
    core.emptied.wait_until(lock, until, [&] { return core.counts[counter::connections] == 0; });
  }
  impl_->on_all([](io_thread& t) { t.finish(); });
  for (auto& thread : impl_->threads)
    thread->join();
}

} // namespace charter::net
