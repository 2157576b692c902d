// Reading charters: the shipped one loads; whatever is wrong with one is said at once, in its place.

#include "config/charter_loader.hpp"

#include <algorithm>
#include <set>
#include <sstream>

#include <catch2/catch.hpp>

#include "config/document.hpp"
#include "tests/charter_book.hpp"

using namespace charter;
using namespace charter::config;

namespace {

const std::string& shipped() {
  static const std::string text = read_file(test::source_path("config/charters/cn-2014.toml")).value();
  return text;
}

mistakes mistakes_in(std::string_view text) {
  auto loaded = load_charter(text, "bad.toml");
  auto* wrong = std::get_if<mistakes>(&loaded);
  return wrong ? *wrong : mistakes{};
}

/// The file, with one passage replaced; it must be there.
std::string with(std::string text, std::string_view passage, std::string_view by) {
  auto at = text.find(passage);
  INFO(passage);
  REQUIRE(at != text.npos);
  return text.replace(at, passage.size(), by);
}

int line_of(const std::string& text, std::string_view passage) {
  return 1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<long>(text.find(passage)), '\n'));
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);)
    lines.push_back(line);
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines)
    text += line + '\n';
  return text;
}

/// "key = value", all on one line.
bool is_assignment(const std::string& line) {
  auto equals = line.find(" = ");
  return equals != line.npos && line.front() >= 'a' && line.front() <= 'z' && line.back() != '[';
}

/// One passage that goes wrong, and what must be said of it.
struct slip {
  std::string_view passage;
  std::string_view by;
  std::string_view line_at; ///< text that stands on the line to be named
  std::string_view key;
  std::string_view expected; ///< beginning of it
  std::string_view found;
};

} // namespace

// -- the shipped charter --------------------------------------------------------

TEST_CASE("charter file: the shipped one loads without a mistake", "[config]") {
  CHECK(to_text(mistakes_in(shipped())) == "");
  const auto& book = test::cn_2014();
  CHECK(book.id == "cn-2014");
  CHECK(book.articles.size() == 21);
  CHECK(book.effective_from == *parse_time("2014-08-06T16:00:00Z"));
  CHECK(book.identity.pseudonyms_max == 1);
}

TEST_CASE("charter file: the ten articles are all there, and all else rests on them", "[config]") {
  std::set<std::string> chapters;
  for (const auto& article : test::cn_2014().articles)
    chapters.insert(article.number.substr(0, article.number.find('.')));
  CHECK(chapters.size() == 10);
}

TEST_CASE("charter file: English texts hold no Chinese, Chinese ones hold some", "[config]") {
  auto has_chinese = [](const std::string& text) {
    return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0xe3; });
  };
  std::vector<localized> texts;
  const auto& book = test::cn_2014();
  for (const auto& x : book.articles)
    texts.insert(texts.end(), {x.title, x.summary});
  for (const auto& x : book.agreement.items)
    texts.insert(texts.end(), {x.title, x.text});
  for (const auto& x : book.complaints)
    texts.insert(texts.end(), {x.title, x.explanation});
  for (const auto& x : book.regions)
    texts.push_back(x.name);
  for (const auto& x : book.regulators.provincial)
    texts.push_back(x.name);
  for (const auto& text : texts) {
    CAPTURE(text.en);
    CHECK(has_chinese(text.zh_cn));
    CHECK_FALSE(has_chinese(text.en));
  }
}

// -- mistakes -------------------------------------------------------------------

