// A user: registration, agreement, sessions, relations, standing. Sagas from end to end: tests/domain_saga_test.cpp.

#include "domain/users.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include "domain/limits.hpp"
#include "tests/domain_fixture.hpp"

using namespace charter;
using namespace charter::test;
using namespace charter::users;
using ustate = charter::users::state;

namespace {

const auto ann = usr("ann");
const auto bob = usr("bob");
const auto person = named<identity_id>("person");
const auto tea = named<name_id>("tea");
const auto coffee = named<name_id>("coffee");

auto decided(const ustate& s, const command& c, caller by, timestamp now = noon,
             const policy_view* policy = &shipped_policy()) {
  return decide(s, c, context_of(ann, by, policy, now));
}
auto by_self(const ustate& s, const command& c, timestamp now = noon) { return decided(s, c, caller::of(ann), now); }
ustate then(ustate s, const command& c, caller by, timestamp now = noon) {
  auto made = decided(s, c, by, now);
  REQUIRE(made);
  return after(std::move(s), made->events);
}

register_ registration() {
  register_ c;
  c.pseudonym = std::string{"Tea"};
  c.name = tea;
  c.identity = person;
  c.ticket = digest_of("ticket");
  c.password_hash = std::string{"$argon2id$"};
  c.agreement_version = cn_2014().agreement.version;
  c.agreement_digest = agreement_digest(cn_2014());
  c.items = all_items(cn_2014());
  c.language = "zh-CN";
  return c;
}
const name_answer name_yes{tea, true};
const name_answer name_no{tea, false};
const place_answer place_yes{true, {}, "11", {}, {}};
const place_answer place_no{false, errc::identity_required, {}, "the ticket is over", {"cn-2014", "6.1", {}}};

ustate registering() { return then({}, registration(), caller::anonymous()); }
ustate active() { return then(then(registering(), name_yes, caller::entity(tea)), place_yes, caller::entity(person)); }
errc outcome_code(const ustate& s, const id_bytes& key) {
  auto ended = outcome(s, key);
  REQUIRE(ended);
  return refused_with(*ended);
}

restriction suspension(case_id by = cas("sanction")) {
  restriction r;
  r.sanction = by;
  r.step = sanction_step::suspend;
  r.scope = sanction_scope::all_posts;
  return r;
}
ustate editing(ustate s, std::string_view account) {
  return then(std::move(s), begin_edge{acc(account)}, caller::entity(acc(account)));
}

} // namespace

// -- registration -------------------------------------------------------------------

TEST_CASE("user: registration claims the name and a place, and is answered at its end [I15]", "[domain]") {
  auto made = decided({}, registration(), caller::anonymous());
  REQUIRE(made);
  CHECK(made->awaiting == ann.raw);
  CHECK(std::get<user_answer>(made->answer).user == ann);
  CHECK(sent<names::claim>(made->effects).at(0).first == entity_id{tea});
  CHECK(sent<identities::claim_place>(made->effects).at(0).first == entity_id{person});
  CHECK_FALSE(outcome(after(ustate{}, made->events), ann.raw));

  auto s = active();
  CHECK(s.status == users::status::active);
  CHECK(s.region == "11");
  CHECK(outcome_code(s, ann.raw) == granted);
  CHECK(standing_of(s) == user_standing{1, cn_2014().agreement.version, true, false, {}});
}

TEST_CASE("user: the answers of name and place may come in either order", "[domain]") {
  auto other = then(then(registering(), place_yes, caller::entity(person)), name_yes, caller::entity(tea));
  CHECK(other == active());
}

TEST_CASE("user: nobody registers without all seven items of the current text [I7]", "[domain]") {
  auto with = [](auto change) {
    auto c = registration();
    change(c);
    return refused_with(decided({}, c, caller::anonymous()));
  };
  CHECK(with([](auto& c) { c.items.pop_back(); }) == errc::agreement_required);
  CHECK(with([](auto& c) { c.items.back() = c.items.front(); }) == errc::agreement_required);
  CHECK(with([](auto& c) { ++c.agreement_version; }) == errc::agreement_required);
  CHECK(with([](auto& c) { c.agreement_digest = digest_of("another text"); }) == errc::agreement_required);
  CHECK(with([](auto& c) { c.identity = identity_id{}; }) == errc::identity_required);
  CHECK(with([](auto& c) { c.pseudonym = std::string(limits::pseudonym_bytes_max + 1, 'x'); }) == errc::too_large);
  CHECK(with([](auto& c) { c.pseudonym = std::string{}; }) == errc::invalid_params);
  CHECK(with([](auto& c) { c.password_hash = std::string{}; }) == errc::invalid_params);
}

