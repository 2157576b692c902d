// Article 6: a verified identity behind, any name in front; the agreement on seven bottom lines.
#include "apps/tour/articles.hpp"

namespace charter::tour {

namespace {

constexpr int identity_of_su = 61;
constexpr int identity_of_ou = 62;

json signature_of(stage& s, std::size_t items) {
  auto terms = s.ask(s.anybody(), "agreement.current");
  json signed_items = json::array();
  for (auto& item : terms["items"])
    if (signed_items.size() < items)
      signed_items.push_back(item["key"]);
  return {{"version", terms["version"]}, {"digest", terms["digest"]}, {"items", signed_items}};
}

json registration(stage& s, const std::string& ticket, std::string_view pseudonym, std::size_t items = 7) {
  return {{"ticket", ticket},
          {"pseudonym", pseudonym},
          {"password", std::string{pseudonym} + " on trial"},
          {"signature", signature_of(s, items)}};
}

std::string ticket_for(stage& s, person& who, int identity) {
  auto ticket = who.verify(identity);
  if (!ticket) {
    s.shows(false, "a trial identity can be verified: " + ticket.why().why.detail);
    throw article_over{"identity"};
  }
  s.out().did(who.name(), "verifies an identity: a ticket");
  return *ticket;
}

void verified_behind(stage& s, person& su) {
  s.article("6.1");
  s.may_not(su, "registers without a verified identity", "auth.register", registration(s, "made up", "su"),
            errc::identity_required);
  auto attempt = s.ask(su, "identity.begin", {{"provider", "registry"}, {"subject", "T-0061"}})["attempt"];
  s.may_not(su, "answers the identity provider wrongly", "identity.complete",
            {{"attempt", attempt}, {"answer", "a guess"}}, errc::identity_required);
  s.shows(true, "nobody registers without a verified identity [I7]");
}

void sign_item_by_item(stage& s, person& su, const std::string& ticket) {
  s.article("6.2");
  auto terms = s.may(su, "reads the agreement", "agreement.current");
  for (auto& item : terms["items"])
    s.out().note(item["title"].value("zh_cn", "") + " · " + item["title"].value("en", ""));
  s.may_not(su, "signs six of the seven", "auth.register", registration(s, ticket, "su", 6), errc::agreement_required,
            "6.2");
  auto other = registration(s, ticket, "su");
  other["signature"]["version"] = 7;
  s.may_not(su, "signs another version than the current one", "auth.register", other, errc::agreement_required, "6.2");
  s.shows(terms["items"].size() == 7, "all seven bottom lines are signed, or nobody registers [I7]");
}

/// Registering twice by the same command is one registration; everything else that is used twice is refused.
void once_only(stage& s, person& su, const std::string& ticket) {
  auto params = registration(s, ticket, "su");
  params["command_id"] = fresh_command_id();
  auto first = s.may(su, "signs all seven, and registers as \"su\"", "auth.register", params);
  auto again = s.may(su, "sends the very same command again", "auth.register", params);
  s.shows(first["user"] == again["user"], "a command that is sent twice takes effect once [I3]");
  s.may_not(su, "uses the ticket again", "auth.register", registration(s, ticket, "su-dongpo"), errc::identity_required,
            "6.1");
  s.shows(true, "a ticket is good for one registration [I7]");
  auto second = ticket_for(s, su, identity_of_su);
  s.may_not(su, "registers a second pseudonym, behind the same identity", "auth.register",
            registration(s, second, "su-dongpo"), errc::conflict, "6.1");
  s.shows(true, "a person has as many pseudonyms as the charter says, and no more [I15]");

  person ou{s.at(), "ou-yang"};
  auto third = ticket_for(s, ou, identity_of_ou);
  s.may_not(ou, "registers under a name that is taken: \"ＳＵ\"", "auth.register", registration(s, third, "ＳＵ"),
            errc::conflict);
  s.shows(true, "a name has one holder, also when it is written differently [I15]");
}

void any_name_in_front(stage& s) {
  person su{s.at(), "su"};
  if (!su.log_in())
    return s.shows(false, "who has registered can log in");
  s.may(su, "changes the pseudonym to \"东坡\"", "user.update", {{"pseudonym", "东坡"}});
  auto found = s.may(s.who("reader-an"), "finds 东坡", "user.find", {{"pseudonym", "东坡"}});
  bool only_the_name = eventually([&] {
    found = s.ask(s.who("reader-an"), "user.find", {{"pseudonym", "东坡"}});
    return !found["users"].empty();
  });
  s.shows(only_the_name && found.dump().find("TRIAL") == std::string::npos,
          "any name in front, and nothing of what is behind");
}

} // namespace

void walk_article_6(stage& s) {
  person su{s.at(), "newcomer"};
  verified_behind(s, su);
  auto ticket = ticket_for(s, su, identity_of_su);
  sign_item_by_item(s, su, ticket);
  once_only(s, su, ticket);
  any_name_in_front(s);
}

} // namespace charter::tour
