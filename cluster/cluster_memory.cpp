#include "cluster/cluster_memory.hpp"

#include <sstream>

#include "cluster/limits.hpp"
#include "storage/small_file.hpp"

namespace charter::cluster {

namespace {

constexpr std::size_t id_digits = 32;

std::string path_in(const std::string& directory) { return directory + "/CLUSTER"; }

refusal damaged(const std::string& directory) {
  return refuse(errc::internal, path_in(directory) +
                                    " is damaged; if this node's cluster is known, remove the file, and "
                                    "the node writes it anew when it starts");
}

constexpr const char* advice = "; nothing was changed, see \"When logs don't match\" in docs/OPERATIONS.md";

} // namespace

result<std::optional<known_cluster>> read_known_cluster(const std::string& directory) {
  auto text = storage::read_small_file(path_in(directory));
  if (!text && text.why().code == errc::not_found)
    return std::optional<known_cluster>{};
  if (!text)
    return text.why();
  auto table = storage::parse_flat(*text);
  if (!table || !table->contains("id"))
    return damaged(directory);
  auto seen = storage::flat_number(*table, "etcd_revision", INT64_MAX);
  auto& id = table->at("id");
  if (!seen || (!id.empty() && id.size() != id_digits))
    return damaged(directory);
  return std::optional{known_cluster{id, static_cast<etcd::revision>(*seen)}};
}

status write_known_cluster(const std::string& directory, const known_cluster& known) {
  std::ostringstream text;
  text << "# The cluster that this data directory belongs to, and how far its etcd was.\n"
       << "id = \"" << known.id << "\"\n"
       << "etcd_revision = " << known.seen << "\n";
  return storage::write_small_file(path_in(directory), text.str());
}

result<std::string> read_cluster_id(etcd::client& etcd, const log_keys& keys) {
  auto rows = etcd.range({keys.cluster(), {}});
  if (!rows)
    return rows.why();
  return rows->rows.empty() ? std::string{} : rows->rows.front().value;
}

result<std::string> put_cluster_id(etcd::client& etcd, const log_keys& keys, const std::string& fresh) {
  etcd::transaction what;
  what.conditions.push_back(etcd::modified_at(keys.cluster(), 0));
  what.then.push_back(etcd::put(keys.cluster(), fresh));
  if (auto answer = etcd.commit(what); !answer)
    return answer.why();
  return read_cluster_id(etcd, keys);
}

result<std::shared_ptr<cluster_memory>> cluster_memory::open(std::string directory) {
  auto known = read_known_cluster(directory);
  if (!known)
    return known.why();
  return std::shared_ptr<cluster_memory>{new cluster_memory{std::move(directory), *std::move(known)}};
}

cluster_memory::~cluster_memory() {
  if (known_)
    (void)write_known_cluster(directory_, *known_); // without it the next start knows a little less
}

etcd::revision cluster_memory::seen() const {
  std::lock_guard lock{mutex_};
  return known_ ? known_->seen : 0;
}

status cluster_memory::recognise(const std::string& id, etcd::revision at, etcd::revision seen_before, bool admitted) {
  std::lock_guard lock{mutex_};
  bool same = known_ && known_->id == id;
  if (known_ && !same && !known_->id.empty() && !admitted)
    return refuse(errc::internal, "the directory belongs to cluster " + known_->id + ", and etcd holds " +
                                      (id.empty() ? "one without an id" : id) + advice);
  if (same && at < seen_before)
    return refuse(errc::internal, "etcd is at revision " + std::to_string(at) + ", and has been at " +
                                      std::to_string(seen_before) + ": it was restored from a backup" + advice);
  return same ? status{done{}} : write({id, at});
}

status cluster_memory::saw(etcd::revision at) {
  std::lock_guard lock{mutex_};
  if (!known_ || at <= known_->seen)
    return done{};
  known_->seen = at;
  if (std::chrono::steady_clock::now() - written_ < limits::memory_period)
    return done{};
  return write(*known_);
}

status cluster_memory::write(const known_cluster& now) {
  auto written = write_known_cluster(directory_, now);
  if (written) {
    known_ = now;
    written_ = std::chrono::steady_clock::now();
  }
  return written;
}

} // namespace charter::cluster
