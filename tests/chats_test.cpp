#include <catch2/catch.hpp>

#include "domain/limits.hpp"
#include "tests/domain_fixture.hpp"

using namespace charter;
using namespace charter::test;

namespace {

struct room {
  chats::state state;
  std::map<std::uint64_t, message_row> rows;
  decision<chats::event> last;
  chat_id self = named<chat_id>("room");
  policy_view policy = shipped_policy();

  result<answer> ask(const chats::command& c, caller by) {
    auto in = context_of(self, by, &policy);
    if (auto row = needs(c); row.in == needed_row::table::message && rows.contains(row.number))
      in.rows.message = rows[row.number];
    auto made = decide(state, c, in);
    if (!made)
      return made.why();
    last = *made;
    for (const auto& e : last.events) {
      evolve(state, e);
      if (auto* x = std::get_if<chats::sent>(&e))
        rows[x->number] = {x->number, x->at, x->author, x->sealed, {}, false};
      else if (auto* x = std::get_if<chats::recalled>(&e))
        rows[x->number].recalled = true;
    }
    return last.answer;
  }
  result<answer> ask(const chats::command& c, std::string_view user) { return ask(c, caller::of(usr(user))); }
  result<answer> hear(const chats::command& c, std::string_view user) { return ask(c, caller::entity(usr(user))); }
  std::optional<status> opening() const { return outcome(state, self.raw); }
};

room direct() {
  room r;
  REQUIRE(r.ask(chats::open_direct{usr("bo")}, "an"));
  REQUIRE(r.hear(chats::contact_answer{usr("an"), true, {}}, "an"));
  REQUIRE(r.hear(chats::contact_answer{usr("bo"), true, {}}, "bo"));
  REQUIRE(r.state.exists);
  return r;
}
/// Owned by "an", with "bo" and "cy" in this order.
room group() {
  room r;
  REQUIRE(r.ask(chats::create_group{personal_text{std::string{"Tea"}}}, "an"));
  for (auto user : {"bo", "cy"}) {
    REQUIRE(r.ask(chats::invite{usr(user)}, "an"));
    REQUIRE(r.ask(chats::join{}, user));
  }
  return r;
}
chats::send words(std::size_t size = 5) { return {personal<bytes>{bytes(size, 1)}}; }
errc why(const result<answer>& x) { return x ? errc::internal : x.why().code; }

} // namespace

TEST_CASE("chat: a direct chat opens when neither pace nor a block stands against it", "[domain]") {
  room r;
  REQUIRE(r.ask(chats::open_direct{usr("bo")}, "an"));
  CHECK(r.last.awaiting == r.self.raw);
  auto asked = sent<users::ask_first_contact>(r.last.effects);
  REQUIRE(asked.size() == 2);
  CHECK(asked[0] == std::pair{entity_id{usr("an")}, users::ask_first_contact{usr("bo"), true}});
  CHECK(asked[1] == std::pair{entity_id{usr("bo")}, users::ask_first_contact{usr("an"), false}});
  CHECK_FALSE(r.opening());
  REQUIRE(r.hear(chats::contact_answer{usr("bo"), true, {}}, "bo"));
  CHECK_FALSE(r.opening());
  REQUIRE(r.hear(chats::contact_answer{usr("an"), true, {}}, "an"));
  CHECK(*r.opening());
  CHECK(chats::is_member(r.state, usr("an")));
  CHECK(chats::is_member(r.state, usr("bo")));
  REQUIRE(r.ask(chats::open_direct{usr("an")}, "bo"));
  CHECK(r.last.events.empty());
  CHECK_FALSE(r.last.awaiting);
}

TEST_CASE("chat: a first contact that is refused says why, and can be tried again", "[domain]") {
  room r;
  REQUIRE(r.ask(chats::open_direct{usr("bo")}, "an"));
  REQUIRE(r.hear(chats::contact_answer{usr("bo"), false, errc::forbidden}, "bo"));
  REQUIRE(r.hear(chats::contact_answer{usr("an"), false, errc::rate_limited}, "an"));
  REQUIRE(r.opening());
  CHECK(r.opening()->why().code == errc::rate_limited);
  CHECK(r.opening()->why().retry_after_ms > 0);
  REQUIRE(r.ask(chats::open_direct{usr("bo")}, "an"));
  CHECK_FALSE(r.opening());
  REQUIRE(r.hear(chats::contact_answer{usr("an"), true, {}}, "an"));
  REQUIRE(r.hear(chats::contact_answer{usr("bo"), false, errc::forbidden}, "bo"));
  CHECK(r.opening()->why().code == errc::forbidden);
  CHECK_FALSE(r.state.exists);
}

