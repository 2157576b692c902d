// register, agreement: a verified identity first, then the seven items one by one, then any pseudonym
// (articles 6.1, 6.2)
#include <iostream>

#include <unistd.h>

#include "apps/charter/areas.hpp"
#include "apps/charter/command.hpp"
#include "apps/charter/password_prompt.hpp"
#include "apps/charter/person_time.hpp"
#include "apps/charter/private_file.hpp"

namespace charter::cli {

namespace {

using client::reply;

struct register_options {
  std::string pseudonym;
  std::string provider;
  std::string subject;
  std::string answer_file;
  std::string password_file;
  std::string language;
  bool sign = false;
};

/// A line from whoever sits there. Empty at the end of the input.
std::string ask(const invocation& in, const std::string& question) {
  in.screen.err() << question << std::flush;
  std::string line;
  std::getline(std::cin, line);
  return line;
}

client::failure not_given(const std::string& what) { return {client::cause::here, invalid("arguments", what)}; }

const std::string& in_language(const json& text, const std::string& language) {
  static const std::string nothing;
  auto found = text.find(language.starts_with("zh") ? "zh_cn" : "en");
  return found != text.end() && found->is_string() ? found->get_ref<const std::string&>() : nothing;
}

/// The items are signed one by one, as the article has it: each is shown, each is asked for.
reply<json> sign(const invocation& in, const json& agreement, const std::string& language, bool all_agreed) {
  json items = json::array();
  auto& err = in.screen.err();
  auto words = [&](const json& owner, const char* name) {
    return harmless(in_language(owner.value(name, json::object()), language), true);
  };
  if (!all_agreed)
    err << in.screen.paint_err(style::bold, words(agreement, "title")) << "\n"
        << words(agreement, "preamble") << "\n\n";
  std::size_t number = 0;
  for (auto& item : agreement.value("items", json::array())) {
    if (!all_agreed) {
      err << in.screen.paint_err(style::bold, std::to_string(++number) + ". " + words(item, "title")) << '\n';
      for (auto& line : wrapped(words(item, "text"), in.screen.width() - 3))
        err << "   " << line << '\n';
      auto said = ask(in, "   Do you sign this item? [yes/no] ");
      if (said != "yes" && said != "y" && said != "是")
        return not_given("Not signed: item " + text_of(item, "key") + ". Without all items nothing is done.");
    }
    items.push_back(text_of(item, "key"));
  }
  return json{
      {"version", agreement.value("version", json{})}, {"digest", agreement.value("digest", json{})}, {"items", items}};
}

reply<json> sign_current(invocation& in, const std::string& language, bool all_agreed) {
  if (!all_agreed && !::isatty(STDIN_FILENO))
    return not_given("The agreement's items are signed one by one at a terminal; --sign-all says that you have read "
                     "and sign each of them.");
  auto agreement = in.call("agreement.current");
  return agreement ? sign(in, *agreement, language, all_agreed) : agreement;
}

/// Asks the provider of identities, and gives its ticket.
reply<std::string> verify_identity(invocation& in, const register_options& o) {
  auto provider = o.provider;
  if (provider.empty()) {
    auto all = in.call("identity.providers");
    if (!all)
      return all.why();
    auto list = all->value("providers", json::array());
    if (list.size() != 1) {
      std::string keys;
      for (auto& p : list)
        keys += " " + text_of(p, "key");
      return not_given("Choose with --provider who verifies your identity:" + (keys.empty() ? " nobody can" : keys));
    }
    provider = text_of(list.front(), "key");
  }
  auto subject = o.subject.empty() ? ask(in, "Who are you, for " + provider + " (its number for you)? ") : o.subject;
  auto begun = in.call("identity.begin", {{"provider", provider}, {"subject", subject}});
  if (!begun)
    return begun.why();
  auto answer = read_password(harmless(text_of(*begun, "prompt")) + ": ", o.answer_file);
  if (!answer)
    return client::failure{client::cause::here, answer.why()};
  auto ticket = in.call("identity.complete", {{"attempt", text_of(*begun, "attempt")}, {"answer", *answer}});
  return ticket ? reply<std::string>{text_of(*ticket, "ticket")} : ticket.why();
}

int register_user(invocation& in, const register_options& o) {
  auto signature = sign_current(in, o.language, o.sign);
  if (!signature)
    return in.fail(signature.why());
  auto ticket = verify_identity(in, o);
  if (!ticket)
    return in.fail(ticket.why());
  auto password = read_new_password(o.password_file);
  if (!password)
    return in.fail_locally(password.why());
  json params = {{"ticket", *ticket}, {"pseudonym", o.pseudonym}, {"password", *password}, {"signature", *signature}};
  put(params, "language", o.language);
  return in.confirm(in.command("auth.register", params),
                    "Registered as " + harmless(o.pseudonym) + ". `charter login` begins a session.");
}

struct agreement_options {
  std::string language;
  bool sign = false;
};

int show_agreement(invocation& in, const agreement_options& o) {
  auto answer = in.call("agreement.current");
  if (!answer)
    return in.fail(answer.why());
  return in.finish(*answer, [&] {
    auto& out = in.screen.out();
    auto words = [&](const json& owner, const char* name) {
      return harmless(in_language(owner.value(name, json::object()), o.language), true);
    };
    out << in.screen.paint(style::bold, words(*answer, "title")) << ", version " << text_of(*answer, "version") << '\n';
    for (auto& line : wrapped(words(*answer, "preamble"), in.screen.width()))
      out << line << '\n';
    std::size_t number = 0;
    for (auto& item : answer->value("items", json::array())) {
      out << '\n' << in.screen.paint(style::bold, std::to_string(++number) + ". " + words(item, "title")) << '\n';
      for (auto& line : wrapped(words(item, "text"), in.screen.width() - 3))
        out << "   " << line << '\n';
    }
  });
}

int sign_agreement(invocation& in, const agreement_options& o) {
  auto signature = sign_current(in, o.language, o.sign);
  if (!signature)
    return in.fail(signature.why());
  return in.confirm(in.command("agreement.sign", *signature), "Signed.");
}

constexpr auto language_help = "zh-CN or en";
constexpr auto sign_help = "I have read the agreement and sign each of its items";

} // namespace

void add_registration_commands(CLI::App& app, invocation& in) {
  add_command<register_options>(
      app, in, "register", "become a user: identity, agreement, pseudonym",
      [](CLI::App& command, register_options& o) {
        command.add_option("pseudonym", o.pseudonym, "any name you like; your identity stays sealed")->required();
        command.add_option("--provider", o.provider, "who verifies your identity");
        command.add_option("--subject", o.subject, "what the provider knows you by: a number");
        command.add_option("--answer-file", o.answer_file, "its first line answers the provider's question");
        command.add_option("--password-file", o.password_file, "its first line is the password");
        command.add_option("--language", o.language, language_help);
        command.add_flag("--sign-all", o.sign, sign_help);
      },
      register_user);
  auto& agreement = *add_group(app, "agreement", "the agreement on the seven bottom lines");
  auto describe = [](CLI::App& command, agreement_options& o) {
    command.add_option("--language", o.language, language_help);
  };
  add_command<agreement_options>(agreement, in, "show", "the current one", describe, show_agreement);
  add_command<agreement_options>(
      agreement, in, "sign", "sign it, item by item",
      [=](CLI::App& command, agreement_options& o) {
        describe(command, o);
        command.add_flag("--sign-all", o.sign, sign_help);
      },
      sign_agreement);
}

} // namespace charter::cli
