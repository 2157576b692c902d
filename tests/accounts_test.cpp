// A public account: the one gate of publishing, its editors, what holds it back, and its posts.

#include "domain/accounts.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include "domain/limits.hpp"
#include "tests/domain_fixture.hpp"

using namespace charter;
using namespace charter::test;

namespace {

using astate = accounts::state;
const auto self = acc("self");
const auto ann = usr("ann"); // owner
const auto bob = usr("bob");
const auto paper = org("paper");
const auto opening = cas("opening");
const auto sanction = cas("sanction");

user_standing good_standing(std::uint64_t sequence = 1) {
  return {sequence, cn_2014().agreement.version, true, false, {}};
}
credential licence(timestamp until = noon + 24h) { return {"news_information", "17", "office", "", noon - 24h, until}; }
organisation_standing of_organisation(std::string kind, std::vector<credential> held = {licence()}) {
  return {1, std::move(kind), std::move(held), {}, {}};
}
restriction suspension(sanction_scope scope = sanction_scope::all_posts) {
  restriction r;
  r.sanction = sanction;
  r.step = sanction_step::suspend;
  r.scope = scope;
  r.rule = {"cn-2014", "8.2", {}};
  return r;
}

auto decided(const astate& s, const accounts::command& c, caller by, timestamp now = noon,
             const policy_view* policy = &shipped_policy(), std::optional<post_row> row = {}) {
  auto in = context_of(self, by, policy, now);
  in.rows.post = std::move(row);
  return decide(s, c, in);
}
astate then(astate s, const accounts::command& c, caller by, timestamp now = noon) {
  auto made = decided(s, c, by, now);
  REQUIRE(made);
  return after(std::move(s), made->events);
}

accounts::open opening_of(std::optional<organisation_id> organisation = {}, std::string kind = "individual",
                          news_right requested = news_right::none) {
  return {"Tea News", {}, "all about tea", "life", std::move(kind), "31", ann, organisation, requested};
}
/// Of a person.
astate of_person() {
  return then(then({}, opening_of(), caller::entity(opening)), accounts::editor_standing{good_standing(), 1},
              caller::entity(ann));
}
/// Of an organisation that holds those credentials.
astate of_kind(std::string kind, news_right requested, std::vector<credential> held = {licence()}) {
  auto s = then({}, opening_of(paper, kind, requested), caller::entity(opening));
  s = then(s, accounts::editor_standing{good_standing(), 1}, caller::entity(ann));
  return then(s, accounts::organisation_standing{of_organisation(kind, std::move(held))}, caller::entity(paper));
}

accounts::publish a_post(post_kind kind = post_kind::general) { return {kind, "Title", std::string{"Text"}, {}}; }
errc publishing(const astate& s, post_kind kind = post_kind::general, caller by = caller::of(ann),
                timestamp now = noon) {
  return refused_with(decided(s, a_post(kind), by, now));
}

} // namespace

// -- the gate -------------------------------------------------------------------------

TEST_CASE("account: an active editor publishes, and posts are numbered without holes [I4]", "[domain]") {
  auto s = of_person();
  for (std::uint64_t n = 1; n <= 3; ++n) {
    auto made = decided(s, a_post(), caller::of(ann));
    REQUIRE(made);
    CHECK(all_of_type<accounts::published>(made->events).at(0).number == n);
    CHECK(std::get<post_answer>(made->answer).post == post_id{self, n});
    s = after(s, made->events);
  }
  CHECK(s.posts_today == 3);
}

TEST_CASE("account: nobody but an active editor publishes", "[domain]") {
  auto s = of_person();
  CHECK(publishing(s, post_kind::general, caller::of(bob)) == errc::forbidden);
  CHECK(publishing(s, post_kind::general, caller::anonymous()) == errc::unauthenticated);
  CHECK(publishing(s, post_kind::general, caller::system()) == errc::forbidden);
  CHECK(publishing({}) == errc::not_found);
  CHECK(publishing(then({}, opening_of(), caller::entity(opening))) == errc::forbidden);
  auto from_entity = decided(s, a_post(), caller::entity(ann));
  CHECK(all_of_type<accounts::effect_refused>(from_entity->events).size() == 1);
  CHECK(after(s, from_entity->events) == s);
}

