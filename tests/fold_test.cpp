#include <catch2/catch.hpp>

#include "storage/digest.hpp"
#include "storage/row_codec.hpp"
#include "tests/cases_fixture.hpp"
#include "tests/fold_fixture.hpp"

using namespace charter;
using namespace charter::test;
using storage::memory_store;

namespace tables = charter::storage::tables;

TEST_CASE("fold: the same journal gives the same rows, in whatever portions it is folded [I6]", "[storage]") {
  auto journal = town().logs;
  memory_store one;
  fold_all(one, journal);
  for (std::size_t batch : {1, 2, 7, 1000}) {
    memory_store other;
    fold_all(other, journal, batch);
    CHECK(rows_of(other) == rows_of(one));
  }
}

TEST_CASE("fold: shards may be folded in any order, since each row has one writer [I6]", "[storage]") {
  auto journal = town().logs;
  memory_store one;
  fold_all(one, journal);
  for (unsigned seed = 1; seed <= 20; ++seed) {
    memory_store other;
    std::mt19937 random{seed};
    std::map<shard_id, std::size_t> done;
    std::vector<shard_id> open;
    for (const auto& [shard, log] : journal)
      open.push_back(shard);
    while (!open.empty()) {
      auto pick = random() % open.size();
      auto shard = open[pick];
      auto at = ++done[shard];
      storage::folder folder{other, shard};
      folder.apply(at, journal[shard][at - 1]);
      other.write(folder.take());
      if (at == journal[shard].size())
        open.erase(open.begin() + static_cast<std::ptrdiff_t>(pick));
    }
    CAPTURE(seed);
    CHECK(rows_of(other) == rows_of(one));
  }
}

TEST_CASE("fold: interrupted at any position and resumed, it gives the same rows [I6]", "[storage]") {
  auto journal = town().logs;
  memory_store whole;
  fold_all(whole, journal);
  for (const auto& [shard, log] : journal)
    for (std::size_t stop = 0; stop <= log.size(); ++stop) {
      memory_store rows;
      auto cut = journal;
      cut[shard].resize(stop);
      fold_all(rows, cut, 3);
      CHECK(storage::folded_up_to(rows, shard) == stop);
      // What was applied but not yet written is lost with the process.
      if (stop < log.size()) {
        storage::folder lost{rows, shard};
        lost.apply(stop + 1, log[stop]);
      }
      fold_all(rows, journal, 5); // begins at 1 again: what is folded is passed over
      CAPTURE(shard, stop);
      CHECK(rows_of(rows) == rows_of(whole));
    }
}

TEST_CASE("fold: a stream's rows have no hole and no repeat [I4]", "[storage]") {
  memory_store rows;
  fold_all(rows, town().logs);
  auto numbers = [&](const std::string& prefix) {
    std::vector<std::uint64_t> found;
    rows.scan(prefix, storage::end_of(prefix), [&](std::string_view key, byte_view) {
      found.push_back(storage::key_reader{key, prefix}.number());
      return true;
    });
    return found;
  };
  CHECK(numbers(tables::posts(acc("poems"))) == std::vector<std::uint64_t>{1, 2, 3, 4, 5});
  CHECK(numbers(tables::messages(cht("group"))) == std::vector<std::uint64_t>{1, 2, 3});
  CHECK(numbers(tables::notices(usr("bert"))) == std::vector<std::uint64_t>{1});
  CHECK(numbers(tables::log_entries()) == std::vector<std::uint64_t>{0, 1, 2});
  CHECK(storage::log_size(rows) == 3);
}

TEST_CASE("fold: each entity's changes are found by position, each once [I6]", "[storage]") {
  auto journal = town().logs;
  memory_store rows;
  fold_all(rows, journal);
  for (const auto& [shard, log] : journal) {
    std::map<entity_id, std::vector<storage::position>> expected;
    for (std::size_t i = 0; i < log.size(); ++i)
      expected[log[i].entity].push_back(i + 1);
    for (const auto& [entity, positions] : expected) {
      CHECK(storage::changes_of(rows, entity, 0, 1000) == positions);
      CHECK(storage::changes_of(rows, entity, positions.front(), 1000) ==
            std::vector<storage::position>{positions.begin() + 1, positions.end()});
    }
  }
}

TEST_CASE("fold: the newest due time counts", "[storage]") {
  ledger l;
  auto u = usr("anna");
  l.happens(u, users::agreement_signed{}).due = noon + 2h;
  l.happens(u, users::agreement_signed{}).due = noon + 1h;
  memory_store rows;
  fold_all(rows, l.logs);
  auto shard = shard_of(u, town_shards);
  CHECK(storage::due_of(rows, u) == noon + 1h);
  CHECK(storage::next_due(rows, shard) == noon + 1h);
  CHECK(storage::due_entities(rows, shard, noon + 1h - 1ms, 10).empty());
  REQUIRE(storage::due_entities(rows, shard, noon + 5h, 10).size() == 1);
  l.happens(u, users::agreement_signed{}); // nothing is due any more
  fold_all(rows, l.logs);
  CHECK_FALSE(storage::due_of(rows, u));
  CHECK_FALSE(storage::next_due(rows, shard));
}

