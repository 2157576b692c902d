#include "apps/charter/supervision_text.hpp"

#include "apps/charter/present.hpp"

namespace charter::cli {

namespace {

constexpr int depth_max = 32;

std::string label(const json& node) {
  auto text = harmless(text_of(node, "name"));
  if (auto state = text_of(node, "state"); !state.empty() && state != "running")
    text += "  " + harmless(state);
  if (auto restarts = text_of(node, "restarts"); !restarts.empty() && restarts != "0")
    text += "  " + harmless(restarts) + (restarts == "1" ? " restart" : " restarts");
  if (auto detail = text_of(node, "detail"); !detail.empty())
    text += "  " + harmless(detail);
  return text;
}

/// `lead` begins the node's own line, `below` those of its descendants.
void draw(const json& node, const std::string& lead, const std::string& below, int depth, std::string& out) {
  out += lead + label(node) + '\n';
  auto children = node.is_object() ? node.find("children") : node.end();
  if (depth == depth_max || !node.is_object() || children == node.end() || !children->is_array())
    return;
  for (auto& child : *children) {
    bool last = &child == &children->back();
    draw(child, below + (last ? "└─ " : "├─ "), below + (last ? "   " : "│  "), depth + 1, out);
  }
}

} // namespace

std::string tree_text(const json& root) {
  std::string out;
  draw(root, "", "", 0, out);
  return out;
}

} // namespace charter::cli
