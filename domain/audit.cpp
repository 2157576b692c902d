#include "domain/audit.hpp"

#include "domain/codec/leaf_codec.hpp"
#include "domain/effects.hpp"

namespace charter::audit {

namespace {

result<decision<event>> on(const state& s, const append& c, const context& in) {
  if (in.by.from != caller::origin::entity)
    return refuse(errc::forbidden, "nobody writes to the public log from outside");
  if (c.opening && in.by.who.kind != entity_kind::identity)
    return refuse(errc::forbidden, "only an identity waits for the log before it is opened");
  decision<event> out;
  out.events.push_back(appended{s.size, codec::encode_leaf(c.leaf, s.size)});
  if (c.opening)
    out.effects.push_back({in.by.who, identities::leaf_logged{*c.opening, s.size}});
  return out;
}

} // namespace

result<decision<event>> decide(const state& s, const command& c, const context& in) {
  auto made = std::visit([&](const auto& x) { return on(s, x, in); }, c);
  return refusals_to_entities_are_events<effect_refused>(std::move(made), in);
}

void evolve(state& s, const event& e) {
  if (const auto* leaf = std::get_if<appended>(&e))
    s.size = leaf->number + 1;
}

} // namespace charter::audit
