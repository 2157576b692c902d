#include "actors/supervision_tree.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace charter {

namespace {

/// How long, to one unit: nobody needs the minutes of a week.
std::string rough(duration d) {
  using namespace std::chrono;
  static constexpr std::array<std::pair<milliseconds, const char*>, 4> units{
      {{days(1), " d"}, {hours(1), " h"}, {minutes(1), " min"}, {seconds(1), " s"}}};
  for (auto [unit, name] : units)
    if (d >= unit)
      return std::to_string(d / unit) + name;
  return std::to_string(std::max(d, milliseconds(0)).count()) + " ms";
}

std::string printable(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return text;
}

std::string state_text(const tree_node& node) {
  auto text = node.state == node_state::silent ? std::string("no answer") : std::string(to_name(node.state));
  text += ' ' + rough(node.since);
  if (node.restarts > 0)
    text += ", " + std::to_string(node.restarts) + (node.restarts == 1 ? " restart" : " restarts");
  if (!node.detail.empty())
    text += ": " + printable(node.detail);
  return text;
}

/// `lead` begins the node's own line, `below` those of its descendants.
void put(const tree_node& node, const std::string& lead, const std::string& below, std::string& out) {
  out += lead + printable(node.name) + (node.kind == node_kind::supervisor ? "/" : "") + "  " + state_text(node) + '\n';
  for (const auto& child : node.children) {
    bool last = &child == &node.children.back();
    put(child, below + (last ? "└─ " : "├─ "), below + (last ? "   " : "│  "), out);
  }
}

} // namespace

std::string format_tree(const tree_node& root) {
  std::string out;
  put(root, "", "", out);
  return out;
}

} // namespace charter
