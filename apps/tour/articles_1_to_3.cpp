// Articles 1 (aims), 2 (scope: private chat stays private), 3 (offices).
#include "apps/tour/articles.hpp"

namespace charter::tour {

using namespace std::chrono_literals;

void walk_article_1(stage& s) {
  s.article("1");
  auto& reader = s.anybody();
  auto book = s.may(reader, "reads the charter in force, without signing in", "provider.charter")["book"];
  s.out().note(book["title"].value("zh_cn", "") + ", " + std::to_string(book["bases"].size()) + " legal bases, " +
               std::to_string(book["aims"].size()) + " aims, " + std::to_string(book["articles"].size()) +
               " articles and parts of articles");
  std::set<std::string> chapters;
  bool both_languages = true;
  for (auto& a : book["articles"]) {
    chapters.insert(chapter_of(a.value("number", "")));
    both_languages = both_languages && !a["title"].value("zh_cn", "").empty() && !a["title"].value("en", "").empty();
  }
  s.shows(chapters.size() == 10 && both_languages, "the ten articles are data that anybody can read, in two languages");
}

// -- article 2 ----------------------------------------------------------------------------------

namespace {

void chat_in_private(stage& s, person& one, person& other, const std::string& words) {
  s.ask(other, "feed.listen");
  auto chat = s.may(one, "opens a chat with reader-bo", "chat.direct", {{"user", other.user()}})["chat"];
  json here{{"chat", chat}};
  s.may(one, "writes to it", "chat.send", {{"chat", chat}, {"text", words}});
  auto heard = other.next_push("chat.message", 10s);
  s.out().did(other.name(), "has it on the socket at once");
  s.shows(heard && (*heard)["message"].value("text", "") == words,
          "a chat's message reaches its members' sockets [I11]");
  s.may_not(s.who("operator"), "reads the chat", "chat.history", here, errc::not_found);
  s.may_not(s.who("senior-zhao"), "asks who is in it", "chat.members", here, errc::not_found);
  s.may_not(s.who("office-shanghai"), "reads the chat", "chat.history", here, errc::not_found);
  s.shows(true, "no member of staff and no office can read a chat, or see that there is one [I11]");

  auto why = s.may_not(other, "complains about the chat", "complaint.file",
                       {{"chat", chat}, {"reason", "spam"}, {"statement", "Too many poems."}}, errc::forbidden);
  s.shows(why.detail.find("user.block") != std::string::npos,
          "a complaint about a chat is pointed to blocking instead");
  s.may(other, "blocks reader-an", "user.block", {{"user", one.user()}});
  s.may_not(one, "writes again", "chat.send", {{"chat", chat}, {"text", "Another one?"}}, errc::forbidden);
  s.may(other, "takes the block back", "user.unblock", {{"user", one.user()}});
  auto mine = s.may(other, "exports everything about themselves", "user.export");
  auto theirs = s.ask(s.who("senior-zhao"), "user.export");
  s.shows(mine.dump().find(words) != std::string::npos && theirs.dump().find(words) == std::string::npos,
          "a chat's words are in its members' own exports and in nobody else's [I11]");
}

void group_by_invitation(stage& s, person& one) {
  auto group = s.may(one, "opens a group, \"读诗会\"", "chat.create", {{"title", "读诗会"}})["chat"];
  s.may_not(s.who("reader-ding"), "joins it uninvited", "chat.join", {{"chat", group}}, errc::not_found);
  s.may(one, "invites reader-chen", "chat.invite", {{"chat", group}, {"user", s.who("reader-chen").user()}});
  auto joins = [&] { return static_cast<bool>(s.who("reader-chen").call("chat.join", {{"chat", group}})); };
  bool joined = eventually(joins);
  s.out().did("reader-chen", "joins");
  s.shows(joined, "groups are by invitation only");
}

} // namespace

void walk_article_2(stage& s) {
  s.article("2");
  auto& one = s.who("reader-an");
  auto& other = s.who("reader-bo");
  chat_in_private(s, one, other, "床前明月光，疑是地上霜。");
  group_by_invitation(s, one);
}

// -- article 3 ----------------------------------------------------------------------------------

void walk_article_3(stage& s) {
  s.article("3.1");
  auto& offices = s.charter()["regulators"];
  s.out().note(std::to_string(offices["provincial"].size()) + " provincial offices and the national one, " +
               offices["national"]["name"].value("zh_cn", ""));
  auto& shanghai = s.who("office-shanghai");
  auto inbox = s.may(shanghai, "opens the mailbox of its own office", "liaison.filings");
  bool own = !inbox["items"].empty();
  for (auto& item : inbox["items"])
    own = own && item.value("office", "") == "31";
  s.out().note(std::to_string(inbox["items"].size()) + " filings of accounts registered in Shanghai");
  s.may_not(shanghai, "opens the mailbox of Zhejiang", "liaison.filings", {{"office", "33"}}, errc::forbidden, "3.1");
  s.may_not(s.who("reader-an"), "opens a mailbox", "liaison.inbox", json::object(), errc::forbidden);
  s.shows(own && offices["provincial"].size() == 31, "each office reads its own region's mail, and no other");

  s.article("3.2");
  s.may_not(s.anybody(), "asks for a credit standing: not built yet", "credit.standing", json::object(),
            errc::not_found);
}

} // namespace charter::tour