TEST_CASE("charter file: every mistake of one file is reported at once, in its place", "[config]") {
  const slip slips[] = {
      {"version = 1\ntitle.zh_cn", "version = \"one\"\ntitle.zh_cn", "version = \"one\"", "version", "a whole number",
       "\"one\""},
      {"key = \"charity\"", "key = \"charity\"\ncolour = \"red\"", "colour", "categories[8].colour", "one of key, name",
       "an unknown key"},
      {"text.en = \"I respect", "text.em = \"I respect", "text.em", "agreement.items[3].text.em", "one of zh_cn, en",
       "an unknown key"},
      {"text.zh_cn = \"我不发布损害社会主义制度的内容。\"", "text.zh_cn = \"\"", "text.zh_cn = \"\"",
       "agreement.items[1].text.zh_cn", "text", "an empty text"},
      {"send_within = \"24h\"", "send_within = \"soon\"", "send_within", "filing.send_within", "a length of time",
       "\"soon\""},
      {"amend_within = \"15d\"", "amend_within = 15", "amend_within", "review.amend_within", "a length of time",
       "the whole number 15"},
      {"lane = \"general\"\npersonal", "lane = \"express\"\npersonal", "lane = \"express\"", "organisations[6].lane",
       "a key of review.lanes", "\"express\", which is not defined"},
      {"bottom_line = \"laws\"\nweight = \"serious\"", "bottom_line = \"order\"\nweight = \"serious\"",
       "bottom_line = \"order\"", "complaints[6].bottom_line", "a key of agreement.items",
       "\"order\", which is not defined"},
      {"trigger = \"staffing_short\"", "trigger = \"boredom\"", "trigger = \"boredom\"", "reports[4].trigger",
       "one of period_ended", "\"boredom\""},
      {"window = \"30d\"          # from the notice\n", "", "[appeals]", "appeals.window", "a length of time",
       "nothing"},
      {"escalate_before = \"2d\"\nrule = \"7.2\"", "escalate_before = \"12d\"\nrule = \"7.2\"",
       "escalate_before = \"12d\"", "review.lanes[2].escalate_before", "less than the deadline, 10d", "12d"},
      {"keep = \"3650d\"\nrule = \"5.3\"", "keep = \"3650d\"\nrule = \"12.1\"", "rule = \"12.1\"", "retention[5].rule",
       "the number of one of the articles", "\"12.1\", which is not defined"},
      {"key = \"sports\"", "key = \"culture\"", "# unused", "categories[9].key", "a value of its own",
       "\"culture\", which an earlier one has"},
      {"{ code = \"65\", regions", "{ code = \"64\", regions", "{ code = \"64\", regions = [\"65\"]",
       "regulators.provincial[30].code", "a value of its own", "\"64\", which an earlier one has"},
      {"on_duty = true", "on_duty = \"yes\"", "on_duty = \"yes\"", "staffing[0].on_duty", "true or false", "\"yes\""},
  };
  auto text = shipped();
  for (const auto& s : slips)
    text = with(text, s.passage, s.by);
  auto wrong = mistakes_in(text);
  INFO(to_text(wrong));
  for (const auto& s : slips) {
    CAPTURE(s.key);
    auto at = std::find_if(wrong.begin(), wrong.end(), [&](const mistake& m) { return m.key == s.key; });
    REQUIRE(at != wrong.end());
    CHECK(at->file == "bad.toml");
    if (s.line_at != "# unused")
      CHECK(at->line == line_of(text, s.line_at));
    CHECK(at->column > 0);
    CHECK(at->expected.starts_with(s.expected));
    CHECK(at->found == s.found);
  }
  // "text.em" is unknown and "text.en" missing; nothing else follows from the others.
  CHECK(wrong.size() == std::size(slips) + 1);
  CHECK(std::is_sorted(wrong.begin(), wrong.end(), [](auto& a, auto& b) { return a.line < b.line; }));
}

TEST_CASE("charter file: six bottom lines are one too few [I7]", "[config]") {
  auto start = shipped().find("[[agreement.items]]\nkey = \"truthfulness\"");
  auto end = shipped().find("# ==", start);
  auto text = shipped().substr(0, start) + shipped().substr(end);
  auto wrong = mistakes_in(text);
  auto at = std::find_if(wrong.begin(), wrong.end(), [](const mistake& m) { return m.key == "agreement.items"; });
  REQUIRE(at != wrong.end());
  CHECK(at->expected == "7 of them, as counts.agreement_items declares");
  CHECK(at->found == "6");
}

TEST_CASE("charter file: an office or a region that is missing shows", "[config]") {
  auto lines = lines_of(shipped());
  auto office = std::find_if(lines.begin(), lines.end(), [](auto& l) { return l.starts_with("  { code = \"31\""); });
  REQUIRE(office != lines.end());
  lines.erase(office);
  auto wrong = mistakes_in(joined(lines));
  REQUIRE(wrong.size() == 2);
  CHECK(wrong[0].key == "regions[8].key");
  CHECK(wrong[0].found == "\"31\", which no office has");
  CHECK(wrong[1].key == "regulators.provincial");
  CHECK(wrong[1].expected == "31 of them, as counts.provincial_offices declares");
  CHECK(wrong[1].found == "30");
}

