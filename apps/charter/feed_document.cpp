#include "apps/charter/feed_document.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include <pugixml.hpp>

#include "apps/charter/markup_text.hpp"
#include "domain/bytes.hpp"
#include "domain/limits.hpp"
#include "storage/digest.hpp"

namespace charter::cli {

namespace {

constexpr std::size_t depth_max = 64;
constexpr std::size_t id_bytes_max = 2'000;

/// The name without its namespace's prefix; feeds choose prefixes as they like.
std::string_view local_name(const pugi::xml_node& node) {
  std::string_view name = node.name();
  auto colon = name.rfind(':');
  return colon == name.npos ? name : name.substr(colon + 1);
}

pugi::xml_node child(const pugi::xml_node& parent, std::string_view name) {
  for (auto node : parent.children())
    if (node.type() == pugi::node_element && local_name(node) == name)
      return node;
  return {};
}

/// Finds what lies too deep without recursing into it.
struct depth_check : pugi::xml_tree_walker {
  bool for_each(pugi::xml_node&) override { return depth() < static_cast<int>(depth_max); }
};

/// All text under the node, with the tags of XHTML put back so that paragraphs survive.
struct inner_markup : pugi::xml_tree_walker {
  std::string text;
  bool for_each(pugi::xml_node& node) override {
    // The walker doesn't tell where an element ends; what begins a paragraph ends the one before it as well.
    if (node.type() == pugi::node_element && local_name(node) == "br")
      text += "<br>";
    else if (node.type() == pugi::node_element)
      text.append("</").append(local_name(node)).append("><").append(local_name(node)).append(">");
    else
      text += escaped(node.value());
    return text.size() < feed_bytes_max;
  }
  static std::string escaped(std::string_view raw) {
    std::string out;
    for (char c : raw)
      if (c == '<')
        out += "&lt;";
      else if (c == '&')
        out += "&amp;";
      else
        out += c;
    return out;
  }
};

/// RFC 4287, section 3.1: text as it is, HTML escaped once more, or XHTML inline. RSS is HTML whatever it says.
std::string plain(pugi::xml_node node, bool is_html, std::size_t bytes_max) {
  std::string_view type = node.attribute("type").value();
  if (type == "xhtml") {
    inner_markup walker;
    node.traverse(walker);
    return to_plain_text(walker.text, bytes_max);
  }
  std::string raw;
  for (auto part : node.children())
    if (part.type() == pugi::node_pcdata || part.type() == pugi::node_cdata)
      raw += part.value();
  if (is_html || type == "html" || type == "text/html")
    return to_plain_text(raw, bytes_max);
  auto first = raw.find_first_not_of(" \t\r\n");
  auto last = raw.find_last_not_of(" \t\r\n");
  return first == raw.npos ? std::string{} : bounded_text(raw.substr(first, last - first + 1), bytes_max);
}

std::string web_link(std::string_view text) {
  auto first = text.find_first_not_of(" \t\r\n");
  if (first == text.npos)
    return {};
  text = text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
  bool is_web = text.starts_with("http://") || text.starts_with("https://");
  bool is_clean = std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0x20 && c != 0x7f; });
  return is_web && is_clean && text.size() <= limits::link_bytes_max ? std::string{text} : std::string{};
}

std::string atom_link(const pugi::xml_node& entry) {
  for (auto node : entry.children()) {
    std::string_view rel = node.attribute("rel").value();
    if (local_name(node) == "link" && (rel.empty() || rel == "alternate"))
      return web_link(node.attribute("href").value());
  }
  return {};
}

feed_entry atom_entry(const pugi::xml_node& node) {
  feed_entry entry;
  entry.id = bounded_text(child(node, "id").text().get(), id_bytes_max);
  entry.title = plain(child(node, "title"), false, limits::title_bytes_max);
  entry.text = plain(child(node, "content"), false, limits::post_bytes_max);
  if (entry.text.empty())
    entry.text = plain(child(node, "summary"), false, limits::post_bytes_max);
  entry.link = atom_link(node);
  entry.at = parse_feed_time(child(node, "published").text().get());
  if (!entry.at)
    entry.at = parse_feed_time(child(node, "updated").text().get());
  return entry;
}

