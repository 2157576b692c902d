#include <catch2/catch.hpp>

#include <set>

#include "domain/limits.hpp"
#include "tests/fold_fixture.hpp"

using namespace charter;
using namespace charter::test;
using storage::memory_store;
using storage::viewpoint;

namespace {

const viewpoint at_noon{noon + 1h, &shipped_policy()};

/// All pages of a listing, asked for with this limit.
template <class Ask>
auto all_pages(Ask ask, std::uint32_t limit) {
  page_request request{limit, {}};
  auto first = ask(request);
  REQUIRE(first);
  auto items = first->items;
  for (auto next = first->next; next;) {
    request.after = *next;
    auto more = ask(request);
    REQUIRE(more);
    items.insert(items.end(), more->items.begin(), more->items.end());
    next = more->next;
  }
  return items;
}

memory_store& town_rows() {
  static memory_store rows;
  static bool folded = (fold_all(rows, town().logs), true);
  (void)folded;
  return rows;
}

template <class T>
std::vector<std::uint64_t> numbers_of(const std::vector<T>& items) {
  std::vector<std::uint64_t> numbers;
  for (const auto& item : items)
    numbers.push_back(item.number);
  return numbers;
}

} // namespace

// -- posts ------------------------------------------------------------------------------------

TEST_CASE("queries: posts come newest first, in pages of any size", "[storage]") {
  for (std::uint32_t limit : {1, 2, 5, 100}) {
    auto posts = all_pages([](auto& ask) { return storage::posts_of(town_rows(), acc("poems"), ask); }, limit);
    CHECK(numbers_of(posts) == std::vector<std::uint64_t>{5, 4, 3, 2, 1});
  }
  CHECK(numbers_of(storage::posts_between(town_rows(), acc("poems"), 2, 4)) == std::vector<std::uint64_t>{2, 3, 4});
}

TEST_CASE("queries: a correction shows the earlier wording, too", "[storage]") {
  auto post = storage::post(town_rows(), {acc("poems"), 2});
  REQUIRE(post);
  CHECK(post->title == "Better");
  CHECK(post->text == "a better poem");
  REQUIRE(post->earlier.size() == 1);
  CHECK(post->earlier[0].text == personal_text{"poem 2"});
}

TEST_CASE("queries: a withdrawn post shows none of its words, a withheld one says which rule [I9]", "[storage]") {
  auto withdrawn = storage::post(town_rows(), {acc("poems"), 3});
  REQUIRE(withdrawn);
  CHECK(withdrawn->state == post_state::withdrawn);
  CHECK(withdrawn->title.empty());
  CHECK(withdrawn->text.empty());
  CHECK_FALSE(storage::source_of(town_rows(), {acc("poems"), 3}));
  auto withheld = storage::post(town_rows(), {acc("shop"), 4});
  REQUIRE(withheld);
  CHECK(withheld->state == post_state::withheld);
  CHECK(withheld->text.empty());
  REQUIRE(withheld->rule);
  CHECK(withheld->rule->article == "5.5");
  CHECK(withheld->sanction == to_text(cas("complaint"), case_aspect::sanction));
  CHECK(storage::source_of(town_rows(), {acc("shop"), 5})->excerpt == "Title of offer 5");
}

TEST_CASE("queries: a restored post is as it was, unless its author withdrew it meanwhile", "[storage]") {
  auto l = town();
  memory_store rows;
  l.happens(acc("shop"), accounts::post_withheld{5, l.now, cas("other"), {"cn-2014", "5.5", ""}});
  l.happens(acc("shop"), accounts::post_withdrawn{5, l.now});
  l.happens(acc("shop"), accounts::post_restored{5, l.now});
  l.happens(acc("shop"), accounts::post_restored{4, l.now});
  fold_all(rows, l.logs);
  CHECK(storage::post(rows, {acc("shop"), 4})->text == "offer 4");
  CHECK(storage::post(rows, {acc("shop"), 5})->state == post_state::withdrawn);
}

