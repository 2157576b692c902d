#include "net/methods/tree_gatherer.hpp"

#include <caf/all.hpp>

#include "actors/errors.hpp"

namespace charter::net {

namespace {

using promise = caf::typed_response_promise<admin_tree_result>;

tree_gatherer::behavior_type behavior(tree_gatherer::pointer self, const tree_source& from) {
  auto waiting = std::make_shared<promise>();
  return {
      [=](gather_tree) -> promise {
        *waiting = self->make_response_promise<admin_tree_result>();
        auto me = caf::actor_cast<caf::actor>(self);
        from([me](result<admin_tree_result> outcome) { caf::anon_send(me, tree_gathered{std::move(outcome)}); });
        return *waiting;
      },
      [=](tree_gathered& g) {
        if (g.outcome)
          waiting->deliver(std::move(*g.outcome));
        else
          waiting->deliver(to_error(std::move(g.outcome).why()));
        self->quit();
      },
  };
}

} // namespace

tree_gatherer spawn_tree_gatherer(caf::actor_system& system, tree_source from) {
  return system.spawn(behavior, std::move(from));
}

} // namespace charter::net