// -- erasing --------------------------------------------------------------------------------

namespace {

std::map<shard_id, std::vector<change>> read_journal(const storage::memory_journal& journal) {
  std::map<shard_id, std::vector<change>> logs;
  for (auto shard : journal.shards())
    REQUIRE(journal.read(shard, 1, [&](storage::position, const storage::log_record& record) {
      auto c = codec::decode_change(record.header, record.body);
      REQUIRE(c);
      logs[shard].push_back(std::move(*c));
      return true;
    }));
  return logs;
}

bool holds(const storage::memory_journal& journal, std::string_view text) {
  bool found = false;
  for (auto shard : journal.shards())
    REQUIRE(journal.read(shard, 1, [&](storage::position, const storage::log_record& record) {
      for (const auto* part : {&record.header, &record.body})
        found = found || text_of(*part).find(text) != std::string_view::npos;
      return true;
    }));
  return found;
}

/// What the shard's actor does about erasures.
void erase_pending(memory_store& rows, storage::memory_journal& journal) {
  for (auto shard : journal.shards())
    for (const auto& erasure : storage::bodies_to_erase(rows, shard, 1000)) {
      REQUIRE(journal.erase_bodies(shard, std::span{&erasure.at, 1}));
      storage::row_batch batch;
      storage::settle_erasure(batch, shard, erasure.at);
      rows.write(batch);
    }
}

} // namespace

TEST_CASE("fold: a recalled message's text is nowhere, and neither is an edited one's old text [I16]", "[storage]") {
  auto l = town();
  memory_store rows;
  storage::memory_journal journal;
  fold_all(rows, l.logs);
  write_journal(journal, l.logs);
  CHECK_FALSE(test::holds(rows, "a secret"));
  CHECK_FALSE(test::holds(rows, "a typo"));
  CHECK(test::holds(rows, "no typo"));
  CHECK(test::holds(rows, "hello"));
  CHECK(holds(journal, "a secret"));
  erase_pending(rows, journal);
  CHECK_FALSE(holds(journal, "a secret"));
  CHECK_FALSE(holds(journal, "a typo"));
  CHECK(holds(journal, "no typo"));
  CHECK(holds(journal, "hello"));
  auto row = storage::messages_between(rows, cht("group"), 2, 2).at(0);
  CHECK(row.recalled);
  CHECK(row.sealed.is_erased());
}

TEST_CASE("fold: a message edited twice keeps its newest text only [I16]", "[storage]") {
  ledger l;
  l.happens(cht("c"), chats::opened{chats::chat_kind::direct, {}, {usr("anna"), usr("bert")}, l.now});
  send(l, "c", 1, "first");
  l.happens(cht("c"), chats::edited{1, l.now, sealed("second")});
  l.happens(cht("c"), chats::edited{1, l.now, sealed("third")});
  memory_store rows;
  fold_all(rows, l.logs, 100);
  std::vector<storage::position> gone;
  for (const auto& erasure : storage::bodies_to_erase(rows, shard_of(cht("c"), town_shards), 10)) {
    gone.push_back(erasure.at);
    CHECK_FALSE(erasure.what.in_state);
    REQUIRE(erasure.what.rows.size() == 1);
    CHECK(erasure.what.rows[0].from == tables::message(cht("c"), 1));
  }
  CHECK(gone == std::vector<storage::position>{2, 3});
  CHECK(storage::bodies_of(rows, cht("c"), 1) == std::vector<storage::position>{4});
}

TEST_CASE("fold: whoever closes leaves no pseudonym, profile, password or notice behind [I16]", "[storage]") {
  auto l = town();
  l.happens(usr("bert"), users::sessions_closed{}, users::closed{l.now});
  l.happens(usr("anna"), users::sessions_closed{{1}, {digest_of("token")}}, users::closed{l.now});
  memory_store rows;
  storage::memory_journal journal;
  fold_all(rows, l.logs);
  write_journal(journal, l.logs);
  auto texts = {"annabel", "I write poems", "argon2 of anna", "Welcome, bert", "argon2 of bert"};
  erase_pending(rows, journal);
  for (std::string_view text : texts) {
    CAPTURE(text);
    if (text != "annabel") // its key of a name's id is a name in this test; in life it is a hash
      CHECK_FALSE(test::holds(rows, text));
    if (text == "argon2 of anna" || text == "I write poems" || text == "Welcome, bert")
      CHECK_FALSE(holds(journal, text));
  }
  auto anna = storage::user(rows, usr("anna"));
  REQUIRE(anna);
  CHECK(anna->closed);
  CHECK(anna->pseudonym.empty());
  CHECK_FALSE(storage::user_by_name(rows, nam("annabel")));
  CHECK(storage::find_users(rows, "anna", 10).empty());
  CHECK_FALSE(storage::session_by_token(rows, digest_of("token"), l.now));
  CHECK_FALSE(storage::password_of(rows, usr("anna")));
  CHECK(test::holds(rows, "argon2 of owner"));
}

