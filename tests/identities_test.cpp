// A person's identity: places for pseudonyms, tickets, and openings with four eyes and a log entry that came first.

#include "domain/identities.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include "domain/limits.hpp"
#include "tests/domain_fixture.hpp"

using namespace charter;
using namespace charter::test;
using namespace charter::identities;

namespace {

const auto person = named<identity_id>("person");
const auto ann = usr("ann");
const auto paul = usr("paul");   // privacy officer
const auto petra = usr("petra"); // another one
const auto wanted = named<disclosure_id>("wanted");

const policy_view& with_officers() {
  static const auto view =
      with_role(with_role(shipped_policy(), paul, role::privacy_officer), petra, role::privacy_officer);
  return view;
}

auto decided(const state& s, const command& c, caller by, timestamp now = noon) {
  return decide(s, c, context_of(person, by, &with_officers(), now));
}
state then(state s, const command& c, caller by, timestamp now = noon) {
  auto made = decided(s, c, by, now);
  REQUIRE(made);
  return after(std::move(s), made->events);
}

verify verification(std::string_view ticket) { return {bytes{1, 2}, bytes{3}, "provider", "11", digest_of(ticket)}; }
state verified_person() { return then({}, verify{verification("t1")}, caller::system()); }
state with_ann() { return then(verified_person(), claim_place{ann, digest_of("t1")}, caller::entity(ann)); }

/// What the claim is answered.
users::place_answer place(const state& s, const claim_place& c, timestamp now = noon) {
  auto made = decided(s, c, caller::entity(c.user), now);
  REQUIRE(made);
  auto answers = sent<users::place_answer>(made->effects);
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].first == entity_id{c.user});
  return answers[0].second;
}

request_disclosure request(std::string basis = "administrative_request") {
  return {wanted, ann, std::move(basis), "No. 7", std::string{"a reason"}, false};
}
state requested(std::string basis = "administrative_request") {
  return then(with_ann(), request(std::move(basis)), caller::of(paul));
}
state approved(std::string basis = "administrative_request") {
  return then(requested(std::move(basis)), decide_disclosure{wanted, true, "lawful", false}, caller::of(petra));
}

} // namespace

// -- places -----------------------------------------------------------------------

TEST_CASE("identity: a ticket opens one place, once, until it is over", "[domain]") {
  auto s = verified_person();
  CHECK(place(s, {ann, digest_of("t1")}).granted);
  CHECK(place(s, {ann, digest_of("t1")}).region == "11");
  CHECK(place(s, {ann, digest_of("other")}).why == errc::identity_required);
  CHECK_FALSE(place(s, {ann, digest_of("t1")}, noon + limits::ticket_lifetime).granted);
  CHECK(place(s, {ann, digest_of("t1")}, noon + limits::ticket_lifetime - 1ms).granted);
  CHECK_FALSE(place({}, {ann, digest_of("t1")}).granted);
}

TEST_CASE("identity: one person holds as many pseudonyms as the charter says [I15]", "[domain]") {
  auto s = then(with_ann(), verify{verification("t2")}, caller::system());
  auto no = place(s, {usr("ann2"), digest_of("t2")});
  CHECK_FALSE(no.granted);
  CHECK(no.why == errc::conflict);
  CHECK(no.rule == cn_2014().identity.rule);

  auto book = cn_2014();
  book.identity.pseudonyms_max = 2;
  auto two = policy_with(book);
  auto made =
      decide(s, claim_place{usr("ann2"), digest_of("t2")}, context_of(person, caller::entity(usr("ann2")), &two));
  CHECK(after(s, made->events).users.size() == 2);
}

TEST_CASE("identity: of two claims with one ticket the second finds it spent", "[domain]") {
  auto book = cn_2014();
  book.identity.pseudonyms_max = 5;
  auto many = policy_with(book);
  auto s = with_ann();
  auto made =
      decide(s, claim_place{usr("bob"), digest_of("t1")}, context_of(person, caller::entity(usr("bob")), &many));
  CHECK(all_of_type<place_refused>(made->events).at(0).why == errc::identity_required);
}

