#include "actors/policy_keeper.hpp"

#include <map>

#include <caf/all.hpp>

#include "actors/errors.hpp"
#include "domain/limits.hpp"

namespace charter {

namespace {

using namespace std::chrono_literals;

struct keeper_state {
  keeper_state() = default; // spelled out: CAF would take the actor for an aggregate's first member
  static constexpr const char* name = "policy";

  router* shards = nullptr;
  journal_actor journal;
  charter_reader read;
  policy_cell* cell = nullptr;
  std::function<void(std::string_view, const std::string&)> alarm;
  std::map<digest32, std::shared_ptr<const rule_book>> books; ///< read once each
  bool looking = false;
  bool again = false; ///< it moved while we looked
};

using self_ptr = policy_keeper_actor::stateful_pointer<keeper_state>;

/// Errors: `internal` when a charter that was activated can't be read any more; then public acts stay refused.
result<policy_ptr> view_of(keeper_state& s, const policies::state& facts) {
  auto view = std::make_shared<policy_view>();
  view->facts = facts;
  for (const auto& version : facts.charters) {
    auto& book = s.books[version.digest];
    if (!book) {
      auto read = s.read(version.text);
      if (!read)
        return read.why();
      book = *read;
    }
    view->books.push_back(book);
  }
  return policy_ptr{std::move(view)};
}

void tell_everybody(self_ptr self, const policy_ptr& view) {
  auto& s = self->state;
  s.cell->set(view);
  self->send(s.journal, set_policy_version{view->version()});
  for (auto id : s.shards->shards())
    if (auto shard = s.shards->at(id))
      self->send(shard, policy_update{view});
}

void look_at_policy(self_ptr self) {
  auto& s = self->state;
  if (std::exchange(s.looking, true)) {
    s.again = true;
    return;
  }
  auto finished = [self](bool ok) {
    auto& state = self->state;
    state.looking = false;
    if (std::exchange(state.again, false))
      self->send(self, policy_moved{});
    else if (!ok)
      self->delayed_send(self, 100ms, policy_moved{});
  };
  auto shard = s.shards->of(policy_entity);
  if (!shard)
    return finished(false);
  self->request(shard, limits::request_deadline, look{policy_entity})
      .then(
          [self, finished](const state_ptr& found) {
            auto view = view_of(self->state, std::get<policies::state>(*found));
            if (view)
              tell_everybody(self, *view);
            else
              self->state.alarm("charter_unreadable", view.why().detail);
            finished(true);
          },
          [finished](const caf::error&) { finished(false); });
}

policy_keeper_actor::behavior_type behavior(self_ptr self, router* shards, journal_actor journal, charter_reader read,
                                            policy_cell* cell,
                                            std::function<void(std::string_view, const std::string&)> alarm) {
  auto& s = self->state;
  s.shards = shards;
  s.journal = std::move(journal);
  s.read = std::move(read);
  s.cell = cell;
  s.alarm = std::move(alarm);
  self->send(self, policy_moved{});
  return {[self](policy_moved) { look_at_policy(self); }};
}

} // namespace

policy_keeper_actor spawn_policy_keeper(caf::actor_system& system, router& shards, journal_actor journal,
                                        charter_reader read, policy_cell& cell,
                                        std::function<void(std::string_view, const std::string&)> alarm) {
  return system.spawn(behavior, &shards, std::move(journal), std::move(read), &cell, std::move(alarm));
}

} // namespace charter
