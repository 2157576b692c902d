#include "apps/cluster/moving.hpp"

#include <algorithm>
#include <thread>

#include "apps/cluster/status.hpp"

namespace charter::cluster_tool {

using namespace cluster;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::milliseconds glance{200};

std::set<std::string> directories_in(const cluster_view& view) {
  std::set<std::string> out = view.wished.drained;
  for (auto& [name, node] : view.members)
    out.insert(node.directory);
  for (auto& [shard, owner] : view.shards)
    out.insert(owner.replicas.begin(), owner.replicas.end());
  return out;
}

} // namespace

result<std::string> directory_called(const cluster_view& view, const std::string& text) {
  if (auto named = view.members.find(text); named != view.members.end())
    return named->second.directory;
  auto all = directories_in(view);
  if (all.contains(text))
    return text;
  std::vector<std::string> meant;
  for (auto& directory : all)
    if (text.size() >= id_columns && directory.starts_with(text))
      meant.push_back(directory);
  if (meant.size() > 1)
    return refuse(errc::invalid_params, "several directories begin with " + text + "; give more of its id");
  if (meant.empty())
    return refuse(errc::not_found, "no node that runs is called '" + text +
                                       "', and no directory either; `charter cluster status` shows both");
  return meant.front();
}

std::string name_of(const cluster_view& view, const std::string& directory) {
  for (auto& [name, node] : view.members)
    if (node.directory == directory)
      return name;
  return "directory " + directory.substr(0, id_columns);
}

std::set<shard_id> owned_by(const cluster_view& view, const std::string& directory) {
  std::set<shard_id> out;
  for (auto& [shard, owner] : view.shards)
    if (owner.directory == directory)
      out.insert(shard);
  return out;
}

std::string to_text(const std::set<shard_id>& shards) {
  std::string out;
  for (auto shard : shards)
    out += (out.empty() ? "" : ", ") + std::to_string(shard);
  return out;
}

std::string to_text(const cluster_view& view, const misplaced& shard) {
  auto from = shard.from.empty() ? "nobody who is there" : name_of(view, shard.from);
  auto to = shard.to.empty() ? "nobody who is there may" : name_of(view, shard.to) + " is to";
  return "shard " + std::to_string(shard.shard) + ": " + from + " has it, " + to + " have it";
}

std::string plan_text(const cluster_view& view) {
  struct count {
    std::set<shard_id> owns;
    std::size_t wanted = 0;
  };
  std::map<std::string, count> by_directory;
  for (auto& [name, node] : view.members)
    by_directory[node.directory];
  for (auto& [shard, owner] : view.shards)
    if (auto found = by_directory.find(owner.directory); found != by_directory.end()) {
      found->second.owns.insert(shard);
      ++found->second.wanted;
    }
  std::string moves;
  for (auto& shard : out_of_place(view)) {
    if (!shard.from.empty())
      --by_directory[shard.from].wanted;
    if (!shard.to.empty())
      ++by_directory[shard.to].wanted;
    moves += to_text(view, shard) + "\n";
  }
  std::set<std::string> lines; // by name
  for (auto& [directory, is] : by_directory) {
    auto line = name_of(view, directory) + (view.wished.drained.contains(directory) ? " (drained)" : "") + " owns " +
                std::to_string(is.owns.size());
    line += is.owns.empty() ? "" : " (" + to_text(is.owns) + ")";
    line += is.wanted == is.owns.size() ? "" : " and is to own " + std::to_string(is.wanted);
    lines.insert(line + "\n");
  }
  std::string out;
  for (auto& line : lines)
    out += line;
  return out + moves;
}

result<cluster_view> watch_until(etcd::client& etcd, const log_keys& keys, std::chrono::seconds patience,
                                 const std::function<bool(const cluster_view&)>& is_over) {
  for (auto until = steady_clock::now() + patience;;) {
    auto seen = read_view(etcd, keys);
    bool late = steady_clock::now() >= until;
    if (!seen && (late || seen.why().code != errc::unavailable))
      return seen.why();
    if (seen && (is_over(seen->view) || late))
      return std::move(seen->view);
    std::this_thread::sleep_for(glance);
  }
}

} // namespace charter::cluster_tool
