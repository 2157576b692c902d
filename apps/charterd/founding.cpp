#include "apps/charterd/founding.hpp"

#include <thread>

#include <caf/all.hpp>

#include "actors/errors.hpp"
#include "apps/charter/command_ids.hpp"
#include "config/charter_loader.hpp"
#include "domain/limits.hpp"
#include "net/names.hpp"
#include "storage/digest.hpp"
#include "storage/queries.hpp"

namespace charter::node {

namespace {

using namespace std::chrono_literals;

constexpr auto patience = 30s; // while shards of a cluster that has just begun find their owners
constexpr auto asked_again = 200ms;

/// A client within the process: asks and waits. For founding only, where nobody else is there yet.
class founder {
public:
  explicit founder(const founding_parts& parts) : parts_(parts), self_(parts.system) {}

  template <class Answer, class Actor, class Question>
  result<Answer> ask(const Actor& actor, Question question) {
    result<Answer> out = refuse(errc::unavailable, "no answer");
    self_->request(actor, limits::request_deadline, std::move(question))
        .receive([&](Answer& a) { out = std::move(a); }, [&](const caf::error& e) { out = to_refusal(e); });
    return out;
  }

  /// Again while it is `unavailable`.
  template <class Try>
  static auto insist(Try attempt) {
    for (auto until = std::chrono::steady_clock::now() + patience;; std::this_thread::sleep_for(asked_again))
      if (auto out = attempt(); out || out.why().code != errc::unavailable || std::chrono::steady_clock::now() > until)
        return out;
  }

  result<answer> send(const entity_id& to, any_command what, const caller& by) {
    envelope e;
    e.to = to;
    e.by = by;
    e.what = std::move(what);
    parts_.world.fill_random(e.entropy);
    e.command = cli::fresh_command_id(parts_.world.now());
    return insist([&] { return ask<answer>(parts_.shards.of(to), e); }); // its actor changes with its owner
  }

  /// The policy that everybody decides by has at least this version.
  status wait_for_policy(std::uint64_t version) {
    for (int i = 0; i < 1'000; ++i) {
      auto view = parts_.policy.get();
      if (view && view->version() >= version)
        return done{};
      std::this_thread::sleep_for(10ms);
    }
    return refuse(errc::unavailable, "the policy didn't reach the shards");
  }

  const founding_parts& parts() const { return parts_; }

private:
  const founding_parts& parts_;
  caf::scoped_actor self_;
};

id_bytes id_from(std::string_view text) {
  auto digest = storage::sha256(view_of(text));
  id_bytes raw;
  std::copy_n(digest.begin(), raw.size(), raw.begin());
  return raw;
}

status found_policy(founder& self, const founding& f) {
  auto loaded = config::load_charter(f.charter_text, "charter");
  auto* book = std::get_if<rule_book>(&loaded);
  if (!book)
    return refuse(errc::invalid_params, config::to_text(std::get<config::mistakes>(loaded)));
  policies::found command;
  command.provider = f.provider;
  command.credentials = f.credentials;
  command.charter_text = f.charter_text;
  command.charter_digest = storage::sha256(view_of(f.charter_text));
  command.charter_id = book->id;
  command.charter_version = book->version;
  command.charter_from = book->effective_from;
  for (auto& held : f.credentials)
    for (auto at : expiry_warnings(*book, held))
      command.warnings_due.push_back(at);
  std::ranges::sort(command.warnings_due);
  auto founded = self.send(policy_entity, policies::command{std::move(command)}, caller::system());
  if (!founded)
    return founded.why();
  return self.wait_for_policy(1);
}

result<ticket_issued> verify(founder& self, const founding& f) {
  auto& vault = self.parts().vault;
  auto attempt = self.ask<identity_attempt>(vault, begin_identity{f.identity_provider, f.identity_subject});
  if (!attempt)
    return attempt.why();
  auto said = f.answer(attempt->prompt);
  if (!said)
    return said.why();
  return self.ask<ticket_issued>(vault, complete_identity{attempt->attempt, *said});
}

/// Verifies the person and registers the user, as everybody does.
result<user_id> register_operator(founder& self, const founding& f) {
  auto& p = self.parts();
  auto normal = net::normal_name(f.pseudonym);
  if (!normal)
    return normal.why();
  auto name = net::name_id_of(*normal, storage::sha256);
  if (auto there = storage::user_by_name(p.rows, name))
    return *there; // an earlier founding came this far
  auto ticket = founder::insist([&] { return verify(self, f); });
  if (!ticket)
    return ticket.why();
  auto resolved = self.ask<ticket_resolved>(p.vault, resolve_ticket{ticket->ticket});
  if (!resolved)
    return resolved.why();
  auto hash = self.ask<password_hashed>(p.passwords, hash_password{f.password});
  if (!hash)
    return hash.why();
  auto view = p.policy.get();
  auto* book = view ? view->book_at(p.world.now()) : nullptr;
  if (!book)
    return refuse(errc::unavailable, "the charter is not in force yet; check its effective date");
  users::register_ command;
  command.pseudonym = f.pseudonym;
  command.name = name;
  command.identity = resolved->identity;
  command.ticket = resolved->hash;
  command.password_hash = hash->hash;
  command.agreement_version = book->agreement.version;
  command.agreement_digest = storage::sha256(view_of(canonical_text(book->agreement)));
  for (auto& item : book->agreement.items)
    command.items.push_back(item.key);
  command.language = "en";
  user_id user{id_from("operator\n" + ticket->ticket)};
  auto registered = self.send(user, users::command{std::move(command)}, caller::anonymous());
  return registered ? result<user_id>{user} : result<user_id>{registered.why()};
}

} // namespace

status found_provider(const founding_parts& parts, const founding& f) {
  founder self{parts};
  auto view = parts.policy.get();
  bool founded = view && view->version() > 0;
  if (!founded)
    if (auto ok = found_policy(self, f); !ok)
      return ok;
  for (auto& [user, grants] : parts.policy.get()->facts.roles)
    if (!grants.empty())
      return refuse(errc::conflict, "this provider was founded before");
  auto user = register_operator(self, f);
  if (!user)
    return user.why();
  auto granted = self.send(policy_entity, policies::command{policies::grant_role{*user, role::operator_, "", false}},
                           caller::system());
  return granted ? status{done{}} : status{granted.why()};
}

} // namespace charter::node
