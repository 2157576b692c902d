#include "net/pages_html.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "domain/charter.hpp"

namespace charter::net {

namespace {

constexpr std::string_view style = R"(
:root{--ink:#1d2129;--soft:#667;--line:#e3e6ea;--paper:#fff;--wash:#f5f6f8;--accent:#0b5c8e;--badge:#8a5a00;--stop:#a3231f}
@media(prefers-color-scheme:dark){:root{--ink:#e8eaee;--soft:#9aa3af;--line:#2d333c;--paper:#171a1f;--wash:#101317;--accent:#6cb6e8;--badge:#e5b65a;--stop:#f08a85}}
*{box-sizing:border-box}body{margin:0;background:var(--wash);color:var(--ink);font:17px/1.6 system-ui,"Noto Sans CJK SC",sans-serif}
main{max-width:44rem;margin:2rem auto;padding:0 1rem}a{color:var(--accent)}
article,header.card{background:var(--paper);border:1px solid var(--line);border-radius:10px;padding:1rem 1.25rem;margin:0 0 1rem}
h1{font-size:1.5rem;margin:0 0 .25rem}h2{font-size:1.1rem;margin:0 0 .25rem}.meta{color:var(--soft);font-size:.85rem}
.badge{display:inline-block;border:1px solid var(--badge);color:var(--badge);border-radius:99px;padding:0 .6em;font-size:.8rem}
.stop{border-left:3px solid var(--stop);padding-left:.75rem;color:var(--stop)}.text{white-space:pre-wrap;margin:.5rem 0}
blockquote{margin:.5rem 0;padding-left:1rem;border-left:3px solid var(--line);color:var(--soft)}nav{margin-bottom:1rem}
)";

std::string page_of(std::string_view title, std::string_view head, std::string_view body) {
  std::string out = "<!doctype html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>";
  out.append(escape(title)).append("</title>\n").append(head).append("<link rel=\"stylesheet\" href=\"/pages.css\">\n");
  out.append("</head>\n<body>\n<main>\n<nav><a href=\"/\">Charter</a> · <a "
             "href=\"/directory\">Directory</a></nav>\n");
  return out.append(body).append("</main>\n</body>\n</html>\n");
}

std::string preview_tags(std::string_view title, std::string_view text, std::string_view url) {
  auto cut = std::string{text.substr(0, 280)};
  while (!cut.empty() && (static_cast<unsigned char>(cut.back()) & 0xC0) == 0x80)
    cut.pop_back(); // not in the middle of a character
  if (!cut.empty() && static_cast<unsigned char>(cut.back()) >= 0xC0)
    cut.pop_back();
  return "<meta property=\"og:type\" content=\"article\">\n<meta property=\"og:title\" content=\"" + escape(title) +
         "\">\n<meta property=\"og:description\" content=\"" + escape(cut) +
         "\">\n<meta property=\"og:url\" content=\"" + escape(url) + "\">\n";
}

std::string badge_html(news_right right, const rule_book* book) {
  auto* found = book ? badge_for(*book, right) : nullptr;
  if (!found)
    return {};
  return " <span class=\"badge\" title=\"" + escape(found->explanation.en) + "\">" + escape(found->label.zh_cn) +
         " · " + escape(found->label.en) + "</span>";
}

std::string cite(const rule_ref& rule) {
  if (rule.empty())
    return {};
  auto text = escape(rule.charter) + " article " + escape(rule.article);
  return rule.item.empty() ? text : text + ", " + escape(rule.item);
}

std::string restriction_html(const restriction_view& r) {
  auto text = "<p class=\"stop\">Sanctioned: " + std::string{to_name(r.step)};
  if (r.until)
    text += " until " + time_html(*r.until);
  return text + " (" + cite(r.rule) + ", " + escape(r.sanction) + ").</p>\n";
}

std::string account_link(const std::string& name) { return "/@" + url_encode(name); }

std::string withheld_notice(const post_view& p, const rule_book* book) {
  if (p.state == post_state::withdrawn)
    return "<p class=\"stop\">The account has withdrawn this post.</p>\n";
  auto text =
      book ? escape(book->sanctions.withholding.notice.zh_cn) + "<br>" + escape(book->sanctions.withholding.notice.en)
           : std::string{"This post is withheld."};
  return "<p class=\"stop\">" + text + (p.rule ? " (" + cite(*p.rule) + ")" : "") + "</p>\n";
}

std::string post_html(const post_view& p, const rule_book* book, bool whole) {
  auto out = "<article>\n<p class=\"meta\"><a href=\"" + account_link(p.account_name) + "\">" + escape(p.account_name) +
             "</a>" + badge_html(p.badge, book) + " · <a href=\"/p/" + to_text(p.post) + "\">" + time_html(p.at) +
             "</a>";
  if (p.kind != post_kind::general)
    out += p.kind == post_kind::news_original ? " · current political news" : " · current political news, re-posted";
  out += "</p>\n";
  if (p.state != post_state::visible)
    return out + withheld_notice(p, book) + "</article>\n";
  if (!p.title.empty())
    out += "<h2>" + escape(p.title) + "</h2>\n";
  out += "<div class=\"text\">" + escape(p.text) + "</div>\n";
  if (p.source)
    out += "<blockquote>" + escape(p.source->excerpt) + "<br><a href=\"/p/" + to_text(p.source->post) + "\">" +
           escape(p.source->account_name) + "</a></blockquote>\n";
  if (p.link.starts_with("https://") || p.link.starts_with("http://"))
    out += "<p class=\"meta\"><a rel=\"nofollow noopener\" href=\"" + escape(p.link) + "\">source</a></p>\n";
  if (!p.earlier.empty() && !whole)
    out += "<p class=\"meta\">corrected</p>\n";
  for (auto it = p.earlier.rbegin(); whole && it != p.earlier.rend(); ++it)
    out += "<p class=\"meta\">until " + time_html(it->at) + ":</p><blockquote class=\"text\">" +
           escape(it->text.value_or_empty()) + "</blockquote>\n";
  return out + "</article>\n";
}

} // namespace

std::string_view page_style() { return style; }

std::string escape(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 16);
  for (char c : text)
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      case '\t':
      case '\n':
      case '\r': out += c; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20)
          out += "\xEF\xBF\xBD";
        else
          out += c;
    }
  return out;
}

