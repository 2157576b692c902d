#include "actors/effect_outbox.hpp"

#include "domain/limits.hpp"

namespace charter {

void effect_outbox::add(shard_id target, owed_effect e) {
  open_[target].insert({e.cause.position, e.cause.index});
  auto& line = lines_[e.to];
  line.target = target;
  if (line.effects.empty())
    ready_.push_back(e.to);
  line.effects.push_back(std::move(e));
  ++size_;
}

const owed_effect* effect_outbox::next() {
  if (ready_.empty() || on_their_way_ >= limits::effects_in_flight_max)
    return nullptr;
  auto& line = lines_.at(ready_.front());
  ready_.pop_front();
  line.at = line::stage::on_its_way;
  ++on_their_way_;
  return &line.effects.front();
}

void effect_outbox::taken(const entity_id& to) {
  auto found = lines_.find(to);
  CHARTER_ASSERT(found != lines_.end() && found->second.at == line::stage::on_its_way);
  auto& line = found->second;
  auto& done = line.effects.front().cause;
  open_[line.target].erase({done.position, done.index});
  line.effects.pop_front();
  line.at = line::stage::ready;
  --on_their_way_;
  --size_;
  if (line.effects.empty())
    lines_.erase(found);
  else
    ready_.push_back(to);
}

void effect_outbox::failed(const entity_id& to) {
  auto& line = lines_.at(to);
  CHARTER_ASSERT(line.at == line::stage::on_its_way);
  line.at = line::stage::failed;
  --on_their_way_;
}

void effect_outbox::retry_all() {
  for (auto& [to, line] : lines_)
    if (line.at == line::stage::failed) {
      line.at = line::stage::ready;
      ready_.push_back(to);
    }
}

storage::effect_cursor effect_outbox::cursor(shard_id target, storage::effect_cursor end) const {
  auto open = open_.find(target);
  if (open == open_.end() || open->second.empty())
    return end;
  auto [position, index] = *open->second.begin();
  // Just before the first open one.
  return index > 0 ? storage::effect_cursor{position, index - 1} : storage::effect_cursor{position - 1, UINT32_MAX};
}

} // namespace charter
