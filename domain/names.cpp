#include "domain/names.hpp"

#include "domain/effects.hpp"

namespace charter::names {

namespace {

using made = result<decision<event>>;

/// A user claims for itself, a case for the account that it may open.
bool may_claim(const caller& by, const entity_id& holder) {
  if (by.is_kind(entity_kind::user))
    return holder == by.who;
  return by.is_kind(entity_kind::case_file) && holder.kind == entity_kind::account && !holder.empty();
}

effect answer_to(const context& in, bool granted) {
  auto name = in.self.as<entity_kind::name>();
  if (in.by.is_kind(entity_kind::user))
    return {in.by.who, users::name_answer{name, granted}};
  return {in.by.who, cases::name_answer{name, granted}};
}

made on(const state& s, const claim& c, const context& in) {
  if (!may_claim(in.by, c.holder))
    return refuse(errc::forbidden, "a name is claimed by its holder, or by the case that opens its account");
  decision<event> out;
  bool again = s.holder && s.holder->holder == c.holder && s.holder->by == in.by.who;
  bool granted = !s.holder || again;
  if (granted)
    out.events.push_back(claimed{c.holder, in.by.who, again ? s.holder->at : in.now});
  else
    out.events.push_back(claim_refused{c.holder});
  out.effects.push_back(answer_to(in, granted));
  return out;
}

made on(const state& s, const release& c, const context& in) {
  bool held = s.holder && s.holder->holder == c.holder;
  bool may = in.by.from == caller::origin::entity && held && (in.by.who == c.holder || in.by.who == s.holder->by);
  if (!may)
    return refuse(errc::forbidden, "only who holds a name, or claimed it, releases it");
  decision<event> out;
  out.events.push_back(released{c.holder});
  return out;
}

void apply(state& s, const claimed& e) { s.holder = e; }
void apply(state&, const claim_refused&) {}
void apply(state& s, const released&) { s.holder.reset(); }
void apply(state&, const effect_refused&) {}

} // namespace

result<decision<event>> decide(const state& s, const command& c, const context& in) {
  auto made = std::visit([&](const auto& x) { return on(s, x, in); }, c);
  return refusals_to_entities_are_events<effect_refused>(std::move(made), in);
}

void evolve(state& s, const event& e) {
  std::visit([&](const auto& x) { apply(s, x); }, e);
}

} // namespace charter::names