TEST_CASE("charter file: tables that contradict themselves don't load", "[config]") {
  auto only = [](std::string_view passage, std::string_view by) {
    auto wrong = mistakes_in(with(shipped(), passage, by));
    INFO(to_text(wrong));
    REQUIRE(wrong.size() == 1);
    return wrong[0].key;
  };
  CHECK(only("warn_before = [\"90d\", \"30d\"", "warn_before = [\"30d\", \"90d\"") ==
        "provider.credentials[0].warn_before[1]");
  CHECK(only("length_max = \"30d\"", "length_max = \"5d\"") == "sanctions.steps[1].length_default");
  CHECK(only("scope = \"all_posts\"", "scope = \"account\"") == "sanctions.ladder[7].scope");
  CHECK(only("length = \"3d\"", "length = \"181d\"") == "sanctions.ladder[2].length");
  CHECK(only("weight = \"grave\"\nstrikes_min = 0", "weight = \"grave\"\nstrikes_min = 1") == "sanctions.ladder");
  CHECK(only("posts_per_day = 1\n", "") == "sanctions.steps[1]");
  CHECK(only("key = \"poor\", points_min = 0", "key = \"poor\", points_min = 1") == "credit.grades[3].points_min");
  CHECK(only("every = \"30d\"\n", "") == "reports[0]");
  CHECK(only("persons = 2\nrule = \"8.2\"", "persons = 3\nrule = \"8.2\"") == "powers[9].persons");
  CHECK(only("pseudonyms_max = 1", "pseudonyms_max = 0") == "identity.pseudonyms_max");
  CHECK(only("regions = [\"12\"]", "regions = [\"12\", \"11\"]") == "regulators.provincial[1].regions[1]");
  CHECK(only("{ zh_cn = \"警示\", en = \"Warning\" }", "{ zh_cn = \"警示\" }") == "sanctions.steps[0].name.en");
  CHECK(only("rule = \"6.2\"\n\n[[agreement", "rule = \"6.2#hope\"\n\n[[agreement") == "agreement.rule");
  CHECK(only("length_min = \"1d\"\n", "") == "sanctions.steps[1]");
  CHECK(only("trigger = \"staffing_short\"", "trigger = \"staffing_short\"\nfrom = \"grave\"") == "reports[4].from");
  CHECK(only("persons = 1\nrule = \"5.5\"", "persons = 1\nsecond = [\"moderator\"]\nrule = \"5.5\"") ==
        "powers[3].second");
  CHECK(only("accounts_per_person = 2000", "accounts_per_person = 0") == "staffing[0].accounts_per_person");
}

TEST_CASE("charter file: a right that is granted without a badge doesn't load [I8]", "[config]") {
  auto wrong = mistakes_in(with(shipped(), "right = \"original\"\nlabel", "right = \"none\"\nlabel"));
  REQUIRE(wrong.size() == 5); // four rows of the matrix and an approval
  for (const auto& m : wrong)
    CHECK(m.expected == "a right that has a badge in news.badges");
}

TEST_CASE("charter file: an error of syntax is reported with its place", "[config]") {
  auto wrong = mistakes_in("id = \"x\"\nversion = = 1\n");
  REQUIRE(wrong.size() == 1);
  CHECK(wrong[0].line == 2);
  CHECK(wrong[0].expected == "TOML");
  CHECK(mistakes_in("\xff\xfe").size() == 1);
}

TEST_CASE("charter file: an empty file lacks every table, and one that isn't there says so", "[config]") {
  CHECK(mistakes_in("").size() >= rule_book::field_names.size() - 1);
  auto loaded = load_charter_file("/nowhere/cn.toml");
  CHECK(to_text(std::get<mistakes>(loaded)) ==
        "/nowhere/cn.toml: expected a file that can be read, of at most 4 MiB, found none\n");
}

TEST_CASE("charter file: a mistake reads as one line", "[config]") {
  mistake m{"cn.toml", 41, 8, "agreement.items[2].text.en", "text", "the whole number 7"};
  CHECK(to_text(m) == "cn.toml:41:8: agreement.items[2].text.en: expected text, found the whole number 7");
}

// -- whatever is broken ---------------------------------------------------------

TEST_CASE("charter file: a wrong value on any line is reported on that line", "[config]") {
  auto lines = lines_of(shipped());
  for (std::size_t i = 0; i < lines.size(); i += 5) { // every fifth line keeps it under a few seconds
    if (!is_assignment(lines[i]))
      continue;
    auto broken = lines;
    broken[i] = lines[i].substr(0, lines[i].find(" = ")) + " = 3.5"; // nothing in a charter has a point
    auto wrong = mistakes_in(joined(broken));
    CAPTURE(lines[i], to_text(wrong));
    CHECK(std::any_of(wrong.begin(), wrong.end(), [&](const mistake& m) {
      return m.line == static_cast<int>(i) + 1 && m.found == "a number with a point";
    }));
  }
}

TEST_CASE("charter file: without any one line it loads or says what is missing", "[config]") {
  auto lines = lines_of(shipped());
  std::size_t refused = 0;
  std::size_t tried = 0;
  for (std::size_t i = 0; i < lines.size(); i += 5) {
    if (!is_assignment(lines[i]))
      continue;
    auto key = lines[i].substr(0, lines[i].find(" = "));
    auto broken = lines;
    broken.erase(broken.begin() + static_cast<long>(i));
    auto wrong = mistakes_in(joined(broken));
    ++tried;
    refused += !wrong.empty();
    for (const auto& m : wrong)
      CHECK_FALSE(m.expected.empty());
  }
  CHECK(tried > 100);
  CHECK(refused * 10 > tried * 9); // what may be left out is rare
}
