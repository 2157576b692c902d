#include "cluster/members.hpp"

#include <algorithm>
#include <sstream>

namespace charter::cluster {

namespace {

constexpr std::string_view phase_words[] = {"behind", "serving", "draining"};

refusal no_member(std::string_view text) {
  return refuse(errc::internal, "'" + std::string{text.substr(0, 120)} + "' doesn't describe a node");
}

} // namespace

std::string to_text(const member& node) {
  return std::to_string(node.protocol) + " " + node.directory + " " + node.address + " " +
         std::string{phase_words[static_cast<std::size_t>(node.phase)]} +
         (node.process.empty() ? "" : " " + node.process);
}

result<member> parse_member(std::string_view text) {
  std::istringstream in{std::string{text}};
  member out;
  std::string phase;
  if (!(in >> out.protocol >> out.directory >> out.address >> phase))
    return no_member(text);
  auto word = std::ranges::find(phase_words, phase);
  if (word == std::end(phase_words))
    return no_member(text);
  out.phase = static_cast<member_phase>(word - std::begin(phase_words));
  in >> out.process;
  return out;
}

bool is_node_name(std::string_view name) {
  constexpr std::size_t longest = 63;
  return !name.empty() && name.size() <= longest &&
         std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

const member* cluster_view::holder_of(const std::string& directory) const {
  auto found = std::ranges::find_if(members, [&](auto& named) { return named.second.directory == directory; });
  return found == members.end() ? nullptr : &found->second;
}

bool cluster_view::knows(const std::string& directory) const {
  return admitted.contains(directory) ||
         std::ranges::any_of(shards, [&](auto& shard) { return shard.second.replicas.contains(directory); });
}

result<view_at> read_view(etcd::client& etcd, const log_keys& keys) {
  // First, since an admission is erased when the directory is on every list.
  auto admitted = etcd.range(etcd::keys_below(keys.admitted({})));
  if (!admitted)
    return admitted.why();
  auto entries = read_entries(etcd, keys);
  if (!entries)
    return entries.why();
  view_at out;
  out.at = admitted->at; // the oldest of all
  for (auto& row : admitted->rows)
    out.view.admitted.insert(row.key.substr(keys.admitted({}).size()));
  for (auto& [shard, entry] : entries->of)
    out.view.shards[shard] = {std::move(entry.owner), std::move(entry.replicas)};
  auto nodes = etcd.range(keys.nodes());
  if (!nodes)
    return nodes.why();
  for (auto& row : nodes->rows) {
    auto node = parse_member(row.value);
    if (!node)
      return node.why();
    out.view.members.emplace(row.key.substr(keys.nodes().first.size()), *std::move(node));
  }
  auto wished = read_wishes(etcd, keys);
  if (!wished)
    return wished.why();
  out.view.wished = *std::move(wished);
  return out;
}

std::vector<etcd::key_range> ranges_of_view(const log_keys& keys, const std::vector<shard_id>& shards) {
  std::vector<etcd::key_range> out{keys.nodes(), etcd::keys_below(keys.admitted({})), keys.wishes()};
  for (auto shard : shards)
    out.push_back({keys.owner(shard), {}});
  return out;
}

} // namespace charter::cluster
