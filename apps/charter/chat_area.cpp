// chat …
#include <ostream>

#include "apps/charter/areas.hpp"
#include "apps/charter/command.hpp"
#include "apps/charter/naming.hpp"
#include "apps/charter/person_time.hpp"

namespace charter::cli {

namespace {

struct chat_options {
  std::string chat;
  std::string user;
  std::string title;
  std::string text;
  std::uint64_t number = 0;
};

/// A chat's id; anything else is a person, whose direct chat with us is opened.
client::reply<std::string> chat_named(invocation& in, const std::string& text) {
  if (text.starts_with("cht_"))
    return text;
  auto user = user_named(in, text);
  if (!user)
    return user.why();
  auto answer = in.command("chat.direct", {{"user", *user}});
  return answer ? client::reply<std::string>{text_of(*answer, "chat")} : answer.why();
}

int send(invocation& in, const chat_options& o) {
  auto text = text_argument(o.text);
  if (!text)
    return in.fail_locally(text.why());
  auto chat = chat_named(in, o.chat);
  if (!chat)
    return in.fail(chat.why());
  return in.confirm(in.command("chat.send", {{"chat", *chat}, {"text", *text}}), "Sent.");
}

int create(invocation& in, const chat_options& o) {
  return in.confirm(in.command("chat.create", {{"title", o.title}}), "The group is there; it is invite-only.");
}

int list(invocation& in, const page& o) {
  auto answer = in.call("chat.list", o.params());
  if (!answer)
    return in.fail(answer.why());
  return in.finish(*answer, [&] {
    print_list(in.screen, answer->value("chats", json::object()), clock_now());
    if (auto invitations = answer->value("invitations", json::array()); !invitations.empty()) {
      in.screen.out() << '\n' << in.screen.paint(style::bold, "Invitations (`charter chat join`)") << '\n';
      print_list(in.screen, invitations, clock_now());
    }
  });
}

struct history_options : page {
  std::string chat;
};

int history(invocation& in, const history_options& o) {
  auto chat = chat_named(in, o.chat);
  if (!chat)
    return in.fail(chat.why());
  auto params = o.params();
  params["chat"] = *chat;
  auto answer = in.call("chat.history", params);
  if (!answer)
    return in.fail(answer.why());
  return in.finish(*answer, [&] {
    auto items = answer->value("items", json::array());
    for (auto message = items.rbegin(); message != items.rend(); ++message) // the newest last
      print_message(in.screen, *message, clock_now());
    if (auto next = text_of(*answer, "next"); !next.empty())
      in.screen.out() << in.screen.paint(style::dim, "There are older ones: --after " + harmless(next)) << '\n';
  });
}

int members(invocation& in, const chat_options& o) {
  auto chat = chat_named(in, o.chat);
  return chat ? in.show(in.call("chat.members", {{"chat", *chat}})) : in.fail(chat.why());
}

/// Methods that take a chat and nothing else.
template <class Sentence>
auto on_chat(const char* method, Sentence sentence) {
  return [=](invocation& in, const chat_options& o) {
    return in.confirm(in.command(method, {{"chat", o.chat}}), sentence);
  };
}

auto on_member(const char* method, const char* sentence) {
  return [=](invocation& in, const chat_options& o) {
    auto user = user_named(in, o.user);
    if (!user)
      return in.fail(user.why());
    return in.confirm(in.command(method, {{"chat", o.chat}, {"user", *user}}), sentence);
  };
}

auto on_message(const char* method, const char* sentence) {
  return [=](invocation& in, const chat_options& o) {
    return in.confirm(in.command(method, {{"chat", o.chat}, {"number", o.number}}), sentence);
  };
}

int edit(invocation& in, const chat_options& o) {
  auto text = text_argument(o.text);
  if (!text)
    return in.fail_locally(text.why());
  json params = {{"chat", o.chat}, {"number", o.number}, {"text", *text}};
  return in.confirm(in.command("chat.edit", params), "Edited; the others see that it was.");
}

void chat_only(CLI::App& command, chat_options& o) { command.add_option("chat", o.chat, "cht_…")->required(); }

void chat_and_user(CLI::App& command, chat_options& o) {
  chat_only(command, o);
  command.add_option("user", o.user, "a pseudonym, or usr_…")->required();
}

void chat_and_number(CLI::App& command, chat_options& o) {
  chat_only(command, o);
  command.add_option("number", o.number, "the message's number")->required();
}

} // namespace

void add_chat_commands(CLI::App& app, invocation& in) {
  auto& chat = *add_group(app, "chat", "private and group chats; sealed, for their members only");
  add_command<page>(
      chat, in, "list", "your chats and invitations", [](CLI::App& command, page& o) { o.describe(command); }, list);
  add_command<chat_options>(
      chat, in, "send", "send a message",
      [](CLI::App& command, chat_options& o) {
        command.add_option("to", o.chat, "a pseudonym, or cht_…")->required();
        command.add_option("text", o.text, "the text; - reads it from standard input, @FILE from a file")->required();
      },
      send);
  add_command<history_options>(
      chat, in, "history", "messages, the newest last",
      [](CLI::App& command, history_options& o) {
        command.add_option("with", o.chat, "a pseudonym, or cht_…")->required();
        o.describe(command);
      },
      history);
  add_command<chat_options>(
      chat, in, "create", "open a group",
      [](CLI::App& command, chat_options& o) { command.add_option("title", o.title, "its title")->required(); },
      create);
  add_command<chat_options>(chat, in, "members", "who is in it", chat_only, members);
  add_command<chat_options>(chat, in, "invite", "invite somebody to a group", chat_and_user,
                            on_member("chat.invite", "Invited."));
  add_command<chat_options>(chat, in, "remove", "remove somebody from a group", chat_and_user,
                            on_member("chat.remove", "Removed."));
  add_command<chat_options>(chat, in, "join", "follow an invitation", chat_only, on_chat("chat.join", "Joined."));
  add_command<chat_options>(chat, in, "leave", "leave a group", chat_only, on_chat("chat.leave", "You left."));
  add_command<chat_options>(
      chat, in, "edit", "change a message of yours",
      [](CLI::App& command, chat_options& o) {
        chat_and_number(command, o);
        command.add_option("text", o.text, "the new text")->required();
      },
      edit);
  add_command<chat_options>(chat, in, "recall", "take a message back; its text is erased", chat_and_number,
                            on_message("chat.recall", "Recalled."));
  add_command<chat_options>(chat, in, "read", "mark as read up to a message", chat_and_number,
                            on_message("chat.read", "Marked as read."));
}

} // namespace charter::cli