TEST_CASE("queries: every account and every post carries its badge [I8]", "[storage]") {
  ledger l;
  auto e = opening("city news", "owner", "news_unit");
  e.organisation = org("paper");
  e.requested = news_right::original;
  l.happens(acc("city news"), e, accounts::editor_invited{usr("owner"), accounts::editor_role::owner});
  l.happens(acc("city news"), accounts::editor_standing_kept{usr("owner"), {}});
  organisation_standing paper;
  paper.kind = "news_unit";
  for (const auto& kind : cn_2014().organisation_credentials)
    paper.credentials.push_back({kind.key, "1", "a ministry", "all", noon - 24h, noon + 24h});
  l.happens(acc("city news"), accounts::organisation_standing_kept{paper});
  accounts::published news;
  news.number = 1;
  news.at = l.now;
  news.kind = post_kind::news_original;
  news.badge = news_right::original;
  l.happens(acc("city news"), news);
  open_account(l, "poems", "owner");
  memory_store rows;
  fold_all(rows, l.logs);
  CHECK(storage::account(rows, acc("city news"), at_noon)->badge == news_right::original);
  CHECK(storage::account(rows, acc("poems"), at_noon)->badge == news_right::none);
  CHECK(storage::post(rows, {acc("city news"), 1})->badge == news_right::original);
  storage::directory_filter badged;
  badged.badge = news_right::original;
  REQUIRE(storage::directory(rows, badged, {}, at_noon)->items.size() == 1);
  // The organisation's credentials are over: so is the badge.
  CHECK(storage::account(rows, acc("city news"), {noon + 48h, &shipped_policy()})->badge != news_right::original);
  CHECK(storage::directory(rows, badged, {}, {noon + 48h, &shipped_policy()})->items.empty());
}

// -- feeds ------------------------------------------------------------------------------------

namespace {

/// Posts of several accounts that become durable, and are folded, shard by shard and each at its own pace.
struct lagging_feed {
  explicit lagging_feed(unsigned seed) : random{seed} {
    for (auto name : {"a", "b", "c", "d", "e", "f", "g"}) {
      open_account(l, name, "owner");
      subscriptions.push_back(acc(name));
    }
    fold_to_heads();
  }

  void publish_some() {
    for (auto count = random() % 8; count > 0; --count) {
      auto& a = subscriptions[random() % subscriptions.size()];
      if (random() % 2)
        l.now -= 1s; // the clocks of shards that differ: the same time twice
      auto shard = shard_of(a, town_shards);
      l.now = std::max(l.now, l.logs[shard].back().at);
      accounts::published e;
      e.number = ++numbers[a];
      e.at = l.now;
      l.happens(a, e);
    }
  }

  /// Some shards a little further, one after the other.
  void fold_some() {
    for (auto& [shard, log] : l.logs) {
      storage::folder folder{rows, shard};
      auto done = storage::folded_up_to(rows, shard);
      auto until = done + random() % (log.size() - done + 1);
      for (auto at = done; at < until; ++at)
        folder.apply(at + 1, log[at]);
      rows.write(folder.take());
    }
  }
  void fold_to_heads() { fold_all(rows, l.logs, 3); }

  void take(const std::vector<post_view>& items) {
    for (const auto& item : items) {
      CHECK(got.insert(item.post).second);
      CHECK(item.number > last_got[item.account]);
      last_got[item.account] = item.number;
    }
    CHECK(std::is_sorted(items.begin(), items.end(), [](const post_view& x, const post_view& y) {
      return std::tie(x.at, x.account, x.number) < std::tie(y.at, y.account, y.number);
    }));
  }

  result<feed_page> sync(std::uint32_t limit, std::string newer, std::string older = {}) {
    return storage::feed_sync(rows, subscriptions, {limit, std::move(newer), std::move(older)}, town_shards);
  }

  std::mt19937 random;
  ledger l;
  memory_store rows;
  std::vector<account_id> subscriptions;
  std::map<account_id, std::uint64_t> numbers;
  std::map<account_id, std::uint64_t> last_got;
  std::set<post_id> got;
};

} // namespace

