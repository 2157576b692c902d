#include "actors/supervisor.hpp"

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <set>

#include <caf/all.hpp>

#include "actors/errors.hpp"
#include "actors/interfaces.hpp"

namespace charter {

namespace {

/// INTERNAL: a back-off or a shutdown timeout may be over.
struct wake {};

} // namespace

} // namespace charter

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::wake)

namespace charter {

namespace {

using time_point = caf::actor_clock::time_point;
using internal_supervisor = supervisor_actor::extend<caf::reacts_to<wake>>;

/// What CAF's runtime answers for every event-based actor once its behavior is made: so we learn that it's ready, and
/// later that it isn't stuck, without asking anything of its interface.
using live_actor =
    caf::typed_actor<caf::replies_to<caf::sys_atom, caf::get_atom,
                                     std::string>::with<caf::ok_atom, std::string, caf::strong_actor_ptr, std::string>>;

constexpr auto category = caf::atom("supervisor");
constexpr std::uint8_t gave_up_code = 1;
constexpr std::uint8_t start_failed_code = 2;

constexpr std::size_t askers_max = 64; // trees being gathered, and as many waiting for the start: people and probes

caf::error own_error(std::uint8_t code, std::string why) { return {code, category, caf::make_message(std::move(why))}; }

bool orderly(const caf::error& reason) { return !reason || reason == caf::exit_reason::user_shutdown; }

struct child {
  child_spec spec;
  child_handle handle; // empty unless an incarnation lives
  std::uint64_t incarnation = 0;
  node_state state = node_state::starting;
  time_point since{};      // of the state
  bool wanted = true;      // should run
  bool in_the_way = false; // has to stop before anything starts, as others of its group failed
  bool has_run = false;
  time_point not_before{}; // back-off
  time_point kill_at{};    // while stopping
  bool killed = false;
  std::uint64_t restarts = 0;
  std::size_t failures_in_row = 0;
  std::string detail;

  bool alive() const { return static_cast<bool>(handle); }
};

/// A tree on its way: our own node, and how many children have yet to say something of themselves.
struct gathering {
  caf::typed_response_promise<tree_node> to;
  tree_node node;
  std::size_t missing = 0;
};

struct supervisor_state {
  supervisor_state() = default; // spelled out: CAF would take the actor for an aggregate's first member
  supervisor_state(const supervisor_state&) = delete;
  supervisor_state& operator=(const supervisor_state&) = delete;

  /// However we end, nobody stays behind, and nobody waits for an answer that never comes.
  ~supervisor_state() {
    auto ended = to_error(refuse(errc::unavailable, "the supervisor has ended"));
    for (auto& to : awaiting_start)
      to.deliver(ended);
    for (auto& gathered : gatherings)
      gathered->to.deliver(ended);
    for (auto c = children.rbegin(); c != children.rend(); ++c)
      if (c->alive())
        caf::anon_send_exit(c->handle.actor(), caf::exit_reason::kill);
  }