TEST_CASE("identity: a ticket stays spent when its user closes", "[domain]") {
  auto s = then(with_ann(), release_place{ann, false}, caller::entity(ann));
  CHECK(s.users.empty());
  CHECK(place(s, {usr("ann2"), digest_of("t1")}).why == errc::identity_required);
}

TEST_CASE("identity: a failed registration gives place and ticket back", "[domain]") {
  auto s = then(with_ann(), release_place{ann, true}, caller::entity(ann));
  CHECK(s.users.empty());
  CHECK(place(s, {usr("ann2"), digest_of("t1")}).granted);
  CHECK(after(s, decided(s, release_place{ann}, caller::entity(usr("bob")))->events) == s);
}

TEST_CASE("identity: without policy no place is given [I18]", "[domain]") {
  auto made =
      decide(verified_person(), claim_place{ann, digest_of("t1")}, context_of(person, caller::entity(ann), nullptr));
  REQUIRE(made);
  CHECK(sent<users::place_answer>(made->effects).at(0).second.why == errc::unavailable);
}

TEST_CASE("identity: nobody claims or verifies in somebody's stead", "[domain]") {
  auto s = verified_person();
  CHECK(after(s, decided(s, claim_place{ann, digest_of("t1")}, caller::entity(usr("bob")))->events) == s);
  CHECK(refused_with(decided(s, claim_place{ann, digest_of("t1")}, caller::of(ann))) == errc::forbidden);
  CHECK(refused_with(decided(s, verify{verification("t2")}, caller::of(ann))) == errc::forbidden);
}

TEST_CASE("identity: places and tickets stay within their bounds, whoever comes and goes [I15]", "[domain]") {
  CHECK(rc::check([] {
    state s;
    auto now = noon;
    auto count = [](const state& of) { return of.users.size(); };
    for (auto step : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 9))) {
      now += 1min;
      char name = static_cast<char>('a' + step % 3);
      auto who = usr({&name, 1});
      command c = step < 3   ? command{verify{verification(std::string(1, name))}}
                  : step < 6 ? command{claim_place{who, digest_of(std::string(1, name))}}
                             : command{release_place{who}};
      auto made = decided(s, c, step < 3 ? caller::system() : caller::entity(who), now);
      RC_ASSERT(bool(made));
      RC_ASSERT(made->events.size() == 1u);
      s = after(s, made->events);
      RC_ASSERT(count(s) <= cn_2014().identity.pseudonyms_max);
      RC_ASSERT(s.tickets.size() <= limits::tickets_max);
    }
  }));
}

// -- openings ---------------------------------------------------------------------

TEST_CASE("identity: opening takes two officers who are two persons, and not the person [I10]", "[domain]") {
  auto s = requested();
  decide_disclosure yes{wanted, true, "lawful", false};
  CHECK(refused_with(decided(s, yes, caller::of(paul))) == errc::forbidden);
  CHECK(refused_with(decided(s, yes, caller::of(usr("nobody")))) == errc::forbidden);
  CHECK(refused_with(decided(s, decide_disclosure{wanted, true, "", true}, caller::of(petra))) == errc::forbidden);
  CHECK(refused_with(decided(s, yes, caller::of(petra))) == granted);
  auto own = request();
  own.same_person = true;
  CHECK(refused_with(decided(with_ann(), own, caller::of(paul))) == errc::forbidden);
}

TEST_CASE("identity: a request cites a ground of the charter, a file number and a reason [I10]", "[domain]") {
  auto s = with_ann();
  CHECK(refused_with(decided(s, request("curiosity"), caller::of(paul))) == errc::invalid_params);
  CHECK(refused_with(decided(s, request(), caller::of(ann))) == errc::forbidden);
  auto bare = request();
  bare.reference.clear();
  CHECK(refused_with(decided(s, bare, caller::of(paul))) == errc::invalid_params);
  auto stranger = request();
  stranger.about = usr("stranger");
  CHECK(refused_with(decided(s, stranger, caller::of(paul))) == errc::not_found);
}