TEST_CASE("queries: a feed misses no post and repeats none, however late a shard is [I4]", "[storage]") {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    lagging_feed f{seed};
    auto start = f.sync(10, {});
    REQUIRE(start);
    REQUIRE(start->newer);
    CHECK(start->items.empty());
    auto cursor = *start->newer;
    for (int round = 0; round < 30; ++round) {
      f.publish_some();
      f.fold_some();
      auto limit = static_cast<std::uint32_t>(1 + f.random() % 6);
      auto page = f.sync(limit, cursor);
      REQUIRE(page);
      CHECK(page->items.size() <= limit);
      CHECK((page->more ? page->items.size() == limit : true));
      f.take(page->items);
      cursor = *page->newer;
    }
    f.fold_to_heads();
    for (bool more = true; more;) {
      auto page = f.sync(4, cursor);
      REQUIRE(page);
      f.take(page->items);
      cursor = *page->newer;
      more = page->more;
    }
    for (const auto& [account, last] : f.numbers)
      CHECK(f.last_got[account] == last);
  }
}

TEST_CASE("queries: a feed goes back to its first post, page by page", "[storage]") {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    lagging_feed f{seed};
    for (int round = 0; round < 10; ++round)
      f.publish_some();
    f.fold_to_heads();
    auto page = f.sync(3, {});
    REQUIRE(page);
    REQUIRE(page->newer);
    auto newer = *page->newer;
    std::set<post_id> got;
    std::optional<timestamp> before;
    while (true) {
      for (auto item = page->items.rbegin(); item != page->items.rend(); ++item) {
        CHECK(got.insert(item->post).second);
        CHECK(item->at <= before.value_or(item->at));
        before = item->at;
      }
      if (!page->older)
        break;
      page = f.sync(3, {}, *page->older);
      REQUIRE(page);
      CHECK_FALSE(page->newer);
    }
    std::size_t published = 0;
    for (const auto& [account, last] : f.numbers)
      published += last;
    CHECK(got.size() == published);
    CHECK(f.sync(10, newer)->items.empty()); // what came with the first page's cursor has been seen
  }
}

TEST_CASE("queries: cursors that aren't ours are refused by name", "[storage]") {
  auto& rows = town_rows();
  std::vector<account_id> nobody;
  for (std::string bad : {"x", "0", "zz", "hello", "c1c1"}) {
    CAPTURE(bad);
    auto feed = storage::feed_sync(rows, nobody, {10, bad, {}}, town_shards);
    CHECK((!feed && feed.why().code == errc::invalid_params && feed.why().field == "newer"));
    auto chats = storage::chats_of(rows, usr("anna"), {10, bad});
    CHECK((!chats && chats.why().field == "after"));
  }
  CHECK(storage::posts_of(rows, acc("poems"), {10, "q"}).why().field == "after");
  CHECK(storage::search_accounts(rows, "poem", {10, "q"}, at_noon).why().field == "after");
  // One that is made up stays within its own list.
  auto posts = storage::posts_of(rows, acc("poems"), {200, "ffffffffffffffffffff"});
  CHECK(numbers_of(posts->items) == std::vector<std::uint64_t>{5, 4, 3, 2, 1});
  CHECK(storage::posts_of(rows, acc("poems"), {200, "00"})->items.empty());
}

// -- directory and search -----------------------------------------------------------------------

TEST_CASE("queries: the directory filters by kind, region and category, by name", "[storage]") {
  ledger l;
  for (auto name : {"delta", "alpha", "Charlie", "bravo"})
    open_account(l, name, "owner");
  auto other = opening("echo", "owner", "news_unit");
  other.region = "31";
  l.happens(acc("echo"), other, accounts::editor_invited{usr("owner"), accounts::editor_role::owner});
  l.happens(acc("echo"), accounts::editor_standing_kept{usr("owner"), {}});
  auto pending = opening("foxtrot", "owner"); // nobody can act for it yet
  l.happens(acc("foxtrot"), pending, accounts::editor_invited{usr("owner"), accounts::editor_role::owner});
  memory_store rows;
  fold_all(rows, l.logs);
  auto names = [&](const storage::directory_filter& filter) {
    std::string all;
    for (const auto& a : all_pages([&](auto& ask) { return storage::directory(rows, filter, ask, at_noon); }, 2))
      all += a.name + ' ';
    return all;
  };
  CHECK(names({}) == "alpha bravo Charlie delta echo ");
  CHECK(names({"individual", "", "", {}}) == "alpha bravo Charlie delta ");
  CHECK(names({"", "31", "", {}}) == "echo ");
  CHECK(names({"individual", "31", "", {}}).empty());
  CHECK(names({"", "", "news", {}}) == "echo ");
  // A closed account is shown to who has its address, with its notice, and listed nowhere.
  restriction closed;
  closed.sanction = cas("end");
  closed.step = sanction_step::close;
  closed.scope = sanction_scope::account;
  closed.from = noon;
  l.happens(acc("bravo"), accounts::restricted{closed});
  fold_all(rows, l.logs);
  CHECK(names({}) == "alpha Charlie delta echo ");
  REQUIRE(storage::account(rows, acc("bravo"), at_noon)->restrictions.size() == 1);
  CHECK(storage::account(rows, acc("bravo"), at_noon)->restrictions[0].sanction ==
        to_text(cas("end"), case_aspect::sanction));
}