TEST_CASE("account: without policy nothing is published [I18]", "[domain]") {
  CHECK(refused_with(decided(of_person(), a_post(), caller::of(ann), noon, nullptr)) == errc::unavailable);
}

TEST_CASE("account: without the provider's news credential nothing is published, to the minute", "[domain]") {
  auto lapsing = shipped_policy();
  for (auto& held : lapsing.facts.credentials)
    held.valid_until = noon + 1min;
  auto at = [&](timestamp now) { return refused_with(decided(of_person(), a_post(), caller::of(ann), now, &lapsing)); };
  CHECK(at(noon + 1min - 1ms) == granted);
  CHECK(at(noon + 1min) == errc::credential_missing);
}

TEST_CASE("account: no public act without verified identity and the current agreement [I7]", "[domain]") {
  auto with = [](auto change) {
    auto standing = good_standing(2);
    change(standing);
    return publishing(then(of_person(), accounts::editor_standing{standing, 1}, caller::entity(ann)));
  };
  CHECK(with([](auto&) {}) == granted);
  CHECK(with([](auto& s) { s.verified = false; }) == errc::identity_required);
  CHECK(with([](auto& s) { s.closed = true; }) == errc::identity_required);
  CHECK(with([](auto& s) { s.agreement_version = 0; }) == errc::agreement_required);
}

TEST_CASE("account: a suspended account cannot publish [I2]", "[domain]") {
  auto made = decided(of_person(), accounts::restrict_{suspension()}, caller::entity(sanction));
  REQUIRE(made);
  auto told = sent<cases::enforcement_confirmed>(made->effects);
  REQUIRE(told.size() == 1);
  CHECK(told[0].first == entity_id{sanction});
  auto s = after(of_person(), made->events);
  auto no = decided(s, a_post(), caller::of(ann));
  REQUIRE_FALSE(no);
  CHECK(no.why().code == errc::sanctioned);
  CHECK(no.why().sanction == to_text(sanction, case_aspect::sanction));
  CHECK(no.why().rule.article == "8.2");

  auto lifted = decided(s, accounts::lift{sanction}, caller::entity(sanction));
  CHECK(sent<cases::enforcement_confirmed>(lifted->effects).at(0).second.lifting);
  CHECK(publishing(after(s, lifted->events)) == granted);
}

TEST_CASE("account: sanctions on the editor and on the organisation stop posts too [I2]", "[domain]") {
  auto standing = good_standing(2);
  standing.restrictions = {suspension()};
  CHECK(publishing(then(of_person(), accounts::editor_standing{standing, 1}, caller::entity(ann))) == errc::sanctioned);
  auto organisation = of_organisation("news_website");
  organisation.sequence = 2;
  organisation.restrictions = {suspension(sanction_scope::account)};
  auto s = of_kind("news_website", news_right::original);
  CHECK(publishing(s) == granted);
  CHECK(publishing(then(s, accounts::organisation_standing{organisation}, caller::entity(paper))) == errc::sanctioned);
}

TEST_CASE("account: one editor's sanction doesn't silence the others", "[domain]") {
  auto s = then(of_person(), accounts::add_editor{bob}, caller::of(ann));
  s = then(s, accounts::editor_standing{good_standing(), 2}, caller::entity(bob));
  auto standing = good_standing(2);
  standing.restrictions = {suspension()};
  s = then(s, accounts::editor_standing{standing, 1}, caller::entity(ann));
  CHECK(publishing(s, post_kind::general, caller::of(ann)) == errc::sanctioned);
  CHECK(publishing(s, post_kind::general, caller::of(bob)) == granted);
}

TEST_CASE("account: a limit on posts a day counts UTC days", "[domain]") {
  auto limited = suspension(sanction_scope::posts_per_day);
  limited.posts_per_day = 1;
  auto s = then(of_person(), accounts::restrict_{limited}, caller::entity(sanction));
  s = then(s, a_post(), caller::of(ann));
  CHECK(publishing(s) == errc::sanctioned);
  CHECK(publishing(s, post_kind::general, caller::of(ann), noon + 12h - 1ms) == errc::sanctioned);
  CHECK(publishing(s, post_kind::general, caller::of(ann), noon + 12h) == granted);
}

