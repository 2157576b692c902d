#include "net/methods/identity_params.hpp"
#include "net/methods/signatures.hpp"
#include "net/methods/table.hpp"

namespace charter::net {

digest32 digest_of(const call& c, const agreement& terms) {
  return c.services().digest(view_of(canonical_text(terms)));
}

void add_identity_methods(method_table& table) {
  table.query<no_params, identity_providers_result>("identity.providers", access::anyone,
                                                    "Who can verify that you are you.",
                                                    [](call& c, no_params&) -> result<identity_providers_result> {
                                                      return identity_providers_result{c.services().identity_providers};
                                                    });
  table.task<identity_begin, identity_begin_result>(
      "identity.begin", access::anyone, "Begins to verify an identity; nothing is kept unless it is completed.", false,
      [](const call_ptr& c, identity_begin& p) {
        c->ask<identity_attempt>(c->services().vault(), charter::begin_identity{p.provider, p.subject},
                                 [c](const identity_attempt& a) {
                                   c->reply(wire::encode(identity_begin_result{a.attempt, a.until, a.prompt}));
                                 });
      });
  table.task<identity_complete, identity_complete_result>(
      "identity.complete", access::anyone,
      "Completes it: seals the identity in the vault and gives a single-use ticket.", false,
      [](const call_ptr& c, identity_complete& p) {
        c->ask<ticket_issued>(c->services().vault(), charter::complete_identity{p.attempt, p.answer},
                              [c](const ticket_issued& t) {
                                c->reply(wire::encode(identity_complete_result{t.ticket, t.until}));
                              });
      });
  table.query<no_params, agreement_current_result>(
      "agreement.current", access::anyone, "The agreement in force: its seven items, and the digest to sign along.",
      [](call& c, no_params&) -> result<agreement_current_result> {
        auto book = c.book();
        if (!book)
          return book.why();
        auto& a = (*book)->agreement;
        return agreement_current_result{a.version, digest_of(c, a), a.title, a.preamble, a.items, a.rule};
      });
  table.command<signature, done>(
      "agreement.sign", access::user, "Signs the current agreement, item by item.",
      [](call& c, signature& p) -> result<outgoing> {
        return outgoing{c.user(), users::command{users::sign_agreement{p.version, p.digest, std::move(p.items)}}};
      });
}

} // namespace charter::net