TEST_CASE("queries: a search gives names that begin so, then names that contain it", "[storage]") {
  ledger l;
  for (auto name : {"my poems", "Poems", "poems of old", "a poem", "other", "诗歌", "唐诗"})
    open_account(l, name, "owner");
  memory_store rows;
  fold_all(rows, l.logs);
  for (std::uint32_t limit : {1, 2, 3, 10}) {
    auto names = [&](std::string_view text) {
      std::string all;
      for (const auto& a :
           all_pages([&](auto& ask) { return storage::search_accounts(rows, text, ask, at_noon); }, limit))
        all += a.name + ',';
      return all;
    };
    CHECK(names("POEM") == "Poems,poems of old,a poem,my poems,");
    CHECK(names("诗") == "诗歌,唐诗,");
    CHECK(names("nothing").empty());
  }
  CHECK(storage::search_accounts(rows, "", {}, at_noon).why().field == "text");
}

// -- users ----------------------------------------------------------------------------------------

TEST_CASE("queries: users are found by name and by how their pseudonym begins", "[storage]") {
  auto& rows = town_rows();
  CHECK(storage::user_by_name(rows, nam("annabel")) == usr("anna"));
  CHECK_FALSE(storage::user_by_name(rows, nam("anna")));
  CHECK_FALSE(storage::user_by_name(rows, nam("poems"))); // an account's
  CHECK_FALSE(storage::account_by_name(rows, nam("annabel")));
  REQUIRE(storage::find_users(rows, "ANN", 10).size() == 1);
  CHECK(storage::find_users(rows, "ANN", 10)[0].pseudonym == "annabel");
  CHECK(storage::find_users(rows, "annx", 10).empty());
  std::vector<user_id> who{usr("bert"), usr("nobody"), usr("anna")};
  CHECK(storage::pseudonyms(rows, who) == std::vector<std::string>{"bert", "", "annabel"});
}

TEST_CASE("queries: a session is found by its token until it is over", "[storage]") {
  auto& rows = town_rows();
  auto session = storage::session_by_token(rows, digest_of("token"), noon + 1h);
  REQUIRE(session);
  CHECK(session->user == usr("anna"));
  CHECK(session->session == 1);
  CHECK_FALSE(storage::session_by_token(rows, digest_of("token"), session->until));
  CHECK_FALSE(storage::session_by_token(rows, digest_of("guess"), noon));
  REQUIRE(storage::sessions_of(rows, usr("anna")).size() == 1);
  CHECK(storage::password_of(rows, usr("anna")) == "argon2 of anna");
  CHECK_FALSE(storage::password_of(rows, usr("nobody")));
}

TEST_CASE("queries: notices are numbered, and a hole can be asked for", "[storage]") {
  ledger l;
  register_user(l, "anna");
  for (std::uint64_t n = 1; n <= 5; ++n)
    l.happens(usr("anna"), users::noticed{n, l.now, greeting("notice " + std::to_string(n))});
  memory_store rows;
  fold_all(rows, l.logs);
  auto all = all_pages([&](auto& ask) { return storage::notices(rows, usr("anna"), ask); }, 2);
  CHECK(numbers_of(all) == std::vector<std::uint64_t>{5, 4, 3, 2, 1});
  CHECK(numbers_of(storage::notices_after(rows, usr("anna"), 2, 2)) == std::vector<std::uint64_t>{3, 4});
}