TEST_CASE("account: a closed account publishes nothing, for good [I2]", "[domain]") {
  auto closing = suspension(sanction_scope::account);
  closing.step = sanction_step::close;
  auto s = then(of_person(), accounts::restrict_{closing}, caller::entity(sanction));
  CHECK(publishing(s) == errc::sanctioned);
  CHECK(what_forbids(s.held, post_kind::general, 0, noon + 100 * 365 * 24h));
}

// -- entitlement ------------------------------------------------------------------------

TEST_CASE("account: current political news only as far as kind and credentials go [I8]", "[domain]") {
  using enum post_kind;
  auto of = [](std::string kind, std::vector<credential> held = {licence()}) {
    return of_kind(std::move(kind), news_right::original, std::move(held));
  };
  CHECK(publishing(of("news_website"), news_original) == granted);
  CHECK(publishing(of("news_website", {}), news_repost) == errc::not_entitled);
  CHECK(publishing(of("non_news_unit"), news_repost) == granted);
  CHECK(publishing(of("non_news_unit"), news_original) == errc::not_entitled);
  CHECK(publishing(of_person(), news_repost) == errc::not_entitled);
  CHECK(publishing(of_person(), general) == granted);
  auto no = decided(of_person(), a_post(news_original), caller::of(ann));
  CHECK(no.why().rule == cn_2014().news.rule);
}

TEST_CASE("account: it gets no more than was approved, even if its organisation could [I8]", "[domain]") {
  CHECK(publishing(of_kind("news_website", news_right::none), post_kind::news_repost) == errc::not_entitled);
  CHECK(publishing(of_kind("news_website", news_right::repost), post_kind::news_original) == errc::not_entitled);
  auto s = then(of_kind("news_website", news_right::none), accounts::grant_right{news_right::original, {}},
                caller::entity(opening));
  CHECK(publishing(s, post_kind::news_original) == granted);
}

TEST_CASE("account: a right ends with the credential that it rests on [I8]", "[domain]") {
  auto s = of_kind("news_website", news_right::original, {licence(noon + 1h)});
  auto at = [&](timestamp now) { return publishing(s, post_kind::news_original, caller::of(ann), now); };
  CHECK(at(noon + 1h - 1ms) == granted);
  CHECK(at(noon + 1h) == errc::not_entitled);
}

TEST_CASE("account: a personal account may repost news on a special approval [I8]", "[domain]") {
  special_approval approval{"repost_approval", noon, noon + 24h};
  auto s = then(of_person(), accounts::grant_right{news_right::repost, approval}, caller::entity(opening));
  CHECK(publishing(s, post_kind::news_repost) == granted);
  CHECK(publishing(s, post_kind::news_repost, caller::of(ann), noon + 24h) == errc::not_entitled);
}

TEST_CASE("account: every post of an entitled account carries the badge [I8]", "[domain]") {
  auto badge = [](const astate& s, post_kind kind) {
    auto made = decided(s, a_post(kind), caller::of(ann));
    CHECK(std::get<post_answer>(made->answer).badge == all_of_type<accounts::published>(made->events).at(0).badge);
    return all_of_type<accounts::published>(made->events).at(0).badge;
  };
  CHECK(badge(of_kind("news_website", news_right::original), post_kind::general) == news_right::original);
  CHECK(badge(of_kind("non_news_unit", news_right::original), post_kind::news_repost) == news_right::repost);
  CHECK(badge(of_person(), post_kind::general) == news_right::none);
}

TEST_CASE("account: where a charter holds no news back, all may publish it, without a badge", "[domain]") {
  auto book = cn_2014();
  book.news.restricted = false;
  book.news.matrix.clear();
  book.news.approvals.clear();
  book.news.badges.clear();
  auto open = policy_with(book);
  auto made = decided(of_person(), a_post(post_kind::news_original), caller::of(ann), noon, &open);
  REQUIRE(made);
  CHECK(all_of_type<accounts::published>(made->events).at(0).badge == news_right::none);
}

TEST_CASE("account: until its organisation's standing has arrived nothing is published", "[domain]") {
  auto s = then({}, opening_of(paper, "news_website"), caller::entity(opening));
  s = then(s, accounts::editor_standing{good_standing(), 1}, caller::entity(ann));
  auto no = decided(s, a_post(), caller::of(ann));
  CHECK(refused_with(no) == errc::unavailable);
  CHECK(no.why().retry_after_ms > 0);
}

// -- posts ------------------------------------------------------------------------------

