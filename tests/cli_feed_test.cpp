// Feeds of other publishers: what a publisher means, what publishers get wrong, and what somebody hostile would send.

#include <catch2/catch.hpp>

#include "apps/charter/feed_document.hpp"
#include "domain/limits.hpp"

using namespace charter;
using namespace charter::cli;

namespace {

constexpr auto atom = R"(<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <title>唐诗三百首</title>
  <entry>
    <id>urn:poem:2</id><title type="html">春晓 &amp;amp; more</title><updated>2026-11-24T14:00:00Z</updated>
    <link rel="self" href="https://example.org/2.atom"/><link href="https://example.org/2"/>
    <content type="html">&lt;p&gt;春眠不觉晓&lt;/p&gt;&lt;p&gt;处处闻啼鸟&lt;/p&gt;</content>
  </entry>
  <entry>
    <id>urn:poem:1</id><title>静夜思</title><published>2026-11-23T14:00:00+08:00</published>
    <link rel="alternate" href="https://example.org/1"/>
    <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>床前明月光</p><p>疑是地上霜</p></div></content>
  </entry>
</feed>)";

constexpr auto rss = R"(<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
  <title>Software news</title>
  <item><title>Second</title><link> https://example.org/b </link><guid isPermaLink="false">b</guid>
    <pubDate>Tue, 24 Nov 2026 14:25:00 +0800</pubDate><description>short</description>
    <content:encoded><![CDATA[<p>The <em>whole</em> text.</p>]]></content:encoded></item>
  <item><title>First</title><pubDate>23 Nov 26 14:25 GMT</pubDate><description>plain</description></item>
</channel></rss>)";

std::string with_entry(const std::string& inside) { return "<feed><entry>" + inside + "</entry></feed>"; }

} // namespace

TEST_CASE("feed: Atom, oldest first, markup as plain text", "[apps]") {
  auto feed = parse_feed(atom);
  REQUIRE(feed);
  CHECK(feed->title == "唐诗三百首");
  REQUIRE(feed->entries.size() == 2);
  auto& first = feed->entries[0];
  CHECK(first.id == "urn:poem:1");
  CHECK(first.title == "静夜思");
  CHECK(first.text == "床前明月光\n\n疑是地上霜");
  CHECK(first.link == "https://example.org/1");
  CHECK(to_text(*first.at) == "2026-11-23T06:00:00.000Z");
  auto& second = feed->entries[1];
  CHECK(second.title == "春晓 & more");
  CHECK(second.text == "春眠不觉晓\n\n处处闻啼鸟");
  CHECK(second.link == "https://example.org/2");
}

TEST_CASE("feed: RSS, with the whole text where there is one", "[apps]") {
  auto feed = parse_feed(rss);
  REQUIRE(feed);
  CHECK(feed->title == "Software news");
  REQUIRE(feed->entries.size() == 2);
  CHECK(feed->entries[0].title == "First");
  CHECK(feed->entries[0].id.starts_with("sha256:")); // neither guid nor link: what it says
  CHECK(feed->entries[1].id == "b");
  CHECK(feed->entries[1].text == "The whole text.");
  CHECK(feed->entries[1].link == "https://example.org/b");
  CHECK(to_text(*feed->entries[1].at) == "2026-11-24T06:25:00.000Z");
}

TEST_CASE("feed: ids that are missing, repeated, or empty entries", "[apps]") {
  auto feed = parse_feed("<feed><entry><title>only a title</title></entry><entry/><entry><id>x</id><summary>s</summary>"
                         "</entry><entry><id>x</id><summary>again</summary></entry></feed>");
  REQUIRE(feed);
  REQUIRE(feed->entries.size() == 2);
  CHECK(feed->entries[1].text == "only a title"); // said in the text, since a post needs one
  CHECK(feed->entries[1].title.empty());
  CHECK(feed->empty == 1);
  CHECK(feed->repeated == 1);
  // The same words give the same id, so that importing again finds it.
  CHECK(parse_feed(with_entry("<title>t</title>"))->entries[0].id ==
        parse_feed(with_entry("<title>t</title>"))->entries[0].id);
}

