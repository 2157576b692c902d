#include "cluster/registration.hpp"

namespace charter::cluster {

registration::registration(etcd::client& etcd, log_keys keys, std::string name, member says, alarm_fn alarm,
                           std::chrono::seconds lifetime)
    : etcd_(etcd), key_(keys.node(name)), name_(std::move(name)), alarm_(std::move(alarm)), lifetime_(lifetime),
      says_(std::move(says)), thread_([this](std::stop_token stop) { run(stop); }) {}

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
  auto heard = std::chrono::steady_clock::now(); // from etcd
  while (!stop.stop_requested()) {
    auto outcome = renew();
    auto now = std::chrono::steady_clock::now();
    if (outcome || outcome.why().code != errc::unavailable)
      heard = now;
    else if (now - heard > lifetime_)
      lease_ = 0; // renewals may arrive although we are deaf, and then nobody would take over what we can't serve
    if (!outcome && outcome.why().code != errc::unavailable && !std::exchange(alarmed, true))
      alarm_("not_registered", outcome.why().detail);
    alarmed = alarmed && !outcome;
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, stop, limits::lease_renewal, [&] { return lease_ != 0 && says_ != said_; });
  }
  if (lease_ != 0)
    (void)etcd_.revoke(lease_); // else it ends by itself
}

/// Errors: as etcd::client; `conflict` when another directory has our name.
status registration::renew() {
  if (lease_ != 0)
    if (auto left = etcd_.keep_alive(lease_); !left) {
      if (left.why().code != errc::not_found)
        return left.why();
      lease_ = 0;
    }
  member says;
  {
    std::lock_guard lock{mutex_};
    says = says_;
  }
  if (lease_ != 0 && says == said_)
    return done{};
  if (lease_ == 0) {
    auto granted = etcd_.grant(lifetime_);
    if (!granted)
      return granted.why();
    lease_ = *granted;
  }
  auto told = put(says);
  if (told)
    said_ = says;
  else
    lease_ = 0; // whatever became of it; what was granted for nothing ends by itself
  return told;
}

status registration::put(const member& says) {
  auto rows = etcd_.range({key_, {}});
  if (!rows)
    return rows.why();
  etcd::revision seen = 0;
  if (!rows->rows.empty()) {
    auto& row = rows->rows.front();
    auto before = parse_member(row.value);
    if (!before || before->directory != says.directory)
      return refuse(errc::conflict, "the name " + name_ + " belongs to another node (" + row.value +
                                        "); give this one another name, or wait until that one is gone");
    seen = row.modified;
  }
  etcd::transaction what;
  what.conditions.push_back(etcd::modified_at(key_, seen));
  what.then.push_back(etcd::put(key_, to_text(says), lease_));
  auto answer = etcd_.commit(what);
  if (!answer)
    return answer.why();
  return answer->met ? status{done{}} : status{refuse(errc::unavailable, "somebody else was quicker")};
}

} // namespace charter::cluster