TEST_CASE("chat: only the two themselves answer a first contact, and once", "[domain]") {
  room r;
  REQUIRE(r.ask(chats::open_direct{usr("bo")}, "an"));
  REQUIRE(r.hear(chats::contact_answer{usr("bo"), true, {}}, "an")); // an for bo
  CHECK(all_of_type<chats::effect_refused>(r.last.events).size() == 1);
  CHECK(why(r.ask(chats::contact_answer{usr("bo"), true, {}}, "bo")) == errc::forbidden);
  REQUIRE(r.hear(chats::contact_answer{usr("an"), true, {}}, "an"));
  REQUIRE(r.hear(chats::contact_answer{usr("an"), true, {}}, "an"));
  CHECK(all_of_type<chats::effect_refused>(r.last.events).size() == 1);
  CHECK_FALSE(r.state.exists);
}

TEST_CASE("chat: a block holds back the other's words, also one that came while the chat was opening", "[domain]") {
  auto r = direct();
  REQUIRE(r.ask(words(), "an"));
  REQUIRE(r.hear(chats::block_changed{true}, "bo"));
  CHECK(why(r.ask(words(), "an")) == errc::forbidden);
  CHECK(why(r.ask(chats::edit{1, personal<bytes>{bytes{2}}}, "an")) == errc::forbidden);
  CHECK(r.ask(chats::recall{1}, "an"));
  REQUIRE(r.hear(chats::block_changed{false}, "bo"));
  CHECK(r.ask(words(), "an"));

  room early;
  REQUIRE(early.ask(chats::open_direct{usr("bo")}, "an"));
  REQUIRE(early.hear(chats::contact_answer{usr("bo"), true, {}}, "bo"));
  REQUIRE(early.hear(chats::block_changed{true}, "bo"));
  REQUIRE(early.hear(chats::contact_answer{usr("an"), true, {}}, "an"));
  CHECK(why(early.ask(words(), "an")) == errc::forbidden);
}

TEST_CASE("chat: messages are numbered without holes, edited and recalled by their author only [I4]", "[domain]") {
  auto r = group();
  for (std::uint64_t n = 1; n <= 3; ++n) {
    auto answered = r.ask(words(), "bo");
    REQUIRE(answered);
    CHECK(std::get<message_answer>(*answered).number == n);
  }
  CHECK(why(r.ask(chats::edit{2, personal<bytes>{bytes{9}}}, "an")) == errc::forbidden); // not even the owner
  CHECK(why(r.ask(chats::recall{2}, "an")) == errc::forbidden);
  CHECK(why(r.ask(chats::recall{9}, "bo")) == errc::not_found);
  CHECK(r.ask(chats::edit{2, personal<bytes>{bytes{9}}}, "bo"));
  CHECK(r.ask(chats::recall{2}, "bo"));
  CHECK(why(r.ask(chats::edit{2, personal<bytes>{bytes{9}}}, "bo")) == errc::conflict);
  CHECK(r.state.last_number == 3);
}

TEST_CASE("chat: a message has a size [I12]", "[domain]") {
  auto r = direct();
  CHECK(why(r.ask(words(0), "an")) == errc::invalid_params);
  CHECK(r.ask(words(limits::message_bytes_max), "an"));
  CHECK(why(r.ask(words(2 * limits::message_bytes_max), "an")) == errc::too_large);
}

TEST_CASE("chat: to anybody but its members a chat isn't there, whatever their role [I11]", "[domain]") {
  for (auto make : {direct, group}) {
    auto r = make();
    for (auto staff :
         {role::moderator, role::senior_moderator, role::privacy_officer, role::operator_, role::regulator})
      r.policy = with_role(r.policy, usr("staff"), staff, "00");
    REQUIRE(r.ask(words(), "an"));
    for (const chats::command& c :
         {chats::command{words()}, chats::command{chats::read{1}}, chats::command{chats::recall{1}},
          chats::command{chats::edit{1, personal<bytes>{bytes{1}}}}, chats::command{chats::join{}},
          chats::command{chats::leave{}}, chats::command{chats::invite{usr("staff")}},
          chats::command{chats::remove{usr("an")}}, chats::command{chats::open_direct{usr("an")}}})
      CHECK(why(r.ask(c, "staff")) == errc::not_found);
    // Nor does any case, office or the policy have a way in.
    for (entity_id from : {entity_id{cas("c")}, policy_entity, audit_log_entity})
      for (const chats::command& c :
           {chats::command{chats::block_changed{true}}, chats::command{chats::member_closed{}}, chats::command{words()},
            chats::command{chats::read{1}}}) {
        auto before = r.state;
        REQUIRE(r.ask(c, caller::entity(from)));
        CHECK(all_of_type<chats::effect_refused>(r.last.events).size() == 1);
        CHECK(r.state == before);
      }
  }
}