TEST_CASE("feed: what isn't one is said so, with the line", "[apps]") {
  auto broken = parse_feed("<feed>\n<entry>\n<title>no end</feed>");
  REQUIRE_FALSE(broken);
  CHECK(broken.why().detail.starts_with("line 3: not well-formed"));
  for (auto bad : {"", "not xml", "<html><body/></html>", "<rss/>", "<rss version='2.0'><chan/></rss>", "\xff\xfe\x00"})
    CHECK_FALSE(parse_feed(bad));
  CHECK(parse_feed("<feed/>")); // empty, but a feed
}

TEST_CASE("feed: an entity bomb doesn't go off, and no file is read", "[apps]") {
  std::string bomb = "<?xml version='1.0'?><!DOCTYPE feed [<!ENTITY a 'haha'>";
  for (char c = 'b'; c <= 'k'; ++c) {
    bomb += std::string("<!ENTITY ") + c + " '";
    for (int i = 0; i < 10; ++i)
      bomb += std::string("&") + static_cast<char>(c - 1) + ";";
    bomb += "'>";
  }
  bomb += "<!ENTITY file SYSTEM 'file:///etc/hostname'>]>";
  auto feed = parse_feed(bomb + with_entry("<title>&k;</title><summary>&file;</summary>"));
  REQUIRE(feed);
  REQUIRE(feed->entries.size() == 1);
  CHECK(feed->entries[0].title == "&k;");
  CHECK(feed->entries[0].text == "&file;");
}

TEST_CASE("feed: bounds on size, number and depth [I12]", "[apps]") {
  CHECK(parse_feed(std::string(feed_bytes_max + 1, ' ')).why().code == errc::too_large);
  std::string many = "<feed>";
  for (std::size_t i = 0; i <= feed_entries_max; ++i)
    many += "<entry><id>" + std::to_string(i) + "</id><title>t</title></entry>";
  CHECK(parse_feed(many + "</feed>").why().code == errc::too_large);
  std::string deep;
  for (int i = 0; i < 100'000; ++i)
    deep += "<a>";
  std::string closed = deep;
  for (int i = 0; i < 100'000; ++i)
    closed += "</a>";
  CHECK(parse_feed(with_entry(closed)).why().code == errc::too_large);
  CHECK_FALSE(parse_feed(deep));
}

TEST_CASE("feed: a long entry is cut to what a post may be", "[apps]") {
  std::string text;
  while (text.size() < 2 * limits::post_bytes_max)
    text += "床前明月光";
  auto feed = parse_feed(with_entry("<title>" + text + "</title><summary>" + text + "</summary>"));
  REQUIRE(feed);
  auto& entry = feed->entries[0];
  CHECK(entry.text.size() <= limits::post_bytes_max);
  CHECK(entry.text.ends_with("…"));
  CHECK(entry.title.size() <= limits::title_bytes_max);
}

TEST_CASE("feed: links of other kinds and control characters don't get through", "[apps]") {
  auto feed = parse_feed(with_entry("<title>t</title><link href='javascript:alert(1)'/><summary>a&#27;[2Jb</summary>"));
  REQUIRE(feed);
  CHECK(feed->entries[0].link.empty());
  CHECK(feed->entries[0].text.find('\x1b') == std::string::npos);
}

TEST_CASE("feed times: RFC 3339, RFC 822, and what is neither", "[apps]") {
  auto text = [](std::string_view t) {
    auto time = parse_feed_time(t);
    return time ? to_text(*time) : std::string{"none"};
  };
  CHECK(text("2026-11-24T14:25:00+08:00") == "2026-11-24T06:25:00.000Z");
  CHECK(text(" Tue, 24 Nov 2026 14:25:30 GMT ") == "2026-11-24T14:25:30.000Z");
  CHECK(text("24 Nov 2026 14:25 EST") == "2026-11-24T19:25:00.000Z");
  CHECK(text("Tue, 24 Nov 99 14:25:00 -0100") == "1999-11-24T15:25:00.000Z");
  for (auto bad : {"", "yesterday", "Tue, 31 Feb 2026 14:25:00 GMT", "Tue, 24 Nov 2026 25:00:00 GMT", "24 Nov",
                   "Tue, 24 Foo 2026 14:25:00 GMT", "24 Nov 2026 14:25 +99:9", "-1 Nov 2026 14:25 GMT"})
    CHECK(text(bad) == "none");
}
