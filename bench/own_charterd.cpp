#include "bench/own_charterd.hpp"

#include <sys/resource.h>

#include <fstream>
#include <stdexcept>

#include "apps/tour/enrolment.hpp"
#include "bench/harness.hpp"

namespace charter::bench {

namespace {

using client::json;
using tour::person;

// Persons of config/trial/identities.jsonl.
constexpr int founder_identity = 1, moderator_identity = 2, owner_identity = 20;

std::vector<std::string> command_line(const temporary_directory& data, const std::string& stamps,
                                      const own_charterd::settings& s) {
  std::vector<std::string> words{program("apps/charterd"),
                                 "--config",
                                 write_settings(data, s.raises_bounds),
                                 "--trial",
                                 "--data",
                                 data / "node",
                                 "--port",
                                 "0",
                                 "--bench-stamps",
                                 stamps};
  if (s.tls)
    words.push_back("--tls-trial");
  return words;
}

} // namespace

std::string write_settings(const temporary_directory& into, bool raises_bounds) {
  std::ifstream in{"config/trial.toml"};
  std::ofstream out{into / "config.toml"};
  out << "io_threads = 1\n";
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("unlimited_addresses"))
      out << line << "\n";
    if (line == "[limits]")
      out << "unlimited_addresses = [\"127.0.0.1\"]\n"
          << (raises_bounds ? "messages_per_second = 1000000\nmessages_burst = 1000000\n" : "");
  }
  if (!in.eof() || !out.flush())
    throw std::runtime_error("can't copy config/trial.toml; run this in the root of the repository");
  return into / "config.toml";
}

std::filesystem::path program(const std::string& name) {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path() / name; // lint: path
}

void allow_descriptors(std::size_t count) {
  rlimit now{};
  ::getrlimit(RLIMIT_NOFILE, &now);
  if (now.rlim_cur >= count)
    return;
  now.rlim_cur = now.rlim_max;
  if (now.rlim_max < count || ::setrlimit(RLIMIT_NOFILE, &now) != 0)
    throw std::runtime_error("this needs " + std::to_string(count) + " open files: ulimit -n " + std::to_string(count));
}

own_charterd::own_charterd(settings s)
    : stamps_(directory_ / "stamps"),
      process_(command_line(directory_, stamps_.path(), s), server_core, directory_ / "log"), tls_(s.tls),
      port_(static_cast<std::uint16_t>(std::stoi(process_.await("serving on port ")))) {
  client::server which;
  which.where = {tls_, "127.0.0.1", std::to_string(port_)};
  which.whom.insecure = true; // its certificate is its own
  auto reached = tour::service::reach(which);
  if (!reached)
    throw std::runtime_error(reached.why().why.detail);
  service_ = std::move(*reached);
  owner_.emplace(*service_, "owner");
  owner_token_ = arrive(*owner_, owner_identity);
  person founder{*service_, "operator"}, moderator{*service_, "moderator"};
  arrive(founder, founder_identity);
  arrive(moderator, moderator_identity);
  tour::must(founder, "admin.grant_role", {{"user", moderator.user()}, {"role", "moderator"}});
  account_ = tour::open_account(*owner_, moderator, std::string{account_name});
  for (std::size_t i = 0; i < s.followers; ++i) {
    person follower{*service_, follower_name(i)};
    tokens_.push_back(arrive(follower, owner_identity + 1 + static_cast<int>(i)));
    tour::must(follower, "feed.subscribe", {{"account", account_}});
  }
}

std::string own_charterd::arrive(person& who, int identity) {
  auto session = who.arrive(identity);
  if (!session)
    throw std::runtime_error(who.name() + " could not register: " + session.why().why.detail);
  return session->value("token", "");
}

std::string own_charterd::publish_request(std::string_view text) const {
  return client::encode_request(1, "account.publish", {{"account", account_}, {"text", text}});
}

std::string own_charterd::posts_request(std::uint64_t first, std::uint64_t last) const {
  return client::encode_request(2, "account.posts", {{"account", account_}, {"from", first}, {"to", last}});
}

std::string own_charterd::listen_request() { return client::encode_request(1, "feed.listen", json::object()); }

} // namespace charter::bench
