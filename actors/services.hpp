#pragma once
// Actors that do for others what takes long or must stay apart: passwords and the vault.

#include <string>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include "domain/ids.hpp"
#include "domain/time.hpp"

namespace charter {

// -- passwords ------------------------------------------------------------------------

struct hash_password {
  std::string password;
};
struct password_hashed {
  std::string hash; ///< Argon2id, encoded
};
struct verify_password {
  std::string hash; ///< empty: nobody; takes as long as a real one, so that names can't be told apart by time
  std::string password;
};
struct password_verdict {
  bool right = false;
  bool hash_again = false; ///< it was made at another cost
};

/// PASSWORDS: one detached actor per few cores; bounded. Errors: `unavailable` with too many waiting, `too_large`.
using password_actor = caf::typed_actor<caf::replies_to<hash_password>::with<password_hashed>,
                                        caf::replies_to<verify_password>::with<password_verdict>>;

// -- vault ----------------------------------------------------------------------------

struct begin_identity {
  std::string provider;
  std::string subject;
};
struct identity_attempt {
  std::string attempt;
  timestamp until;
  std::string prompt;
};
struct complete_identity {
  std::string attempt;
  std::string answer;
};
struct ticket_issued {
  std::string ticket;
  timestamp until;
};
/// Opens the ticket's outside: whose it is, and the hash that the identity keeps of it.
struct resolve_ticket {
  std::string ticket;
};
struct ticket_resolved {
  identity_id identity;
  digest32 hash{};
};
/// Is the person behind `user` also behind one of `others`? Yes or no is all that leaves the vault.
struct same_person {
  user_id user;
  std::vector<user_id> others;
};
struct person_verdict {
  bool same = false;
};
/// After identities::open was answered: what the person's file says. `officer` and `disclosure` are checked again.
struct show_identity {
  disclosure_id disclosure;
  identity_id identity;
  user_id officer;
};
/// Goes into the answer of vault.open and nowhere else.
struct identity_shown {
  std::string legal_name;
  std::string document;
  std::string document_number;
  std::string region;
};

/// VAULT: the only one that sees identities. Detached: document digests are slow on purpose. Errors: `not_found`,
/// `identity_required`, `rate_limited`, `unavailable`, `forbidden`.
using vault_actor = caf::typed_actor<
    caf::replies_to<begin_identity>::with<identity_attempt>,
    // The person's answer to the provider; seals the identity and gives a single-use ticket.
    caf::replies_to<complete_identity>::with<ticket_issued>, caf::replies_to<resolve_ticket>::with<ticket_resolved>,
    caf::replies_to<same_person>::with<person_verdict>, caf::replies_to<show_identity>::with<identity_shown>>;

} // namespace charter

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::hash_password)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::password_hashed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::verify_password)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::password_verdict)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::begin_identity)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::identity_attempt)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::complete_identity)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::ticket_issued)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::resolve_ticket)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::ticket_resolved)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::same_person)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::person_verdict)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::show_identity)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::identity_shown)