TEST_CASE("user: nobody registers without the provider's credential or without policy [I18]", "[domain]") {
  auto lapsed = shipped_policy();
  lapsed.facts.credentials.clear();
  CHECK(refused_with(decided({}, registration(), caller::anonymous(), noon, &lapsed)) == errc::credential_missing);
  CHECK(refused_with(decided({}, registration(), caller::anonymous(), noon, nullptr)) == errc::unavailable);
  CHECK(refused_with(decided({}, registration(), caller::of(bob))) == errc::forbidden);
  CHECK(refused_with(decided(active(), registration(), caller::anonymous())) == errc::conflict);
}

TEST_CASE("user: a failed registration gives back what was granted, before or after [I15]", "[domain]") {
  // Name first, then no place: the name goes back at once.
  auto named_first = then(registering(), name_yes, caller::entity(tea));
  auto made = decided(named_first, place_no, caller::entity(person));
  CHECK(sent<names::release>(made->effects).at(0).first == entity_id{tea});
  auto s = after(named_first, made->events);
  CHECK(outcome_code(s, ann.raw) == errc::identity_required);
  CHECK(outcome(s, ann.raw)->why().rule.article == "6.1");
  CHECK(s.pseudonym.is_erased());

  // No place first: the name goes back when its grant becomes known.
  s = then(registering(), place_no, caller::entity(person));
  CHECK(sent<names::release>(decided(s, name_yes, caller::entity(tea))->effects).size() == 1);
  CHECK(decided(s, name_no, caller::entity(tea))->effects.empty());

  // The name is taken: the place goes back, before or after.
  s = then(registering(), name_no, caller::entity(tea));
  CHECK(outcome_code(s, ann.raw) == errc::conflict);
  CHECK(sent<identities::release_place>(decided(s, place_yes, caller::entity(person))->effects).size() == 1);
  auto placed = then(registering(), place_yes, caller::entity(person));
  CHECK(sent<identities::release_place>(decided(placed, name_no, caller::entity(tea))->effects).size() == 1);
}

TEST_CASE("user: whose registration has failed knows no identity once both have answered [I16]", "[domain]") {
  using step = std::pair<command, entity_id>;
  step no_name{name_no, tea}, a_name{name_yes, tea}, no_place{place_no, person}, a_place{place_yes, person};
  for (auto& [first, second] : {std::pair{no_name, no_place}, {no_name, a_place}, {a_name, no_place}}) {
    for (auto& [one, other] : {std::pair{first, second}, {second, first}}) {
      auto s = then(registering(), one.first, caller::entity(one.second));
      s = then(s, other.first, caller::entity(other.second));
      CHECK(s.status == users::status::failed);
      CHECK(s.identity.is_erased());
    }
  }
  CHECK_FALSE(active().identity.is_erased());
}

TEST_CASE("user: answers from strangers change nothing", "[domain]") {
  auto s = registering();
  CHECK(after(s, decided(s, name_yes, caller::entity(coffee))->events) == s);
  CHECK(after(s, decided(s, place_yes, caller::entity(named<identity_id>("other")))->events) == s);
  CHECK(refused_with(decided(s, name_yes, caller::of(bob))) == errc::forbidden);
}

// -- agreement and profile ------------------------------------------------------------

TEST_CASE("user: a new agreement is signed whole, and every account hears of it [I7]", "[domain]") {
  auto book = cn_2014();
  book.agreement.version = 2;
  auto renewed = policy_with(book);
  auto s = editing(active(), "a");
  sign_agreement c{2, agreement_digest(book), all_items(book)};
  auto made = decided(s, c, caller::of(ann), noon, &renewed);
  REQUIRE(made);
  auto told = sent<accounts::editor_standing>(made->effects);
  REQUIRE(told.size() == 1);
  CHECK(told[0].second.standing.agreement_version == 2);
  CHECK(told[0].second.standing.sequence == s.standing_sequence + 1);
  CHECK(standing_of(after(s, made->events)) == told[0].second.standing);

  c.version = 1;
  CHECK(refused_with(decided(s, c, caller::of(ann), noon, &renewed)) == errc::agreement_required);
  auto again = by_self(s, sign_agreement{1, agreement_digest(cn_2014()), all_items(cn_2014())});
  REQUIRE(again);
  CHECK(again->events.empty());
}