TEST_CASE("account: posts are bounded [I12]", "[domain]") {
  auto with = [](auto change) {
    auto c = a_post();
    change(c);
    return refused_with(decided(of_person(), c, caller::of(ann)));
  };
  CHECK(with([](auto& c) { c.text = std::string(limits::post_bytes_max, 'x'); }) == granted);
  CHECK(with([](auto& c) { c.text = std::string(limits::post_bytes_max + 1, 'x'); }) == errc::too_large);
  CHECK(with([](auto& c) { c.title = std::string(limits::title_bytes_max + 1, 'x'); }) == errc::too_large);
  CHECK(with([](auto& c) { c.link = std::string(limits::link_bytes_max + 1, 'x'); }) == errc::too_large);
  CHECK(with([](auto& c) { c.text = std::string{}; }) == errc::invalid_params);
}

TEST_CASE("account: news that is re-posted stays news, whatever it is declared as [I8]", "[domain]") {
  accounts::repost c{{{acc("other"), 7}, "Other", "An excerpt", post_kind::news_original}, post_kind::general, {}};
  CHECK(refused_with(decided(of_person(), c, caller::of(ann))) == errc::not_entitled);
  auto made = decided(of_kind("non_news_unit", news_right::repost), c, caller::of(ann));
  REQUIRE(made);
  CHECK(std::get<accounts::published>(made->events.at(0)).kind == post_kind::news_repost);
}

TEST_CASE("account: a repost keeps its source and passes the same gate [I8]", "[domain]") {
  accounts::repost c{{{acc("other"), 7}, "Other", "An excerpt"}, post_kind::news_repost, std::string{"see this"}};
  auto made = decided(of_kind("non_news_unit", news_right::repost), c, caller::of(ann));
  REQUIRE(made);
  CHECK(all_of_type<accounts::published>(made->events).at(0).source == c.source);
  CHECK(refused_with(decided(of_person(), c, caller::of(ann))) == errc::not_entitled);
  c.kind = post_kind::news_original;
  CHECK(refused_with(decided(of_person(), c, caller::of(ann))) == errc::invalid_params);
  c.kind = post_kind::general;
  CHECK(refused_with(decided(of_person(), c, caller::of(ann))) == granted);
  c.source.post = {};
  CHECK(refused_with(decided(of_person(), c, caller::of(ann))) == errc::invalid_params);
}

namespace {

post_row row_in(post_state state, post_kind kind = post_kind::general) {
  post_row row;
  row.number = 1;
  row.kind = kind;
  row.title = "Title";
  row.text = std::string{"Text"};
  row.author = ann;
  row.state = state;
  if (state == post_state::withheld)
    row.withheld_by = sanction;
  return row;
}
auto with_row(const astate& s, const accounts::command& c, std::optional<post_row> row, caller by = caller::of(ann)) {
  return decided(s, c, by, noon, &shipped_policy(), std::move(row));
}

} // namespace

TEST_CASE("account: which row a command needs", "[domain]") {
  CHECK(accounts::needs(accounts::correct{7, {}, {}}).number == 7);
  CHECK(accounts::needs(accounts::withhold_post{{}, 8, {}}).in == needed_row::table::post);
  CHECK(accounts::needs(a_post()).in == needed_row::table::none);
}

TEST_CASE("account: a correction needs its post, the gate, and room for another wording", "[domain]") {
  accounts::correct c{1, {}, std::string{"Better"}};
  auto s = of_person();
  auto made = with_row(s, c, row_in(post_state::visible));
  REQUIRE(made);
  CHECK(all_of_type<accounts::corrected>(made->events).at(0).title == "Title");
  CHECK(refused_with(with_row(s, c, {})) == errc::not_found);
  CHECK(refused_with(with_row(s, c, row_in(post_state::withdrawn))) == errc::conflict);
  CHECK(refused_with(with_row(s, c, row_in(post_state::withheld))) == errc::conflict);
  CHECK(refused_with(with_row(s, c, row_in(post_state::visible), caller::of(bob))) == errc::forbidden);
  CHECK(refused_with(with_row(s, c, row_in(post_state::visible, post_kind::news_original))) == errc::not_entitled);
  auto worn = row_in(post_state::visible);
  worn.earlier.resize(limits::post_versions_max);
  CHECK(refused_with(with_row(s, c, worn)) == errc::too_large);
  auto suspended = then(s, accounts::restrict_{suspension()}, caller::entity(sanction));
  CHECK(refused_with(with_row(suspended, c, row_in(post_state::visible))) == errc::sanctioned);
}

