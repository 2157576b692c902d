// Sagas over several entities, from end to end and in any order in which shards could deliver their effects.

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include "domain/limits.hpp"
#include "tests/domain_world.hpp"

using namespace charter;
using namespace charter::test;

namespace {

const auto ann = usr("ann");
const auto bob = usr("bob");
const auto paper = org("paper");
const auto news = acc("news");
const auto opening = cas("opening");

name_id name_called(std::string_view pseudonym) { return named<name_id>(pseudonym); }

users::register_ registration(std::string_view pseudonym, identity_id person, std::string_view ticket) {
  users::register_ c;
  c.pseudonym = std::string{pseudonym};
  c.name = name_called(pseudonym);
  c.identity = person;
  c.ticket = digest_of(ticket);
  c.password_hash = std::string{"$argon2id$"};
  c.agreement_version = cn_2014().agreement.version;
  c.agreement_digest = agreement_digest(cn_2014());
  c.items = all_items(cn_2014());
  c.language = "en";
  return c;
}

void verify(world& w, identity_id person, std::string_view ticket) {
  identities::verify c{bytes{1}, bytes{2}, "provider", "31", digest_of(ticket)};
  CHARTER_ASSERT(w.ask(person, c, caller::system()));
}

/// The user's own name is its pseudonym, its person's and its ticket's too.
void register_user(world& w, std::string_view name) {
  verify(w, named<identity_id>(name), name);
  CHARTER_ASSERT(w.settle(usr(name), registration(name, named<identity_id>(name), name), caller::anonymous()));
}

/// Delivers in the chosen order until nothing waits; what the choices leave over goes in order.
void deliver_in(world& w, const std::vector<std::uint8_t>& choices) {
  for (auto choice : choices)
    if (w.lanes_waiting() > 0)
      w.deliver(choice);
  w.run();
}
std::vector<std::uint8_t> any_order() { return *rc::gen::arbitrary<std::vector<std::uint8_t>>(); }

/// What holds after any saga: the journal gives the state again, and no effect met an error (I6).
void check_quiet(world& w) {
  RC_ASSERT(w.lanes_waiting() == 0u);
  RC_ASSERT(w.refused_effects.empty());
  RC_ASSERT(w.replays());
}

accounts::open opening_of(std::optional<organisation_id> organisation = {}) {
  return {"News",       name_called("news"), "", "news", organisation ? "news_website" : "individual", "31", ann,
          organisation, news_right::none};
}

restriction suspension(case_id by) {
  restriction r;
  r.sanction = by;
  r.step = sanction_step::suspend;
  r.scope = sanction_scope::all_posts;
  r.from = noon;
  return r;
}

bool publishes(world& w, user_id who) {
  return bool(w.ask(news, accounts::publish{post_kind::general, {}, std::string{"text"}, {}}, caller::of(who)));
}

/// Ann's account, of her organisation.
void open_account(world& w) {
  register_user(w, "ann");
  register_user(w, "bob");
  organisations::register_ c{"news_website", "The Paper", "31", {}, users::standing_of(w.at<users::state>(ann))};
  CHARTER_ASSERT(w.settle(paper, c, caller::of(ann)));
  CHARTER_ASSERT(w.settle(news, opening_of(paper), caller::entity(opening)));
}

template <class Command>
std::size_t emitted_to(const world& w, entity_id to) {
  return static_cast<std::size_t>(std::count_if(w.emitted.begin(), w.emitted.end(), [&](const auto& e) {
    return e.second.to == to && command_in<Command>(e.second.command);
  }));
}

} // namespace

// -- registration ---------------------------------------------------------------------

TEST_CASE("saga: one registers with a verified identity, in any order of answers [I7] [I15]", "[domain]") {
  CHECK(rc::check([] {
    world w;
    verify(w, named<identity_id>("ann"), "t");
    RC_ASSERT(bool(w.ask(ann, registration("tea", named<identity_id>("ann"), "t"), caller::anonymous())));
    deliver_in(w, any_order());
    RC_ASSERT(bool(*w.outcome_of(ann, ann.raw)));
    RC_ASSERT(w.at<names::state>(name_called("tea")).holder->holder == entity_id{ann});
    RC_ASSERT(w.at<identities::state>(named<identity_id>("ann")).users == std::set<user_id>{ann});
    check_quiet(w);
  }));
}

