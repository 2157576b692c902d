#pragma once
// Identity providers: those who can say that a person is who they are (article 6.1). One interface; a file registry for
// trials, and a one-time code over a command hook.
//
// Used by the vault's actor alone, on its thread; may take as long as it needs. Attempts live in memory: who loses one
// to a restart begins again.

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "domain/environment.hpp"
#include "domain/time.hpp"
#include "storage/vault/identity.hpp"

namespace charter::vault {

struct verification {
  std::string prompt; ///< what the person has to answer
  timestamp until;
};

class identity_provider {
public:
  virtual ~identity_provider() = default;

  /// `attempt` names it from here on. Errors: `invalid_params` (subject), `unavailable`, `rate_limited`.
  virtual result<verification> begin(const std::string& attempt, const std::string& subject, timestamp now) = 0;

  /// The person behind the attempt, as often as it is asked for until `forget`. A wrong answer leaves it open, a few
  /// times. Errors: `identity_required` (wrong, unknown or over).
  virtual result<plaintext_identity> complete(const std::string& attempt, const std::string& answer, timestamp now) = 0;

  /// The attempt has served.
  virtual void forget(const std::string& attempt) = 0;
};

/// Trial identities from a file with a JSON object a line: number, secret, legal_name, document_number, region. The
/// subject is the number, the answer the secret. A line with `from` and `to` stands for many persons: each number in
/// between, with at least five digits, goes to the end of all those texts but the region. Lines that begin with "#" are
/// remarks. Errors: `invalid_params` with every mistake.
result<std::unique_ptr<identity_provider>> open_registry(const std::string& file);

/// Sends six digits with a command that gets "<subject> <code>\n" on its standard input, run without a shell, within
/// ten seconds. What the carrier knows of the subscriber comes back on its standard output as one line of JSON:
/// legal_name, document_number, region. Five wrong answers end an attempt.
std::unique_ptr<identity_provider> make_code_provider(std::string command, duration valid_for, environment& env);

} // namespace charter::vault
