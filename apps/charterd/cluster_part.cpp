#include "apps/charterd/cluster_part.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include <caf/all.hpp>

#include "apps/charterd/cluster_settings.hpp"
#include "apps/charterd/current.hpp"
#include "apps/charterd/far_presence.hpp"
#include "cluster/catch_up.hpp"
#include "cluster/clock_watch.hpp"
#include "cluster/everywhere.hpp"
#include "cluster/link_desk.hpp"
#include "cluster/links.hpp"
#include "cluster/membership.hpp"
#include "cluster/row_follower.hpp"
#include "cluster/shard_slot.hpp"
#include "storage/effect_cursors.hpp"
#include "storage/fold.hpp"

namespace charter::node {

namespace {

using namespace cluster;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// The parts of one shard on this node; restarts change them.
struct shard_place {
  current<shard_slot_actor> slot;
  current<remote_shard_actor> remote;
};

/// Who owns what, as far as we know; for routing.
class owner_map {
public:
  /// Gives the shards whose owner is another now.
  std::vector<shard_id> update(const cluster_view& view) {
    std::vector<shard_id> changed;
    std::lock_guard lock{mutex_};
    names_.clear();
    known_.clear();
    for (auto& [name, node] : view.members) {
      names_[node.directory] = name;
      if (view.knows(node.directory))
        known_.insert(node.directory);
    }
    for (auto& [shard, owner] : view.shards)
      if (std::exchange(owners_[shard], owner.directory) != owner.directory)
        changed.push_back(shard);
    return changed;
  }
  std::size_t members() const {
    std::lock_guard lock{mutex_};
    return names_.size();
  }
  /// Directories of nodes that are there and belong to the cluster.
  std::set<std::string> directories() const {
    std::lock_guard lock{mutex_};
    return known_;
  }
  /// Shards whose owner isn't there.
  std::size_t orphans() const {
    std::lock_guard lock{mutex_};
    return static_cast<std::size_t>(
        std::ranges::count_if(owners_, [&](auto& owned) { return !names_.contains(owned.second); }));
  }
  std::string directory_of(shard_id shard) const {
    std::lock_guard lock{mutex_};
    auto found = owners_.find(shard);
    return found == owners_.end() ? std::string{} : found->second;
  }
  std::string name_of(shard_id shard) const {
    auto directory = directory_of(shard);
    std::lock_guard lock{mutex_};
    auto found = names_.find(directory);
    return found == names_.end() ? directory : found->second;
  }

private:
  mutable std::mutex mutex_;
  std::map<shard_id, std::string> owners_;
  std::map<std::string, std::string> names_;
  std::set<std::string> known_;
};

class cluster_node final : public cluster_part, public policy_fence {
public:
  cluster_node(const cluster_lends& lends, std::unique_ptr<storage::journal> local, tls_ptr tls,
               std::unique_ptr<etcd::client> etcd)
      : lends_(lends), tls_(std::move(tls)), etcd_(std::move(etcd)), local_(std::move(local)),
        rows_(*local_, *lends.rows, row_options()),
        lender_(*local_, [this](shard_id shard) { return log_ ? log_->doubt(shard) : std::nullopt; }) {
    for (auto shard : lends_.router->shards())
      places_[shard];
  }

  std::unique_ptr<storage::journal> open_journal(std::shared_ptr<cluster_memory> memory) {
    replicated_journal_options options;
    options.memory = std::move(memory);
    options.directory = lends_.directory->id;
    options.shards = lends_.router->shards();
    options.keys = log_keys{lends_.settings->prefix};
    options.moved = [this](shard_id shard, position) { rows_.fold(shard); };
    options.effects_taken = [this](shard_id shard) {
      return storage::effects_taken(*lends_.rows, shard, lends_.router->shards());
    };
    options.alarm = lends_.alarm;
    options.fatal = end_process;
    auto made = std::make_unique<replicated_journal>(*etcd_, *local_, *lends_.world, std::move(options));
    log_ = made.get();
    return made;
  }

  // -- for the journal's writer ---------------------------------------------------------------------------------------

  policy_fence& policy() override { return *this; }
  void expect(std::uint64_t under, std::optional<std::uint64_t> to) override { log_->expect_policy({under, to}); }
  std::uint64_t met() const override { return log_->policy_met(); }

  // -- in the tree ----------------------------------------------------------------------------------------------------

