#include "cluster/replicated_journal.hpp"

#include <algorithm>
#include <stdexcept>

#include "cluster/limits.hpp"
#include "cluster/waiting.hpp"

namespace charter::cluster {

using storage::append_batch;
using storage::append_outcome;

namespace {

// How long the others watch the owner of the first shard fail to make room.
constexpr int rounds_before_help = 20;

std::size_t bytes_of_batch(const append_batch& batch) {
  std::size_t sum = 0;
  for (auto& record : batch.records)
    sum += record.header.size() + record.body.size();
  return sum;
}

/// What a batch may cost the local disk; twice, as storage/leveldb_journal reckons, and again for what was overlooked.
std::uint64_t disk_cost(const append_batch& batch) { return 4 * (bytes_of_batch(batch) + 64 * batch.records.size()); }

follower_options follower_options_of(const replicated_journal_options& options) {
  follower_options out{options.directory, options.shards, options.moved, {}, options.fatal, options.memory};
  out.stuck = [alarm = options.alarm](shard_id shard, const refusal& why) {
    alarm("shard_not_followed", "shard " + std::to_string(shard) + ": " + why.detail);
  };
  return out;
}

} // namespace

replicated_journal::replicated_journal(etcd::client& etcd, storage::journal& local, environment& env,
                                       replicated_journal_options options)
    : etcd_(etcd), options_(std::move(options)), log_(etcd, options_.keys, env), local_(local),
      space_(etcd, options_.keys), follower_(etcd, options_.keys, local_, follower_options_of(options_)),
      upkeep_([this](std::stop_token stop) { upkeep(stop); }), proving_([this](std::stop_token stop) { prove(stop); }) {
}

replicated_journal::~replicated_journal() { stop(); }

// -- owning -----------------------------------------------------------------------------------------------------------

result<epoch> replicated_journal::claim(shard_id shard) {
  if (auto term = held(shard); term > 0)
    return term;
  if (auto why = follower_.state(shard))
    return *why;
  // Most of what is missing can be had before anybody is fenced off.
  if (auto read = read_tail(etcd_, options_.keys, local_, shard, stopping_.get_token()); !read)
    return read.why();
  auto end = local_.end(shard);
  if (!end)
    return end.why();
  auto claimed = log_.claim(shard, options_.directory, *end, stopping_.get_token());
  if (!claimed)
    return claimed.why();
  if (auto read = read_tail(etcd_, options_.keys, local_, shard, stopping_.get_token()); !read)
    return read.why();
  end = local_.end(shard);
  if (!end)
    return end.why();
  if (end->last != claimed->head.last)
    return refuse(errc::unavailable, "shard " + std::to_string(shard) + " was claimed by somebody else meanwhile");
  if (auto space = look_at_space(etcd_, options_.keys))
    note(*space); // which may be older than we are
  claimed->mark = end->mark;
  auto arrived = reported_effects(etcd_, options_.keys, shard);
  if (!arrived)
    return arrived.why();
  std::lock_guard lock{mutex_};
  holds_.insert_or_assign(shard, hold{*claimed, std::min(*arrived, claimed->head.last), 0, {}, 0});
  return claimed->claim.term;
}

status replicated_journal::accept(const log_batch& given) {
  if (held(given.shard) > 0)
    return refuse(errc::conflict, "shard " + std::to_string(given.shard) + " is ours");
  return local_.apply({&given, 1});
}

std::optional<refusal> replicated_journal::doubt(shard_id shard) const {
  auto why = follower_.state(shard);
  return why && why->code == errc::internal ? why : std::nullopt;
}

status replicated_journal::vacate(shard_id shard) {
  log_claim claim;
  {
    std::lock_guard lock{mutex_};
    if (auto found = holds_.find(shard); found != holds_.end()) {
      vacating_.insert_or_assign(shard, found->second.at.claim);
      holds_.erase(found);
    }
    auto found = vacating_.find(shard);
    if (found == vacating_.end())
      return done{};
    claim = found->second;
  }
  if (auto vacated = log_.vacate(shard, claim); !vacated)
    return vacated;
  std::lock_guard lock{mutex_};
  vacating_.erase(shard);
  return done{};
}

epoch replicated_journal::held(shard_id shard) const {
  std::lock_guard lock{mutex_};
  auto found = holds_.find(shard);
  return found == holds_.end() ? 0 : found->second.at.claim.term;
}

position replicated_journal::effects_taken(shard_id shard) const {
  std::lock_guard lock{mutex_};
  auto found = holds_.find(shard);
  return found == holds_.end() ? 0 : found->second.effects_taken;
}

/// `claim` is what was lost: a newer one of ours is another matter.
void replicated_journal::lose(shard_id shard, const log_claim& claim) {
  {
    std::lock_guard lock{mutex_};
    auto found = holds_.find(shard);
    if (found == holds_.end() || found->second.at.claim != claim)
      return;
    holds_.erase(found);
    ++health_.fenced;
  }
  options_.alarm("shard_fenced", "shard " + std::to_string(shard) + " has another owner since epoch " +
                                     std::to_string(claim.term) + " ended");
}

result<std::set<shard_id>> replicated_journal::confirm(const std::set<shard_id>& shards) {
  std::map<shard_id, log_claim> ours;
  {
    std::lock_guard lock{mutex_};
    for (auto shard : shards)
      if (auto found = holds_.find(shard); found != holds_.end())
        ours.emplace(shard, found->second.at.claim);
  }
  auto entries = read_entries(etcd_, options_.keys);
  if (!entries)
    return entries.why();
  std::set<shard_id> out;
  for (auto& [shard, claim] : ours) {
    if (entries->of[shard].claim == claim)
      out.insert(shard);
    else
      lose(shard, claim);
  }
  return out;
}

// -- appending --------------------------------------------------------------------------------------------------------

std::vector<append_outcome> replicated_journal::append(std::span<const append_batch> batches) {
  std::vector<append_outcome> outcomes(batches.size(), append_outcome::conflict);
  std::vector<std::size_t> left(batches.size());
  for (std::size_t i = 0; i < left.size(); ++i)
    left[i] = i;
  while (!left.empty()) {
    // One batch of each shard at a time; the next needs to know what became of the one before.
    std::set<shard_id> busy;
    auto rest =
        std::stable_partition(left.begin(), left.end(), [&](auto i) { return busy.insert(batches[i].shard).second; });
    append_wave(batches, {left.begin(), rest}, outcomes);
    left.erase(left.begin(), rest);
  }
  return outcomes;
}

/// Why a batch isn't even sent; else where it starts from.
std::optional<append_outcome> replicated_journal::objection(const append_batch& batch, std::uint64_t& room,
                                                            grip& from) {
  std::lock_guard lock{mutex_};
  auto found = holds_.find(batch.shard);
  if (found == holds_.end() || found->second.at.head.last != batch.expected)
    return append_outcome::conflict;
  if (batch.records.empty())
    return append_outcome::durable;
  auto cost = disk_cost(batch);
  if (cost > room || !health_.has_room || found->second.tail_bytes + bytes_of_batch(batch) > options_.tail_bytes_max) {
    ++health_.held_back;
    return append_outcome::no_space;
  }
  room -= cost;
  from = found->second.at;
  return {};
}

void replicated_journal::append_wave(std::span<const append_batch> batches, std::span<const std::size_t> wave,
                                     std::vector<append_outcome>& outcomes) {
  std::vector<std::size_t> sent;
  std::vector<fenced_batch> fenced;
  auto room = room_bytes();
  for (auto i : wave) {
    grip from;
    if (auto answer = objection(batches[i], room, from)) {
      outcomes[i] = *answer;
      continue;
    }
    sent.push_back(i);
    fenced.push_back({batches[i].shard, std::move(from), batches[i].records});
  }
  auto verdicts = log_.append(fenced, policy_, stopping_.get_token());
  std::vector<log_batch> landed;
  for (std::size_t k = 0; k < sent.size(); ++k) {
    auto& batch = batches[sent[k]];
    auto& outcome = outcomes[sent[k]]; // `conflict`, unless we know better
    switch (verdicts[k].outcome) {
      case fate::landed: {
        outcome = append_outcome::durable;
        landed.push_back({batch.shard, batch.expected + 1, batch.records, fenced[k].from.mark});
        std::lock_guard lock{mutex_};
        auto found = holds_.find(batch.shard);
        if (found != holds_.end() && found->second.at.claim == fenced[k].from.claim) { // else it was lost meanwhile
          auto& held = found->second;
          held.at.head = verdicts[k].head;
          held.at.mark = verdicts[k].head.mark.value_or(0);
          held.tail.emplace_back(held.at.head.last, bytes_of_batch(batch));
          held.tail_bytes += held.tail.back().second;
        }
        break;
      }
      case fate::no_space: {
        outcome = append_outcome::no_space;
        std::lock_guard lock{mutex_};
        ++health_.held_back;
        health_.has_room = false; // until upkeep finds some
        break;
      }
      case fate::outdated: policy_met_ = std::max(policy_met_.load(), verdicts[k].policy); break;
      case fate::fenced: lose(batch.shard, fenced[k].from.claim); break;
      case fate::refused: throw std::runtime_error("etcd refuses to append: " + verdicts[k].detail);
      case fate::open:
      case fate::ask: throw std::runtime_error("stopped before the outcome of an append was known");
    }
  }
  // etcd has it, so it is durable; but the node that serves the shard reads here.
  if (auto applied = local_.apply(landed); !applied)
    throw std::runtime_error("the local journal doesn't take what etcd has: " + applied.why().detail);
}

status replicated_journal::erase_bodies(shard_id shard, std::span<const position> positions) {
  if (positions.empty())
    return done{};
  auto begin = tail_begin(etcd_, options_.keys, shard);
  if (!begin)
    return begin.why();
  if (*begin && **begin <= std::ranges::max(positions))
    return refuse(errc::unavailable, "etcd still holds records of shard " + std::to_string(shard) + " from " +
                                         std::to_string(**begin) + " on: replicas have to sync them first");
  return local_.journal().erase_bodies(shard, positions);
}

// -- upkeep -----------------------------------------------------------------------------------------------------------

void replicated_journal::upkeep(std::stop_token stop) {
  while (wait(options_.upkeep_period, stop))
    if (auto outcome = upkeep_once(); !outcome && outcome.why().code != errc::unavailable)
      options_.alarm("journal_upkeep", outcome.why().detail);
}

status replicated_journal::upkeep_once() {
  auto space = look_at_space(etcd_, options_.keys);
  note(space ? *space : space_state{});
  if (!space)
    return space.why();
  auto entries = read_entries(etcd_, options_.keys);
  if (!entries)
    return entries.why();
  if (options_.memory)
    if (auto kept = options_.memory->saw(entries->at); !kept)
      return kept;
  if (!space->full) { // it takes no puts
    if (auto told = report_positions(*entries); !told)
      return told;
    if (auto told = report_arrivals(); !told)
      return told;
  }
  auto at = trim_tails(*entries, !space->room());
  if (!at)
    return at.why();
  if (!is_in_charge(*entries, *space))
    return done{};
  if (auto compacted = etcd_.compact(*at); !compacted)
    return compacted;
  return space_.mend(*space);
}

/// One node compacts and mends for all: the owner of the first shard. If it doesn't, the others set it free.
bool replicated_journal::is_in_charge(const shard_entries& entries, const space_state& space) {
  full_rounds_ = space.full ? full_rounds_ + 1 : 0;
  auto first = entries.of.begin();
  return (first != entries.of.end() && held(first->first) > 0) || full_rounds_ > rounds_before_help;
}

/// Told again as long as etcd says less: an older report may be late, and come after a newer one.
status replicated_journal::report_positions(const shard_entries& entries) {
  auto told = [&](shard_id shard) {
    auto entry = entries.of.find(shard);
    return entry == entries.of.end() ? 0 : entry->second.synced_by(options_.directory);
  };
  std::map<shard_id, position> news;
  for (auto shard : options_.shards)
    if (auto head = local_.head(shard); head > told(shard) && !follower_.state(shard))
      news.emplace(shard, head); // a journal that has lost records must not say so as if it were progress
  return report_synced(etcd_, options_.keys, options_.directory, news);
}

/// Who was replaced meanwhile may still tell: what has arrived has arrived.
status replicated_journal::report_arrivals() {
  if (rounds_++ % limits::upkeeps_per_effects != 0)
    return done{};
  std::map<shard_id, position> news;
  for (auto shard : options_.shards)
    if (held(shard) > 0)
      if (auto taken = options_.effects_taken(shard); taken > std::max(reported_effects_[shard], effects_taken(shard)))
        news.emplace(shard, taken);
  if (auto told = report_effects(etcd_, options_.keys, news); !told)
    return told;
  for (auto& [shard, taken] : news)
    reported_effects_[shard] = taken;
  return done{};
}

/// Gives the revision as of which nothing older is needed.
result<etcd::revision> replicated_journal::trim_tails(const shard_entries& entries, bool pressed) {
  struct due {
    log_claim claim;
    position last;
  };
  std::map<shard_id, due> wanted;
  {
    std::lock_guard lock{mutex_};
    for (auto& [shard, entry] : entries.of) {
      auto found = holds_.find(shard);
      if (found == holds_.end())
        continue;
      auto& held = found->second;
      if (auto last = trimmable(entry, pressed || held.tail_bytes > options_.tail_bytes_max / 2); last > held.trimmed)
        wanted.emplace(shard, due{held.at.claim, last});
    }
  }
  auto at = entries.at;
  for (auto& [shard, up_to] : wanted) {
    auto trimmed = trim(etcd_, options_.keys, shard, up_to.claim, entries.of.at(shard), up_to.last);
    if (!trimmed)
      return trimmed.why();
    if (!*trimmed)
      continue; // we were replaced, or the list of replicas was
    at = std::max(at, **trimmed);
    std::lock_guard lock{mutex_};
    if (auto found = holds_.find(shard); found != holds_.end())
      found->second.forget(up_to.last);
  }
  return at;
}

void replicated_journal::hold::forget(position last) {
  trimmed = std::max(trimmed, last);
  for (; !tail.empty() && tail.front().first <= last; tail.pop_front())
    tail_bytes -= tail.front().second;
}

void replicated_journal::note(const space_state& space) {
  bool was_full = false;
  bool answered = false;
  {
    std::lock_guard lock{mutex_};
    was_full = std::exchange(is_full_, space.full);
    answered = std::exchange(health_.etcd_answers, space.answers);
    if (space.answers) {
      health_.has_room = space.room();
      health_.database_bytes = space.database_bytes;
    }
  }
  if (space.full && !was_full)
    options_.alarm("etcd_out_of_space", "etcd takes no changes: it is being trimmed, compacted and defragmented");
  if (answered && !space.answers)
    options_.alarm("etcd_unreachable", "etcd doesn't answer: changes wait");
}

void replicated_journal::prove(std::stop_token stop) {
  while (wait(options_.upkeep_period, stop)) {
    proof seen{std::chrono::steady_clock::now(), {}};
    auto entries = read_entries(etcd_, options_.keys);
    if (!entries)
      continue;
    for (auto& [shard, entry] : entries->of)
      seen.heads[shard] = entry.head.last;
    std::lock_guard lock{mutex_};
    proof_ = std::move(seen);
  }
}

replicated_journal::proof replicated_journal::latest_proof() const {
  std::lock_guard lock{mutex_};
  return proof_;
}

bool replicated_journal::follows_all() const {
  return std::ranges::none_of(options_.shards, [&](auto shard) { return follower_.state(shard).has_value(); });
}

journal_health replicated_journal::health() const {
  journal_health out;
  {
    std::lock_guard lock{mutex_};
    out = health_;
    for (auto& [shard, held] : holds_) {
      out.shards[shard].term = held.at.claim.term;
      out.shards[shard].tail_bytes = held.tail_bytes;
    }
  }
  out.sent_again = log_.repeated();
  for (auto shard : options_.shards) {
    auto& s = out.shards[shard];
    s.last = local_.head(shard);
    if (auto why = follower_.state(shard))
      s.stuck = why->detail;
  }
  return out;
}

} // namespace charter::cluster