// -- chats ----------------------------------------------------------------------------------------

TEST_CASE("queries: chats come by last activity, with what is unread", "[storage]") {
  ledger l;
  for (auto name : {"anna", "bert", "cleo"})
    register_user(l, name);
  l.happens(cht("one"), chats::opened{chats::chat_kind::direct, {}, {usr("anna"), usr("bert")}, l.now});
  l.happens(cht("two"), chats::opened{chats::chat_kind::direct, {}, {usr("cleo"), usr("anna")}, l.now});
  send(l, "two", 1, "hi", "cleo");
  send(l, "two", 2, "hi?", "cleo");
  send(l, "one", 1, "hello", "bert");
  l.happens(cht("two"), chats::was_read{usr("anna"), 1});
  l.happens(cht("three"), chats::opened{chats::chat_kind::group, std::string{"Group"}, {usr("bert")}, l.now});
  l.happens(cht("three"), chats::invited{usr("anna"), usr("bert"), l.now});
  memory_store rows;
  fold_all(rows, l.logs);
  for (std::uint32_t limit : {1, 10}) {
    auto chats = all_pages([&](auto& ask) { return storage::chats_of(rows, usr("anna"), ask); }, limit);
    REQUIRE(chats.size() == 2);
    CHECK(chats[0].chat == cht("one"));
    CHECK(chats[0].peer_name == "bert");
    CHECK(chats[1].peer == usr("cleo"));
    CHECK(chats[1].unread == 1);
  }
  REQUIRE(storage::invitations_of(rows, usr("anna")).size() == 1);
  CHECK(storage::invitations_of(rows, usr("anna"))[0].title == "Group");
  CHECK(storage::invitations_of(rows, usr("anna"))[0].by_name == "bert");
  CHECK(storage::chat_ids_of(rows, usr("anna")).size() == 3);
  l.happens(cht("three"), chats::left{usr("anna"), false, l.now}); // declined
  l.happens(cht("one"), chats::left{usr("anna"), false, l.now});
  fold_all(rows, l.logs);
  CHECK(storage::invitations_of(rows, usr("anna")).empty());
  CHECK(storage::chats_of(rows, usr("anna"), {})->items.size() == 1);
  CHECK_FALSE(storage::membership(rows, usr("anna"), cht("one")));
}

TEST_CASE("queries: who joins a group sees what comes after", "[storage]") {
  auto& rows = town_rows();
  auto bert = storage::membership(rows, usr("bert"), cht("group"));
  REQUIRE(bert);
  CHECK(bert->from == 1);
  for (std::uint32_t limit : {1, 2, 10}) {
    auto seen = all_pages([&](auto& ask) { return storage::messages(rows, cht("group"), bert->from, ask); }, limit);
    CHECK(numbers_of(seen) == std::vector<std::uint64_t>{3, 2});
  }
}

// -- the desk -------------------------------------------------------------------------------------

