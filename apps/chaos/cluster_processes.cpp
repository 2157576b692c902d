#include "apps/chaos/cluster_processes.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include "apps/chaos/socket_owner.hpp"
#include "cluster/members.hpp"
#include "storage/data_directory.hpp"

namespace charter::chaos {

using namespace std::chrono_literals;

namespace {

constexpr auto gone_within = 10s;
constexpr auto dismissed_within = 30s; // a lease takes five
constexpr auto looks_every = 10ms;
constexpr auto rests_for = 3s;
constexpr auto rest_glance = 200ms;
// Where script/cluster has what, after the first node's port.
constexpr std::uint16_t link_ports_after = 20;
constexpr std::uint16_t etcd_ports_after = 30;
constexpr std::uint16_t peer_ports_after = 40;
constexpr std::uint16_t relay_ports_after = 50;
constexpr int starts_max = 3;
constexpr unsigned first_port_min = 20'000; // below those that the system gives to who connects
constexpr unsigned first_ports = 12'000;
constexpr off_t clock_bytes = 16; // shifted_clock.cpp
constexpr auto cluster_mark = "CHARTER_CLUSTER_DATA=";

std::string contents(const std::filesystem::path& file) {
  std::ifstream in{file};
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

/// The program's exit status, with its output in a file, or -1.
int run(std::vector<std::string> words, const std::string& output) {
  std::vector<char*> arguments;
  for (auto& word : words)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
  // What it starts lives on, and would keep the relay's sockets open when the relay has closed them.
  posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
  pid_t pid = 0;
  int failed = posix_spawn(&pid, arguments.front(), &files, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  int how = 0;
  if (failed != 0 || waitpid(pid, &how, 0) != pid || !WIFEXITED(how))
    return -1;
  return WEXITSTATUS(how);
}

/// As script/cluster has written it down; 0: nothing is there.
int written_pid(const std::filesystem::path& data, const std::string& name) {
  auto pid = std::atoi(contents(data / "pids" / name).c_str());
  return pid > 1 ? pid : 0;
}

} // namespace

// -- starting ---------------------------------------------------------------------------------

std::size_t etcd_route(std::size_t node, std::size_t member) { return node * member_count + member; }
std::size_t link_route(std::size_t node) { return node_count * member_count + node; }
std::size_t peer_route(std::size_t member) { return link_route(node_count) + member; }
asker node_asker(std::size_t node) { return node; }
asker member_asker(std::size_t member) { return node_count + member; }
static_assert(node_count + member_count <= askers_max);

std::vector<route> routes_of_cluster(std::uint16_t first_port) {
  auto port = [&](std::size_t after) { return static_cast<std::uint16_t>(first_port + after); };
  std::vector<route> out;
  for (std::size_t node = 0; node < node_count; ++node)
    for (std::size_t member = 0; member < member_count; ++member)
      out.push_back({port(relay_ports_after + etcd_route(node, member)), port(etcd_ports_after + member)});
  for (std::size_t node = 0; node < node_count; ++node)
    out.push_back({port(relay_ports_after + link_route(node)), port(link_ports_after + node)});
  for (std::size_t member = 0; member < member_count; ++member)
    out.push_back({port(relay_ports_after + peer_route(member)), port(peer_ports_after + member)});
  return out;
}

namespace {

/// All nodes reach a node at one address, and all members a member, so the kernel is asked who it is.
who_fn askers_of(const std::filesystem::path& data) {
  return [data](std::uint16_t from, std::uint16_t to) {
    std::array<int, node_count + member_count> pids{};
    for (std::size_t i = 0; i < node_count; ++i)
      pids[node_asker(i)] = written_pid(data, node_name(i));
    for (std::size_t i = 0; i < member_count; ++i)
      pids[member_asker(i)] = written_pid(data, member_name(i));
    return owner_of_connection(from, to, pids);
  };
}

} // namespace

/// Somebody else may take a port in between, so a start is tried more than once.
result<started_cluster> start_cluster(const std::filesystem::path& data, const std::filesystem::path& script,
                                      const std::vector<std::string>& options, bool relayed) {
  std::string said;
  for (int attempt = 0; attempt < starts_max; ++attempt) {
    started_cluster out;
    out.first_port = static_cast<std::uint16_t>(first_port_min + std::random_device{}() % first_ports);
    std::vector<std::string> words{script,       "--data",         data, "--port", std::to_string(out.first_port),
                                   "--no-build", "--no-trial-data"};
    words.insert(words.end(), options.begin(), options.end());
    try {
      if (relayed) {
        out.network = std::make_unique<relay>(routes_of_cluster(out.first_port), askers_of(data));
        words.emplace_back("--relay");
      }
    } catch (const std::exception& e) {
      said = e.what();
      continue;
    }
    auto output = data.string() + ".start.log";
    if (run(std::move(words), output) == 0)
      return out;
    said = contents(output);
  }
  return refuse(errc::unavailable, "no cluster could be started: " + said);
}

std::string node_name(std::size_t node) { return "n" + std::to_string(node + 1); }
std::string node_word(std::size_t node) { return "node-" + std::to_string(node + 1); }
std::string member_name(std::size_t member) { return "m" + std::to_string(member + 1); }

result<cluster_processes> cluster_processes::of(std::filesystem::path data, std::filesystem::path script) {
  cluster_processes out;
  out.data_ = std::move(data);
  out.script_ = std::move(script);
  auto port = std::strtoul(contents(out.data_ / "port").c_str(), nullptr, 10);
  if (port == 0 || port > 65'000)
    return invalid("cluster", "no cluster of script/cluster lives in " + out.data_.string());
  out.first_port_ = static_cast<std::uint16_t>(port);
  etcd::client_options options;
  for (std::size_t i = 0; i < member_count; ++i)
    options.endpoints.push_back("127.0.0.1:" + std::to_string(port + etcd_ports_after + i));
  auto tls = etcd::tls_source::open({out.data_ / "ca.pem", out.data_ / "node-1.pem", out.data_ / "node-1.key"});
  if (!tls)
    return tls.why();
  options.tls = *tls;
  auto connected = etcd::connect(std::move(options));
  if (!connected)
    return connected.why();
  out.etcd_ = *std::move(connected);
  for (std::size_t i = 0; i < node_count; ++i) {
    auto identity = storage::read_directory_identity(out.journal_of(i));
    if (!identity)
      return identity.why();
    out.directories_.push_back(identity->id);
  }
  return out;
}

// -- processes --------------------------------------------------------------------------------

/// Ids are used again, so one that doesn't carry our mark is somebody else's. A process that ended carries none.
std::optional<int> cluster_processes::pid_of(const std::string& name) const {
  auto pid = written_pid(data_, name);
  auto marks = '\0' + contents("/proc/" + std::to_string(pid) + "/environ");
  auto ours = '\0' + (cluster_mark + data_.string()) + '\0';
  return marks.find(ours) == std::string::npos ? std::nullopt : std::optional{pid};
}

namespace {

/// Of "4711 (name) S …"; the name may hold anything.
std::optional<char> state_in(const std::filesystem::path& stat) {
  auto text = contents(stat);
  auto after = text.rfind(')');
  return after == text.npos || after + 2 >= text.size() ? std::nullopt : std::optional{text[after + 2]};
}

} // namespace

std::optional<char> state_of_process(int pid) {
  auto state = state_in("/proc/" + std::to_string(pid) + "/stat");
  return state == 'Z' || state == 'X' ? std::nullopt : state;
}

bool is_stopped(int pid) {
  std::error_code gone;
  std::size_t threads = 0;
  for (auto& thread : std::filesystem::directory_iterator{"/proc/" + std::to_string(pid) + "/task", gone}) {
    if (state_in(thread.path() / "stat") != 'T')
      return false;
    ++threads;
  }
  return threads > 0;
}

bool cluster_processes::signal(const std::string& name, int which) const {
  auto pid = pid_of(name);
  return pid && ::kill(*pid, which) == 0;
}

bool cluster_processes::lives(const std::string& name) const { return pid_of(name).has_value(); }
bool cluster_processes::pause(const std::string& name) { return signal(name, SIGSTOP); }
bool cluster_processes::resume(const std::string& name) { return signal(name, SIGCONT); }
bool cluster_processes::terminate(const std::string& name) { return signal(name, SIGTERM); }

bool cluster_processes::await_end(const std::string& name, std::chrono::milliseconds patience) const {
  for (auto until = std::chrono::steady_clock::now() + patience; lives(name);) {
    if (std::chrono::steady_clock::now() > until)
      return false;
    std::this_thread::sleep_for(looks_every);
  }
  return true;
}

bool cluster_processes::kill(const std::string& name) { return signal(name, SIGKILL) && await_end(name, gone_within); }

status cluster_processes::start(const std::string& name, const std::filesystem::path& charterd) {
  auto output = data_ / "start.log";
  auto which = name.starts_with('n') ? name.substr(1) : name;
  std::vector<std::string> words{script_, "start", which, "--data", data_};
  if (!charterd.empty())
    words.insert(words.end(), {"--charterd", charterd});
  if (run(std::move(words), output) == 0)
    return done{};
  return refuse(errc::unavailable, name + " could not be started: " + contents(output));
}

/// Until its lease is over, etcd counts the dead node as a living one, and won't let go of its directory.
status cluster_processes::replace_directory(std::size_t node, const std::filesystem::path& charter_cluster) {
  auto output = data_ / "roster.log";
  auto config = (data_ / (node_word(node) + ".toml")).string();
  auto tool = [&](std::vector<std::string> words) {
    words.insert(words.begin(), charter_cluster);
    words.insert(words.end(), {"--config", config, "--trial"});
    return run(std::move(words), output) == 0;
  };
  for (auto until = std::chrono::steady_clock::now() + dismissed_within; !tool({"remove", directories_[node]});) {
    if (std::chrono::steady_clock::now() > until)
      return refuse(errc::unavailable, "its directory can't be removed: " + contents(output));
    std::this_thread::sleep_for(200ms);
  }
  // The directory itself may be a disk of its own.
  for (auto& entry : std::filesystem::directory_iterator{journal_of(node)})
    std::filesystem::remove_all(entry);
  if (!tool({"add"}))
    return refuse(errc::unavailable, "a new directory can't be added: " + contents(output));
  auto identity = storage::read_directory_identity(journal_of(node));
  if (!identity)
    return identity.why();
  directories_[node] = identity->id;
  return done{};
}

bool cluster_processes::fill_disk(std::size_t node, std::uint64_t bytes_left) {
  int file = ::open(ballast_of(node).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0)
    return false;
  std::error_code failed;
  // Others write meanwhile, so what is left then is less than what was free.
  off_t size = 0;
  auto free = std::filesystem::space(journal_of(node), failed).available;
  for (auto step = failed || free <= bytes_left ? 0 : free - bytes_left; step > 0; step /= 2)
    if (::posix_fallocate(file, size, static_cast<off_t>(step)) == 0) {
      size += static_cast<off_t>(step);
      if (bytes_left > 0)
        break;
    }
  ::close(file);
  return size > 0;
}

void cluster_processes::empty_disk(std::size_t node) {
  std::error_code gone;
  std::filesystem::remove(ballast_of(node), gone);
}

/// Nodes have the file mapped (shifted_clock.cpp), so it is written in place.
bool cluster_processes::set_clock(std::size_t node, std::chrono::seconds ahead) {
  const std::int64_t seconds = ahead.count();
  int file = ::open(clock_of(node).c_str(), O_WRONLY | O_CLOEXEC);
  if (file < 0)
    return false;
  // script/cluster makes it without room for what the node was told.
  struct stat now {};
  bool written = ::fstat(file, &now) == 0 && (now.st_size >= clock_bytes || ::ftruncate(file, clock_bytes) == 0) &&
                 ::pwrite(file, &seconds, sizeof seconds, 0) == sizeof seconds;
  ::close(file);
  return written;
}

std::optional<std::chrono::milliseconds> cluster_processes::told_ahead(std::size_t node) const {
  std::int64_t told = 0;
  int file = ::open(clock_of(node).c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return std::nullopt;
  bool read = ::pread(file, &told, sizeof told, sizeof told) == sizeof told;
  ::close(file);
  if (!read || told == 0)
    return std::nullopt;
  auto ours = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::nanoseconds{told} - ours);
}

// -- what etcd says ---------------------------------------------------------------------------

std::optional<std::size_t> cluster_processes::owner_of(shard_id shard) {
  auto view = cluster::read_view(*etcd_, cluster::log_keys{});
  if (!view)
    return std::nullopt;
  auto found = view->view.shards.find(shard);
  if (found == view->view.shards.end())
    return std::nullopt;
  auto node = std::ranges::find(directories_, found->second.directory);
  return node == directories_.end() ? std::nullopt : std::optional<std::size_t>{node - directories_.begin()};
}

bool cluster_processes::await_rest(std::chrono::seconds within) {
  using steady = std::chrono::steady_clock;
  std::map<shard_id, std::string> owners;
  auto moved = steady::now();
  for (auto until = moved + within; steady::now() < moved + rests_for; std::this_thread::sleep_for(rest_glance)) {
    std::map<shard_id, std::string> now;
    if (auto seen = cluster::read_view(*etcd_, cluster::log_keys{}))
      for (auto& [shard, owner] : seen->view.shards)
        now.emplace(shard, owner.directory);
    if (std::exchange(owners, now) != now || now.empty())
      moved = steady::now();
    if (steady::now() > until)
      return false;
  }
  return true;
}

std::optional<std::size_t> cluster_processes::shards_of(std::size_t node) {
  auto view = cluster::read_view(*etcd_, cluster::log_keys{});
  if (!view)
    return std::nullopt;
  return static_cast<std::size_t>(std::ranges::count_if(
      view->view.shards, [&](auto& shard) { return shard.second.directory == directories_[node]; }));
}

std::optional<std::uint32_t> cluster_processes::protocol_of(std::size_t node) {
  auto view = cluster::read_view(*etcd_, cluster::log_keys{});
  auto* found = view ? view->view.holder_of(directories_[node]) : nullptr;
  return found ? std::optional{found->protocol} : std::nullopt;
}

std::optional<std::size_t> cluster_processes::leader() {
  auto all = etcd_->members();
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].answers && all[i].leads)
      return i;
  return std::nullopt;
}

std::string cluster_processes::lacking() {
  bool leads = false;
  for (auto& member : etcd_->members()) {
    if (!member.answers)
      return "etcd's member at " + member.endpoint + " doesn't answer";
    leads |= member.leads;
  }
  if (!leads)
    return "etcd has no leader";
  auto view = cluster::read_view(*etcd_, cluster::log_keys{});
  if (!view)
    return "etcd: " + view.why().detail;
  for (auto& directory : directories_) {
    auto* node = view->view.holder_of(directory);
    if (!node || node->phase != cluster::member_phase::serving)
      return "the node of directory " + directory + (node ? " is behind" : " isn't registered");
  }
  for (auto& [shard, owner] : view->view.shards) {
    if (!view->view.holder_of(owner.directory))
      return "shard " + std::to_string(shard) + " has no living owner";
    for (auto& directory : directories_)
      if (!owner.replicas.contains(directory))
        return "directory " + directory + " doesn't keep shard " + std::to_string(shard) + " yet";
  }
  return {};
}

bool cluster_processes::is_level() {
  auto entries = cluster::read_entries(*etcd_, cluster::log_keys{});
  if (!entries)
    return false;
  for (auto& [shard, entry] : entries->of)
    for (auto& directory : entry.replicas) {
      if (entry.synced_by(directory) < entry.head.last)
        return false;
    }
  return true;
}

} // namespace charter::chaos