TEST_CASE("fold: a journal with erased bodies gives the rows that the live store has [I6][I16]", "[storage]") {
  auto l = town();
  l.happens(usr("anna"), users::sessions_closed{{1}, {digest_of("token")}}, users::closed{l.now});
  memory_store live;
  storage::memory_journal journal;
  fold_all(live, l.logs);
  write_journal(journal, l.logs);
  erase_pending(live, journal);
  memory_store again;
  fold_all(again, read_journal(journal));
  erase_pending(again, journal); // erasing what is gone changes nothing
  CHECK(rows_of(again) == rows_of(live));
}

TEST_CASE("fold: a failed registration is erased once both answers are in [I15][I16]", "[storage]") {
  ledger l;
  users::registration_started started;
  started.pseudonym = std::string{"anna"};
  started.name = nam("anna");
  started.password_hash = std::string{"argon2 of anna"};
  l.happens(usr("anna"), started);
  l.happens(usr("anna"), users::registration_step{true, false, errc::conflict, ""},
            users::registration_failed{errc::conflict, "taken", {}});
  memory_store rows;
  fold_all(rows, l.logs);
  auto shard = shard_of(usr("anna"), town_shards);
  // The place that may still be granted is given back to the identity that the record names.
  CHECK(storage::bodies_to_erase(rows, shard, 10).empty());
  CHECK_FALSE(storage::password_of(rows, usr("anna")));
  CHECK_FALSE(storage::user(rows, usr("anna")));
  CHECK_FALSE(storage::user_by_name(rows, nam("anna")));
  l.happens(usr("anna"), users::registration_step{false, true, errc::conflict, "11"});
  fold_all(rows, l.logs);
  auto erasures = storage::bodies_to_erase(rows, shard, 10);
  REQUIRE(erasures.size() == 1);
  CHECK(erasures[0].at == 1);
  CHECK(erasures[0].what.in_state);
}

TEST_CASE("fold: an erased identity is linked to nobody", "[storage]") {
  auto l = town();
  auto person = named<identity_id>("anna id");
  disclosure_id d{usr("disclosure").raw};
  identities::disclosure_requested asked;
  asked.disclosure = d;
  asked.about = usr("anna");
  asked.by = usr("officer 1");
  asked.basis = "court_order";
  asked.at = l.now;
  l.happens(person, asked);
  l.happens(person, identities::disclosure_decided{d, usr("officer 2"), true, "", l.now, l.now + 1h});
  memory_store rows;
  fold_all(rows, l.logs);
  CHECK(storage::identities_behind(rows, usr("anna")) == std::vector<identity_id>{person});
  CHECK(storage::disclosure(rows, d)->identity == person);
  CHECK(storage::disclosure(rows, d)->view.status == identities::disclosure_status::approved);
  l.happens(person, identities::erased{l.now});
  fold_all(rows, l.logs);
  CHECK(storage::identities_behind(rows, usr("anna")).empty());
  CHECK(storage::disclosure(rows, d)->identity.empty());
  CHECK(storage::disclosure(rows, d)->view.about.empty());
  CHECK(storage::disclosure(rows, d)->view.decided_by == usr("officer 2"));
  CHECK(storage::bodies_to_erase(rows, vault_shard_of(person), 10).size() == 1);
}

// -- accounts, cases --------------------------------------------------------------------------

TEST_CASE("fold: an account that could not be opened leaves its name free", "[storage]") {
  ledger l;
  open_account(l, "poems", "owner");
  memory_store rows;
  fold_all(rows, l.logs);
  CHECK(storage::account_by_name(rows, nam("poems")) == acc("poems"));
  l.happens(acc("poems"), accounts::opening_failed{"no"});
  l.happens(acc("poems"), accounts::followers_changed{1}); // too late: nobody is there
  fold_all(rows, l.logs);
  CHECK_FALSE(storage::account_by_name(rows, nam("poems")));
  CHECK_FALSE(storage::account(rows, acc("poems"), {noon, nullptr}));
  CHECK(storage::accounts_of(rows, usr("owner"), {noon, nullptr}).empty());
  CHECK(storage::directory(rows, {}, {}, {noon, nullptr})->items.empty());
}