TEST_CASE("user: a pseudonym changes when the new one is granted, and stays when it is taken [I15]", "[domain]") {
  update c{std::string{"Coffee"}, coffee, {}, {}};
  auto made = by_self(active(), c);
  REQUIRE(made);
  CHECK(made->awaiting == coffee.raw);
  auto s = after(active(), made->events);
  CHECK(s.pseudonym == personal_text{"Tea"});
  CHECK_FALSE(outcome(s, coffee.raw));
  CHECK(refused_with(by_self(s, update{std::string{"Milk"}, named<name_id>("milk"), {}, {}})) == errc::conflict);

  auto yes = decided(s, name_answer{coffee, true}, caller::entity(coffee));
  CHECK(sent<names::release>(yes->effects).at(0).first == entity_id{tea});
  auto renamed = after(s, yes->events);
  CHECK(renamed.pseudonym == personal_text{"Coffee"});
  CHECK(outcome_code(renamed, coffee.raw) == granted);

  auto no = decided(s, name_answer{coffee, false}, caller::entity(coffee));
  CHECK(no->effects.empty());
  auto same = after(s, no->events);
  CHECK(same.name == tea);
  CHECK(outcome_code(same, coffee.raw) == errc::conflict);
  CHECK(by_self(same, c)->awaiting == coffee.raw);
  CHECK_FALSE(outcome(after(same, by_self(same, c)->events), coffee.raw));
}

TEST_CASE("user: another spelling of the same name needs no claim", "[domain]") {
  auto made = by_self(active(), update{std::string{"TEA"}, tea, {}, {}});
  REQUIRE(made);
  CHECK(made->effects.empty());
  CHECK_FALSE(made->awaiting);
  CHECK(after(active(), made->events).pseudonym == personal_text{"TEA"});
}

TEST_CASE("user: the profile is bounded, and for the user itself to change", "[domain]") {
  CHECK(refused_with(by_self(active(), update{{}, {}, std::string(limits::profile_bytes_max + 1, 'x'), {}})) ==
        errc::too_large);
  CHECK(refused_with(by_self(active(), update{std::string{"X"}, {}, {}, {}})) == errc::invalid_params);
  update about{{}, {}, std::string{"hello"}, {}};
  CHECK(refused_with(decided(active(), about, caller::of(bob))) == errc::forbidden);
  CHECK(refused_with(decided(active(), about, caller::anonymous())) == errc::unauthenticated);
  CHECK(refused_with(by_self({}, about)) == errc::not_found);
  CHECK(all_of_type<effect_refused>(decided(active(), about, caller::entity(acc("a")))->events).size() == 1);
}

// -- sessions -------------------------------------------------------------------------

namespace {

ustate with_sessions(std::size_t count) {
  auto s = active();
  for (std::size_t i = 0; i < count; ++i)
    s = then(s, open_session{digest_of(std::to_string(i)), "browser"}, caller::system(), noon + i * 1min);
  return s;
}

} // namespace

TEST_CASE("user: the oldest session gives way, and its token is named [I12]", "[domain]") {
  auto s = with_sessions(limits::sessions_max);
  CHECK(s.sessions.size() == limits::sessions_max);
  auto made = decided(s, open_session{digest_of("new"), "bot"}, caller::system(), noon + 1h);
  REQUIRE(made);
  auto closed = all_of_type<sessions_closed>(made->events);
  REQUIRE(closed.size() == 1);
  CHECK(closed[0].sessions == std::vector<std::uint64_t>{1});
  CHECK(closed[0].token_hashes == std::vector{digest_of("0")});
  CHECK(std::get<session_answer>(made->answer).session == limits::sessions_max + 1);
  CHECK(after(s, made->events).sessions.size() == limits::sessions_max);
}

TEST_CASE("user: sessions end by themselves, and only the system opens them", "[domain]") {
  auto s = with_sessions(2);
  CHECK(due(s) == noon + limits::session_lifetime);
  CHECK(decided(s, tick{}, caller::system(), *due(s) - 1ms)->events.empty());
  s = then(s, tick{}, caller::system(), *due(s));
  CHECK(s.sessions.size() == 1);
  CHECK(refused_with(by_self(s, open_session{})) == errc::forbidden);
  CHECK(refused_with(decided(registering(), open_session{}, caller::system())) == errc::not_found);
}