TEST_CASE("saga: of two who want one name, one gets it and the other's place is free again [I15]", "[domain]") {
  CHECK(rc::check([] {
    world w;
    for (auto who : {"ann", "bob"}) {
      verify(w, named<identity_id>(who), who);
      RC_ASSERT(bool(w.ask(usr(who), registration("tea", named<identity_id>(who), who), caller::anonymous())));
    }
    deliver_in(w, any_order());
    bool ann_won = bool(*w.outcome_of(ann, ann.raw));
    RC_ASSERT(ann_won != bool(*w.outcome_of(bob, bob.raw)));
    auto winner = ann_won ? ann : bob;
    auto loser = ann_won ? std::string_view{"bob"} : std::string_view{"ann"};
    RC_ASSERT(w.at<names::state>(name_called("tea")).holder->holder == entity_id{winner});
    RC_ASSERT(w.at<identities::state>(named<identity_id>(loser)).users.empty());
    // The same ticket serves for another try with another name.
    auto again = usr("again");
    RC_ASSERT(bool(w.settle(again, registration("milk", named<identity_id>(loser), loser), caller::anonymous())));
    check_quiet(w);
  }));
}

TEST_CASE("saga: one person doesn't get two pseudonyms by asking twice at once [I15]", "[domain]") {
  CHECK(rc::check([] {
    world w;
    auto person = named<identity_id>("person");
    for (auto ticket : {"t1", "t2"})
      verify(w, person, ticket);
    RC_ASSERT(bool(w.ask(ann, registration("tea", person, "t1"), caller::anonymous())));
    RC_ASSERT(bool(w.ask(bob, registration("milk", person, "t2"), caller::anonymous())));
    deliver_in(w, any_order());
    bool ann_won = bool(*w.outcome_of(ann, ann.raw));
    RC_ASSERT(ann_won != bool(*w.outcome_of(bob, bob.raw)));
    RC_ASSERT(!w.at<names::state>(name_called(ann_won ? "milk" : "tea")).holder);
    RC_ASSERT(w.at<identities::state>(person).users.size() == 1u);
    check_quiet(w);
  }));
}

TEST_CASE("saga: a taken name and a ticket that is over are told apart, with their rule", "[domain]") {
  world w;
  register_user(w, "ann");
  verify(w, named<identity_id>("bob"), "t");
  CHECK(refused_with(w.settle(bob, registration("ann", named<identity_id>("bob"), "t"), caller::anonymous())) ==
        errc::conflict);
  auto no = w.settle(usr("eve"), registration("eve", named<identity_id>("eve"), "none"), caller::anonymous());
  CHECK(refused_with(no) == errc::identity_required);
  CHECK(no.why().rule == cn_2014().identity.rule);
  CHECK_FALSE(w.at<names::state>(name_called("eve")).holder);
}

TEST_CASE("saga: renaming and closing leave every name with one holder, or none [I15]", "[domain]") {
  CHECK(rc::check([] {
    world w;
    register_user(w, "ann");
    register_user(w, "bob");
    users::update to_tea{std::string{"tea"}, name_called("tea"), {}, {}};
    RC_ASSERT(bool(w.ask(ann, to_tea, caller::of(ann))));
    RC_ASSERT(bool(w.ask(bob, to_tea, caller::of(bob))));
    bool closes = *rc::gen::arbitrary<bool>();
    auto order = any_order();
    for (std::size_t i = 0; i < order.size() / 2 && w.lanes_waiting() > 0; ++i)
      w.deliver(order[i]);
    if (closes)
      RC_ASSERT(bool(w.ask(ann, users::close{}, caller::of(ann))));
    deliver_in(w, order);
    for (auto name : {"ann", "bob", "tea"}) {
      auto holder = w.at<names::state>(name_called(name)).holder;
      for (auto who : {ann, bob}) {
        const auto& s = w.at<users::state>(who);
        bool shows = s.status == users::status::active && s.name == name_called(name);
        RC_ASSERT(shows == (holder && holder->holder == entity_id{who}));
      }
    }
    check_quiet(w);
  }));
}

TEST_CASE("saga: a closed user's name and person are free again", "[domain]") {
  world w;
  register_user(w, "ann");
  REQUIRE(w.settle(ann, users::close{}, caller::of(ann)));
  verify(w, named<identity_id>("ann"), "second");
  CHECK(w.settle(usr("ann again"), registration("ann", named<identity_id>("ann"), "second"), caller::anonymous()));
}