feed_entry rss_entry(const pugi::xml_node& node) {
  feed_entry entry;
  entry.id = bounded_text(child(node, "guid").text().get(), id_bytes_max);
  entry.title = plain(child(node, "title"), true, limits::title_bytes_max);
  entry.text = plain(child(node, "encoded"), true, limits::post_bytes_max); // content:encoded, the whole text
  if (entry.text.empty())
    entry.text = plain(child(node, "description"), true, limits::post_bytes_max);
  entry.link = web_link(child(node, "link").text().get());
  entry.at = parse_feed_time(child(node, "pubDate").text().get());
  if (!entry.at)
    entry.at = parse_feed_time(child(node, "date").text().get());
  return entry;
}

/// An entry needs text: one with nothing but a title says that.
bool complete(feed_entry& entry) {
  if (entry.text.empty())
    entry.text = std::exchange(entry.title, {});
  if (entry.text.empty())
    return false;
  if (entry.id.empty())
    entry.id = entry.link;
  if (entry.id.empty())
    entry.id = "sha256:" + to_hex(storage::sha256(view_of(entry.title + "\n" + entry.text)));
  return true;
}

void order(std::vector<feed_entry>& entries) {
  std::reverse(entries.begin(), entries.end());
  if (std::all_of(entries.begin(), entries.end(), [](auto& e) { return e.at.has_value(); }))
    std::stable_sort(entries.begin(), entries.end(), [](auto& a, auto& b) { return *a.at < *b.at; });
}

status collect(const pugi::xml_node& parent, bool is_atom, feed_document& out) {
  std::set<std::string> ids;
  for (auto node : parent.children()) {
    if (local_name(node) != (is_atom ? "entry" : "item"))
      continue;
    auto entry = is_atom ? atom_entry(node) : rss_entry(node);
    if (!complete(entry)) {
      ++out.empty;
    } else if (!ids.insert(entry.id).second) {
      ++out.repeated;
    } else {
      if (out.entries.size() == feed_entries_max)
        return refuse(errc::too_large, "the feed has more than " + std::to_string(feed_entries_max) + " entries");
      out.entries.push_back(std::move(entry));
    }
  }
  return done{};
}

std::string where(std::string_view text, std::ptrdiff_t offset) {
  auto before = text.substr(0, std::min(text.size(), static_cast<std::size_t>(std::max<std::ptrdiff_t>(offset, 0))));
  return "line " + std::to_string(std::count(before.begin(), before.end(), '\n') + 1);
}

} // namespace

result<feed_document> parse_feed(std::string_view text) {
  if (text.size() > feed_bytes_max)
    return refuse(errc::too_large, "the feed is longer than " + std::to_string(feed_bytes_max) + " bytes");
  pugi::xml_document document;
  auto parsed = document.load_buffer(text.data(), text.size());
  if (!parsed)
    return invalid("feed", where(text, parsed.offset) + ": not well-formed XML: " + parsed.description());
  depth_check depth;
  if (!document.traverse(depth))
    return refuse(errc::too_large, "the feed's elements lie deeper than " + std::to_string(depth_max));
  auto root = document.document_element();
  auto is_atom = local_name(root) == "feed";
  // RSS 1.0 has its items beside the channel.
  auto parent = local_name(root) == "rss" ? child(root, "channel") : root;
  if (!is_atom && (!parent || (local_name(root) != "rss" && local_name(root) != "RDF")))
    return invalid("feed", "this is XML, but neither Atom nor RSS");
  feed_document out;
  auto channel = is_atom ? root : child(root, "channel");
  out.title = plain(child(channel, "title"), !is_atom, limits::title_bytes_max);
  if (auto taken = collect(parent, is_atom, out); !taken)
    return taken.why();
  order(out.entries);
  return out;
}

} // namespace charter::cli
