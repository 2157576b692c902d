#pragma once
// Every typed actor of the system, one comment per message. INTERNAL marks messages to self or within one shard.
//
// Messages stay within the process (other nodes are reached over cluster/link), so CAF needn't serialise them.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include "actors/supervisor.hpp"
#include "domain/codec/change_codec.hpp"
#include "domain/state.hpp"
#include "storage/journal.hpp"
#include "storage/stored_rows.hpp"

namespace charter {

using storage::position;
using policy_ptr = std::shared_ptr<const policy_view>;
using change_ptr = std::shared_ptr<const change>;

// -- commands on their way ------------------------------------------------------------

/// A command to one entity: a client's, another entity's effect, or a timer's.
struct envelope {
  entity_id to;
  caller by;
  command_id command;                  ///< zero unless a client's
  digest32 parameters{};               ///< SHA-256 of method and parameters: the same id with others is a conflict
  digest32 entropy{};                  ///< fresh random bytes
  std::optional<charter::cause> cause; ///< of an effect
  any_command what;
};

/// Asks for a copy of an entity's durable state (I14). Never sent on behalf of a client as it is: whoever asks renders
/// what that client may see.
struct look {
  entity_id entity;
};
using state_ptr = std::shared_ptr<const any_state>;

// -- journal ----------------------------------------------------------------------------

/// JOURNAL WRITER: the only appender. Detached: it waits for the disk. Restart: the whole storage subtree.
struct append {
  storage::append_batch batch;
  std::uint64_t decided_under = 0;               ///< lowest policy version among the batch's decisions
  std::optional<std::uint64_t> raises_policy_to; ///< the batch changes the policy
};
enum class append_result : std::uint8_t { durable, conflict, no_space, policy_changed };
struct appended {
  append_result outcome = append_result::durable;
  std::uint64_t policy_version = 0; ///< the writer's
};
/// From the policy keeper at start: appends decided under an older version are refused from here on.
struct set_policy_version {
  std::uint64_t version = 0;
};
struct flush {}; ///< INTERNAL: everything that queued up before it makes one sync

using journal_actor = caf::typed_actor<
    // Answers when the batch is on disk, or will never be. A failing engine ends the process: outcome unknown.
    caf::replies_to<append>::with<appended>, caf::reacts_to<set_policy_version>, caf::reacts_to<flush>>;

/// ERASER: removes erased bodies and rows from the files. Detached: compaction takes its time. Restart: shards ask
/// again.
struct erase {
  shard_id shard = 0;
  std::vector<position> positions;      ///< of records whose bodies go
  std::vector<storage::key_range> rows; ///< that held the same
};
using eraser_actor = caf::typed_actor<
    // Answers when no file holds them any more. Errors: `unavailable`; asking again is harmless.
    caf::replies_to<erase>::with<done>>;

// -- entity -----------------------------------------------------------------------------

/// INTERNAL to a shard: an envelope with the time and the policy to decide it by.
struct delivery {
  envelope what;
  timestamp now;
  policy_ptr policy;
};
/// INTERNAL: a command whose change is durable already comes again and waits for the same outcome.
struct repeat {
  charter::answer answer;
  std::optional<id_bytes> awaiting;
};
/// INTERNAL: the entity's oldest `changes` proposals are durable.
struct settled {
  std::size_t changes = 0;
  position last = 0;
};
/// INTERNAL: none of the open proposals will become durable. Decide again, or give up with `why`.
struct rolled_back {
  timestamp now;
  policy_ptr policy;
  std::uint32_t generation = 0;
  std::optional<refusal> why;
};
/// INTERNAL: asks an idle entity for its snapshot, after which it ends. A busy one answers without.
struct passivate {};
struct passivated {
  entity_id entity;
  bool idle = false;
  bytes snapshot; ///< storage::snapshot_row, encoded; empty when nothing changed since the last one
};

/// ENTITY: the only writer of one entity; `decide` and `evolve` in an actor. Restart: from snapshot and journal, by its
/// shard, on the next message.
using entity_actor = caf::typed_actor<
    // Answers when what it rests on is durable, and its saga (if any) has ended. Errors: every `errc`.
    caf::replies_to<delivery>::with<answer>,
    // INTERNAL
    caf::replies_to<repeat>::with<answer>,
    // Answers with durable state only.
    caf::replies_to<look>::with<state_ptr>,
    // INTERNAL
    caf::reacts_to<settled>, caf::reacts_to<rolled_back>, caf::replies_to<passivate>::with<passivated>>;

// -- shard ------------------------------------------------------------------------------

/// INTERNAL, from an entity to its shard: what it wants to have journaled.
struct proposal {
  change_ptr what;
  codec::encoded_change record;
  std::uint32_t generation = 0;
  std::uint64_t decided_under = 0;
  std::optional<std::uint64_t> raises_policy_to;
};
/// INTERNAL, from an entity: a snapshot is due.
struct snapshot_taken {
  entity_id entity;
  bytes row;
};
/// INTERNAL, from a failing entity: what it was doing.
struct crashed {
  entity_id entity;
  std::uint64_t fingerprint = 0; ///< of the command; 0 while loading
  std::string why;
};
/// From the policy keeper.
struct policy_update {
  policy_ptr policy;
};
struct pulse {}; ///< INTERNAL: due times, passivation, cursors

struct shard_status_request {};
struct shard_status {
  shard_id shard = 0;
  position head = 0;
  std::size_t live = 0;
  std::size_t quarantined = 0;
  std::size_t effects_waiting = 0;
  bool disk_full = false;
  std::uint64_t policy_version = 0;
  CHARTER_FIELDS(shard_status, shard, head, live, quarantined, effects_waiting, disk_full, policy_version)
};

/// SHARD: owns a part of all entities; batches their changes, folds them into rows, carries their effects. Restart:
/// from the journal's head, its entities with it.
using shard_actor = caf::typed_actor<
    // Answers as the entity does. Errors besides: `unavailable` (quarantined, too much waiting), `invalid_params` (id).
    caf::replies_to<envelope>::with<answer>,
    // Errors: `unavailable`.
    caf::replies_to<look>::with<state_ptr>,
    // INTERNAL
    caf::reacts_to<proposal>, caf::reacts_to<snapshot_taken>, caf::reacts_to<crashed>, caf::reacts_to<pulse>,
    // The policy to decide by from now on.
    caf::reacts_to<policy_update>,
    // For health and metrics.
    caf::replies_to<shard_status_request>::with<shard_status>,
    // For `charter tree`: how many entities live, and which are in quarantine.
    caf::replies_to<describe>::with<description>>;

// -- policy -----------------------------------------------------------------------------

/// The policy entity has a durable change.
struct policy_moved {};

/// POLICY KEEPER: turns the policy entity's state into the view that all shards decide by. Restart: looks again.
using policy_keeper_actor = caf::typed_actor<
    // Answers when the policy cell, the writer and the shards have been told of what was durable before.
    caf::replies_to<policy_moved>::with<done>>;

// -- delivery ---------------------------------------------------------------------------

/// A run of durable changes of one shard, for live pushes: the hub takes them (net/hub.hpp).
struct fresh {
  std::vector<change_ptr> changes;
};

} // namespace charter

#define CHARTER_MESSAGE(Type) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::Type)
CHARTER_MESSAGE(envelope)
CHARTER_MESSAGE(look)
CHARTER_MESSAGE(state_ptr)
CHARTER_MESSAGE(answer)
CHARTER_MESSAGE(append)
CHARTER_MESSAGE(appended)
CHARTER_MESSAGE(set_policy_version)
CHARTER_MESSAGE(flush)
CHARTER_MESSAGE(delivery)
CHARTER_MESSAGE(repeat)
CHARTER_MESSAGE(settled)
CHARTER_MESSAGE(rolled_back)
CHARTER_MESSAGE(passivate)
CHARTER_MESSAGE(passivated)
CHARTER_MESSAGE(proposal)
CHARTER_MESSAGE(snapshot_taken)
CHARTER_MESSAGE(crashed)
CHARTER_MESSAGE(policy_update)
CHARTER_MESSAGE(pulse)
CHARTER_MESSAGE(shard_status_request)
CHARTER_MESSAGE(shard_status)
CHARTER_MESSAGE(policy_moved)
CHARTER_MESSAGE(fresh)
CHARTER_MESSAGE(erase)
CHARTER_MESSAGE(done)
CHARTER_MESSAGE(refusal)