// -- accounts and standing --------------------------------------------------------------

TEST_CASE("saga: an account opens when owner and organisation stand behind it, and its case hears once", "[domain]") {
  CHECK(rc::check([] {
    world w;
    register_user(w, "ann");
    organisations::register_ c{"news_website", "The Paper", "31", {}, users::standing_of(w.at<users::state>(ann))};
    RC_ASSERT(bool(w.settle(paper, c, caller::of(ann))));
    RC_ASSERT(bool(w.ask(news, opening_of(paper), caller::entity(opening))));
    RC_ASSERT(!publishes(w, ann));
    deliver_in(w, any_order());
    RC_ASSERT(publishes(w, ann));
    RC_ASSERT(emitted_to<cases::account_opened>(w, opening) == 1u);
    check_quiet(w);
  }));
}

TEST_CASE("saga: an account of somebody else's organisation never comes to be", "[domain]") {
  world w;
  register_user(w, "ann");
  register_user(w, "bob");
  organisations::register_ c{"news_website", "The Paper", "31", {}, users::standing_of(w.at<users::state>(bob))};
  REQUIRE(w.settle(paper, c, caller::of(bob)));
  REQUIRE(w.settle(news, opening_of(paper), caller::entity(opening)));
  CHECK_FALSE(publishes(w, ann));
  CHECK(w.at<users::state>(ann).edges.empty());
  CHECK(emitted_to<cases::account_opened>(w, opening) == 1);
}

namespace {

/// A sanction on one of the three that hold an editor's hand, and how far it has got.
struct sanction_on {
  entity_id target;
  case_id by;
  bool imposed = false;
  bool lifted = false;
};

void impose(world& w, sanction_on& s) {
  if (std::exchange(s.imposed, true))
    return;
  any_command c = accounts::restrict_{suspension(s.by)};
  if (s.target.kind == entity_kind::user)
    c = users::restrict_{suspension(s.by)};
  else if (s.target.kind == entity_kind::organisation)
    c = organisations::restrict_{suspension(s.by)};
  RC_ASSERT(bool(w.ask(s.target, c, caller::entity(s.by))));
}

void lift(world& w, sanction_on& s) {
  if (!s.imposed || std::exchange(s.lifted, true))
    return;
  any_command c = accounts::lift{s.by};
  if (s.target.kind == entity_kind::user)
    c = users::lift{s.by};
  else if (s.target.kind == entity_kind::organisation)
    c = organisations::lift{s.by};
  RC_ASSERT(bool(w.ask(s.target, c, caller::entity(s.by))));
}

} // namespace

// Commands and deliveries in any order: from the moment a sanction's case may know that it is journaled everywhere,
// the sanctioned editor publishes nothing, until the lift.
TEST_CASE("saga: no interleaving lets a restricted editor publish after the confirmation [I2] [I19]", "[domain]") {
  CHECK(rc::check([] {
    world w;
    open_account(w);
    std::vector<sanction_on> sanctions{
        {ann, cas("on ann")}, {paper, cas("on paper")}, {news, cas("on news")}, {ann, cas("on ann, too")}};
    auto confirmed = [&](const sanction_on& s) { return emitted_to<cases::enforcement_confirmed>(w, s.by) > 0; };
    for (auto step : *rc::gen::container<std::vector<std::uint8_t>>(rc::gen::arbitrary<std::uint8_t>())) {
      auto& one = sanctions[step / 8 % sanctions.size()];
      switch (step % 8) {
        case 0: impose(w, one); break;
        case 1: lift(w, one); break;
        case 2: static_cast<void>(w.ask(news, accounts::add_editor{bob}, caller::of(ann))); break;
        case 3: static_cast<void>(w.ask(news, accounts::remove_editor{bob}, caller::of(ann))); break;
        default:
          if (w.lanes_waiting() > 0)
            w.deliver(step / 8);
      }
      bool forbidden =
          std::any_of(sanctions.begin(), sanctions.end(), [&](const auto& s) { return confirmed(s) && !s.lifted; });
      if (forbidden)
        RC_ASSERT(!publishes(w, ann));
    }
    w.run();
    bool in_force = false;
    for (const auto& s : sanctions) {
      in_force = in_force || (s.imposed && !s.lifted);
      RC_ASSERT(emitted_to<cases::enforcement_confirmed>(w, s.by) == std::size_t{s.imposed} + std::size_t{s.lifted});
    }
    RC_ASSERT(publishes(w, ann) == !in_force);
    check_quiet(w);
  }));
}