namespace {

/// Folds each event of a case as it is decided, and holds the row against the state after each.
struct watched {
  explicit watched(matter begun) : m(std::move(begun)) {}

  void ask(const cases::command& c, std::string_view user) { follow(m.ask(c, user)); }
  void hear(const cases::command& c, entity_id from) { follow(m.hear(c, from)); }
  void tick() { follow(m.tick()); }

  void follow(const result<answer>& answered) {
    REQUIRE(answered);
    change c;
    c.entity = m.self;
    c.at = m.now;
    for (const auto& e : m.last.events)
      c.events.push_back(e);
    storage::folder folder{rows, 0};
    folder.apply(++position, c);
    rows.write(folder.take());
    auto row = storage::case_facts(rows, m.self);
    REQUIRE(row);
    const auto& s = m.state;
    CHECK(row->kind == s.kind);
    CHECK(row->status == s.status);
    CHECK(row->opened_at == s.opened_at);
    CHECK(row->due == s.due);
    CHECK(row->escalated == s.escalated);
    CHECK(row->assignee == s.assignee);
    CHECK(row->account_open == s.account_open);
    bool appeal_waits = s.appeal && !s.appeal->decided;
    bool waits = appeal_waits || s.status == cases::case_status::open || s.status == cases::case_status::second;
    CHECK(row->queue.has_value() == waits);
    CHECK((row->queue == desk_queue::appeal) == appeal_waits);
    CHECK(row->sanction.has_value() == s.sanction.has_value());
    if (s.sanction) {
      CHECK(row->sanction->enforced == s.sanction->enforced);
      CHECK(row->sanction->lifted_at.has_value() == s.sanction->lifted.has_value());
    }
    std::size_t queued = 0;
    for (auto q : {desk_queue::application, desk_queue::complaint, desk_queue::appeal, desk_queue::second})
      queued += storage::desk_queue_page(rows, q, {}, {})->items.size();
    CHECK(queued == (waits ? 1 : 0));
  }

  matter m;
  memory_store rows;
  storage::position position = 0;
};

} // namespace

TEST_CASE("fold: a case's row says what its state says, in every step", "[storage]") {
  SECTION("an application that is sent back, amended and approved by two") {
    watched w{{}};
    auto what = organisation_application(news_right::original);
    w.ask(cases::apply{what, acc("city news")}, "applicant");
    w.hear(cases::name_answer{what.name_key, true}, what.name_key);
    w.ask(cases::claim{}, "moderator");
    cases::decide_application more;
    more.verdict = cases::verdict::ask_more;
    more.reason = "Which city?";
    w.ask(more, "moderator");
    w.ask(cases::amend{"What happens in Beijing.", "To tell it.", "news"}, "applicant");
    w.ask(approval(what), "moderator");
    w.ask(cases::second{true, "", false}, "senior");
    cases::account_opened ready;
    ready.account = acc("city news");
    w.hear(ready, ready.account);
  }
  SECTION("an application whose name is taken, and one that is withdrawn") {
    watched w{{}};
    auto what = personal_application();
    w.ask(cases::apply{what, acc("city news")}, "applicant");
    w.hear(cases::name_answer{what.name_key, false}, what.name_key);
    watched v{{}};
    v.ask(cases::apply{what, acc("city news")}, "applicant");
    v.hear(cases::name_answer{what.name_key, true}, what.name_key);
    v.ask(cases::withdraw{}, "applicant");
  }
  SECTION("a complaint that escalates, is upheld, appealed and overturned") {
    watched w{{}};
    w.ask(complaint(), "complainant");
    w.m.now = w.m.state.due.escalate_at;
    w.tick();
    w.ask(cases::claim{}, "senior");
    w.ask(cases::release{}, "senior");
    w.ask(upheld(), "senior");
    w.hear(cases::enforcement_confirmed{}, acc("shop"));
    w.ask(cases::file_appeal{"It does exist."}, "owner");
    w.ask(cases::decide_appeal{cases::verdict::uphold, "It does.", false}, "senior 2");
    w.hear(cases::enforcement_confirmed{true, false}, acc("shop"));
  }
  SECTION("a complaint that is dismissed") {
    watched w{{}};
    w.ask(complaint(), "complainant");
    w.ask(dismissed(), "moderator");
  }
  SECTION("a sanction without a complaint, until it is over") {
    watched w{{}};
    w.ask(imposition(), "senior");
    w.hear(cases::enforcement_confirmed{}, acc("shop"));
    if (w.m.state.sanction->what.until) {
      w.m.now = *w.m.state.sanction->what.until;
      w.tick();
    } else {
      w.ask(cases::lift{"Enough.", false}, "senior");
    }
  }
}
