#include "apps/charterd/trial_founding.hpp"

#include <fstream>
#include <sstream>

#include "config/charter_loader.hpp"

namespace charter::node {

result<std::string> read_charter_file(const config::server_config& c) {
  std::ifstream in{c.charter_file};
  std::stringstream text;
  text << in.rdbuf();
  if (!in)
    return refuse(errc::not_found, "can't read the charter file " + c.charter_file + "; the configuration names it");
  auto loaded = config::load_charter(text.str(), c.charter_file);
  if (auto* mistakes = std::get_if<config::mistakes>(&loaded))
    return refuse(errc::invalid_params, "the charter file has mistakes:\n" + config::to_text(*mistakes));
  return text.str();
}

status found_for_trial(node& n, const config::server_config& c) {
  auto charter = read_charter_file(c);
  if (!charter)
    return charter.why();
  auto from = std::chrono::time_point_cast<duration>(std::chrono::system_clock::now()) - std::chrono::hours{1};
  auto until = from + std::chrono::hours{24 * 365};
  founding f;
  f.provider = "Trial Provider Ltd";
  for (auto kind : {"service", "news_information"})
    f.credentials.push_back(
        {kind, std::string{"TRIAL-"} + kind, "trial authority", "everything, on trial", from, until});
  f.charter_text = std::move(*charter);
  f.identity_provider = c.identity.providers.empty() ? "" : c.identity.providers.front().key;
  f.identity_subject = "T-0001";
  f.answer = [](const std::string&) -> result<std::string> { return std::string{"trial-0001"}; };
  f.pseudonym = "operator";
  f.password = "operator on trial";
  return n.found(f);
}

} // namespace charter::node
