#pragma once
// What the gateway needs of the rest of the node. Made once by charterd; outlives the gateway; all of it thread-safe.

#include <functional>
#include <string>
#include <vector>

#include "actors/chat_seal.hpp"
#include "actors/everywhere.hpp"
#include "actors/policy_keeper.hpp"
#include "actors/router.hpp"
#include "actors/services.hpp"
#include "domain/environment.hpp"
#include "net/methods/identity_params.hpp"
#include "net/methods/office_params.hpp"
#include "storage/store.hpp"

namespace charter::net {

struct gateway_services {
  charter::router* router = nullptr;
  const storage::store* rows = nullptr;
  const policy_cell* policy = nullptr;
  std::function<policy_keeper_actor()> policy_keeper; ///< whoever plays that part now
  environment* world = nullptr;
  digest_fn digest = nullptr;
  const chat_seal* chats = nullptr;
  charter_reader read_charter;
  std::function<password_actor()> passwords; ///< whoever plays that part now
  std::function<vault_actor()> vault;
  std::vector<provider_info> identity_providers;
  std::string public_url; ///< "https://charter.example", without a slash at the end
  bool trial = false;
  bool secure_cookies = false;
  shard_id shards = 16;
  /// Whether the rows have all that was acknowledged before we started. A node of a cluster may have to get it from the
  /// others first; until then it knows neither every session nor every account, and must not say that there is none.
  std::function<bool()> complete = [] { return true; };
  /// Whether the rows have all that was acknowledged until a moment ago. While a node of a cluster hears nothing from
  /// the others' log, a session may have been closed elsewhere: nobody is taken for who they were then.
  std::function<bool()> current = [] { return true; };
  /// Whoever waits until the other nodes of a cluster show what was done here; nothing for a node that is alone.
  std::function<everywhere_actor()> everywhere;
  /// The live supervision tree, gathered asynchronously.
  std::function<void(std::function<void(result<admin_tree_result>)>)> tree;
};

} // namespace charter::net