// The same with the sanctioned one being invited and let go all the while.
TEST_CASE("saga: a sanction on an editor who comes and goes is confirmed, and holds [I2]", "[domain]") {
  CHECK(rc::check([] {
    world w;
    open_account(w);
    sanction_on one{bob, cas("on bob")};
    for (auto step : *rc::gen::container<std::vector<std::uint8_t>>(rc::gen::arbitrary<std::uint8_t>())) {
      switch (step % 8) {
        case 0: impose(w, one); break;
        case 1: static_cast<void>(w.ask(news, accounts::remove_editor{bob}, caller::of(ann))); break;
        case 2: static_cast<void>(w.ask(news, accounts::remove_editor{bob}, caller::of(bob))); break;
        case 3:
        case 4: static_cast<void>(w.ask(news, accounts::add_editor{bob}, caller::of(ann))); break;
        default:
          if (w.lanes_waiting() > 0)
            w.deliver(step / 8);
      }
      if (emitted_to<cases::enforcement_confirmed>(w, one.by) > 0)
        RC_ASSERT(!publishes(w, bob));
    }
    w.run();
    RC_ASSERT(emitted_to<cases::enforcement_confirmed>(w, one.by) == std::size_t{one.imposed});
    // Both sides agree on who edits.
    const auto& editors = w.at<accounts::state>(news).editors;
    bool edits = std::any_of(editors.begin(), editors.end(), [](const auto& e) { return e.user == bob && e.active; });
    RC_ASSERT(edits == !w.at<users::state>(bob).edges.empty());
    RC_ASSERT(w.at<users::state>(bob).pending.empty());
    check_quiet(w);
  }));
}

TEST_CASE("saga: an editor who closes can't publish once the account has heard [I7]", "[domain]") {
  world w;
  open_account(w);
  REQUIRE(w.settle(news, accounts::add_editor{bob}, caller::of(ann)));
  REQUIRE(publishes(w, bob));
  REQUIRE(w.settle(bob, users::close{}, caller::of(bob)));
  CHECK_FALSE(publishes(w, bob));
}

TEST_CASE("saga: a new agreement stops public acts until it is signed [I7]", "[domain]") {
  world w;
  open_account(w);
  auto book = cn_2014();
  book.agreement.version = 2;
  w.policy = policy_with(book);
  auto no = w.ask(news, accounts::publish{post_kind::general, {}, std::string{"text"}, {}}, caller::of(ann));
  CHECK(refused_with(no) == errc::agreement_required);
  users::sign_agreement sign{2, agreement_digest(book), all_items(book)};
  REQUIRE(w.settle(ann, sign, caller::of(ann)));
  CHECK(publishes(w, ann));
}

// -- the vault --------------------------------------------------------------------------

TEST_CASE("saga: an identity opens once its entry is in the log, and the person is told [I10]", "[domain]") {
  world w;
  register_user(w, "ann");
  auto person = named<identity_id>("ann");
  auto wanted = named<disclosure_id>("wanted");
  auto paul = usr("paul");
  auto petra = usr("petra");
  w.policy = with_role(with_role(w.policy, paul, role::privacy_officer), petra, role::privacy_officer);
  identities::request_disclosure request{wanted, ann, "administrative_request", "No. 7", std::string{"why"}, false};
  REQUIRE(w.settle(person, request, caller::of(paul)));
  REQUIRE(w.settle(person, identities::decide_disclosure{wanted, true, "lawful", false}, caller::of(petra)));
  REQUIRE(w.ask(person, identities::open{wanted}, caller::of(paul)));
  CHECK_FALSE(w.outcome_of(person, wanted.raw));
  auto notices = w.at<users::state>(ann).last_notice;
  w.run();
  REQUIRE(w.outcome_of(person, wanted.raw));
  CHECK(*w.outcome_of(person, wanted.raw));
  CHECK(w.at<audit::state>(audit_log_entity).size == 3);
  CHECK(w.at<users::state>(ann).last_notice == notices + 1);
  CHECK(w.replays());
}
