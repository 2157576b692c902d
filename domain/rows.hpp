#pragma once
// Items of streams, as the store keeps them and as `decide` gets them when it needs one.

#include <optional>
#include <string>
#include <vector>

#include "domain/charter_kinds.hpp"
#include "domain/ids.hpp"
#include "domain/personal.hpp"
#include "domain/result.hpp"
#include "domain/time.hpp"

namespace charter {

enum class post_state : std::uint8_t { visible, withdrawn, withheld };
CHARTER_ENUM(post_state, 0, visible, withdrawn, withheld)

/// A post's earlier wording. Corrections keep history.
struct post_version {
  timestamp at; ///< when it was replaced
  personal_text text;
  CHARTER_FIELDS(post_version, at, text)
};

/// Where a re-post comes from; copied, so that readers see it although the original goes.
struct post_source {
  post_id post;
  std::string account_name;
  std::string excerpt;
  post_kind kind = post_kind::general; ///< what its account declared it as
  CHARTER_FIELDS(post_source, post, account_name, excerpt, kind)
};

struct post_row {
  std::uint64_t number = 0;
  timestamp at;
  post_kind kind = post_kind::general;
  std::string title;
  personal_text text;
  std::string link; ///< where an imported post came from; may be empty
  user_id author;   ///< never shown in public
  std::optional<post_source> source;
  post_state state = post_state::visible;
  std::vector<post_version> earlier;
  std::optional<case_id> withheld_by;
  news_right badge = news_right::none; ///< what the account was entitled to when it was published (I8)
  CHARTER_FIELDS(post_row, number, at, kind, title, text, link, author, source, state, earlier, withheld_by, badge)
};

struct message_row {
  std::uint64_t number = 0;
  timestamp at;
  user_id author;
  personal<bytes> sealed; ///< AES-256-GCM under the chat's key; erased after a recall
  std::optional<timestamp> edited_at;
  bool recalled = false;
  CHARTER_FIELDS(message_row, number, at, author, sealed, edited_at, recalled)
};

enum class office_item_kind : std::uint8_t { filing, report, referral };
CHARTER_ENUM(office_item_kind, 0, filing, report, referral)

/// In the order in which an item passes through them; a filing ends at `acknowledged`, a referral at `answered`.
enum class office_item_state : std::uint8_t { sent, acknowledged, answered };
CHARTER_ENUM(office_item_state, 0, sent, acknowledged, answered)

/// A field of a filing's categorised record, or a line of a report.
struct labelled {
  std::string key;
  std::string value;
  CHARTER_FIELDS(labelled, key, value)
};

/// What lies in a regulator office's mailbox.
struct office_item {
  std::uint64_t number = 0; ///< per office and kind, from 1
  office_item_kind kind = office_item_kind::filing;
  office_item_state state = office_item_state::sent;
  timestamp at;
  timestamp due;   ///< when an acknowledgement or an answer is due
  entity_id about; ///< account of a filing; case of a report or a referral
  std::string title;
  std::string department; ///< of a referral
  std::vector<labelled> content;
  digest32 evidence{}; ///< SHA-256 of the evidence bundle, or of the content
  user_id sent_by;     ///< empty: by the system
  std::optional<timestamp> acknowledged_at;
  std::string receipt; ///< the office's own file number
  std::string answer;  ///< to a referral
  case_id case_;       ///< that is told of its acknowledgement and answer; may be empty
  CHARTER_FIELDS(office_item, number, kind, state, at, due, about, title, department, content, evidence, sent_by,
                 acknowledged_at, receipt, answer, case_)
};

/// Rows of its own stream that an entity's decision needs; see `needs` of each aggregate.
struct facts {
  std::optional<post_row> post;
  std::optional<message_row> message;
  std::optional<office_item> item;
};

/// Which row that is. Empty: none.
struct needed_row {
  enum class table : std::uint8_t { none, post, message, filing, report, referral };
  table in = table::none;
  std::uint64_t number = 0;
};

} // namespace charter
