#include "actors/vault/vault_actor.hpp"

#include <caf/all.hpp>

#include "actors/errors.hpp"
#include "domain/codec/wire.hpp"
#include "domain/limits.hpp"
#include "storage/digest.hpp"
#include "storage/vault/envelope.hpp"

namespace charter::vault {

namespace {

/// Which provider an attempt is with. The attempt's name is random, so knowing it is enough to go on.
struct attempt_state {
  std::string provider;
  timestamp until;
  bool sealing = false; ///< answered well; its ticket is on its way to the journal
};

struct vault_state {
  vault_state() = default; // spelled out: CAF would take the actor for an aggregate's first member
  static constexpr const char* name = "vault";

  vault_parts parts;
  secret_bytes ticket_key;
  std::map<std::string, attempt_state> attempts;
};

using self_ptr = vault_actor::stateful_pointer<vault_state>;

place person_place(const identity_id& id) { return {"identity", "person", std::string{text_of(id.raw)}, 1}; }
place key_place(const identity_id& id) { return {"identity", "data_key", std::string{text_of(id.raw)}, 1}; }
place ticket_place() { return {"ticket", "identity", "", 1}; }

std::string random_text(environment& world) {
  std::array<std::uint8_t, 24> raw;
  world.fill_random(raw);
  return wire::to_base64(raw);
}

void forget_old_attempts(vault_state& s, timestamp now) {
  std::erase_if(s.attempts, [&](const auto& a) { return a.second.until < now; });
}

caf::result<identity_attempt> begin(self_ptr self, const begin_identity& b) {
  auto& s = self->state;
  auto now = s.parts.world->now();
  auto provider = s.parts.providers.find(b.provider);
  if (provider == s.parts.providers.end())
    return to_error(invalid("provider", "there is no such provider; ask identity.providers"));
  forget_old_attempts(s, now);
  if (s.attempts.size() >= limits::identity_attempts_max)
    return to_error(refuse(errc::unavailable, "too many verifications at once; try again in a few minutes"));
  auto attempt = random_text(*s.parts.world);
  auto begun = provider->second->begin(attempt, b.subject, now);
  if (!begun)
    return to_error(begun.why());
  s.attempts[attempt] = {b.provider, begun->until};
  return identity_attempt{attempt, begun->until, begun->prompt};
}

/// A text that only this deployment can make and open: whose ticket it is, and what makes it single.
std::string make_ticket(const vault_state& s, const identity_id& id) {
  bytes inside(id.raw.begin(), id.raw.end());
  std::array<std::uint8_t, 16> single;
  s.parts.world->fill_random(single);
  inside.insert(inside.end(), single.begin(), single.end());
  return wire::to_base64(seal(s.ticket_key, ticket_place(), inside, *s.parts.world));
}

digest32 hash_of_ticket(std::string_view ticket) { return storage::sha256(view_of(ticket)); }

/// The sealed file of a verified person, as the identity keeps it. Errors: `unavailable`, `too_large`.
result<identities::verify> seal_person(const vault_state& s, const plaintext_identity& person, const identity_id& id,
                                       const std::string& provider) {
  auto plain = encode(person);
  if (!plain)
    return plain.why();
  auto key = make_data_key(*s.parts.world);
  identities::verify out;
  out.sealed = seal(key, person_place(id), plain->view(), *s.parts.world);
  out.wrapped_key = wrap(*s.parts.keys, key, key_place(id), *s.parts.world);
  out.provider = provider;
  out.region = person.region;
  return out;
}

envelope for_identity(const vault_state& s, const identity_id& id, identities::command command) {
  envelope e;
  e.to = id;
  e.by = caller::system();
  e.what = std::move(command);
  s.parts.world->fill_random(e.entropy);
  return e;
}

void forget_attempt(vault_state& s, const std::string& name) {
  auto attempt = s.attempts.find(name);
  if (attempt == s.attempts.end())
    return;
  s.parts.providers.at(attempt->second.provider)->forget(name);
  s.attempts.erase(attempt);
}

caf::result<ticket_issued> complete(self_ptr self, const complete_identity& c) {
  auto& s = self->state;
  auto attempt = s.attempts.find(c.attempt);
  if (attempt == s.attempts.end())
    return to_error(refuse(errc::identity_required, "this verification is over or unknown; begin again"));
  if (attempt->second.sealing)
    return to_error(refuse(errc::unavailable, "this verification is being completed already; try again"));
  auto key = attempt->second.provider;
  auto person = s.parts.providers.at(key)->complete(c.attempt, c.answer, s.parts.world->now());
  if (!person)
    return to_error(person.why());
  auto digest = document_digest(*s.parts.keys, person->document, person->document_number);
  if (!digest)
    return to_error(digest.why());
  identity_id id;
  std::copy_n(digest->begin(), id.raw.size(), id.raw.begin());
  auto sealed = seal_person(s, *person, id, key);
  if (!sealed)
    return to_error(sealed.why());
  auto ticket = make_ticket(s, id);
  sealed->ticket = hash_of_ticket(ticket);
  auto to = self->make_response_promise<ticket_issued>();
  auto shard = s.parts.router->of(id);
  if (!shard)
    return to_error(refuse(errc::unavailable, "the vault is starting; try again"));
  auto until = s.parts.world->now() + limits::ticket_lifetime;
  attempt->second.sealing = true;
  self->request(shard, limits::request_deadline, for_identity(s, id, std::move(*sealed)))
      .then(
          [self, to, ticket, until, attempt = c.attempt](const answer&) mutable {
            forget_attempt(self->state, attempt);
            to.deliver(ticket_issued{ticket, until});
          },
          [self, to, attempt = c.attempt](caf::error& e) mutable {
            if (auto again = self->state.attempts.find(attempt); again != self->state.attempts.end())
              again->second.sealing = false; // whoever asks again can finish it
            to.deliver(std::move(e));
          });
  return to;
}

caf::result<ticket_resolved> resolve(self_ptr self, const resolve_ticket& r) {
  auto unknown = [] {
    return to_error(refuse(errc::identity_required, "this ticket is not one of ours; verify your identity first"));
  };
  bytes sealed;
  if (!wire::from_base64(r.ticket, sealed))
    return unknown();
  auto inside = open(self->state.ticket_key, ticket_place(), sealed);
  if (!inside || inside->size() != 32)
    return unknown();
  ticket_resolved out;
  std::copy_n(inside->data(), out.identity.raw.size(), out.identity.raw.begin());
  out.hash = hash_of_ticket(r.ticket);
  return out;
}

// -- same person? -------------------------------------------------------------------------

/// Collects whose identities stand behind some users; the answer is all that leaves.
struct comparison {
  std::map<user_id, identity_id> found;
  std::size_t open = 0;
  user_id asked;
  caf::typed_response_promise<person_verdict> to;

