#include <nlohmann/json.hpp>

#include "domain/charter.hpp"
#include "net/pages_html.hpp"

namespace charter::net {

namespace {

constexpr std::size_t title_characters = 60;

/// A post's title, or the beginning of its text, cut at a character.
std::string title_of(const post_view& p) {
  if (p.state != post_state::visible)
    return "(not shown)";
  if (!p.title.empty())
    return p.title;
  std::size_t at = 0;
  std::size_t characters = 0;
  for (; at < p.text.size() && p.text[at] != '\n'; ++at)
    if ((static_cast<unsigned char>(p.text[at]) & 0xC0) != 0x80 && ++characters > title_characters)
      break;
  return p.text.substr(0, at) + (at < p.text.size() ? "…" : "");
}

std::string text_of_post(const post_view& p) {
  if (p.state == post_state::withdrawn)
    return "The account has withdrawn this post.";
  if (p.state == post_state::withheld)
    return "This post is withheld" + (p.rule ? " under article " + p.rule->article : std::string{}) + ".";
  return p.source ? p.text + "\n\n" + p.source->account_name + ": " + p.source->excerpt : p.text;
}

timestamp updated_at(const post_view& p) { return p.earlier.empty() ? p.at : p.earlier.back().at; }

std::string badge_label(news_right right, const rule_book* book) {
  auto* found = book ? badge_for(*book, right) : nullptr;
  return found ? found->label.zh_cn : std::string{};
}

} // namespace

std::string atom_feed(const account_view& a, const std::vector<post_view>& posts, const rule_book* book,
                      std::string_view public_url) {
  auto home = std::string{public_url} + "/@" + url_encode(a.name);
  auto newest = a.posted_at.value_or(a.opened_at);
  for (auto& p : posts)
    newest = std::max(newest, updated_at(p));
  std::string out =
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n<id>urn:charter:" +
      to_text(a.account) + "</id>\n<title>" + escape(a.name) + "</title>\n<subtitle>" + escape(a.description) +
      "</subtitle>\n<updated>" + to_text(newest) + "</updated>\n<link rel=\"self\" href=\"" + escape(home) +
      "/feed.atom\"/>\n<link rel=\"alternate\" href=\"" + escape(home) + "\"/>\n<author><name>" + escape(a.name) +
      "</name></author>\n";
  for (auto& p : posts) {
    out += "<entry>\n<id>urn:charter:" + to_text(p.post) + "</id>\n<title>" + escape(title_of(p)) +
           "</title>\n<published>" + to_text(p.at) + "</published>\n<updated>" + to_text(updated_at(p)) +
           "</updated>\n<link href=\"" + escape(public_url) + "/p/" + to_text(p.post) + "\"/>\n";
    if (auto label = badge_label(p.badge, book); !label.empty())
      out += "<category term=\"badge\" label=\"" + escape(label) + "\"/>\n";
    out += "<content type=\"text\">" + escape(text_of_post(p)) + "</content>\n</entry>\n";
  }
  return out + "</feed>\n";
}

std::string json_feed(const account_view& a, const std::vector<post_view>& posts, const rule_book* book,
                      std::string_view public_url) {
  auto home = std::string{public_url} + "/@" + url_encode(a.name);
  nlohmann::json items = nlohmann::json::array();
  for (auto& p : posts) {
    nlohmann::json item{{"id", to_text(p.post)},
                        {"url", std::string{public_url} + "/p/" + to_text(p.post)},
                        {"title", title_of(p)},
                        {"content_text", text_of_post(p)},
                        {"date_published", to_text(p.at)},
                        {"date_modified", to_text(updated_at(p))}};
    if (auto label = badge_label(p.badge, book); !label.empty())
      item["_charter"] = {{"badge", std::string{to_name(p.badge)}}, {"label", label}};
    items.push_back(std::move(item));
  }
  nlohmann::json feed{{"version", "https://jsonfeed.org/version/1.1"},
                      {"title", a.name},
                      {"description", a.description},
                      {"home_page_url", home},
                      {"feed_url", home + "/feed.json"},
                      {"items", std::move(items)}};
  if (auto label = badge_label(a.badge, book); !label.empty())
    feed["_charter"] = {{"badge", std::string{to_name(a.badge)}}, {"label", label}};
  return feed.dump();
}

} // namespace charter::net
