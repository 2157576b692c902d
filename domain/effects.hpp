#pragma once
// Effects that several aggregates send, who may ask for what, and how an effect is turned down. Included by their .cpp
// files only.

#include <string_view>
#include <utility>

#include "domain/change.hpp"

namespace charter {

/// An entry in the public log.
inline effect log_entry(leaf what) { return {audit_log_entity, audit::append{std::move(what), {}}}; }

inline effect tell(user_id who, notice what) { return {who, users::notify{std::move(what)}}; }

/// What a leaf commits to without saying it: SHA-256(salt ‖ text). The salt is kept as a personal value.
inline digest32 commitment(const context& in, std::string_view text) {
  CHARTER_ASSERT(in.digest);
  bytes salted(in.entropy.begin(), in.entropy.end());
  salted.insert(salted.end(), text.begin(), text.end());
  return in.digest(salted);
}
inline personal<bytes> salt_of(const context& in) { return bytes(in.entropy.begin(), in.entropy.end()); }

/// Errors: `unauthenticated` for anybody unknown, `forbidden` for entities and the system.
inline status only_users(const context& in) {
  if (in.by.is_user())
    return done{};
  if (in.by.from == caller::origin::anonymous)
    return refuse(errc::unauthenticated, "please sign in first");
  return refuse(errc::forbidden, "only a user can ask for this");
}
inline status only_entities(const context& in, entity_kind kind) {
  return in.by.is_kind(kind) ? status{done{}} : refuse(errc::forbidden, "nobody can ask for this from outside");
}
inline status only_system(const context& in) {
  return in.by.from == caller::origin::system ? status{done{}} : refuse(errc::forbidden, "time passes by itself");
}

/// A refusal stays one for a person. To another entity it becomes an event, so that the receiver's high-water mark
/// moves past the effect and it isn't sent for ever.
template <class Refused, class Event>
result<decision<Event>> refusals_to_entities_are_events(result<decision<Event>> made, const context& in) {
  if (made || in.by.from != caller::origin::entity)
    return made;
  decision<Event> refused;
  refused.events.push_back(Refused{made.why().detail});
  return refused;
}

} // namespace charter
