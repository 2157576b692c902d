// charter-cluster: an operator's view of a cluster, and the ways in and out of it. Talks to etcd alone, so it works
// whatever becomes of the nodes.

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <thread>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "apps/charterd/cluster_settings.hpp"
#include "apps/cluster/create.hpp"
#include "apps/cluster/status.hpp"
#include "cluster/roster.hpp"
#include "storage/data_directory.hpp"
#include "storage/system_environment.hpp"

namespace {

using namespace charter;
using namespace charter::cluster_tool;
using std::chrono::steady_clock;

enum exit_code : int { all_well = 0, complaints = 1, usage = 2, failed = 3 };

struct arguments {
  std::string config_file = "config/charterd.toml";
  config::server_overrides over;
  bool as_json = false;
  int wait_s = 0;
  std::string directory;
  std::vector<std::string> others;
};

struct connection {
  config::server_config config;
  std::unique_ptr<etcd::client> etcd;
  cluster::log_keys keys;
};

result<config::server_config> load(const arguments& a) {
  auto loaded = config::load_server_config_file(a.config_file, a.over);
  if (auto* mistakes = std::get_if<config::mistakes>(&loaded))
    return refuse(errc::invalid_params, config::to_text(*mistakes));
  return std::get<config::server_config>(std::move(loaded));
}

result<connection> connect(const arguments& a) {
  auto loaded = load(a);
  if (!loaded)
    return loaded.why();
  connection out;
  out.config = *std::move(loaded);
  if (!out.config.cluster)
    return refuse(errc::invalid_params, a.config_file + " has no [cluster]");
  auto tls = node::open_tls(*out.config.cluster);
  if (!tls)
    return tls.why();
  auto etcd = node::connect_etcd(*out.config.cluster, *tls);
  if (!etcd)
    return etcd.why();
  out.etcd = *std::move(etcd);
  out.keys = cluster::log_keys{out.config.cluster->prefix};
  return out;
}

int fail(const refusal& why) {
  std::cerr << "charter-cluster: " << why.detail << "\n";
  return why.code == errc::invalid_params ? usage : failed;
}

int show_status(connection& at, const arguments& a) {
  auto status = read_status(*at.etcd, at.keys);
  if (!status)
    return fail(status.why());
  if (a.as_json)
    std::cout << to_json(*status).dump(2) << '\n';
  else
    std::cout << to_text(*status);
  return status->complaints.empty() ? all_well : complaints;
}

/// The configuration's directory, made when it is new.
result<std::string> directory_of(const config::server_config& c) {
  storage::system_environment world;
  std::error_code failure;
  if (!std::filesystem::exists(c.data_directory, failure) || std::filesystem::is_empty(c.data_directory, failure))
    if (auto made = storage::create_data_directory(c.data_directory, c.shards, world); !made)
      return made.why();
  auto identity = storage::read_directory_identity(c.data_directory);
  return identity ? result<std::string>{identity->id} : result<std::string>{identity.why()};
}

int print_id(const arguments& a) {
  auto config = load(a);
  if (!config)
    return fail(config.why());
  auto directory = directory_of(*config);
  if (!directory)
    return fail(directory.why());
  std::cout << *directory << '\n';
  return all_well;
}

int init(connection& at, const arguments& a) {
  auto directory = directory_of(at.config);
  if (!directory)
    return fail(directory.why());
  storage::system_environment world;
  if (auto made = create_cluster(*at.etcd, at.keys, at.config.data_directory, a.others, world); !made)
    return fail(made.why());
  std::cout << "Directory " << *directory << " is the cluster's. Start its node; `charter cluster add` lets others "
            << "join.\n";
  return all_well;
}

/// Until the directory is on every list.
int wait_for(connection& at, const std::string& directory, int seconds) {
  const bool terminal = ::isatty(STDERR_FILENO) != 0;
  for (auto until = steady_clock::now() + std::chrono::seconds{seconds};;) {
    auto status = read_status(*at.etcd, at.keys);
    if (!status)
      return fail(status.why());
    auto line = std::ranges::find(status->nodes, directory, &node_line::directory);
    auto keeps = line == status->nodes.end() ? 0 : line->keeps;
    if (terminal)
      std::cerr << "\rcaught up with " << keeps << " of " << status->shards << " shards " << std::flush;
    if (keeps == status->shards || steady_clock::now() >= until) {
      std::cerr << (terminal ? "\n" : "");
      if (keeps == status->shards)
        return std::cout << "The directory keeps every shard now.\n", all_well;
      std::cerr << "charter-cluster: it has caught up with " << keeps << " of " << status->shards
                << " shards so far; it goes on as long as its node runs\n";
      return complaints;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{500});
  }
}

int add(connection& at, const arguments& a) {
  auto directory = directory_of(at.config);
  if (!directory)
    return fail(directory.why());
  if (auto admitted = cluster::admit(*at.etcd, at.keys, *directory); !admitted)
    return fail(admitted.why());
  std::cout << "Directory " << *directory << " may join. Start `charterd --config " << a.config_file
            << "`: it takes what it lacks from the others, and keeps the shards from then on.\n";
  return a.wait_s > 0 ? wait_for(at, *directory, a.wait_s) : all_well;
}

int remove(connection& at, const arguments& a) {
  auto lists = cluster::dismiss(*at.etcd, at.keys, a.directory);
  if (!lists)
    return fail(lists.why());
  std::cout << (*lists == 0 ? "It kept no shard.\n" : "Taken off " + std::to_string(*lists) + " shards' lists.\n");
  return all_well;
}

} // namespace