std::string url_encode(std::string_view text) {
  std::string out;
  for (unsigned char c : text) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
                 c == '_' || c == '~';
    char hex[4];
    if (plain) {
      out += static_cast<char>(c);
    } else {
      std::snprintf(hex, sizeof hex, "%%%02X", c);
      out += hex;
    }
  }
  return out;
}

std::string time_html(timestamp t) {
  constexpr std::array months{"January", "February", "March",     "April",   "May",      "June",
                              "July",    "August",   "September", "October", "November", "December"};
  auto day = std::chrono::floor<std::chrono::days>(t);
  std::chrono::year_month_day date{day};
  std::chrono::hh_mm_ss time{t - day};
  char text[64];
  std::snprintf(text, sizeof text, "%u %s %d, %02d:%02d UTC", unsigned{date.day()}, months[unsigned{date.month()} - 1],
                int{date.year()}, static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()));
  return "<time datetime=\"" + to_text(t) + "\">" + text + "</time>";
}

const std::string& name_of_key(const std::vector<named_key>& table, const std::string& key) {
  auto found = std::ranges::find(table, key, &named_key::key);
  return found == table.end() ? key : found->name.zh_cn;
}

std::string account_page(const account_view& a, const std::vector<post_view>& posts, const rule_book* book,
                         std::string_view public_url) {
  auto path = account_link(a.name);
  auto head = preview_tags(a.name, a.description, std::string{public_url} + path) +
              "<link rel=\"alternate\" type=\"application/atom+xml\" href=\"" + path + "/feed.atom\">\n" +
              "<link rel=\"alternate\" type=\"application/feed+json\" href=\"" + path + "/feed.json\">\n";
  auto body = "<header class=\"card\">\n<h1>" + escape(a.name) + badge_html(a.badge, book) +
              "</h1>\n<p class=\"text\">" + escape(a.description) + "</p>\n<p class=\"meta\">" +
              std::to_string(a.followers) + " followers · " + std::to_string(a.posts) + " posts · opened " +
              time_html(a.opened_at);
  if (book)
    body += " · " + escape(name_of_key(book->categories, a.category)) + " · " +
            escape(name_of_key(book->regions, a.region));
  body += "</p>\n";
  for (auto& r : a.restrictions)
    body += restriction_html(r);
  body += "</header>\n";
  for (auto& p : posts)
    body += post_html(p, book, false);
  return page_of(a.name, head, body);
}

std::string post_page(const post_view& p, const rule_book* book, std::string_view public_url) {
  auto title = p.title.empty() ? p.account_name : p.title;
  return page_of(title, preview_tags(title, p.text, std::string{public_url} + "/p/" + to_text(p.post)),
                 post_html(p, book, true));
}

std::string directory_page(const page<account_view>& accounts, std::string_view query_without_after,
                           const rule_book* book, std::string_view) {
  std::string body = "<h1>Public accounts</h1>\n";
  if (book) {
    body += "<p class=\"meta\">";
    for (auto& kind : book->organisations)
      body += "<a href=\"/directory?kind=" + url_encode(kind.key) + "\">" + escape(kind.name.zh_cn) + "</a> ";
    body += "</p>\n";
  }
  for (auto& a : accounts.items)
    body += "<article><h2><a href=\"" + account_link(a.name) + "\">" + escape(a.name) + "</a>" +
            badge_html(a.badge, book) + "</h2><p>" + escape(a.description) + "</p><p class=\"meta\">" +
            std::to_string(a.followers) + " followers · " + std::to_string(a.posts) + " posts</p></article>\n";
  if (accounts.items.empty())
    body += "<p>Nobody is here yet.</p>\n";
  if (accounts.next)
    body += "<p><a href=\"/directory?" + escape(query_without_after) + (query_without_after.empty() ? "" : "&amp;") +
            "after=" + url_encode(*accounts.next) + "\">more</a></p>\n";
  return page_of("Public accounts", "", body);
}

std::string message_page(int status, std::string_view text) {
  return page_of(std::to_string(status), "", "<h1>" + std::to_string(status) + "</h1>\n<p>" + escape(text) + "</p>\n");
}

} // namespace charter::net
