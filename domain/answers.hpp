#pragma once
// What commands answer. Kept in journal records, so that a repeated command finds the same answer.
// Times are RFC 3339 and ids are text on the wire; see domain/codec/wire.hpp.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "domain/charter.hpp"
#include "domain/ids.hpp"
#include "domain/result.hpp"
#include "domain/time.hpp"

namespace charter {

struct user_answer {
  user_id user;
  CHARTER_FIELDS(user_answer, user)
};
struct session_answer {
  std::uint64_t session = 0;
  timestamp until;
  CHARTER_FIELDS(session_answer, session, until)
};
struct organisation_answer {
  organisation_id organisation;
  CHARTER_FIELDS(organisation_answer, organisation)
};
struct chat_answer {
  chat_id chat;
  CHARTER_FIELDS(chat_answer, chat)
};
/// A message sent, edited or recalled.
struct message_answer {
  chat_id chat;
  std::uint64_t number = 0;
  timestamp at;
  CHARTER_FIELDS(message_answer, chat, number, at)
};
/// A post published, corrected, withdrawn.
struct post_answer {
  post_id post;
  std::uint64_t number = 0;
  timestamp at;
  news_right badge = news_right::none;
  CHARTER_FIELDS(post_answer, post, number, at, badge)
};
struct application_answer {
  std::string application; ///< "cas_…"
  account_id account;      ///< that it will become
  timestamp deadline;      ///< by which it is decided
  CHARTER_FIELDS(application_answer, application, account, deadline)
};
struct complaint_answer {
  std::string complaint; ///< "cmp_…"
  timestamp deadline;
  CHARTER_FIELDS(complaint_answer, complaint, deadline)
};
/// A decision of the desk. `needs_second`: it takes effect when the other pair of eyes agrees.
struct decision_answer {
  std::string case_; ///< "cas_…", "cmp_…"
  bool needs_second = false;
  std::string sanction; ///< "snc_…" if one was imposed
  CHARTER_FIELDS(decision_answer, case_, needs_second, sanction)
};
struct sanction_answer {
  std::string sanction; ///< "snc_…"
  bool needs_second = false;
  std::optional<timestamp> until;
  std::optional<timestamp> appeal_until;
  sanction_step recommended = sanction_step::warn;
  CHARTER_FIELDS(sanction_answer, sanction, needs_second, until, appeal_until, recommended)
};
struct appeal_answer {
  std::string appeal; ///< "apl_…"
  timestamp deadline;
  CHARTER_FIELDS(appeal_answer, appeal, deadline)
};
struct office_answer {
  std::string item; ///< "fil_…", "rep_…", "ref_…"
  CHARTER_FIELDS(office_answer, item)
};
struct disclosure_answer {
  disclosure_id disclosure;
  std::uint64_t leaf = 0; ///< of the opening, once there is one
  CHARTER_FIELDS(disclosure_answer, disclosure, leaf)
};
struct policy_answer {
  std::uint64_t version = 0;
  CHARTER_FIELDS(policy_answer, version)
};

/// Append only.
using answer = std::variant<done, user_answer, session_answer, organisation_answer, chat_answer, message_answer,
                            post_answer, application_answer, complaint_answer, decision_answer, sanction_answer,
                            appeal_answer, office_answer, disclosure_answer, policy_answer>;

} // namespace charter
