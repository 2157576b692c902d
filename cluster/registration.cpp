#include "cluster/registration.hpp"

#include <random>

namespace charter::cluster {

using std::chrono::steady_clock;

namespace {

constexpr std::chrono::milliseconds glance{100}; // between two looks at a rival

std::string random_id() {
  std::random_device source;
  return number_text(std::uint64_t{source()} << 32 | source());
}

/// A row of another process with this directory. Empty `process`: of any.
std::optional<etcd::key_value> rival_among(const std::vector<etcd::key_value>& rows, const std::string& directory,
                                           const std::string& process) {
  for (auto& row : rows)
    if (auto node = parse_member(row.value); node && node->directory == directory && node->process != process)
      return row;
  return {};
}

/// Errors: as etcd::client.
status look_at(etcd::client& etcd, etcd::lease_id lease, lease_watch& watch) {
  auto asked = steady_clock::now();
  auto left = lease == 0 ? result<std::chrono::seconds>{refuse(errc::not_found, "no lease")} : etcd.time_left(lease);
  if (!left && left.why().code != errc::not_found)
    return left.why();
  watch.look(lease, left ? std::optional{*left} : std::nullopt, asked, steady_clock::now());
  return done{};
}

refusal is_taken(const etcd::key_value& rival) {
  return refuse(errc::conflict, "another process runs with this data directory, or a copy of it, and lives (" +
                                    rival.key + ": " + rival.value +
                                    "); stop that one first, or give this node an empty directory");
}

} // namespace

status await_turn(etcd::client& etcd, const log_keys& keys, const std::string& directory,
                  std::chrono::seconds lifetime) {
  lease_watch watch{lifetime};
  while (true) {
    auto rows = etcd.range(keys.nodes());
    if (!rows)
      return done{};
    auto rival = rival_among(rows->rows, directory, "none of these"); // no process has begun here
    if (!rival || !look_at(etcd, rival->lease, watch) || watch.is_silent())
      return done{};
    if (watch.is_renewed())
      return is_taken(*rival);
    std::this_thread::sleep_for(glance);
  }
}

registration::registration(etcd::client& etcd, log_keys keys, std::string name, member says, alarm_fn alarm,
                           std::chrono::seconds lifetime)
    : etcd_(etcd), keys_(std::move(keys)), key_(keys_.node(name)), name_(std::move(name)), alarm_(std::move(alarm)),
      lifetime_(lifetime), process_(random_id()), watch_(lifetime), says_(std::move(says)) {
  says_.process = process_;
  thread_ = std::jthread{[this](std::stop_token stop) { run(stop); }};
}

registration::~registration() = default;

void registration::set(member_phase phase) {
  {
    std::lock_guard lock{mutex_};
    if (std::exchange(says_.phase, phase) == phase)
      return;
  }
  changed_.notify_one();
}

void registration::run(std::stop_token stop) {
  bool alarmed = false;
  auto heard = steady_clock::now(); // from etcd
  while (!stop.stop_requested()) {
    auto outcome = renew();
    auto now = steady_clock::now();
    if (outcome || outcome.why().code != errc::unavailable)
      heard = now;
    else if (now - heard > lifetime_)
      lease_ = 0; // renewals may arrive although we are deaf, and then nobody would take over what we can't serve
    if (!outcome && outcome.why().code != errc::unavailable && !std::exchange(alarmed, true))
      alarm_(displaced_ ? "identity_taken" : "not_registered", outcome.why().detail);
    alarmed = alarmed && !outcome;
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, stop, waits_ ? glance : limits::lease_renewal,
                      [&] { return lease_ != 0 && says_ != said_; });
  }
  if (lease_ != 0)
    (void)etcd_.revoke(lease_); // else it ends by itself
}

/// Errors: as etcd::client; `conflict` when another directory has our name, or another process our directory.
status registration::renew() {
  if (auto kept = keep_lease(); !kept)
    return kept;
  member says;
  {
    std::lock_guard lock{mutex_};
    says = says_;
  }
  auto seen = look();
  if (!seen)
    return seen.why();
  if (auto may = give_way(*seen, says.directory); !may)
    return may;
  bool is_there = seen->at_key && seen->at_key->value == to_text(says);
  if (lease_ != 0 && says == said_ && is_there)
    return done{};
  if (lease_ == 0) {
    auto granted = etcd_.grant(lifetime_);
    if (!granted)
      return granted.why();
    lease_ = *granted;
  }
  auto told = put(says, seen->at_key ? seen->at_key->modified : 0);
  if (told)
    said_ = says;
  else
    lease_ = 0; // whatever became of it; what was granted for nothing ends by itself
  return told;
}

status registration::keep_lease() {
  if (lease_ == 0)
    return done{};
  auto left = etcd_.keep_alive(lease_);
  if (!left && left.why().code != errc::not_found)
    return left.why();
  if (!left)
    lease_ = 0;
  return done{};
}

result<registration::neighbours> registration::look() {
  auto rows = etcd_.range(keys_.nodes());
  if (!rows)
    return rows.why();
  neighbours out;
  for (auto& row : rows->rows)
    if (row.key == key_)
      out.at_key = row;
  std::lock_guard lock{mutex_};
  out.rival = rival_among(rows->rows, says_.directory, process_);
  return out;
}

/// Errors: `conflict` when somebody else is to be there; `unavailable` while that isn't known yet.
status registration::give_way(const neighbours& seen, const std::string& directory) {
  waits_ = false;
  if (seen.at_key) {
    auto before = parse_member(seen.at_key->value);
    if (!before || before->directory != directory)
      return refuse(errc::conflict, "the name " + name_ + " belongs to another node (" + seen.at_key->value +
                                        "); give this one another name, or wait until that one is gone");
  }
  if (!seen.rival && !displaced_)
    return done{};
  bool was_there = !said_.directory.empty();
  // Of two that came at the same moment under two names, one goes.
  bool goes =
      displaced_ || (was_there && (seen.rival->key == key_ || parse_member(seen.rival->value)->process < process_));
  if (goes) {
    displaced_ = true;
    if (auto lease = std::exchange(lease_, 0); lease != 0)
      (void)etcd_.revoke(lease);
    return refuse(errc::conflict,
                  "another process has taken this node's place with a copy of its data directory" +
                      (seen.rival ? " (" + seen.rival->key + ": " + seen.rival->value + ")" : "") +
                      "; this one owns nothing any more. Stop one of the two, and remove its directory");
  }
  if (was_there)
    return done{};
  if (auto looked = look_at(etcd_, seen.rival->lease, watch_); !looked)
    return looked;
  // Under another name it has to be gone: two keys would be two nodes.
  if (watch_.is_silent() && seen.rival->key == key_)
    return done{};
  waits_ = !watch_.is_renewed();
  return watch_.is_renewed() ? is_taken(*seen.rival)
                             : refuse(errc::unavailable, "another process was registered with this directory just now");
}

status registration::put(const member& says, etcd::revision seen) {
  etcd::transaction what;
  what.conditions.push_back(etcd::modified_at(key_, seen));
  what.then.push_back(etcd::put(key_, to_text(says), lease_));
  auto answer = etcd_.commit(what);
  if (!answer)
    return answer.why();
  return answer->met ? status{done{}} : status{refuse(errc::unavailable, "somebody else was quicker")};
}

} // namespace charter::cluster