TEST_CASE("user: sessions close one by one, or all but one", "[domain]") {
  auto s = with_sessions(3);
  CHECK(then(s, close_session{2, {}}, caller::of(ann)).sessions.size() == 2);
  CHECK(refused_with(by_self(s, close_session{9, {}})) == errc::not_found);
  auto kept = then(s, close_session{{}, 3}, caller::of(ann));
  REQUIRE(kept.sessions.size() == 1);
  CHECK(kept.sessions[0].number == 3);
  CHECK(then(s, close_session{{}, {}}, caller::of(ann)).sessions.empty());
}

TEST_CASE("user: a new password ends the other sessions and is told", "[domain]") {
  auto s = with_sessions(3);
  auto made = decided(s, set_password{std::string{"$argon2id$2"}, 2}, caller::system());
  REQUIRE(made);
  auto notices = all_of_type<noticed>(made->events);
  REQUIRE(notices.size() == 1);
  CHECK(notices[0].notice.kind == notice_kind::security);
  s = after(s, made->events);
  REQUIRE(s.sessions.size() == 1);
  CHECK(s.sessions[0].number == 2);
  CHECK(refused_with(by_self(s, set_password{std::string{"x"}, {}})) == errc::forbidden);
}

// -- relations ------------------------------------------------------------------------

TEST_CASE("user: following twice is once, and following is bounded [I12]", "[domain]") {
  auto s = active();
  auto made = by_self(s, subscribe{acc("a")});
  CHECK(sent<accounts::follower_joined>(made->effects).size() == 1);
  s = after(s, made->events);
  auto again = by_self(s, subscribe{acc("a")});
  REQUIRE(again);
  CHECK(again->events.empty());
  CHECK(again->effects.empty());
  for (std::size_t i = 1; i < limits::subscriptions_max; ++i)
    evolve(s, subscribed{acc("a" + std::to_string(i)), noon});
  CHECK(refused_with(by_self(s, subscribe{acc("more")})) == errc::too_large);
  auto left = by_self(s, unsubscribe{acc("a")});
  CHECK(sent<accounts::follower_left>(left->effects).size() == 1);
  CHECK(by_self(after(s, left->events), unsubscribe{acc("a")})->effects.empty());
}

TEST_CASE("user: a block reaches the direct chat and is bounded [I12]", "[domain]") {
  auto s = active();
  auto chat = named<chat_id>("chat");
  auto made = by_self(s, block{bob, chat});
  CHECK(sent<chats::block_changed>(made->effects).at(0).second.blocked);
  CHECK(refused_with(by_self(s, block{ann, chat})) == errc::invalid_params);
  s = after(s, made->events);
  CHECK(by_self(s, block{bob, chat})->events.empty());
  CHECK_FALSE(sent<chats::block_changed>(by_self(s, unblock{bob, chat})->effects).at(0).second.blocked);
  for (std::size_t i = 1; i < limits::blocks_max; ++i)
    evolve(s, blocked{usr("b" + std::to_string(i))});
  CHECK(refused_with(by_self(s, block{usr("more"), chat})) == errc::too_large);
}

TEST_CASE("user: strangers are written to at a pace that a new day renews", "[domain]") {
  auto s = active();
  auto asks = [&](timestamp now) {
    auto made = decided(s, ask_first_contact{bob, true}, caller::entity(named<chat_id>("chat")), now);
    auto answer = sent<chats::contact_answer>(made->effects).at(0).second;
    s = after(s, made->events);
    return answer.allowed ? granted : answer.why;
  };
  for (std::uint32_t i = 0; i < limits::first_contacts_per_day; ++i)
    CHECK(asks(noon) == granted);
  CHECK(asks(noon) == errc::rate_limited);
  CHECK(asks(noon + 12h - 1ms) == errc::rate_limited);
  CHECK(asks(noon + 12h) == granted);
}

TEST_CASE("user: who is blocked, or writes to nobody, gets no first contact", "[domain]") {
  auto asked = [](const ustate& s) {
    auto made = decided(s, ask_first_contact{bob, false}, caller::entity(named<chat_id>("chat")));
    auto answer = sent<chats::contact_answer>(made->effects).at(0).second;
    return answer.allowed ? granted : answer.why;
  };
  CHECK(asked(active()) == granted);
  CHECK(asked(then(active(), block{bob, {}}, caller::of(ann))) == errc::forbidden);
  CHECK(asked({}) == errc::not_found);
}

TEST_CASE("user: notices are numbered without holes, and come from entities only [I4] [I9]", "[domain]") {
  auto s = active();
  for (std::uint64_t n = 1; n <= 3; ++n) {
    auto made = decided(s, notify{}, caller::entity(cas("case")));
    CHECK(all_of_type<noticed>(made->events).at(0).number == n);
    s = after(s, made->events);
  }
  CHECK(refused_with(by_self(s, notify{})) == errc::forbidden);
}

