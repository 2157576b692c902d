#pragma once
// A regulator office's mailbox: filings of accounts (7.1), reports (8.3) and referrals (9), each numbered without holes
// and tracked to its acknowledgement or answer. Items are rows.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "domain/context.hpp"
#include "domain/policies.hpp"

namespace charter::offices {

/// The id of the office with this code ("00" national, "11" Beijing …). Same everywhere.
office_id office_of(std::string_view code, digest_fn digest);

/// An effect from a case, or a liaison officer's report. The item's number, state and time are set here.
struct receive {
  std::string code; ///< of the office
  office_item item;
  CHARTER_FIELDS(receive, code, item)
};
/// By a regulator officer of this office. Needs the item. Errors: `forbidden`, `not_found`, `conflict`.
struct acknowledge {
  office_item_kind kind = office_item_kind::filing;
  std::uint64_t number = 0;
  std::string receipt; ///< the office's own file number
  CHARTER_FIELDS(acknowledge, kind, number, receipt)
};
/// To a referral; by a regulator officer of this office. Needs the item.
struct answer {
  std::uint64_t number = 0;
  std::string text;
  CHARTER_FIELDS(answer, number, text)
};
using command = std::variant<receive, acknowledge, answer>;

struct received {
  std::string code;
  office_item item;
  CHARTER_FIELDS(received, code, item)
};
struct acknowledged {
  office_item_kind kind = office_item_kind::filing;
  std::uint64_t number = 0;
  user_id by;
  std::string receipt;
  timestamp at;
  CHARTER_FIELDS(acknowledged, kind, number, by, receipt, at)
};
struct answered {
  std::uint64_t number = 0;
  user_id by;
  std::string text;
  timestamp at;
  CHARTER_FIELDS(answered, number, by, text, at)
};
/// An effect that the office doesn't take. It changes nothing.
struct effect_refused {
  std::string why;
  CHARTER_FIELDS(effect_refused, why)
};
using event = std::variant<received, acknowledged, answered, effect_refused>;

struct state {
  std::string code;
  std::uint64_t filings = 0;
  std::uint64_t reports = 0;
  std::uint64_t referrals = 0;
  std::uint64_t filings_open = 0; ///< not acknowledged
  std::uint64_t reports_open = 0;
  std::uint64_t referrals_open = 0;
  CHARTER_FIELDS(state, code, filings, reports, referrals, filings_open, reports_open, referrals_open)
};

needed_row needs(const command& c);
result<decision<event>> decide(const state& s, const command& c, const context& in);
void evolve(state& s, const event& e);

} // namespace charter::offices
