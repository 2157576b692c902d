#include "apps/cluster/status.hpp"

#include <algorithm>
#include <sstream>

#include <nlohmann/json.hpp>

#include "cluster/limits.hpp"

namespace charter::cluster_tool {

using namespace cluster;

namespace {

const char* phase_text(member_phase phase) {
  switch (phase) {
    case member_phase::behind: return "behind";
    case member_phase::serving: return "serving";
    case member_phase::draining: return "draining";
  }
  return "unknown";
}

std::string count_text(std::size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string padded(std::string text, std::size_t columns) {
  text.resize(std::max(text.size(), columns), ' ');
  return text;
}

node_line& line_for(std::vector<node_line>& nodes, const std::string& directory) {
  auto found = std::ranges::find(nodes, directory, &node_line::directory);
  if (found != nodes.end())
    return *found;
  node_line fresh;
  fresh.directory = directory;
  return nodes.emplace_back(fresh);
}

void complain(cluster_status& s, const cluster_view& view, const shard_entries& entries) {
  std::size_t ownerless = 0;
  std::size_t few = 0;
  for (auto& [shard, entry] : entries.of) {
    ownerless += !view.holder_of(entry.owner);
    few += entry.replicas.size() <= limits::copies_before_trim;
  }
  auto drained = [](auto& node) { return node.drained && !node.name.empty(); };
  const bool some_drained = ownerless > 0 && std::ranges::any_of(s.nodes, drained);
  if (ownerless > 0)
    s.complaints.push_back(count_text(ownerless, "shard") + " without a living owner: nothing can be changed there" +
                           (some_drained ? "; nodes that are drained don't take any" : ""));
  if (few > 0)
    s.complaints.push_back(count_text(few, "shard") + " on fewer than three disks: add a directory");
  for (auto& node : s.nodes) {
    if (node.name.empty())
      s.complaints.push_back("no node runs with directory " + node.directory + ": start it, or remove the directory");
    else if (node.keeps < s.shards)
      s.complaints.push_back(node.name + " keeps " + std::to_string(node.keeps) + " of " +
                             count_text(s.shards, "shard") + ": its directory was not added, or is still catching up");
    else if (node.is.phase == member_phase::behind)
      s.complaints.push_back(node.name + " is still catching up");
  }
  for (auto& member : s.members) {
    if (!member.answers)
      s.complaints.push_back("etcd's member at " + member.endpoint + " doesn't answer");
    if (member.out_of_space)
      s.complaints.push_back("etcd has no space: raise its quota, or look why its database grows");
  }
}

} // namespace

cluster_status status_of(const cluster_view& view, const shard_entries& entries,
                         std::vector<etcd::member_state> members) {
  cluster_status out;
  out.shards = entries.of.size();
  out.members = std::move(members);
  for (auto& [name, is] : view.members) {
    node_line line;
    line.name = name;
    line.directory = is.directory;
    line.is = is;
    out.nodes.push_back(line);
  }
  for (auto& [shard, entry] : entries.of) {
    for (auto& directory : entry.replicas) {
      auto& line = line_for(out.nodes, directory);
      ++line.keeps;
      auto has = entry.synced_by(directory);
      line.behind += entry.head.last - std::min(entry.head.last, has);
    }
    if (view.holder_of(entry.owner))
      ++line_for(out.nodes, entry.owner).owns;
  }
  for (auto& line : out.nodes)
    line.drained = view.wished.drained.contains(line.directory);
  complain(out, view, entries);
  return out;
}

result<cluster_status> read_status(etcd::client& etcd, const log_keys& keys) {
  auto seen = read_view(etcd, keys);
  if (!seen)
    return seen.why();
  auto entries = read_entries(etcd, keys);
  if (!entries)
    return entries.why();
  if (entries->of.empty())
    return refuse(errc::not_found, "etcd knows no cluster under " + keys.entries().first);
  return status_of(seen->view, *entries, etcd.members());
}

std::string to_text(const cluster_status& s) {
  std::size_t name_columns = std::string_view{"(no node)"}.size();
  std::size_t address_columns = 0;
  for (auto& node : s.nodes) {
    name_columns = std::max(name_columns, node.name.size());
    address_columns = std::max(address_columns, node.is.address.size());
  }
  std::ostringstream out;
  for (auto& node : s.nodes) {
    out << padded(node.name.empty() ? "(no node)" : node.name, name_columns) << "  "
        << padded(node.name.empty() ? "gone" : phase_text(node.is.phase), 8) << "  "
        << padded(node.is.address, address_columns) << "  directory " << node.directory.substr(0, id_columns)
        << "  owns " << node.owns << ", keeps " << node.keeps << " of " << count_text(s.shards, "shard");
    if (node.drained)
      out << ", drained";
    if (node.behind > 0)
      out << ", " << count_text(node.behind, "record") << " behind";
    out << '\n';
  }
  for (auto& member : s.members) {
    out << padded("etcd", name_columns) << "  "
        << padded(member.answers ? (member.leads ? "leads" : "follows") : "gone", 8) << "  " << member.endpoint;
    if (member.answers)
      out << "  " << member.database_bytes / (1 << 20) << " MiB";
    out << '\n';
  }
  for (auto& complaint : s.complaints)
    out << "! " << complaint << '\n';
  if (s.complaints.empty())
    out << "All is well.\n";
  return out.str();
}

nlohmann::json to_json(const cluster_status& s) {
  auto nodes = nlohmann::json::array();
  for (auto& node : s.nodes) {
    nlohmann::json line{{"directory", node.directory},
                        {"owns", node.owns},
                        {"keeps", node.keeps},
                        {"drained", node.drained},
                        {"records_behind", node.behind}};
    if (!node.name.empty()) {
      line["name"] = node.name;
      line["address"] = node.is.address;
      line["phase"] = phase_text(node.is.phase);
      line["protocol"] = node.is.protocol;
    }
    nodes.push_back(line);
  }
  auto members = nlohmann::json::array();
  for (auto& member : s.members)
    members.push_back({{"endpoint", member.endpoint},
                       {"answers", member.answers},
                       {"leads", member.leads},
                       {"out_of_space", member.out_of_space},
                       {"database_bytes", member.database_bytes}});
  return {{"shards", s.shards}, {"nodes", nodes}, {"etcd", members}, {"complaints", s.complaints}};
}

} // namespace charter::cluster_tool
