// One account's life before the desk, with every entity on the way: nothing here is looked at from inside a case.

#include <catch2/catch.hpp>

#include "tests/cases_fixture.hpp"
#include "tests/domain_world.hpp"

using namespace charter;
using namespace charter::test;

namespace {

const auto shop = acc("shop");
const auto application = cas("application");
const auto matter_id = cas("complaint");

void register_user(world& w, std::string_view name) {
  auto person = named<identity_id>(name);
  REQUIRE(w.ask(person, identities::verify{bytes{1}, bytes{2}, "provider", "11", digest_of(name)}, caller::system()));
  users::register_ c;
  c.pseudonym = std::string{name};
  c.name = named<name_id>(name);
  c.identity = person;
  c.ticket = digest_of(name);
  c.password_hash = std::string{"$argon2id$"};
  c.agreement_version = cn_2014().agreement.version;
  c.agreement_digest = agreement_digest(cn_2014());
  c.items = all_items(cn_2014());
  c.language = "en";
  REQUIRE(w.settle(usr(name), c, caller::anonymous()));
}

cases::application shop_application() {
  auto x = personal_application();
  x.name = "Shop";
  x.name_key = named<name_id>("shop");
  return x;
}

/// "ann" owns a shop's account with one post, opened by review; "bob" is somebody else.
world opened() {
  world w;
  w.policy = with_role(matter::staffed(), usr("officer"), role::regulator, "11");
  register_user(w, "ann");
  register_user(w, "bob");
  REQUIRE(w.settle(application, cases::apply{shop_application(), shop}, caller::of(usr("ann"))));
  REQUIRE(w.settle(application, approval(shop_application()), caller::of(usr("moderator"))));
  accounts::publish post;
  post.title = "Goods";
  post.text = std::string{"The best goods."};
  REQUIRE(w.settle(shop, post, caller::of(usr("ann"))));
  return w;
}

errc publishing(world& w) {
  accounts::publish post;
  post.text = std::string{"More goods."};
  auto answered = w.settle(shop, post, caller::of(usr("ann")));
  return answered ? errc{} : answered.why().code;
}

} // namespace

TEST_CASE("case: an approved account opens, and its filing is tracked to the office's acknowledgement", "[domain]") {
  auto w = opened();
  auto office = offices::office_of("11", &test_digest);
  REQUIRE(w.settle(office, offices::acknowledge{office_item_kind::filing, 1, "BJ-1"}, caller::of(usr("officer"))));
  const auto& items = w.at<cases::state>(application).office_items;
  REQUIRE(items.size() == 2);
  CHECK(std::count_if(items.begin(), items.end(), [](const auto& x) {
          return x.state == office_item_state::acknowledged && x.text == "BJ-1";
        }) == 1);
  CHECK(w.refused_effects.empty());
  CHECK(w.replays());
}

TEST_CASE("case: a name that is taken ends the application [I15]", "[domain]") {
  auto w = opened();
  auto again = w.settle(cas("another"), cases::apply{shop_application(), acc("another")}, caller::of(usr("bob")));
  CHECK(why(again) == errc::conflict);
}

TEST_CASE("case: from the complaint to the appeal, no forbidden post, and all of it restored and in the log "
          "[I2][I6][I9]",
          "[domain]") {
  auto w = opened();
  auto c = complaint();
  c.target = {shop, 1, noon};
  c.notify = {usr("ann")};
  REQUIRE(w.settle(matter_id, c, caller::of(usr("bob"))));
  auto decision = upheld();
  decision.measure->withhold_post = true;
  REQUIRE(w.settle(matter_id, decision, caller::of(usr("senior"))));
  CHECK(publishing(w) == errc::sanctioned);
  CHECK(w.posts.at({shop, 1}).state == post_state::withheld);

  REQUIRE(w.settle(matter_id, cases::file_appeal{"They are the best."}, caller::of(usr("ann"))));
  cases::decide_appeal ruling;
  ruling.verdict = cases::verdict::uphold;
  ruling.reason = "They are.";
  CHECK(why(w.settle(matter_id, ruling, caller::of(usr("senior")))) == errc::forbidden);
  REQUIRE(w.settle(matter_id, ruling, caller::of(usr("senior 2"))));
  CHECK(publishing(w) == errc{});
  CHECK(w.posts.at({shop, 1}).state == post_state::visible);

  // Account opened, two filings; complaint, sanction, withholding, reports; appeal, lift, restoring.
  CHECK(w.at<audit::state>(audit_log_entity).size >= 10);
  CHECK(w.refused_effects.empty());
  CHECK(w.replays());
}

TEST_CASE("case: a timed sanction ends by itself, and its account publishes again [I2]", "[domain]") {
  auto w = opened();
  auto c = imposition();
  c.notify = {usr("ann")};
  REQUIRE(w.settle(matter_id, c, caller::of(usr("senior"))));
  CHECK(publishing(w) == errc::sanctioned);
  w.now = *due(w.at<cases::state>(matter_id));
  CHECK(publishing(w) == errc{}); // to the minute, whether or not anybody woke the case
  REQUIRE(w.settle(matter_id, cases::tick{}, caller::system()));
  CHECK(w.at<accounts::state>(shop).held.empty());
  CHECK(w.replays());
}