TEST_CASE("chat: a group is joined by invitation only", "[domain]") {
  auto r = group();
  CHECK(why(r.ask(chats::join{}, "di")) == errc::not_found);
  REQUIRE(r.ask(words(), "an"));
  REQUIRE(r.ask(chats::invite{usr("di")}, "bo"));
  auto told = sent<users::notify>(r.last.effects);
  REQUIRE(told.size() == 1);
  CHECK(told[0].first == entity_id{usr("di")});
  CHECK(told[0].second.notice.kind == notice_kind::invitation);
  REQUIRE(r.ask(chats::invite{usr("di")}, "cy"));
  CHECK(r.last.events.empty());
  REQUIRE(r.ask(chats::join{}, "di"));
  CHECK(r.state.members.back().from == 1); // sees nothing from before
  CHECK(why(r.ask(chats::invite{usr("di")}, "an")) == errc::conflict);
  CHECK(r.ask(chats::join{}, "di"));
}

TEST_CASE("chat: an invitation can be declined and taken back", "[domain]") {
  auto r = group();
  REQUIRE(r.ask(chats::invite{usr("di")}, "an"));
  REQUIRE(r.ask(chats::leave{}, "di"));
  CHECK(why(r.ask(chats::join{}, "di")) == errc::not_found);
  REQUIRE(r.ask(chats::invite{usr("di")}, "an"));
  REQUIRE(r.ask(chats::remove{usr("di")}, "an"));
  CHECK(why(r.ask(chats::join{}, "di")) == errc::not_found);
}

TEST_CASE("chat: an owner who leaves or closes passes the group to its oldest member", "[domain]") {
  auto r = group();
  CHECK(why(r.ask(chats::remove{usr("cy")}, "bo")) == errc::forbidden);
  CHECK(why(r.ask(chats::remove{usr("an")}, "an")) == errc::invalid_params);
  REQUIRE(r.ask(chats::leave{}, "an"));
  CHECK(r.state.owner == usr("bo"));
  REQUIRE(r.hear(chats::member_closed{}, "bo"));
  CHECK(r.state.owner == usr("cy"));
  REQUIRE(r.ask(chats::leave{}, "cy"));
  CHECK(r.state.members.empty());
}

TEST_CASE("chat: a direct chat keeps its two members until one of them closes", "[domain]") {
  auto r = direct();
  CHECK(why(r.ask(chats::leave{}, "an")) == errc::conflict);
  CHECK(why(r.ask(chats::invite{usr("di")}, "an")) == errc::conflict);
  REQUIRE(r.hear(chats::member_closed{}, "bo"));
  CHECK(why(r.ask(words(), "an")) == errc::forbidden);
}

TEST_CASE("chat: a group is bounded, invitations included [I12]", "[domain]") {
  room r;
  REQUIRE(r.ask(chats::create_group{personal_text{std::string{"Tea"}}}, "an"));
  for (std::size_t i = 1; i < limits::group_members_max; ++i)
    REQUIRE(r.ask(chats::invite{usr("guest " + std::to_string(i))}, "an"));
  CHECK(why(r.ask(chats::invite{usr("one more")}, "an")) == errc::too_large);
}

TEST_CASE("chat: reading goes forward only", "[domain]") {
  auto r = direct();
  for (int i = 0; i < 3; ++i)
    REQUIRE(r.ask(words(), "an"));
  REQUIRE(r.ask(chats::read{2}, "bo"));
  CHECK(r.last.events.size() == 1);
  REQUIRE(r.ask(chats::read{1}, "bo"));
  CHECK(r.last.events.empty());
  CHECK(why(r.ask(chats::read{4}, "bo")) == errc::invalid_params);
}