TEST_CASE("account: a number is given once, whatever becomes of its post [I4]", "[domain]") {
  auto s = of_person();
  std::uint64_t last = 0;
  auto next_number = [&] {
    auto made = decided(s, a_post(), caller::of(ann));
    REQUIRE(made);
    s = after(s, made->events);
    return all_of_type<accounts::published>(made->events).at(0).number;
  };
  auto happens = [&](const accounts::command& c, post_state before, caller by) {
    auto row = row_in(before);
    row.number = last;
    auto made = with_row(s, c, row, by);
    REQUIRE(made);
    s = after(s, made->events);
  };
  CHECK(next_number() == ++last);
  happens(accounts::correct{last, {}, std::string{"Better"}}, post_state::visible, caller::of(ann));
  CHECK(next_number() == ++last);
  happens(accounts::withhold_post{sanction, last, {}}, post_state::visible, caller::entity(sanction));
  CHECK(next_number() == ++last);
  happens(accounts::withdraw_post{last}, post_state::visible, caller::of(ann));
  CHECK(next_number() == ++last);
  CHECK(refused_with(decided(s, a_post(post_kind::news_original), caller::of(ann))) == errc::not_entitled);
  CHECK(next_number() == ++last);
}

TEST_CASE("account: one's words can be taken back under a sanction and without policy", "[domain]") {
  auto s = then(of_person(), accounts::restrict_{suspension(sanction_scope::account)}, caller::entity(sanction));
  accounts::withdraw_post c{1};
  CHECK(refused_with(decided(s, c, caller::of(ann), noon, nullptr, row_in(post_state::visible))) == granted);
  CHECK(refused_with(with_row(s, c, row_in(post_state::withheld))) == granted);
  CHECK(refused_with(with_row(s, c, row_in(post_state::withdrawn))) == errc::conflict);
  CHECK(refused_with(with_row(s, c, {})) == errc::not_found);
}

TEST_CASE("account: a case withholds a post and restores what it withholds, and always hears back [I2]", "[domain]") {
  auto by = caller::entity(sanction);
  auto confirmed = [&](const accounts::command& c, std::optional<post_row> row) {
    auto made = with_row(of_person(), c, std::move(row), by);
    REQUIRE(made);
    auto told = sent<cases::enforcement_confirmed>(made->effects);
    REQUIRE(told.size() == 1);
    return std::pair{told[0].second, made->events};
  };
  accounts::withhold_post hold{sanction, 1, {"cn-2014", "8.2", {}}};
  auto [held, events] = confirmed(hold, row_in(post_state::visible));
  CHECK_FALSE(held.refused);
  CHECK(all_of_type<accounts::post_withheld>(events).at(0).rule == hold.rule);
  CHECK(confirmed(hold, row_in(post_state::withdrawn)).first.refused);
  CHECK(confirmed(hold, {}).first.refused);

  accounts::restore_post restore{sanction, 1};
  CHECK(all_of_type<accounts::post_restored>(confirmed(restore, row_in(post_state::withheld)).second).size() == 1);
  auto others = row_in(post_state::withheld);
  others.withheld_by = cas("another");
  auto [told, nothing] = confirmed(restore, others);
  CHECK(told.lifting);
  CHECK(all_of_type<accounts::post_restored>(nothing).empty());
  CHECK(refused_with(with_row(of_person(), hold, row_in(post_state::visible))) == errc::forbidden);
}

// -- opening, editors, organisation -----------------------------------------------------

TEST_CASE("account: the case hears once, when owner and organisation stand behind it", "[domain]") {
  auto opened_now = [](const auto& made) { return sent<cases::account_opened>(made->effects).size(); };
  auto made = decided({}, opening_of(paper, "news_website"), caller::entity(opening));
  CHECK(sent<users::begin_edge>(made->effects).at(0).first == entity_id{ann});
  CHECK(sent<organisations::begin_edge>(made->effects).at(0).second.applicant == ann);
  auto s = after(astate{}, made->events);
  auto owner = decided(s, accounts::editor_standing{good_standing(), 1}, caller::entity(ann));
  CHECK(opened_now(owner) == 0);
  s = after(s, owner->events);
  auto organisation =
      decided(s, accounts::organisation_standing{of_organisation("news_website")}, caller::entity(paper));
  CHECK(opened_now(organisation) == 1);
  CHECK(sent<cases::account_opened>(organisation->effects).at(0).first == entity_id{opening});
  s = after(s, organisation->events);
  CHECK(opened_now(decided(s, accounts::editor_standing{good_standing(2), 1}, caller::entity(ann))) == 0);
  CHECK(all_of_type<accounts::effect_refused>(decided(s, opening_of(), caller::entity(opening))->events).size() == 1);
  CHECK(refused_with(decided({}, opening_of(), caller::of(ann))) == errc::forbidden);
}

