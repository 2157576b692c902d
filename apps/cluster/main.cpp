// charter-cluster: an operator's view of a cluster, and the ways in and out of it. Talks to etcd alone, so it works
// whatever becomes of the nodes.

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "apps/charterd/cluster_settings.hpp"
#include "apps/cluster/course.hpp"
#include "apps/cluster/create.hpp"
#include "apps/cluster/moving.hpp"
#include "apps/cluster/status.hpp"
#include "cluster/roster.hpp"
#include "storage/data_directory.hpp"
#include "storage/system_environment.hpp"

namespace {

using namespace charter;
using namespace charter::cluster_tool;

constexpr int wait_s_default = 60; // 20 shards take some five
constexpr int wait_s_max = 86'400;

enum exit_code : int { all_well = 0, complaints = 1, usage = 2, failed = 3 };

struct arguments {
  std::string config_file = "config/charterd.toml";
  config::server_overrides over;
  bool as_json = false;
  int wait_s = 0;
  std::string directory;
  std::string node;
  bool undo = false;
  bool dry_run = false;
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
  course bar;
  auto tell = [&](auto& what, auto done, auto total) { bar.show(what, done, total); };
  auto made = create_cluster(*at.etcd, at.keys, at.config.data_directory, a.others, world, tell);
  bar.clear();
  if (!made)
    return fail(made.why());
  std::cout << "Directory " << *directory << " is the cluster's. Start its node; `charter cluster add` lets others "
            << "join.\n";
  return all_well;
}

/// Until the directory is on every list.
int wait_for(connection& at, const std::string& directory, int seconds) {
  course bar;
  std::size_t keeps = 0;
  std::size_t shards = 0;
  auto seen = watch_until(*at.etcd, at.keys, std::chrono::seconds{seconds}, [&](auto& view) {
    shards = view.shards.size();
    keeps = static_cast<std::size_t>(
        std::ranges::count_if(view.shards, [&](auto& shard) { return shard.second.replicas.contains(directory); }));
    bar.show("catching up, shards", keeps, shards);
    return keeps == shards;
  });
  bar.clear();
  if (!seen)
    return fail(seen.why());
  if (keeps == shards)
    return std::cout << "The directory keeps every shard now.\n", all_well;
  std::cerr << "charter-cluster: it has caught up with " << keeps << " of " << shards
            << " shards so far; it goes on as long as its node runs\n";
  return complaints;
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

/// Nothing is lost when it doesn't: the mark stays, and the nodes go on.
int wait_until_drained(connection& at, const arguments& a, const std::string& directory) {
  course bar;
  std::size_t most = 0;
  bool marked = true;
  auto seen = watch_until(*at.etcd, at.keys, std::chrono::seconds{a.wait_s}, [&](auto& view) {
    auto left = owned_by(view, directory).size();
    most = std::max(most, left);
    marked = view.wished.drained.contains(directory);
    bar.show("handing over, shards", most - left, most);
    return left == 0 || !marked;
  });
  bar.clear();
  if (!seen)
    return fail(seen.why());
  if (!marked)
    return fail(refuse(errc::conflict, "somebody has let it own shards again meanwhile"));
  auto left = owned_by(*seen, directory);
  auto name = name_of(*seen, directory);
  if (left.empty()) {
    std::cout << name << " owns nothing now, until `charter cluster drain " << a.node << " --undo`.\n";
    return all_well;
  }
  std::cerr << "charter-cluster: " << name << " still owns " << left.size() << " of its shards: " << to_text(left)
            << "; it hands them over as long as another node serves that keeps them. The same command waits again\n";
  return complaints;
}

int drain(connection& at, const arguments& a) {
  auto seen = cluster::read_view(*at.etcd, at.keys);
  if (!seen)
    return fail(seen.why());
  auto directory = directory_called(seen->view, a.node);
  if (!directory)
    return fail(directory.why());
  if (!a.undo) {
    auto drained = cluster::drain(*at.etcd, at.keys, *directory);
    return drained ? wait_until_drained(at, a, *directory) : fail(drained.why());
  }
  auto was = cluster::undrain(*at.etcd, at.keys, *directory);
  if (!was)
    return fail(was.why());
  std::cout << name_of(seen->view, *directory)
            << (*was ? " may own shards again; they come by themselves.\n" : " wasn't drained.\n");
  return all_well;
}

int say_left(const cluster::cluster_view& view) {
  auto left = cluster::out_of_place(view);
  if (left.empty())
    return std::cout << "Every shard is where it belongs.\n", all_well;
  std::cerr << "charter-cluster: " << left.size() << (left.size() == 1 ? " shard isn't" : " shards aren't")
            << " where they belong yet; nodes go on by themselves\n";
  for (auto& shard : left)
    std::cerr << to_text(view, shard) << '\n';
  return complaints;
}

int rebalance(connection& at, const arguments& a) {
  auto before = cluster::read_view(*at.etcd, at.keys);
  if (!before)
    return fail(before.why());
  if (before->view.shards.empty())
    return fail(refuse(errc::not_found, "there is no cluster there yet"));
  std::cout << plan_text(before->view) << std::flush;
  const bool done_already = cluster::out_of_place(before->view).empty();
  if (a.dry_run || done_already)
    return done_already ? say_left(before->view) : complaints;
  if (auto asked = cluster::ask_to_spread(*at.etcd, at.keys); !asked)
    return fail(asked.why());
  course bar;
  std::size_t most = 0;
  auto seen = watch_until(*at.etcd, at.keys, std::chrono::seconds{a.wait_s}, [&](auto& view) {
    auto left = cluster::out_of_place(view).size();
    most = std::max(most, left);
    bar.show("moving shards", most - left, most);
    return left == 0;
  });
  bar.clear();
  return seen ? say_left(*seen) : fail(seen.why());
}

using command_fn = int (*)(connection&, const arguments&);

CLI::App* add_command(CLI::App& app, arguments& a, const char* name, const char* about) {
  auto* made = app.add_subcommand(name, about);
  made->add_option("--config", a.config_file, "a node's configuration, with its [cluster]")->capture_default_str();
  made->add_flag("--trial", a.over.trial, "its node runs with --trial");
  return made;
}

/// Who is in the cluster.
void add_roster_commands(CLI::App& app, arguments& a, command_fn& chosen) {
  auto command = [&](const char* name, const char* about, command_fn run) {
    auto* made = add_command(app, a, name, about);
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
      ->check(CLI::Range(0, wait_s_max));
  command("remove", "take a data directory off all lists; its node must be stopped, or lost", remove)
      ->add_option("directory", a.directory, "its id, as `status --json` shows it")
      ->required();
}

/// Who owns what. They wait without being told to.
void add_moving_commands(CLI::App& app, arguments& a, command_fn& chosen) {
  auto command = [&](const char* name, const char* about, const std::string& until, command_fn run) {
    auto* made = add_command(app, a, name, about);
    made->add_option("--wait", a.wait_s, "seconds to wait until " + until + " (default: 60)")
        ->check(CLI::Range(0, wait_s_max));
    made->preparse_callback([&a](std::size_t) { a.wait_s = wait_s_default; });
    made->callback([&chosen, run] { chosen = run; });
    return made;
  };
  auto* draining =
      command("drain", "have a node own nothing, over restarts too: its shards go to others, one after the other",
              "it owns nothing", drain);
  draining->add_option("node", a.node, "its name, or its directory's id as `status` shows it")->required();
  draining->add_flag("--undo", a.undo, "let it own shards again");
  draining->footer("It goes on following every shard, and serves its clients. Refused when nobody else could own one.");
  auto* spreading = command("rebalance", "show where each shard is and where it belongs, and have it moved there now",
                            "all is in its place", rebalance);
  spreading->add_flag("--dry-run", a.dry_run, "only show it");
  spreading->footer(
      "Nodes do it by themselves, but give shards only to one that has been there for a while. Asked for,\n"
      "they don't wait for those who are there now.");
}

} // namespace

int main(int argc, char** argv) {
  arguments a;
  command_fn chosen = nullptr;
  CLI::App app{"charter-cluster: who is in the cluster, and the ways in and out of it. Talks to etcd alone.\n"
               "`charter cluster …` is the same."};
  app.require_subcommand(1);
  add_roster_commands(app, a, chosen);
  add_moving_commands(app, a, chosen);
  bool wants_id = false;
  add_command(app, a, "id", "print the id of the configuration's data directory, which is made when it is new")
      ->callback([&wants_id] { wants_id = true; });
  app.footer(
      "All may be repeated, and be interrupted anywhere. A node that is stopped (SIGTERM) hands its shards over\n"
      "by itself.\n"
      "Exit codes: 0 all is well, 1 status has complaints, --wait was too short, or rebalance --dry-run shows\n"
      "something to move, 2 wrong arguments or configuration, 3 refused, or etcd doesn't answer.");
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
