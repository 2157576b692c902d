#include "actors/policy_keeper.hpp"

#include <algorithm>
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
  std::vector<caf::typed_response_promise<done>> asking; ///< came after the look under way had begun
  std::vector<caf::typed_response_promise<done>> served; ///< by that look
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

void look_at_policy(self_ptr self);

void finish_look(self_ptr self, bool told) {
  auto& s = self->state;
  s.looking = false;
  if (told) {
    for (auto& whoever : std::exchange(s.served, {}))
      whoever.deliver(done{});
    if (!s.asking.empty())
      look_at_policy(self);
  } else {
    caf::delayed_anon_send(policy_keeper_actor{self}, 100ms, policy_moved{});
  }
}

void look_at_policy(self_ptr self) {
  auto& s = self->state;
  if (std::exchange(s.looking, true))
    return;
  std::ranges::move(s.asking, std::back_inserter(s.served));
  s.asking.clear();
  auto shard = s.shards->of(policy_entity);
  if (!shard)
    return finish_look(self, false);
  self->request(shard, limits::request_deadline, look{policy_entity})
      .then(
          [self](const state_ptr& found) {
            auto view = view_of(self->state, std::get<policies::state>(*found));
            if (view)
              tell_everybody(self, *view);
            else
              self->state.alarm("charter_unreadable", view.why().detail);
            finish_look(self, true);
          },
          [self](const caf::error&) { finish_look(self, false); });
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
  caf::anon_send(self, policy_moved{});
  return {[self](policy_moved) -> caf::result<done> {
    auto to = self->make_response_promise<done>();
    self->state.asking.push_back(to);
    look_at_policy(self);
    return to;
  }};
}

} // namespace

policy_keeper_actor spawn_policy_keeper(caf::actor_system& system, router& shards, journal_actor journal,
                                        charter_reader read, policy_cell& cell,
                                        std::function<void(std::string_view, const std::string&)> alarm) {
  return system.spawn(behavior, &shards, std::move(journal), std::move(read), &cell, std::move(alarm));
}

} // namespace charter