  child_handle start_slot(caf::actor_system& system, shard_id shard,
                          std::function<shard_actor(caf::actor_system&)> spawn_local) override {
    shard_slot_parts parts;
    parts.shard = shard;
    parts.router = lends_.router;
    parts.owned = [this, shard] { return owns(shard); };
    parts.spawn_local = [this, shard, spawn = std::move(spawn_local)](caf::actor_system& in) {
      rows_.leave(shard);
      begin_effects_after(shard, log_->effects_taken(shard));
      return spawn(in);
    };
    parts.spawn_remote = [this, shard](caf::actor_system& in) { return start_remote(in, shard); };
    parts.retired = [this, shard] { on_retired(shard); };
    return child_handle{places_.at(shard).slot.set(spawn_shard_slot(system, parts))};
  }

  child_handle start_desk(caf::actor_system& system) override {
    link_desk_parts parts;
    parts.router = lends_.router;
    parts.owned = [this](shard_id shard) { return owns(shard); };
    parts.head = [this](shard_id shard) { return log_->head(shard); };
    parts.folded = [this](shard_id shard) { return storage::folded_up_to(*lends_.rows, shard); };
    return child_handle{desk_.set(spawn_link_desk(system, parts))};
  }

  child_handle start_claims(caf::actor_system& system) override {
    auto ask = [this](const std::set<shard_id>& shards) { return log_->confirm(shards); };
    return child_handle{claims_.set(spawn_claim_keeper(system, ask, true))};
  }
  claim_keeper_actor claims() const override { return claims_.get(); }

  child_handle start_presence(caf::actor_system& system) override {
    far_presence_parts parts;
    parts.presence = lends_.presence;
    parts.send = [this](const std::string& directory, told_presence what) { return tell(directory, std::move(what)); };
    parts.nodes = links_->listeners(telling_protocol);
    return child_handle{far_presence_.set(spawn_far_presence(system, std::move(parts)))};
  }
  child_handle start_everywhere(caf::actor_system& system) override;
  everywhere_actor everywhere() const override { return everywhere_.get(); }
  void tell_typing(const net::typing& what) override {
    for (auto& directory : links_->listeners(telling_protocol))
      (void)tell(directory, told_typing{what.chat, what.user});
  }
  void presence_restarted() override { far_presence_.tell(node::presence_restarted{}); }

  bool has_caught_up() override;
  bool is_current() override;
  std::vector<net::figure> figures() override;

  // -- among the others -----------------------------------------------------------------------------------------------

  status listen();
  void start() override {
    catch_up_ = std::make_unique<catch_up>(*etcd_, *log_, options_for_catching_up());
    clocks_ = std::make_unique<clock_watch>(*lends_.clock, options_for_clocks());
    membership_ = std::make_unique<membership>(*etcd_, *log_, options_for_membership());
  }
  void drain(milliseconds patience) override;
  void stop() override {
    if (catch_up_)
      catch_up_->stop(); // it asks over links, whose threads tell it of answers
    if (clocks_)
      clocks_->stop(); // likewise
    links_.reset();
    rows_.stop();
  }

private:
  row_follower_options row_options();
  membership_options options_for_membership();
  links_options options_for_links();
  catch_up_options options_for_catching_up();
  clock_watch_options options_for_clocks();
  bool owns(shard_id shard) const { return log_->held(shard) > 0; }
  void begin_effects_after(shard_id shard, position taken);
  remote_shard_actor start_remote(caf::actor_system& system, shard_id shard);
  bool ask_owner(shard_id shard, std::string message);
  /// What no answer comes to. False: the link is down, or too much waits.
  template <class Word>
  bool tell(const std::string& directory, Word what) {
    return links_->ask(directory, encode_question({0, 0, std::move(what)}));
  }
  std::set<std::string> others() const;
  void on_view(const cluster_view& view);
  void on_retired(shard_id shard);
  void on_rows_given(const link_answer& given);
  status on_answer(const std::string& message);
  status on_question(const std::string& from, const std::string& message, const send_fn& answer);
  void on_broken(const std::string& directory);