int main(int argc, char** argv) {
  arguments a;
  int (*chosen)(connection&, const arguments&) = nullptr;
  CLI::App app{"charter-cluster: who is in the cluster, and the ways in and out of it. Talks to etcd alone.\n"
               "`charter cluster …` is the same."};
  app.require_subcommand(1);
  auto command = [&](const char* name, const char* about, int (*run)(connection&, const arguments&)) {
    auto* made = app.add_subcommand(name, about);
    made->add_option("--config", a.config_file, "a node's configuration, with its [cluster]")->capture_default_str();
    made->add_flag("--trial", a.over.trial, "its node runs with --trial");
    made->callback([&chosen, run] { chosen = run; });
    return made;
  };
  command("status", "nodes, shards and etcd's members, and what is wrong with them", show_status)
      ->add_flag("--json", a.as_json, "for machines");
  command("init", "make a cluster of the configuration's data directory and what is in it; its node must not run", init)
      ->add_option("--with", a.others, "ids of more directories that keep all from the beginning; all have to be new")
      ->delimiter(',');
  command("add", "let the configuration's data directory join; it is made when it is new", add)
      ->add_option("--wait", a.wait_s, "seconds to wait until it has caught up; its node has to run")
      ->check(CLI::Range(0, 86'400));
  command("remove", "take a data directory off all lists; its node must be stopped, or lost", remove)
      ->add_option("directory", a.directory, "its id, as `status --json` shows it")
      ->required();
  bool wants_id = false;
  auto* id =
      app.add_subcommand("id", "print the id of the configuration's data directory, which is made when it is new");
  id->add_option("--config", a.config_file, "a node's configuration")->capture_default_str();
  id->add_flag("--trial", a.over.trial, "its node runs with --trial");
  id->callback([&wants_id] { wants_id = true; });
  app.footer("All may be repeated. A node drains when it is stopped (SIGTERM), and shards spread by themselves.\n"
             "Exit codes: 0 all is well, 1 status has complaints or --wait was too short, 2 wrong arguments or\n"
             "configuration, 3 refused, or etcd doesn't answer.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? all_well : usage; // --help is one, too
  }
  if (wants_id)
    return print_id(a);
  auto at = connect(a);
  return at ? chosen(*at, a) : fail(at.why());
}