  static constexpr const char* name = "supervisor";
  supervisor_spec spec;
  std::vector<child> children; // in start order; never changes in number
  time_point since{};
  std::deque<time_point> failures;  // within the intensity's period; at most restarts_max + 1
  std::optional<caf::error> ending; // why we stop all and quit
  std::vector<caf::typed_response_promise<started>> awaiting_start;
  std::vector<std::shared_ptr<gathering>> gatherings;
};

using self_ptr = internal_supervisor::stateful_pointer<supervisor_state>;

time_point now(self_ptr self) { return self->clock().now(); }

void report(self_ptr self, supervision_event::kind what, std::string_view child, std::string_view detail = {}) {
  auto& s = self->state;
  if (s.spec.report)
    s.spec.report({what, s.spec.name, child, detail});
}

void enter(self_ptr self, child& c, node_state state) {
  if (c.state != state)
    c.since = now(self);
  c.state = state;
}

void wake_at(self_ptr self, time_point t) { self->scheduled_send(internal_supervisor(self), t, wake{}); }

void advance(self_ptr self);

// -- when something fails ---------------------------------------------------------------

/// Half of it is certain, half is chance.
duration next_backoff(supervisor_state& s, std::size_t failures_in_row) {
  auto delay = std::max(s.spec.backoff.first, duration(1));
  auto longest = std::max(s.spec.backoff.longest, delay);
  for (std::size_t i = 1; i < failures_in_row && delay < longest; ++i)
    delay = delay > longest / 2 ? longest : delay * 2;
  auto spread = static_cast<std::uint64_t>(delay.count() / 2);
  return delay - duration(s.spec.jitter() % (spread + 1));
}

void give_up(self_ptr self, std::string why) {
  report(self, supervision_event::gave_up, {}, why);
  self->state.ending = own_error(gave_up_code, std::move(why));
}

bool too_many(self_ptr self) {
  auto& s = self->state;
  s.failures.push_back(now(self));
  while (s.failures.front() < now(self) - s.spec.intensity.period)
    s.failures.pop_front();
  return s.failures.size() > s.spec.intensity.restarts_max;
}

/// Those that share the fate of children[failed]: they stop if they live, and start again in order.
void draw_in_group(self_ptr self, std::size_t failed) {
  auto& s = self->state;
  if (s.spec.strategy == restart_strategy::one_for_one)
    return;
  auto first = s.spec.strategy == restart_strategy::one_for_all ? 0 : failed + 1;
  for (auto i = first; i < s.children.size(); ++i) {
    auto& c = s.children[i];
    if (i == failed)
      continue;
    c.in_the_way = c.alive();
    c.wanted = c.spec.restart != restart_kind::temporary || c.incarnation == 0;
    if (!c.alive() && c.wanted && c.incarnation > 0)
      enter(self, c, node_state::restarting);
  }
}

/// An end that nobody asked for; `ran` is how long it had been ready.
void lost(self_ptr self, child& c, const caf::error& reason, duration ran) {
  auto& s = self->state;
  bool again =
      c.spec.restart == restart_kind::permanent || (c.spec.restart == restart_kind::transient && !orderly(reason));
  if (!again) {
    c.wanted = false;
    enter(self, c, node_state::stopped);
    return;
  }
  enter(self, c, node_state::restarting);
  if (too_many(self)) {
    give_up(self, c.spec.name + " ended (" + c.detail + "), and restarts are over " +
                      std::to_string(s.spec.intensity.restarts_max) + " within " +
                      std::to_string(s.spec.intensity.period.count()) + " ms");
    return;
  }
  c.failures_in_row = ran >= s.spec.intensity.period ? 1 : c.failures_in_row + 1;
  auto rest = next_backoff(s, c.failures_in_row);
  c.not_before = now(self) + rest;
  wake_at(self, c.not_before);
  report(self, supervision_event::restarting, c.spec.name, "in " + std::to_string(rest.count()) + " ms: " + c.detail);
  draw_in_group(self, static_cast<std::size_t>(&c - s.children.data()));
}

void on_down(self_ptr self, const caf::down_msg& down) {
  auto& s = self->state;
  auto is_source = [&](const child& c) { return c.alive() && c.handle.actor()->address() == down.source; };
  auto found = std::find_if(s.children.begin(), s.children.end(), is_source);
  if (found == s.children.end())
    return;
  auto& c = *found;
  auto ran = c.state == node_state::running ? std::chrono::duration_cast<duration>(now(self) - c.since) : duration(0);
  c.detail = reason_text(self->system(), down.reason);
  c.handle = {};
  report(self, supervision_event::ended, c.spec.name, c.detail);
  if (bool expected = s.ending || c.in_the_way || c.state == node_state::stopping; !expected)
    lost(self, c, down.reason, ran);
  else
    enter(self, c, c.wanted && !s.ending ? node_state::restarting : node_state::stopped);
  c.in_the_way = false;
  advance(self);
}

// -- stopping ---------------------------------------------------------------------------

void stop(self_ptr self, child& c) {
  enter(self, c, node_state::stopping);
  c.killed = false;
  c.detail.clear();
  self->send_exit(c.handle.actor(), caf::exit_reason::user_shutdown);
  c.kill_at = time_point::max();
  if (!c.handle.supervises()) {
    c.kill_at = now(self) + c.spec.shutdown_timeout;
    wake_at(self, c.kill_at);
  }
}

/// In reverse order, one after the other. True while one has to end: a child that hangs in a handler can't be ended
/// from outside, not even by `kill`, and then we wait.
bool stop_last(self_ptr self) {
  auto& s = self->state;
  auto has_to_go = [&](const child& c) { return c.alive() && (s.ending || c.in_the_way || !c.wanted); };
  auto last = std::find_if(s.children.rbegin(), s.children.rend(), has_to_go);
  if (last == s.children.rend())
    return false;
  if (last->state != node_state::stopping)
    stop(self, *last);
  return true;
}

void kill_overdue(self_ptr self) {
  for (auto& c : self->state.children) {
    bool overdue = c.state == node_state::stopping && !c.killed && now(self) >= c.kill_at;
    if (!overdue)
      continue;
    c.killed = true;
    c.detail = "did not stop in time, killed";
    report(self, supervision_event::killed, c.spec.name, c.detail);
    self->send_exit(c.handle.actor(), caf::exit_reason::kill);
  }
}

// -- starting ---------------------------------------------------------------------------

void ready(self_ptr self, std::size_t index, std::uint64_t incarnation) {
  auto& c = self->state.children[index];
  if (c.incarnation != incarnation || c.state != node_state::starting)
    return;
  enter(self, c, node_state::running);
  c.has_run = true;
  c.detail.clear();
  report(self, supervision_event::running, c.spec.name);
  advance(self);
}

/// The wait has no deadline, and needs none: the child answers, or ends and then we get its down message. How long it
/// takes to be ready (a replay, say) is its own affair, and shows in the tree.
void await_ready(self_ptr self, child& c) {
  auto is_ready = [self, index = static_cast<std::size_t>(&c - self->state.children.data()),
                   incarnation = c.incarnation] { ready(self, index, incarnation); };
  auto ended = [](const caf::error&) {};
  auto& actor = c.handle.actor();
  if (c.handle.supervises())
    self->request(caf::actor_cast<supervisor_actor>(actor), caf::infinite, started_request{})
        .then([is_ready](started) { is_ready(); }, ended);
  else
    self->request(caf::actor_cast<live_actor>(actor), caf::infinite, caf::sys_atom::value, caf::get_atom::value,
                  std::string("info"))
        .then([is_ready](caf::ok_atom, const std::string&, const caf::strong_actor_ptr&,
                         const std::string&) { is_ready(); },
              ended);
}

child_handle run_start_function(self_ptr self, child& c, std::string& why) {
  auto find = [self](std::string_view name) -> caf::strong_actor_ptr {
    for (auto& other : self->state.children)
      if (other.spec.name == name && other.state == node_state::running)
        return other.handle.actor();
    return nullptr;
  };
  try {
    why = "the start function gave no actor";
    return c.spec.start({self->system(), supervisor_actor(internal_supervisor(self)), find});
  } catch (const std::exception& e) {
    why = e.what();
  } catch (...) {
    why = "the start function threw something";
  }
  return {};
}

void start(self_ptr self, child& c) {
  std::string why;
  bool again = c.incarnation++ > 0;
  c.handle = run_start_function(self, c, why);
  if (again)
    ++c.restarts;
  if (!c.alive()) {
    c.detail = "start failed: " + why;
    report(self, supervision_event::ended, c.spec.name, c.detail);
    lost(self, c, own_error(start_failed_code, why), duration(0));
    return;
  }
  c.state = node_state::starting;
  c.since = now(self);
  self->monitor(c.handle.actor());
  await_ready(self, c);
}

/// In order, each when all before it that should run do. Under one_for_one that holds for a child's first start only.
/// False if nobody's turn has come.
bool start_first(self_ptr self) {
  auto& s = self->state;
  bool blocked = false;
  for (auto& c : s.children) {
    if (!c.wanted || c.state == node_state::running)
      continue;
    bool on_its_own = s.spec.strategy == restart_strategy::one_for_one && c.has_run;
    bool its_turn = (on_its_own || !blocked) && !c.alive() && now(self) >= c.not_before;
    if (its_turn) {
      start(self, c);
      return true;
    }
    blocked = true;
  }
  return false;
}

void tell_started(supervisor_state& s) {
  auto runs = [](const child& c) { return !c.wanted || c.state == node_state::running; };
  if (!std::all_of(s.children.begin(), s.children.end(), runs))
    return;
  for (auto& to : std::exchange(s.awaiting_start, {}))
    to.deliver(started{});
}

/// Whatever happened, this does what is to be done next: stop what has to stop, then quit or start what should run.
void advance(self_ptr self) {
  auto& s = self->state;
  while (!stop_last(self)) {
    if (s.ending) {
      self->quit(*s.ending);
      return;
    }
    if (!start_first(self)) {
      tell_started(s);
      return;
    }
  }
}

// -- questions --------------------------------------------------------------------------

tree_node node_of(self_ptr self, const child& c) {
  auto kind = c.handle.supervises() ? node_kind::supervisor : node_kind::worker;
  auto since = std::chrono::duration_cast<duration>(now(self) - c.since);
  return {c.spec.name, kind, c.state, c.restarts, since, c.detail, {}};
}

void gathered(self_ptr self, const std::shared_ptr<gathering>& g) {
  if (--g->missing > 0)
    return;
  std::erase(self->state.gatherings, g);
  g->to.deliver(std::move(g->node));
}

/// Asks children[index] to fill in its node, in the words that it understands.
void ask(self_ptr self, const std::shared_ptr<gathering>& g, std::size_t index, duration patience) {
  auto& handle = self->state.children[index].handle;
  auto silent = [self, g, index](const caf::error& why) {
    if (why == caf::sec::request_timeout)
      g->node.children[index].state = node_state::silent;
    gathered(self, g);
  };
  if (handle.supervises())
    // It waits for less than we do, so that one that hangs below it doesn't make it look silent itself.
    self->request(caf::actor_cast<supervisor_actor>(handle.actor()), patience, tree_request{patience * 3 / 4})
        .then(
            [self, g, index](tree_node& answer) {
              g->node.children[index].children = std::move(answer.children);
              gathered(self, g);
            },
            silent);
  else if (handle.describes())
    self->request(caf::actor_cast<describing_actor>(handle.actor()), patience, describe{})
        .then(
            [self, g, index](description& answer) {
              g->node.children[index].detail = std::move(answer.detail);
              g->node.children[index].children = std::move(answer.children);
              gathered(self, g);
            },
            silent);
  else
    self->request(caf::actor_cast<live_actor>(handle.actor()), patience, caf::sys_atom::value, caf::get_atom::value,
                  std::string("info"))
        .then([self, g](caf::ok_atom, const std::string&, const caf::strong_actor_ptr&,
                        const std::string&) { gathered(self, g); },
              silent);
}

caf::result<tree_node> gather(self_ptr self, duration patience) {
  auto& s = self->state;
  if (s.ending || s.gatherings.size() >= askers_max)
    return to_error(refuse(errc::unavailable, "the supervisor is ending, or too many ask"));
  auto g = std::make_shared<gathering>();
  g->node = {s.spec.name, node_kind::supervisor, node_state::running, 0, {}, {}, {}};
  g->node.since = std::chrono::duration_cast<duration>(now(self) - s.since);
  std::vector<std::size_t> to_ask;
  for (std::size_t i = 0; i < s.children.size(); ++i) {
    auto& c = s.children[i];
    g->node.children.push_back(node_of(self, c));
    // A worker that is on its way up or down answers late or never, and its state says so already.
    if (c.alive() && (c.state == node_state::running || c.handle.supervises()))
      to_ask.push_back(i);
  }
  if (to_ask.empty())
    return std::move(g->node);
  g->to = self->make_response_promise<tree_node>();
  g->missing = to_ask.size();
  s.gatherings.push_back(g);
  for (auto index : to_ask)
    ask(self, g, index, patience);
  return g->to;
}

caf::result<caf::strong_actor_ptr> look_up(const supervisor_state& s, const std::string& name) {
  for (auto& c : s.children) {
    if (c.spec.name != name)
      continue;
    if (c.state != node_state::running)
      return to_error(refuse(errc::unavailable, name + " isn't running"));
    return c.handle.actor();
  }
  return to_error(refuse(errc::not_found, "no child is called " + name));
}

caf::result<started> await_started(self_ptr self) {
  auto& s = self->state;
  if (s.ending || s.awaiting_start.size() >= askers_max)
    return to_error(refuse(errc::unavailable, "the supervisor is ending, or too many ask"));
  auto to = self->make_response_promise<started>();
  s.awaiting_start.push_back(to);
  tell_started(s);
  return to;
}

internal_supervisor::behavior_type behavior(self_ptr self, supervisor_spec spec) {
  auto& s = self->state;
  s.spec = std::move(spec);
  s.since = now(self);
  for (auto& child_spec : s.spec.children) {
    child c;
    c.spec = child_spec;
    c.since = s.since;
    s.children.push_back(std::move(c));
  }
  self->set_down_handler([self](const caf::down_msg& down) { on_down(self, down); });
  self->set_exit_handler([self](caf::exit_msg& exit) {
    auto& s = self->state;
    auto is_source = [&](const child& c) { return c.alive() && c.handle.actor()->address() == exit.source; };
    if (s.ending || std::any_of(s.children.begin(), s.children.end(), is_source))
      return; // a child that was linked to us: its down message says the same
    s.ending = std::move(exit.reason);
    advance(self);
  });
  advance(self);
  return {
      [self](const tree_request& request) { return gather(self, request.patience); },
      [self](const child_request& request) { return look_up(self->state, request.name); },
      [self](started_request) { return await_started(self); },
      [self](wake) {
        kill_overdue(self);
        advance(self);
      },
  };
}

} // namespace

supervisor_actor spawn_supervisor(caf::actor_system& system, supervisor_spec spec) {
  std::set<std::string_view> names;
  for (auto& c : spec.children) {
    CHARTER_ASSERT(names.insert(c.name).second);
    CHARTER_ASSERT(c.start);
  }
  return system.spawn(behavior, std::move(spec));
}

child_spec supervised(supervisor_spec spec, restart_kind restart) {
  auto name = spec.name;
  auto start = [spec = std::move(spec)](const start_context& context) {
    return spawn_supervisor(context.system, spec);
  };
  return {std::move(name), std::move(start), restart, {}};
}

bool gave_up(const caf::error& reason) { return reason.category() == category && reason.code() == gave_up_code; }

caf::error crash_reason(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& e) {
    return caf::make_error(caf::sec::runtime_error, std::string(e.what()));
  } catch (...) {
    return caf::sec::runtime_error;
  }
}

std::string reason_text(const caf::actor_system& system, const caf::error& reason) {
  if (!reason)
    return "normal";
  if (reason.category() == category && reason.context().match_elements<std::string>())
    return reason.context().get_as<std::string>(0);
  if (reason.context().match_elements<refusal>()) {
    auto& why = reason.context().get_as<refusal>(0);
    return std::string(to_name(why.code)) + ": " + why.detail;
  }
  auto text = reason.category() == caf::atom("system") ? to_string(static_cast<caf::sec>(reason.code()))
              : reason.category() == caf::atom("exit") ? to_string(static_cast<caf::exit_reason>(reason.code()))
                                                       : system.render(reason);
  return reason.context().match_elements<std::string>() ? text + ": " + reason.context().get_as<std::string>(0) : text;
}

} // namespace charter
