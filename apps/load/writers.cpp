#include "apps/load/writers.hpp"

#include "apps/load/person.hpp"
#include "apps/load/schedule.hpp"
#include "apps/tour/person.hpp"

namespace charter::load {

namespace {

constexpr std::string_view words =
    "清晨的街上，报纸已经到了。桥边的茶馆开门，船夫说今天顺风。市集上有人卖新茶，也有人讲旧事。";

constexpr std::size_t message_bytes = 120;

/// So many bytes at most, in whole characters, with the mark at the end.
std::string text_of(std::size_t bytes, const std::string& mark) {
  std::string text;
  auto room = bytes - std::min(bytes, mark.size());
  constexpr std::size_t character = 3; // each of these is three bytes of UTF-8
  while (text.size() + character <= room)
    text += words.substr(text.size() % words.size(), character);
  return text + mark;
}

/// Sends a command; now and then twice, the second one while the first is under way.
task<reply<json>> say(world& w, person& by, std::string method, json params, instant due, command_number command) {
  params["command_id"] = tour::fresh_command_id();
  if (w.chance(w.plan.traffic.repeats_percent)) {
    ++w.figures.all.repeats;
    auto again = [](world& all, person& who, std::string what, json same, instant when,
                    command_number which) -> task<> {
      errand counted{all};
      std::ignore = co_await who.insist(std::move(what), std::move(same), when, which);
    };
    w.loop.spawn(again(w, by, method, params, due, command));
  }
  co_return co_await by.insist(std::move(method), std::move(params), due, command);
}

} // namespace

// -- accounts -------------------------------------------------------------------------------

task<> publish(world& w, std::uint32_t account, instant due) {
  errand counted{w};
  due = w.user(account).able_at(due);
  auto& id = w.people.accounts[account].account;
  auto command = w.begin_command(command_kind::publish, w.streams[id], due);
  json params{{"account", id}, {"text", text_of(w.plan.traffic.post_bytes, w.decoder.mark(command))}};
  auto answer = co_await say(w, w.user(account), "account.publish", std::move(params), due, command);
  if (!answer)
    co_return;
  ++w.figures.all.posts;
  w.remember({answer->value("post", ""), account});
}

namespace {

task<> correct(world& w, known_post post, instant due) {
  errand counted{w};
  due = w.user(post.account).able_at(due);
  auto command = w.begin_command(command_kind::correct, w.streams[w.people.accounts[post.account].account], due);
  json params{{"post", post.post}, {"text", text_of(w.plan.traffic.post_bytes, w.decoder.mark(command))}};
  std::ignore = co_await say(w, w.user(post.account), "account.correct", std::move(params), due, command);
}

task<> withdraw(world& w, known_post post, instant due) {
  errand counted{w};
  due = w.user(post.account).able_at(due);
  json params{{"post", post.post}, {"command_id", tour::fresh_command_id()}};
  std::ignore = co_await w.user(post.account).insist("account.withdraw_post", std::move(params), due);
}

task<> message(world& w, const simulated_chat& chat, instant due) {
  errand counted{w};
  auto command = w.begin_command(command_kind::message, w.streams[chat.chat], due);
  json params{{"chat", chat.chat}, {"text", text_of(message_bytes, w.decoder.mark(command))}};
  auto& one = w.user(chat.one);
  auto& other = w.user(chat.other);
  auto& author = w.chance(50) ? one : other;
  std::ignore = co_await say(w, author, "chat.send", std::move(params), due, command);
}

task<> nothing() { co_return; }

} // namespace

task<> publish_on_schedule(world& w) {
  co_await on_schedule(w, w.plan.traffic.posts_per_minute, [&w](instant due) {
    return publish(w, static_cast<std::uint32_t>(w.below(w.people.accounts.size())), due);
  });
}

task<> correct_on_schedule(world& w) {
  co_await on_schedule(w, w.plan.traffic.corrections_per_minute, [&w](instant due) {
    return w.posts.empty() ? nothing() : correct(w, w.posts[w.below(w.posts.size())], due);
  });
}

task<> withdraw_on_schedule(world& w) {
  co_await on_schedule(w, w.plan.traffic.withdrawals_per_minute, [&w](instant due) {
    return w.posts.empty() ? nothing() : withdraw(w, w.posts[w.below(w.posts.size())], due);
  });
}

// -- chats ----------------------------------------------------------------------------------

task<> chat_on_schedule(world& w) {
  std::vector<const simulated_chat*> chats; // whose members are among us
  for (auto& chat : w.people.chats)
    if (std::max(chat.one, chat.other) < w.plan.population.users)
      chats.push_back(&chat);
  if (chats.empty())
    co_return;
  co_await on_schedule(w, w.plan.traffic.chat_messages_per_minute, [&w, &chats](instant due) {
    auto& chat = *chats[w.below(chats.size())];
    bool is_anybody_there = w.user(chat.one).is_online() && w.user(chat.other).is_online();
    return is_anybody_there ? message(w, chat, due) : nothing();
  });
}

} // namespace charter::load