TEST_CASE("identity: who is behind a closed user can still be asked for", "[domain]") {
  auto s = then(with_ann(), release_place{ann}, caller::entity(ann));
  CHECK(refused_with(decided(s, request(), caller::of(paul))) == granted);
}

TEST_CASE("identity: nothing opens before the approval, after its end, or for others [I10]", "[domain]") {
  auto valid_for = cn_2014().disclosure.approval_valid_for;
  CHECK(refused_with(decided(requested(), open{wanted}, caller::of(paul))) == errc::conflict);
  auto s = approved();
  CHECK(refused_with(decided(s, open{wanted}, caller::of(ann))) == errc::forbidden);
  CHECK(refused_with(decided(s, open{wanted}, caller::of(paul), noon + valid_for)) == errc::conflict);
  CHECK(refused_with(decided(s, open{wanted}, caller::of(paul), noon + valid_for - 1ms)) == granted);
  CHECK(refused_with(decided(s, open{wanted}, caller::of(petra))) == granted);
  auto no = then(requested(), decide_disclosure{wanted, false, "no ground", false}, caller::of(petra));
  CHECK(refused_with(decided(no, open{wanted}, caller::of(paul))) == errc::conflict);
}

TEST_CASE("identity: an officer who lost the role opens nothing [I10]", "[domain]") {
  auto made = decide(approved(), open{wanted}, context_of(person, caller::of(paul), &shipped_policy()));
  CHECK(refused_with(made) == errc::forbidden);
}

TEST_CASE("identity: an opening waits for its entry in the log, then the person is told [I10]", "[domain]") {
  auto s = approved();
  auto made = decided(s, open{wanted}, caller::of(paul));
  REQUIRE(made);
  CHECK(made->awaiting == wanted.raw);
  auto entries = sent<audit::append>(made->effects);
  REQUIRE(entries.size() == 1);
  CHECK(entries[0].first == audit_log_entity);
  CHECK(entries[0].second.opening == wanted);
  CHECK(entries[0].second.leaf.type == leaf_type::identity_opened);
  s = after(s, made->events);
  CHECK_FALSE(outcome(s, wanted.raw));

  CHECK(after(s, decided(s, leaf_logged{wanted, 41}, caller::entity(usr("bob")))->events) == s);
  auto logged = decided(s, leaf_logged{wanted, 41}, caller::entity(audit_log_entity));
  REQUIRE(logged);
  auto told = sent<users::notify>(logged->effects);
  REQUIRE(told.size() == 1);
  CHECK(told[0].first == entity_id{ann});
  CHECK(told[0].second.notice.kind == notice_kind::security);
  s = after(s, logged->events);
  REQUIRE(outcome(s, wanted.raw));
  CHECK(*outcome(s, wanted.raw));
  CHECK(s.disclosures.at(wanted).leaf == 41);
  CHECK(refused_with(decided(s, open{wanted}, caller::of(paul))) == errc::conflict);
}

TEST_CASE("identity: asking again while the entry is on its way waits for the same one", "[domain]") {
  auto s = then(approved(), open{wanted}, caller::of(paul));
  auto again = decided(s, open{wanted}, caller::of(petra));
  REQUIRE(again);
  CHECK(again->events.empty());
  CHECK(again->effects.empty());
  CHECK(again->awaiting == wanted.raw);
}

TEST_CASE("identity: a ground that asks for silence delays the notice, and not for ever [I10]", "[domain]") {
  auto s = then(approved("court_order"), open{wanted}, caller::of(paul));
  auto logged = decided(s, leaf_logged{wanted, 1}, caller::entity(audit_log_entity));
  CHECK(sent<users::notify>(logged->effects).empty());
  s = after(s, logged->events);
  auto tell_at = noon + *find_basis(cn_2014(), "court_order")->silence_max;
  CHECK(due(s) == tell_at);
  CHECK(decided(s, tick{}, caller::system(), tell_at - 1ms)->events.empty());
  auto ticked = decided(s, tick{}, caller::system(), tell_at);
  CHECK(sent<users::notify>(ticked->effects).size() == 1);
  s = after(s, ticked->events);
  CHECK_FALSE(due(s));
  CHECK(decided(s, tick{}, caller::system(), tell_at)->events.empty());
}

