#include "apps/tour/trial_data.hpp"

#include <thread>

#include "domain/time.hpp"

namespace charter::tour {

namespace {

using namespace std::chrono_literals;

/// One that is valid now and for a year.
json credential_of(std::string_view kind, const cast_account& a) {
  auto now = std::chrono::time_point_cast<duration>(std::chrono::system_clock::now());
  return {{"kind", kind},
          {"number", "TRIAL-" + std::string{kind} + "-" + std::string{a.owner}},
          {"issuer", "trial authority"},
          {"scope", "on trial"},
          {"valid_from", to_text(now - 24h)},
          {"valid_until", to_text(now + 365 * 24h)}};
}

std::vector<text> texts_for(writes what, std::size_t most) {
  switch (what) {
    case writes::tang_poems: return read_poems("tang300", most);
    case writes::song_poems: return read_poems("song100", most);
    case writes::software:
      return read_changelogs({"apt", "bash", "coreutils", "openssl", "git", "cmake", "perl-base", "systemd"}, most);
    case writes::notices: return read_news(most);
    case writes::time_news: return read_changelog("tzdata", most);
    case writes::changes: return read_changelogs({"dpkg", "debianutils", "gdb", "ninja-build", "jq"}, most);
    case writes::reposts: break;
  }
  return {};
}

} // namespace

bool eventually(const std::function<bool()>& settled) {
  auto until = std::chrono::steady_clock::now() + 30s;
  while (!settled()) {
    if (std::chrono::steady_clock::now() > until)
      return false;
    std::this_thread::sleep_for(20ms);
  }
  return true;
}

json trial_data::must(person& by, const std::string& method, json params) {
  auto answer = by.call(method, std::move(params));
  if (!answer)
    throw not_loaded{by.name() + " could not " + method + ": " + answer.why().why.detail};
  return *answer;
}

person& trial_data::who(std::string_view name) {
  auto found = people_.find(name);
  if (found == people_.end())
    throw not_loaded{"there is nobody called " + std::string{name}};
  return *found->second;
}

const std::string& trial_data::account(std::string_view name) const {
  auto found = accounts_.find(name);
  if (found == accounts_.end())
    throw not_loaded{"there is no account " + std::string{name}};
  return found->second;
}

void trial_data::step(const std::string& what) {
  auto total = members().size() + 2 * accounts().size() + 2;
  told_(what, ++done_, total);
}

bool trial_data::is_loaded() {
  person anybody{at_, "anybody"};
  for (auto& a : accounts()) {
    auto found = anybody.call("account.get", {{"name", a.name}});
    if (!found || (*found)["account"].value("posts", 0) == 0)
      return false;
  }
  // What is loaded last.
  person last{at_, std::string{readers().back()}};
  if (!last.log_in())
    return false;
  auto chats = last.call("chat.list");
  return chats && !(*chats)["chats"]["items"].empty();
}

void trial_data::load() {
  arrive();
  grant_roles();
  for (auto& a : accounts())
    open_account(a);
  for (auto& a : accounts())
    publish(a);
  follow_and_chat();
}

void trial_data::arrive() {
  for (auto& m : members()) {
    auto& arrived = people_[std::string{m.name}] = std::make_unique<person>(at_, std::string{m.name});
    if (auto session = arrived->arrive(m.identity); !session)
      throw not_loaded{std::string{m.name} + " could not register: " + session.why().why.detail};
    step("people");
  }
}

void trial_data::grant_roles() {
  for (auto& m : members()) {
    if (m.role.empty() || !must(who(m.name), "user.me")["roles"].empty())
      continue;
    json params{{"user", who(m.name).user()}, {"role", m.role}};
    if (!m.office.empty())
      params["office"] = m.office;
    must(who("operator"), "admin.grant_role", params);
  }
  step("roles");
}

// -- accounts ---------------------------------------------------------------------------------

std::string trial_data::register_organisation(person& owner, const cast_account& a) {
  auto known = must(owner, "user.me")["organisations"];
  if (!known.empty())
    return known.front();
  json credentials = json::array({credential_of("registration", a)});
  if (!a.credential.empty())
    credentials.push_back(credential_of(a.credential, a));
  auto registered =
      must(owner, "org.register",
           {{"kind", a.kind}, {"name", a.organisation}, {"region", a.region}, {"credentials", credentials}});
  return registered["organisation"];
}

/// As the desk does it: claim, look, decide with the whole checklist; a news right takes another pair of eyes.
void trial_data::review(const std::string& application) {
  auto& moderator = who("moderator-lin");
  must(moderator, "desk.claim", {{"case", application}});
  auto file = must(moderator, "desk.case", {{"case", application}});
  if (!file.contains("proposal")) {
    json checked = json::array();
    for (auto& item : file["checklist"])
      checked.push_back(item["key"]);
    must(moderator, "desk.decide_application",
         {{"case", application},
          {"verdict", "approve"},
          {"checklist", checked},
          {"confirms", file["declared"]},
          {"reason", "Everything on the list is in order."}});
    file = must(moderator, "desk.case", {{"case", application}});
  }
  if (file.contains("proposal"))
    must(who("senior-zhao"), "desk.second", {{"case", application}, {"agree", true}, {"reason", "Seen, and agreed."}});
}

void trial_data::open_account(const cast_account& a) {
  auto& owner = who(a.owner);
  auto mine = must(owner, "account.mine");
  if (mine["accounts"].empty()) {
    std::string application;
    if (!mine["applications"].empty())
      application = mine["applications"].front()["case"]; // an earlier load came this far
    else {
      json params{{"name", a.name}, {"description", a.description}, {"category", a.category},
                  {"kind", a.kind}, {"region", a.region},           {"statement", a.statement}};
      if (!a.organisation.empty())
        params["organisation"] = register_organisation(owner, a);
      if (!a.news.empty())
        params["news"] = a.news;
      application = must(owner, "account.apply", params)["application"];
    }
    review(application);
    if (!eventually([&] { return !(mine = must(owner, "account.mine"))["accounts"].empty(); }))
      throw not_loaded{std::string{a.name} + " was approved and didn't open"};
  }
  accounts_[std::string{a.name}] = mine["accounts"].front()["account"]["account"];
  step("accounts");
}

// -- what they publish ----------------------------------------------------------------------------

/// A portal passes on what the news unit published.
void trial_data::repost_all(const cast_account& a, std::size_t from) {
  auto sources = must(who(a.owner), "account.posts", {{"account", account("晨报")}, {"limit", posts_each_}})["items"];
  for (auto i = from; i < sources.size(); ++i)
    must(who(a.owner), "account.repost", {{"account", account(a.name)}, {"source", sources[i]["post"]}});
}

void trial_data::publish(const cast_account& a) {
  auto& owner = who(a.owner);
  auto there = must(owner, "account.get", {{"account", account(a.name)}})["account"].value("posts", std::size_t{0});
  if (a.what == writes::reposts) {
    repost_all(a, there);
    return step("posts");
  }
  auto texts = texts_for(a.what, posts_each_);
  if (texts.empty())
    throw not_loaded{"no texts for " + std::string{a.name} +
                     " on this machine; script/setup installs fortunes-zh, and "
                     "packages keep their changelogs unless the machine was told to leave them out"};
  // The oldest first, so that the newest stands on top.
  for (auto i = there; i < texts.size(); ++i) {
    auto& t = a.what == writes::tang_poems || a.what == writes::song_poems ? texts[i] : texts[texts.size() - 1 - i];
    json params{{"account", account(a.name)}, {"title", t.title}, {"text", t.body}};
    if (!a.news.empty())
      params["kind"] = "news_original";
    must(owner, "account.publish", params);
  }
  step("posts");
}

// -- who reads it -----------------------------------------------------------------------------------

void trial_data::follow_and_chat() {
  for (auto name : readers()) {
    auto& reader = who(name);
    auto followed = must(reader, "feed.subscriptions")["accounts"].size();
    if (followed < accounts().size())
      for (auto& a : accounts())
        must(reader, "feed.subscribe", {{"account", account(a.name)}});
  }
  auto& first = who(readers().front());
  auto& last = who(readers().back());
  auto poems = read_poems("tang300", 3);
  if (!poems.empty() && must(last, "chat.list")["chats"]["items"].empty()) {
    auto chat = must(first, "chat.direct", {{"user", last.user()}})["chat"];
    must(first, "chat.send", {{"chat", chat}, {"text", "今天读了《" + poems.front().title + "》。"}});
    must(last, "chat.send", {{"chat", chat}, {"text", poems.front().body}});
  }
  step("readers");
}

} // namespace charter::tour
