#include "net/call.hpp"

#include "domain/limits.hpp"
#include "net/names.hpp"

namespace charter::net {

call::call(gateway_self* self, const gateway_services& services, std::string method, nlohmann::json params,
           done_fn done)
    : self_(self), services_(services), method_(std::move(method)), params_(std::move(params)), done_(std::move(done)) {
  // nlohmann's maps are ordered, so the same parameters give the same text.
  parameters_ = services_.digest(view_of(method_ + '\n' + params_.dump()));
}

call::~call() {
  if (done_)
    done_(refuse_with(errc::internal, "the server lost track of this call"));
}

storage::viewpoint call::viewpoint() const {
  if (!policy_held_)
    policy_held_ = policy();
  return {now(), policy_held_.get()};
}

result<const rule_book*> call::book() const {
  auto view = viewpoint();
  auto* found = view.policy ? view.policy->book_at(view.now) : nullptr;
  if (!found)
    return refuse_with(errc::unavailable, "no charter is in force yet");
  return found;
}

bool call::has_role(role r) const {
  auto view = viewpoint();
  return std::ranges::count(roles_of(view.policy, user()), r) > 0;
}

status call::require_role(std::initializer_list<role> any_of) const {
  if (std::ranges::any_of(any_of, [&](role r) { return has_role(r); }))
    return done{};
  return refuse_with(errc::forbidden, "this is for staff with another role");
}

envelope call::envelope_for(outgoing out, const caller& by) const {
  envelope e;
  e.to = out.to;
  e.by = by;
  e.parameters = parameters_;
  e.what = std::move(out.what);
  services_.world->fill_random(e.entropy);
  return e;
}

void call::request_answer(envelope e, std::function<void(const answer&)> then) {
  auto me = shared_from_this();
  auto shard = services_.router->shard_for(e.to);
  auto actor = services_.router->at(shard);
  if (!actor || !services_.router->take_credit(shard, urgency_of(e))) {
    auto why = refuse_with(errc::unavailable, "the server is busy; try again with the same command_id");
    why.retry_after_ms = 1'000;
    return refuse(std::move(why));
  }
  bool changes_policy = e.to == policy_entity;
  auto on_answer = [me, changes_policy, then = std::move(then)](const answer& a) {
    changes_policy ? me->await_policy([then, a] { then(a); }) : then(a);
  };
  auto on_error = [me](const caf::error& why) { me->refuse(to_refusal(why)); };
  if (urgency_of(e) == urgency::urgent)
    self_->request<caf::message_priority::high>(actor, limits::request_deadline, std::move(e))
        .then(std::move(on_answer), std::move(on_error));
  else
    self_->request(actor, limits::request_deadline, std::move(e)).then(std::move(on_answer), std::move(on_error));
}

/// Whoever has a role now, or has lost it, shall find it so from the answer on. Without its keeper the policy follows
/// later; the change is durable either way.
void call::await_policy(std::function<void()> then) {
  auto me = shared_from_this();
  self_->request(services_.policy_keeper(), limits::request_deadline, policy_moved{})
      .then([me, then](done) { then(); }, [me, then](const caf::error&) { then(); });
}

/// trace: publish 2/7
void call::send(outgoing out) {
  send(std::move(out), [me = this](const answer& a) { me->reply(wire::encode(a)); });
}

void call::send(outgoing out, std::function<void(const answer&)> then) {
  auto e = envelope_for(std::move(out), by());
  e.command = command;
  request_answer(std::move(e), std::move(then));
}

void call::send_as_system(outgoing out, std::function<void(const answer&)> then) {
  request_answer(envelope_for(std::move(out), caller::system()), std::move(then));
}

void call::await_everywhere(const entity_id& changed, std::function<void()> then) {
  if (!services_.everywhere)
    return then();
  auto me = shared_from_this();
  self_->request(services_.everywhere(), limits::request_deadline, reach_everywhere{changed})
      .then([me, then = std::move(then)](done) { then(); },
            [me](const caf::error& why) { me->refuse(to_refusal(why)); });
}

void call::look(const entity_id& entity, std::function<void(const any_state&)> then) {
  auto me = shared_from_this();
  auto actor = services_.router->of(entity);
  if (!actor)
    return refuse(refuse_with(errc::unavailable, "the server is starting; try again"));
  self_->request(actor, limits::request_deadline, charter::look{entity})
      .then([me, then = std::move(then)](const state_ptr& s) { then(*s); },
            [me](const caf::error& why) { me->refuse(to_refusal(why)); });
}

void call::ask_same_person(std::vector<user_id> others, std::function<void(bool)> then) {
  std::erase_if(others, [](const user_id& u) { return u.empty(); });
  if (others.empty())
    return then(false);
  ask<person_verdict>(services_.vault(), same_person{user(), std::move(others)},
                      [then = std::move(then)](const person_verdict& v) { then(v.same); });
}

id_bytes call::new_id(std::string_view what) const {
  auto principal = who ? to_text(who->user) : std::string{"anonymous"};
  auto digest = services_.digest(view_of(std::string{what} + '\n' + principal + '\n' + to_text(command)));
  id_bytes raw;
  std::copy_n(digest.begin(), raw.size(), raw.begin());
  return raw;
}

result<name_id> call::name_of(std::string_view name, std::string_view field) const {
  auto normal = normal_name(name);
  if (!normal)
    return invalid(std::string{field}, normal.why().detail);
  return name_id_of(*normal, services_.digest);
}

void call::reply(nlohmann::json value) {
  if (auto finish = std::exchange(done_, nullptr))
    finish(std::move(value));
}

void call::refuse(refusal why) {
  if (auto finish = std::exchange(done_, nullptr))
    finish(std::move(why));
}

} // namespace charter::net