  void finish() {
    auto& mine = found[asked];
    bool same = std::ranges::any_of(
        found, [&](const auto& f) { return f.first != asked && !mine.empty() && f.second == mine; });
    to.deliver(person_verdict{same});
  }
};

caf::result<person_verdict> compare(self_ptr self, const same_person& question) {
  auto& s = self->state;
  if (std::ranges::count(question.others, question.user) > 0)
    return person_verdict{true};
  auto to = self->make_response_promise<person_verdict>();
  auto work = std::make_shared<comparison>();
  work->asked = question.user;
  work->to = to;
  auto users = question.others;
  users.push_back(question.user);
  work->open = users.size();
  for (auto& user : users) {
    auto shard = s.parts.router->of(user);
    if (!shard)
      return to_error(refuse(errc::unavailable, "the server is starting; try again"));
    self->request(shard, limits::request_deadline, look{user})
        .then(
            [work, user](const state_ptr& found) {
              work->found[user] = std::get<users::state>(*found).identity.value_or_empty();
              if (--work->open == 0 && work->to.pending())
                work->finish();
            },
            [work](caf::error& e) {
              if (work->to.pending())
                work->to.deliver(std::move(e));
            });
  }
  return to;
}

// -- showing ------------------------------------------------------------------------------

/// Errors: `forbidden` unless this officer may see it now: approved, opened, logged, and not over.
status may_see(const identities::state& s, const show_identity& ask, timestamp now) {
  auto found = s.disclosures.find(ask.disclosure);
  if (found == s.disclosures.end() || found->second.status != identities::disclosure_status::opened)
    return refuse(errc::forbidden, "this identity was not opened");
  auto& d = found->second;
  if (ask.officer != d.requested_by && ask.officer != d.decided_by)
    return refuse(errc::forbidden, "only the two officers of this disclosure see it");
  if (now >= d.usable_until)
    return refuse(errc::forbidden, "the approval is over; request it anew");
  return done{};
}

result<identity_shown> unseal(const vault_state& s, const identity_id& id, const identities::state& file) {
  if (!file.sealed.value || !file.wrapped_key.value)
    return refuse(errc::not_found, "this person's file was erased");
  auto key = unwrap(*s.parts.keys, key_place(id), *file.wrapped_key.value);
  if (!key)
    return key.why();
  auto plain = open(*key, person_place(id), *file.sealed.value);
  if (!plain)
    return plain.why();
  auto person = decode_identity(plain->view());
  if (!person)
    return person.why();
  return identity_shown{person->legal_name, std::string{to_name(person->document)}, person->document_number,
                        person->region};
}

caf::result<identity_shown> show(self_ptr self, const show_identity& ask) {
  auto& s = self->state;
  auto shard = s.parts.router->of(ask.identity);
  if (!shard)
    return to_error(refuse(errc::unavailable, "the vault is starting; try again"));
  auto to = self->make_response_promise<identity_shown>();
  self->request(shard, limits::request_deadline, look{ask.identity})
      .then(
          [self, to, ask](const state_ptr& found) mutable {
            auto& file = std::get<identities::state>(*found);
            auto allowed = may_see(file, ask, self->state.parts.world->now());
            auto shown = allowed ? unseal(self->state, ask.identity, file) : result<identity_shown>{allowed.why()};
            if (shown)
              to.deliver(std::move(*shown));
            else
              to.deliver(to_error(shown.why()));
          },
          [to](caf::error& e) mutable { to.deliver(std::move(e)); });
  return to;
}

vault_actor::behavior_type behavior(self_ptr self, vault_parts parts) {
  auto& s = self->state;
  s.parts = std::move(parts);
  s.ticket_key =
      secret_bytes{byte_view{storage::hmac_sha256(s.parts.keys->digest_key().view(), view_of("charter ticket"))}};
  return {
      [self](const begin_identity& b) { return begin(self, b); },
      [self](const complete_identity& c) { return complete(self, c); },
      [self](const resolve_ticket& r) { return resolve(self, r); },
      [self](const same_person& q) { return compare(self, q); },
      [self](const show_identity& a) { return show(self, a); },
  };
}

} // namespace

vault_actor spawn_vault(caf::actor_system& system, vault_parts parts) {
  return system.spawn<caf::detached>(behavior, std::move(parts));
}

} // namespace charter::vault
