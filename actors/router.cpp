#include "actors/router.hpp"

#include "domain/limits.hpp"

namespace charter {

router::router(shard_id shards) : shards_(shards) {
  CHARTER_ASSERT(shards > 0 && shards < first_vault_shard);
  for (int i = 0; i < shards + vault_shards; ++i)
    slots_.push_back(std::make_unique<slot>());
}

router::slot& router::slot_of(shard_id shard) const {
  auto index = shard >= first_vault_shard ? shards_ + (shard - first_vault_shard) : shard;
  CHARTER_ASSERT(static_cast<std::size_t>(index) < slots_.size());
  return *slots_[static_cast<std::size_t>(index)];
}

void router::set(shard_id shard, shard_actor actor) {
  auto& slot = slot_of(shard);
  for (auto& count : slot.waiting)
    count = 0;
  std::lock_guard lock{mutex_};
  slot.actor = std::move(actor);
}

shard_id router::shard_for(const entity_id& entity) const {
  return entity.kind == entity_kind::identity ? vault_shard_of(entity.as<entity_kind::identity>())
                                              : shard_of(entity, shards_);
}

shard_actor router::at(shard_id shard) const {
  std::lock_guard lock{mutex_};
  return slot_of(shard).actor;
}

std::vector<shard_id> router::shards() const {
  std::vector<shard_id> all;
  for (shard_id i = 0; i < shards_; ++i)
    all.push_back(i);
  for (shard_id i = 0; i < vault_shards; ++i)
    all.push_back(static_cast<shard_id>(first_vault_shard + i));
  return all;
}

bool router::take_credit(shard_id shard, urgency in) {
  auto& waiting = slot_of(shard).waiting[static_cast<std::size_t>(in)];
  if (waiting.fetch_add(1) < static_cast<std::int32_t>(limits::shard_commands_max))
    return true;
  waiting.fetch_sub(1);
  return false;
}

void router::give_back(shard_id shard, urgency in) {
  auto& waiting = slot_of(shard).waiting[static_cast<std::size_t>(in)];
  if (waiting.fetch_sub(1) <= 0)
    waiting.fetch_add(1); // the shard began again meanwhile and counts from zero
}

urgency urgency_of(const envelope& e) {
  bool of_governance = e.to.kind == entity_kind::case_file || e.to.kind == entity_kind::policy ||
                       e.to.kind == entity_kind::audit_log || e.to.kind == entity_kind::office;
  return e.by.from == caller::origin::entity || of_governance ? urgency::urgent : urgency::ordinary;
}

} // namespace charter