TEST_CASE("queries: the desk's queue has escalated cases first, then the nearest deadline", "[storage]") {
  ledger l;
  auto file = [&](std::string_view name, duration due, std::string region) {
    auto e = complaining({acc("shop"), {}, {}}, l.now);
    e.receipt_hash = digest_of(name);
    e.due = {noon + due - 1h, noon + due};
    e.region = std::move(region);
    l.happens(cas(name), e);
  };
  file("late", 30h, "11");
  file("soon", 10h, "31");
  file("soonest", 5h, "11");
  file("escalated", 40h, "11");
  l.happens(cas("escalated"), cases::escalated{l.now, false});
  l.happens(cas("soonest"), cases::claimed{usr("moderator"), l.now});
  memory_store rows;
  fold_all(rows, l.logs);
  auto names = [&](const storage::queue_filter& filter, std::uint32_t limit = 2) {
    std::string all;
    auto items =
        all_pages([&](auto& ask) { return storage::desk_queue_page(rows, desk_queue::complaint, filter, ask); }, limit);
    for (const auto& item : items)
      for (auto name : {"late", "soon", "soonest", "escalated"})
        if (item.case_ == to_text(cas(name), case_aspect::complaint))
          all += std::string{name} + ' ';
    return all;
  };
  CHECK(names({}) == "escalated soonest soon late ");
  storage::queue_filter beijing;
  beijing.region = "11";
  CHECK(names(beijing, 1) == "escalated soonest late ");
  storage::queue_filter free;
  free.claimed = false;
  CHECK(names(free) == "escalated soon late ");
  storage::queue_filter mine;
  mine.assignee = usr("moderator");
  CHECK(names(mine) == "soonest ");
  auto load = storage::desk_load(rows);
  REQUIRE(load.size() == 4);
  CHECK(load[1].waiting == 4);
  CHECK(load[1].escalated == 1);
  CHECK(load[1].claimed == 1);
  CHECK(load[1].next_deadline == noon + 5h);
  CHECK(load[0].waiting == 0);
  CHECK(storage::case_by_receipt(rows, digest_of("soon")) == cas("soon"));
}

TEST_CASE("queries: parties see their case, and complaints keep their words to themselves", "[storage]") {
  auto& rows = town_rows();
  auto mine = storage::cases_of(rows, usr("anna"), storage::party_role::complainant, {});
  REQUIRE(mine->items.size() == 1);
  const auto& c = mine->items[0];
  CHECK(c.case_ == to_text(cas("complaint"), case_aspect::complaint));
  CHECK(c.verdict == cases::verdict::uphold);
  REQUIRE(c.sanction);
  CHECK(c.sanction->enforced);
  REQUIRE(c.appeal);
  CHECK(c.appeal->appeal == to_text(cas("complaint"), case_aspect::appeal));
  CHECK_FALSE(c.appeal->verdict);
  CHECK(storage::cases_of(rows, usr("owner"), storage::party_role::concerned, {})->items.size() == 1);
  CHECK(storage::cases_of(rows, usr("owner"), storage::party_role::complainant, {})->items.empty());
  CHECK(storage::cases_about(rows, acc("shop"), {})->items.size() == 1);
  CHECK_FALSE(holds(rows, "They took my money"));
  CHECK_FALSE(holds(rows, "mail@example.org"));
  CHECK(storage::desk_queue_page(rows, desk_queue::appeal, {}, {})->items.size() == 1);
}

TEST_CASE("queries: an overturned sanction is struck from the record, one that is over stays on it [I9]", "[storage]") {
  ledger l;
  for (auto name : {"first", "second", "third"}) {
    l.happens(cas(name), imposing({acc("shop"), {}, {}}, l.now));
    l.happens(cas(name),
              cases::enforced{false, std::string_view{name} == "third", l.now, cases::enforcement::restriction});
  }
  l.happens(cas("person"), imposing({usr("anna"), {}, {}}, l.now));
  memory_store rows;
  fold_all(rows, l.logs);
  CHECK(storage::record_of(rows, acc("shop")).size() == 2); // the third had nobody to restrict
  l.happens(cas("first"), cases::lifted{{}, "It was over.", true, false, l.now});
  l.happens(cas("second"), cases::lifted{{}, "It was wrong.", false, true, l.now});
  fold_all(rows, l.logs);
  auto record = storage::record_of(rows, acc("shop"));
  REQUIRE(record.size() == 1);
  CHECK(record[0] == strike{noon, severity::serious});
  // Facts are public, persons aren't.
  auto all = all_pages([&](auto& ask) { return storage::sanctions(rows, {}, ask); }, 2);
  REQUIRE(all.size() == 4);
  CHECK(all[0].target.empty());
  CHECK(all[3].target == entity_id{acc("shop")});
  CHECK_FALSE(all[3].reasons.facts.empty());
  CHECK(storage::sanctions(rows, entity_id{usr("anna")}, {})->items.at(0).target == entity_id{usr("anna")});
  CHECK(storage::sanction(rows, cas("person"))->target.empty());
}

// -- offices, commands ------------------------------------------------------------------------------