  cluster_lends lends_;
  tls_ptr tls_;
  std::unique_ptr<etcd::client> etcd_;
  std::unique_ptr<storage::journal> local_;
  std::map<shard_id, shard_place> places_; ///< doesn't change
  current<link_desk_actor> desk_;
  current<claim_keeper_actor> claims_;
  current<far_presence_actor> far_presence_;
  current<everywhere_here> everywhere_;
  owner_map owners_;
  std::atomic<std::uint64_t> links_broken_{0};
  row_follower rows_;
  log_lender lender_;
  replicated_journal* log_ = nullptr; ///< the node's
  std::unique_ptr<catch_up> catch_up_;
  std::unique_ptr<clock_watch> clocks_;
  std::mutex beginning_;
  std::map<shard_id, position> behind_; ///< once all is followed: up to where rows have to be
  std::atomic<bool> caught_up_{false};
  std::atomic<steady_clock::time_point> proven_{}; ///< all that stood in the log then is in the rows
  std::unique_ptr<links> links_;
  std::mutex leaving_; ///< held while `membership_` is used by actors, and while it goes
  std::unique_ptr<membership> membership_;
};

row_follower_options cluster_node::row_options() {
  row_follower_options out;
  out.shards = lends_.router->shards();
  out.publish = lends_.publish;
  out.policy_moved = lends_.policy_moved;
  out.folded = [this](shard_id shard, position at) { places_.at(shard).remote.tell(rows_folded{at}); };
  out.erase_bodies = [this](shard_id shard, std::span<const position> positions) {
    return log_->erase_bodies(shard, positions);
  };
  out.fatal = end_process;
  out.unreadable = [this](const std::string& why) { lends_.alarm("no_snapshot", why); };
  return out;
}

membership_options cluster_node::options_for_membership() {
  membership_options out;
  out.name = lends_.settings->node;
  out.address = lends_.settings->address;
  out.directory = lends_.directory->id;
  out.shards = lends_.router->shards();
  out.keys = log_keys{lends_.settings->prefix};
  out.unreachable = [this] { return links_->unreachable(); };
  out.links_hold = [this] { return links_->down() == 0; };
  out.clock_is_right = [this] { return clocks_->is_right(); };
  out.serve = [this](shard_id shard) { places_.at(shard).slot.tell(serve_shard{}); };
  out.stop = [this](shard_id shard) { places_.at(shard).slot.tell(retire_shard{}); };
  out.changed = [this](const cluster_view& view) { on_view(view); };
  out.alarm = lends_.alarm;
  return out;
}

links_options cluster_node::options_for_links() {
  links_options out;
  out.name = lends_.settings->node;
  out.directory = lends_.directory->id;
  out.listen = lends_.settings->listen.value_or(lends_.settings->address);
  out.tls = tls_;
  out.asked = [this](const std::string& from, const std::string& message, const send_fn& answer) {
    return on_question(from, message, answer);
  };
  out.answered = [this](const std::string& message) { return on_answer(message); };
  out.up = [this](const std::string& directory) { far_presence_.tell(node_up{directory}); };
  out.silent = [this](const std::string& directory) { far_presence_.tell(node_silent{directory}); };
  out.broken = [this](const std::string& directory) { on_broken(directory); };
  out.alarm = lends_.alarm;
  return out;
}

catch_up_options cluster_node::options_for_catching_up() {
  catch_up_options out;
  out.directory = lends_.directory->id;
  out.shards = lends_.router->shards();
  out.keys = log_keys{lends_.settings->prefix};
  out.bytes_per_s = lends_.settings->catch_up_bytes_per_s;
  out.ask = [this](const std::string& directory, std::string message) {
    return links_->ask(directory, std::move(message));
  };
  out.progress = [this](shard_id shard, position at, position to, const std::string& from) {
    lends_.alarm("catching_up", "shard " + std::to_string(shard) + " has " + std::to_string(at) + " of " +
                                    std::to_string(to) + " records, from directory " + from);
  };
  out.trouble = [this](shard_id shard, const refusal& why) {
    lends_.alarm("catching_up_failed", "shard " + std::to_string(shard) + ": " + why.detail);
  };
  return out;
}

bool cluster_node::is_current() {
  auto is_recent = [&] { return steady_clock::now() - proven_.load() <= cluster::limits::trust; };
  if (steady_clock::now() - proven_.load() <= cluster::limits::trust / 2)
    return true;
  auto seen = log_->latest_proof();
  auto has = [&](auto& place) {
    auto shard = place.first;
    auto head = seen.heads.find(shard);
    return head != seen.heads.end() && storage::folded_up_to(*lends_.rows, shard) >= head->second;
  };
  if (seen.at > proven_.load() && std::ranges::all_of(places_, has))
    proven_ = seen.at;
  return is_recent();
}

clock_watch_options cluster_node::options_for_clocks() {
  clock_watch_options out;
  out.nodes = [this] { return others(); };
  out.asked = [this] { return links_->listeners(clock_protocol); };
  out.ask = [this](const std::string& directory, std::string message) {
    return links_->ask(directory, std::move(message));
  };
  out.alarm = lends_.alarm;
  return out;
}

bool cluster_node::has_caught_up() {
  if (caught_up_)
    return true;
  std::lock_guard lock{beginning_};
  if (behind_.empty()) {
    if (!log_->follows_all())
      return false;
    for (auto& [shard, place] : places_)
      behind_[shard] = log_->head(shard);
  }
  std::erase_if(behind_, [&](auto& lacks) { return storage::folded_up_to(*lends_.rows, lacks.first) >= lacks.second; });
  caught_up_ = behind_.empty();
  return caught_up_;
}

std::vector<net::figure> cluster_node::figures() {
  auto health = log_->health();
  std::uint64_t owned = 0, stuck = 0, tail_bytes = 0;
  for (auto& [shard, s] : health.shards) {
    owned += s.term > 0;
    stuck += !s.stuck.empty();
    tail_bytes += s.tail_bytes;
  }
  auto refusals = links_->counts();
  constexpr bool level = true;
  return {
      {"cluster_members", level, owners_.members()},
      {"cluster_current", level, is_current() ? 1U : 0U},
      {"cluster_clock_right", level, clocks_ && clocks_->is_right() ? 1U : 0U},
      {"cluster_shards_owned", level, owned},
      {"cluster_shards_orphaned", level, owners_.orphans()},
      {"cluster_shards_not_followed", level, stuck},
      {"cluster_shards_fenced_total", false, health.fenced},
      {"cluster_links_down", level, links_->down()},
      {"cluster_links_broken_total", false, links_broken_},
      {"cluster_links_refused_total", false, refusals.refused},
      {"cluster_dials_refused_total", false, refusals.dials_refused},
      {"cluster_link_garbage_total", false, refusals.garbage},
      {"cluster_etcd_answers", level, health.etcd_answers ? 1U : 0U},
      {"cluster_etcd_has_room", level, health.has_room ? 1U : 0U},
      {"cluster_etcd_database_bytes", level, static_cast<std::uint64_t>(health.database_bytes)},
      {"cluster_tail_bytes", level, tail_bytes},
      {"cluster_appends_repeated_total", false, health.sent_again},
      {"cluster_batches_held_back_total", false, health.held_back},
  };
}

status cluster_node::listen() {
  auto started = links::start(options_for_links());
  if (!started)
    return started.why();
  links_ = *std::move(started);
  return done{};
}

void cluster_node::drain(milliseconds patience) {
  if (!membership_)
    return;
  membership_->drain();
  for (auto until = steady_clock::now() + patience; !membership_->drained() && steady_clock::now() < until;)
    std::this_thread::sleep_for(milliseconds{20});
  log_->stop(); // a claim that waits for etcd
  std::lock_guard lock{leaving_};
  membership_.reset();
}

remote_shard_actor cluster_node::start_remote(caf::actor_system& system, shard_id shard) {
  remote_shard_parts parts;
  parts.shard = shard;
  parts.router = lends_.router;
  parts.folded = rows_.folded_up_to(shard);
  parts.ask = [this, shard](std::string message) { return ask_owner(shard, std::move(message)); };
  parts.owner = [this, shard] { return owners_.name_of(shard); };
  return places_.at(shard).remote.set(spawn_remote_shard(system, parts));
}

child_handle cluster_node::start_everywhere(caf::actor_system& system) {
  everywhere_parts parts;
  parts.shard_of = [this](const entity_id& entity) { return lends_.router->shard_for(entity); };
  parts.log_ends = [this]() -> result<std::map<shard_id, position>> {
    auto entries = read_entries(*etcd_, log_keys{lends_.settings->prefix});
    if (!entries)
      return entries.why();
    std::map<shard_id, position> out;
    for (auto& [shard, entry] : entries->of)
      out.emplace(shard, entry.head.last);
    return out;
  };
  parts.folded = [this](shard_id shard) { return storage::folded_up_to(*lends_.rows, shard); };
  parts.ask = [this](const std::string& directory, std::string question) {
    return links_->listeners(rows_protocol).contains(directory) && links_->ask(directory, std::move(question));
  };
  parts.others = others();
  return child_handle{everywhere_.set(spawn_everywhere(system, std::move(parts), true))};
}

/// What an owner before us has told of is not offered again.
void cluster_node::begin_effects_after(shard_id shard, position taken) {
  if (taken == 0)
    return;
  storage::row_batch cursors;
  storage::raise_effect_cursors(cursors, *lends_.rows, shard, lends_.router->shards(), taken);
  lends_.rows->write(cursors);
}

bool cluster_node::ask_owner(shard_id shard, std::string message) {
  auto directory = owners_.directory_of(shard);
  return !directory.empty() && directory != lends_.directory->id && links_->ask(directory, std::move(message));
}

/// Directories of the other nodes that are there.
std::set<std::string> cluster_node::others() const {
  auto all = owners_.directories();
  all.erase(lends_.directory->id);
  return all;
}

void cluster_node::on_view(const cluster_view& view) {
  links_->update(view);
  far_presence_.tell(nodes_are{links_->listeners(telling_protocol)});
  for (auto shard : owners_.update(view))
    if (auto place = places_.find(shard); place != places_.end())
      place->second.remote.tell(owner_changed{});
  everywhere_.tell(others_are{others()});
}

/// By the slot's actor.
void cluster_node::on_retired(shard_id shard) {
  rows_.take(shard);
  std::lock_guard lock{leaving_};
  if (membership_)
    membership_->stopped(shard);
}

refusal no_such_shard(shard_id shard) { return refuse(errc::internal, "of shard " + std::to_string(shard)); }

/// A refusal is as good as no answer: it is asked again.
void cluster_node::on_rows_given(const link_answer& given) {
  if (std::holds_alternative<given_rows>(given.outcome))
    everywhere_.tell(rows_answered{given.number});
}

status cluster_node::on_answer(const std::string& message) {
  auto decoded = decode_answer(message);
  if (!decoded)
    return decoded.why();
  auto place = places_.find(decoded->shard);
  if ((decoded->number & records_number_bit) != 0)
    catch_up_->answered(*std::move(decoded));
  else if ((decoded->number & clock_number_bit) != 0)
    clocks_->answered(*decoded);
  else if ((decoded->number & rows_number_bit) != 0)
    on_rows_given(*decoded);
  else if (place == places_.end())
    return no_such_shard(decoded->shard);
  else
    place->second.remote.tell(answer_arrived{std::make_shared<const link_answer>(*std::move(decoded))});
  return done{};
}

status cluster_node::on_question(const std::string& from, const std::string& message, const send_fn& answer) {
  auto decoded = decode_question(message);
  if (!decoded)
    return decoded.why();
  if (auto* told = std::get_if<told_presence>(&decoded->what))
    far_presence_.tell(presence_told{from, std::move(*told)});
  else if (auto* told = std::get_if<told_typing>(&decoded->what))
    lends_.typing({told->chat, told->user});
  else if (std::holds_alternative<asked_time>(decoded->what))
    (void)answer(encode_answer({decoded->number, 0, 0, given_time{lends_.world->now()}}));
  else if (!places_.contains(decoded->shard))
    return no_such_shard(decoded->shard);
  else if (std::holds_alternative<asked_records>(decoded->what))
    lender_.put(*decoded, answer);
  else
    desk_.tell(question_arrived{std::make_shared<link_question>(*std::move(decoded)), answer});
  return done{};
}

void cluster_node::on_broken(const std::string& directory) {
  ++links_broken_;
  for (auto& [shard, place] : places_)
    if (owners_.directory_of(shard) == directory)
      place.remote.tell(owner_changed{});
}

} // namespace

result<joined_cluster> join_cluster(const cluster_lends& lends, std::unique_ptr<storage::journal> local) {
  auto tls = open_tls(*lends.settings,
                      [alarm = lends.alarm](const std::string& why) { alarm("certificates_not_taken", why); });
  if (!tls)
    return tls.why();
  auto memory = cluster_memory::open(lends.directory_path);
  if (!memory)
    return memory.why();
  auto etcd = connect_etcd(*lends.settings, *tls);
  if (!etcd)
    return etcd.why();
  if (auto alone = await_turn(**etcd, log_keys{lends.settings->prefix}, lends.directory->id); !alone)
    return alone.why();
  auto part = std::make_unique<cluster_node>(lends, std::move(local), *std::move(tls), *std::move(etcd));
  if (auto listening = part->listen(); !listening)
    return listening.why();
  auto journal = part->open_journal(*std::move(memory));
  return joined_cluster{std::move(part), std::move(journal)};
}

} // namespace charter::node