TEST_CASE("account: it never comes to be when owner or organisation refuse", "[domain]") {
  auto s = then({}, opening_of(paper, "news_website"), caller::entity(opening));
  for (auto [c, by] : {std::pair{accounts::command{accounts::organisation_refused{"no"}}, caller::entity(paper)},
                       std::pair{accounts::command{accounts::editor_refused{"no", 1}}, caller::entity(ann)}}) {
    auto made = decided(s, c, by);
    auto told = sent<cases::account_opened>(made->effects);
    REQUIRE(told.size() == 1);
    CHECK(told[0].second.refused);
    CHECK(sent<users::end_edge>(made->effects).size() == 1);
    auto failed = after(s, made->events);
    CHECK(publishing(failed) == errc::not_found);
    auto late =
        decided(failed, accounts::organisation_standing{of_organisation("news_website")}, caller::entity(paper));
    CHECK(sent<cases::account_opened>(late->effects).empty());
    CHECK(sent<organisations::standing_confirmed>(late->effects).size() == 1);
  }
}

TEST_CASE("account: its owner invites, and the invited is an editor when its standing has come", "[domain]") {
  auto s = of_person();
  auto made = decided(s, accounts::add_editor{bob}, caller::of(ann));
  REQUIRE(made);
  CHECK(made->awaiting == bob.raw);
  CHECK(sent<users::begin_edge>(made->effects).at(0).first == entity_id{bob});
  s = after(s, made->events);
  CHECK_FALSE(outcome(s, bob.raw));
  CHECK(publishing(s, post_kind::general, caller::of(bob)) == errc::forbidden);
  auto yes = then(s, accounts::editor_standing{good_standing(), 2}, caller::entity(bob));
  CHECK(*outcome(yes, bob.raw));
  CHECK(publishing(yes, post_kind::general, caller::of(bob)) == granted);
  CHECK(refused_with(decided(yes, accounts::add_editor{bob}, caller::of(ann))) == errc::conflict);
  CHECK(refused_with(decided(yes, accounts::add_editor{usr("eve")}, caller::of(bob))) == errc::forbidden);

  auto no = then(s, accounts::editor_refused{"closed", 2}, caller::entity(bob));
  CHECK(refused_with(*outcome(no, bob.raw)) == errc::forbidden);
  CHECK_FALSE(outcome(then(no, accounts::add_editor{bob}, caller::of(ann)), bob.raw));
}

TEST_CASE("account: editors are bounded, leave by themselves, and the owner stays [I12]", "[domain]") {
  auto s = of_person();
  for (std::size_t i = 1; i < limits::editors_max; ++i) {
    s = then(s, accounts::add_editor{usr("e" + std::to_string(i))}, caller::of(ann));
    s = then(s, accounts::editor_standing{good_standing(), i + 1}, caller::entity(usr("e" + std::to_string(i))));
  }
  CHECK(refused_with(decided(s, accounts::add_editor{bob}, caller::of(ann))) == errc::too_large);
  auto leaves = decided(s, accounts::remove_editor{usr("e1")}, caller::of(usr("e1")));
  CHECK(sent<users::end_edge>(leaves->effects).at(0).first == entity_id{usr("e1")});
  CHECK(refused_with(decided(s, accounts::remove_editor{usr("e1")}, caller::of(usr("e2")))) == errc::forbidden);
  CHECK(refused_with(decided(s, accounts::remove_editor{ann}, caller::of(ann))) == errc::conflict);
  CHECK(refused_with(decided(s, accounts::remove_editor{bob}, caller::of(ann))) == errc::not_found);
}