TEST_CASE("queries: an office's items are listed open or all, and by due time over all offices", "[storage]") {
  auto& rows = town_rows();
  auto office = storage::office_by_code(rows, "11");
  REQUIRE(office);
  CHECK_FALSE(storage::office_by_code(rows, "1"));
  auto kind = office_item_kind::filing;
  auto all = all_pages([&](auto& ask) { return storage::office_items(rows, *office, kind, false, ask); }, 1);
  REQUIRE(all.size() == 2);
  CHECK(all[0].item == to_text(filing_id{*office, 1}));
  CHECK(all[0].office == "11");
  CHECK(all[0].receipt == "B-1");
  auto open = storage::office_items(rows, *office, kind, true, {});
  REQUIRE(open->items.size() == 1);
  CHECK(open->items[0].about == entity_id{acc("poems")});
  CHECK(storage::open_office_items(rows, kind, {})->items.size() == 1);
  CHECK(storage::office_items_about(rows, acc("shop")).size() == 1);
}

TEST_CASE("queries: a command's answer is found by its id until it is too old to be repeated [I3]", "[storage]") {
  ledger l;
  auto command = [&](std::string_view id, entity_id by, duration later) {
    l.now = noon + later;
    auto& c = l.happens(cht("chat"), chats::was_read{usr("anna"), 1});
    c.by = by;
    c.command = command_id{usr(id).raw};
    c.parameters = digest_of(id);
    c.answer = chat_answer{cht("chat")};
  };
  command("old", usr("anna"), 0h);
  command("new", usr("anna"), 20h);
  command("anonymous", {}, 21h);
  memory_store rows;
  fold_all(rows, l.logs);
  auto of = [&](std::string_view id, const entity_id& principal) {
    return storage::command_result(rows, principal, command_id{usr(id).raw});
  };
  REQUIRE(of("old", usr("anna")));
  CHECK(of("old", usr("anna"))->parameters == digest_of("old"));
  CHECK(of("old", usr("anna"))->answer == answer{chat_answer{cht("chat")}});
  CHECK(storage::command_result(rows, usr("anna"), command_id{usr("old").raw}, cht("chat")));
  CHECK_FALSE(storage::command_result(rows, usr("anna"), command_id{usr("old").raw}, cht("another")));
  CHECK_FALSE(of("old", usr("bert")));
  CHECK(of("anonymous", cht("chat")));
  CHECK(storage::expire_command_results(rows, noon + limits::command_results_kept, 100) == 0);
  CHECK(of("old", usr("anna")));
  CHECK(storage::expire_command_results(rows, noon + limits::command_results_kept + 1h, 100) == 1);
  CHECK_FALSE(of("old", usr("anna")));
  CHECK(of("new", usr("anna")));
  CHECK(storage::expire_command_results(rows, noon + 100h, 1) == 1); // no more than asked for
  CHECK(storage::expire_command_results(rows, noon + 100h, 100) == 1);
}

TEST_CASE("queries: decisions get the rows that they need, from what isn't written yet, too", "[storage]") {
  ledger l;
  l.happens(cht("c"), chats::opened{chats::chat_kind::direct, {}, {usr("anna"), usr("bert")}, l.now});
  send(l, "c", 1, "hello");
  memory_store rows;
  auto shard = shard_of(cht("c"), town_shards);
  storage::folder folder{rows, shard};
  for (std::size_t i = 0; i < l.logs[shard].size(); ++i)
    folder.apply(i + 1, l.logs[shard][i]);
  needed_row first{needed_row::table::message, 1};
  CHECK_FALSE(storage::facts_for(rows, cht("c"), first).message);
  auto ahead = storage::facts_for([&](const std::string& key) { return folder.get(key); }, cht("c"), first);
  REQUIRE(ahead.message);
  CHECK(ahead.message->sealed == personal<bytes>{sealed("hello")});
  CHECK(storage::facts_for(town_rows(), acc("poems"), {needed_row::table::post, 1}).post->author == usr("owner"));
  CHECK(storage::facts_for(town_rows(), named<office_id>("beijing"), {needed_row::table::filing, 1}).item);
  CHECK_FALSE(storage::facts_for(town_rows(), acc("poems"), {}).post);
}
