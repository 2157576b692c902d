#include "apps/charterd/found_command.hpp"

#include <iostream>

#include "apps/charter/password_prompt.hpp"
#include "apps/charterd/trial_founding.hpp"
#include "config/provider_file.hpp"

namespace charter::node {

namespace {

result<std::string> ask_at_terminal(const std::string& prompt) {
  std::cerr << (prompt.empty() ? "What does the identity provider say?" : prompt) << " " << std::flush;
  std::string line;
  if (!std::getline(std::cin, line) || line.empty())
    return invalid("answer", "the identity provider's question wasn't answered");
  return line;
}

} // namespace

status found_from_file(const config::server_config& c, const std::string& file, const std::string& password_file) {
  auto loaded = config::load_provider_file(file);
  if (auto* mistakes = std::get_if<config::mistakes>(&loaded))
    return refuse(errc::invalid_params, "the provider's file has mistakes:\n" + config::to_text(*mistakes));
  auto& provider = std::get<config::provider_file>(loaded);
  auto charter = read_charter_file(c);
  if (!charter)
    return charter.why();
  auto password = cli::read_new_password(password_file);
  if (!password)
    return password.why();
  auto started = node::start(c, false);
  if (!started)
    return started.why();
  auto& first = provider.first_operator;
  return (*started)->found({provider.name, provider.credentials, *charter, first.identity_provider, first.subject,
                            ask_at_terminal, first.pseudonym, *password});
}

} // namespace charter::node