TEST_CASE("account: a standing is kept if newer, and confirmed in any case [I2]", "[domain]") {
  auto newer = good_standing(5);
  newer.restrictions = {suspension()};
  auto s = then(of_person(), accounts::editor_standing{newer, 1}, caller::entity(ann));
  auto old = decided(s, accounts::editor_standing{good_standing(4), 1}, caller::entity(ann));
  CHECK(after(s, old->events) == s);
  CHECK(sent<users::standing_confirmed>(old->effects).at(0).second.sequence == 5);
  auto stranger = decided(s, accounts::editor_standing{good_standing(9), 1}, caller::entity(bob));
  CHECK(after(s, stranger->events) == s);
  CHECK(sent<users::end_edge>(stranger->effects).size() == 1);
  CHECK(sent<users::standing_confirmed>(stranger->effects).empty());
}

TEST_CASE("account: a standing that an earlier invitation brought makes nobody an editor [I2]", "[domain]") {
  auto s = then(of_person(), accounts::add_editor{bob}, caller::of(ann));
  s = then(s, accounts::remove_editor{bob}, caller::of(ann));
  auto again = decided(s, accounts::add_editor{bob}, caller::of(ann));
  CHECK(sent<users::begin_edge>(again->effects).at(0).second.invitation == 3);
  s = after(s, again->events);
  auto late = decided(s, accounts::editor_standing{good_standing(), 2}, caller::entity(bob));
  CHECK(after(s, late->events) == s);
  CHECK(late->effects.empty());
  CHECK(after(s, decided(s, accounts::editor_refused{"no", 2}, caller::entity(bob))->events) == s);
  s = then(s, accounts::editor_standing{good_standing(), 3}, caller::entity(bob));
  CHECK(publishing(s, post_kind::general, caller::of(bob)) == granted);
}

TEST_CASE("account: followers are counted, and never below none", "[domain]") {
  auto s = then(of_person(), accounts::follower_joined{}, caller::entity(bob));
  CHECK(s.followers == 1);
  s = then(s, accounts::follower_left{}, caller::entity(bob));
  s = then(s, accounts::follower_left{}, caller::entity(bob));
  CHECK(s.followers == 0);
}

TEST_CASE("account: only a sanction's own case restricts and lifts, and a missing account says so", "[domain]") {
  auto s = then(of_person(), accounts::restrict_{suspension()}, caller::entity(sanction));
  CHECK(after(s, decided(s, accounts::lift{sanction}, caller::entity(opening))->events) == s);
  CHECK(refused_with(decided(s, accounts::lift{sanction}, caller::of(ann))) == errc::forbidden);
  auto nobody = decided({}, accounts::restrict_{suspension()}, caller::entity(sanction));
  CHECK(sent<cases::enforcement_confirmed>(nobody->effects).at(0).second.refused);
}

// -- all together -------------------------------------------------------------------------

TEST_CASE("account: no post is accepted while any restriction on it forbids it [I2] [I4]", "[domain]") {
  CHECK(rc::check([] {
    auto s = of_kind("news_website", news_right::original);
    std::uint64_t posts = 0;
    bool account = false;
    bool editor = false;
    bool organisation = false;
    std::uint64_t sequence = 1;
    for (auto step : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 7))) {
      ++sequence;
      restrictions held;
      accounts::command c = a_post();
      auto by = caller::of(ann);
      if (step == 1 || step == 2) {
        account = step == 1;
        c = account ? accounts::command{accounts::restrict_{suspension()}}
                    : accounts::command{accounts::lift{sanction}};
        by = caller::entity(sanction);
      } else if (step == 3 || step == 4) {
        editor = step == 3;
        auto standing = good_standing(sequence);
        if (editor)
          standing.restrictions = {suspension()};
        c = accounts::editor_standing{standing, 1};
        by = caller::entity(ann);
      } else if (step == 5 || step == 6) {
        organisation = step == 5;
        auto standing = of_organisation("news_website");
        standing.sequence = sequence;
        if (organisation)
          standing.restrictions = {suspension()};
        c = accounts::organisation_standing{standing};
        by = caller::entity(paper);
      }
      auto made = decided(s, c, by);
      if (step == 0) {
        RC_ASSERT(bool(made) == !(account || editor || organisation));
        if (made)
          RC_ASSERT(all_of_type<accounts::published>(made->events).at(0).number == ++posts);
      }
      if (made)
        s = after(s, made->events);
    }
  }));
}