// -- standing -------------------------------------------------------------------------

TEST_CASE("user: an account that wants it as an editor gets its standing, within a bound [I12]", "[domain]") {
  auto s = active();
  auto made = decided(s, begin_edge{acc("a")}, caller::entity(acc("a")));
  CHECK(sent<accounts::editor_standing>(made->effects).at(0).second.standing == standing_of(s));
  for (std::size_t i = 0; i < limits::accounts_per_user_max; ++i)
    s = editing(s, "a" + std::to_string(i));
  auto more = decided(s, begin_edge{acc("more")}, caller::entity(acc("more")));
  CHECK(sent<accounts::editor_refused>(more->effects).size() == 1);
  CHECK(sent<accounts::editor_standing>(decided(s, begin_edge{acc("a0")}, caller::entity(acc("a0")))->effects).size() ==
        1);
  auto nobody = decided({}, begin_edge{acc("a")}, caller::entity(acc("a")));
  CHECK(sent<accounts::editor_refused>(nobody->effects).size() == 1);
}

TEST_CASE("user: a restriction is confirmed when every account has journaled it, once [I2]", "[domain]") {
  auto s = editing(editing(active(), "a"), "b");
  auto made = decided(s, restrict_{suspension()}, caller::entity(cas("sanction")));
  CHECK(sent<accounts::editor_standing>(made->effects).size() == 2);
  CHECK(sent<cases::enforcement_confirmed>(made->effects).empty());
  s = after(s, made->events);
  auto confirms = [&](std::string_view account) {
    auto seen = decided(s, standing_confirmed{acc(account), s.standing_sequence}, caller::entity(acc(account)));
    s = after(s, seen->events);
    return sent<cases::enforcement_confirmed>(seen->effects).size();
  };
  CHECK(confirms("a") == 0);
  CHECK(confirms("b") == 1);
  CHECK(confirms("b") == 0);
}

TEST_CASE("user: an account that lets the editor go no longer holds up a sanction [I19]", "[domain]") {
  auto s = then(editing(active(), "a"), restrict_{suspension()}, caller::entity(cas("sanction")));
  auto made = decided(s, end_edge{acc("a")}, caller::entity(acc("a")));
  CHECK(sent<cases::enforcement_confirmed>(made->effects).size() == 1);
  CHECK(after(s, made->events).pending.empty());
}

TEST_CASE("user: a sanction without accounts, and one on nobody, are answered at once [I2]", "[domain]") {
  auto made = decided(active(), restrict_{suspension()}, caller::entity(cas("sanction")));
  CHECK_FALSE(sent<cases::enforcement_confirmed>(made->effects).at(0).second.refused);
  auto nobody = decided({}, restrict_{suspension()}, caller::entity(cas("sanction")));
  CHECK(sent<cases::enforcement_confirmed>(nobody->effects).at(0).second.refused);
  CHECK(after(ustate{}, nobody->events) == ustate{});
  CHECK(after(active(), decided(active(), restrict_{suspension()}, caller::entity(cas("other")))->events) == active());
}

TEST_CASE("user: a sanctioned user still follows, renames, and leaves", "[domain]") {
  auto s = then(active(), restrict_{suspension()}, caller::entity(cas("sanction")));
  CHECK(by_self(s, subscribe{acc("a")}));
  CHECK(by_self(s, update{std::string{"Coffee"}, coffee, {}, {}}));
  CHECK(by_self(s, users::close{}));
}

TEST_CASE("user: closing gives back name, place and rights, and erases the person [I16]", "[domain]") {
  auto s = editing(then(with_sessions(2), subscribe{acc("a")}, caller::of(ann)), "b");
  auto made = by_self(s, users::close{{named<chat_id>("chat")}});
  REQUIRE(made);
  CHECK(sent<names::release>(made->effects).at(0).first == entity_id{tea});
  CHECK(sent<identities::release_place>(made->effects).at(0).first == entity_id{person});
  CHECK(sent<accounts::follower_left>(made->effects).size() == 1);
  CHECK(sent<chats::member_closed>(made->effects).size() == 1);
  auto told = sent<accounts::editor_standing>(made->effects).at(0).second.standing;
  CHECK(told.closed);
  CHECK_FALSE(told.verified);
  CHECK(all_of_type<sessions_closed>(made->events).at(0).token_hashes.size() == 2);
  s = after(s, made->events);
  CHECK(s.pseudonym.is_erased());
  CHECK(s.identity.is_erased());
  CHECK(s.sessions.empty());
  CHECK(refused_with(by_self(s, users::close{})) == errc::forbidden);
  CHECK(refused_with(decided(s, open_session{}, caller::system())) == errc::not_found);
}