TEST_CASE("identity: entries in the log name no person, and commit to what was asked [I10]", "[domain]") {
  auto made = decided(with_ann(), request(), caller::of(paul));
  auto entry = sent<audit::append>(made->effects).at(0).second.leaf;
  CHECK(entry.type == leaf_type::disclosure_requested);
  CHECK(entry.target.empty());
  REQUIRE(entry.commitment);
  CHECK(all_of_type<disclosure_requested>(made->events).at(0).salt.value);
  auto text = entry.subject + entry.rule.item;
  for (const auto& line : entry.detail)
    text += line.key + line.value;
  for (std::string_view secret : {"No. 7", "a reason"})
    CHECK(text.find(secret) == std::string::npos);
  CHECK(text.find(to_text(ann)) == std::string::npos);

  auto second = decided(requested(), decide_disclosure{wanted, true, "lawful", false}, caller::of(petra));
  CHECK(sent<audit::append>(second->effects).at(0).second.leaf.type == leaf_type::disclosure_decided);
}

TEST_CASE("identity: requests that nobody decides are bounded [I12]", "[domain]") {
  auto s = with_ann();
  for (std::size_t i = 0; i < limits::disclosures_open_max; ++i) {
    auto c = request();
    c.disclosure = named<disclosure_id>("d" + std::to_string(i));
    s = then(s, c, caller::of(paul));
  }
  CHECK(refused_with(decided(s, request(), caller::of(paul))) == errc::too_large);
}

TEST_CASE("identity: erased without users, after the charter's retention, and not before [I16]", "[domain]") {
  auto keep = *retention(cn_2014(), record_class::identity);
  CHECK_FALSE(due(with_ann()));
  CHECK(decided(with_ann(), tick{}, caller::system(), noon + keep)->events.empty());
  auto s = then(with_ann(), release_place{ann}, caller::entity(ann));
  CHECK(due(s) == noon + keep);
  CHECK(decided(s, tick{}, caller::system(), noon + keep - 1ms)->events.empty());
  s = then(s, tick{}, caller::system(), noon + keep);
  CHECK(s.sealed.is_erased());
  CHECK(s.wrapped_key.is_erased());
  CHECK_FALSE(due(s));
  CHECK(refused_with(decided(s, request(), caller::of(paul))) == errc::not_found);
}

TEST_CASE("identity: what is sought is kept until that is decided [I10] [I16]", "[domain]") {
  auto keep = *retention(cn_2014(), record_class::identity);
  auto s = then(with_ann(), release_place{ann}, caller::entity(ann));
  s = then(s, request(), caller::of(paul));
  s = then(s, tick{}, caller::system(), noon + keep);
  CHECK_FALSE(s.sealed.is_erased());
  CHECK(due(s) > noon + keep);
  s = then(s, decide_disclosure{wanted, false, "no basis", false}, caller::of(petra), noon + keep);
  s = then(s, tick{}, caller::system(), *due(s));
  CHECK(s.sealed.is_erased());
}

TEST_CASE("identity: a user who comes back to it in time keeps it [I15] [I16]", "[domain]") {
  auto keep = *retention(cn_2014(), record_class::identity);
  auto s = then(with_ann(), release_place{ann, true}, caller::entity(ann));
  s = then(s, claim_place{ann, s.tickets.back().hash}, caller::entity(ann));
  REQUIRE(s.users.contains(ann));
  CHECK_FALSE(due(s));
  CHECK(decided(s, tick{}, caller::system(), noon + keep)->events.empty());
}