TEST_CASE("user: a name granted after closing goes back [I15]", "[domain]") {
  auto s = then(active(), update{std::string{"Coffee"}, coffee, {}, {}}, caller::of(ann));
  s = then(s, users::close{}, caller::of(ann));
  auto made = decided(s, name_answer{coffee, true}, caller::entity(coffee));
  CHECK(sent<names::release>(made->effects).at(0).first == entity_id{coffee});
  CHECK(after(s, made->events).renaming.empty());
}

// -- all together ---------------------------------------------------------------------

namespace {

/// Any command, from its own kind of caller.
std::pair<command, caller> some_command(int which, int arg) {
  char letter = static_cast<char>('a' + arg % 4);
  std::string_view name{&letter, 1};
  auto number = static_cast<std::uint64_t>(arg);
  switch (which) {
    case 0: return {registration(), caller::anonymous()};
    case 1: return {name_answer{arg % 2 ? tea : coffee, arg % 3 != 0}, caller::entity(arg % 2 ? tea : coffee)};
    case 2: return {place_answer{arg % 3 != 0, errc::conflict, "11", {}, {}}, caller::entity(person)};
    case 3: return {open_session{digest_of(name), "x"}, caller::system()};
    case 4: return {close_session{number % 5, {}}, caller::of(ann)};
    case 5: return {set_password{std::string{"h"}, number % 5}, caller::system()};
    case 6: return {update{std::string{"Coffee"}, coffee, {}, {}}, caller::of(ann)};
    case 7: return {block{usr(name), {}}, caller::of(ann)};
    case 8: return {subscribe{acc(name)}, caller::of(ann)};
    case 9: return {unsubscribe{acc(name)}, caller::of(ann)};
    case 10: return {notify{}, caller::entity(cas(name))};
    case 11: return {begin_edge{acc(name)}, caller::entity(acc(name))};
    case 12: return {end_edge{acc(name)}, caller::entity(acc(name))};
    case 13: return {standing_confirmed{acc(name), number}, caller::entity(acc(name))};
    case 14: return {restrict_{suspension(cas(name))}, caller::entity(cas(name))};
    case 15: return {charter::users::lift{cas(name)}, caller::entity(cas(name))};
    case 16: return {ask_first_contact{bob, arg % 2 == 0}, caller::entity(named<chat_id>(name))};
    case 17: return {tick{}, caller::system()};
    default: return {users::close{}, arg == 0 ? caller::of(ann) : caller::of(bob)};
  }
}

} // namespace

TEST_CASE("user: whatever comes, numbers have no hole, cases are answered, entities never get errors [I3] [I4]",
          "[domain]") {
  CHECK(rc::check([] {
    ustate s = active();
    auto now = noon;
    std::uint64_t notices = 0;
    std::size_t asked = 0;
    std::size_t answered = 0;
    using step = std::pair<int, int>;
    auto steps =
        *rc::gen::container<std::vector<step>>(rc::gen::pair(rc::gen::inRange(0, 19), rc::gen::inRange(0, 24)));
    for (auto [which, arg] : steps) {
      now += 1h;
      auto [c, by] = some_command(which, arg);
      auto made = decided(s, c, by, now);
      if (by.from == caller::origin::entity) {
        RC_ASSERT(bool(made));
        RC_ASSERT(!made->events.empty());
      }
      if (!made)
        continue;
      for (const auto& n : all_of_type<noticed>(made->events))
        RC_ASSERT(n.number == ++notices);
      asked += which == 14 || which == 15;
      answered += sent<cases::enforcement_confirmed>(made->effects).size();
      auto before = s.standing_sequence;
      s = after(s, made->events);
      RC_ASSERT(s.standing_sequence >= before);
      RC_ASSERT(s.sessions.size() <= limits::sessions_max);
    }
    // Every sanction and lift was answered, or waits for an account.
    RC_ASSERT(asked == answered + s.pending.size());
    for (const auto& waiting : s.pending)
      RC_ASSERT(std::any_of(s.edges.begin(), s.edges.end(), [&](const edge& e) { return e.seen < waiting.sequence; }));
  }));
}
