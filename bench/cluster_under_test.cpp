#include "bench/cluster_under_test.hpp"

#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "bench/harness.hpp"
#include "bench/own_charterd.hpp"

namespace charter::bench {

namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

constexpr shard_id shards = 16; // as script/cluster makes them
constexpr auto whole_within = 60s;

std::string contents(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  std::string out{std::istreambuf_iterator<char>{in}, {}};
  if (!in)
    throw std::runtime_error("can't read " + file.string());
  return out;
}

} // namespace

cluster_under_test::cluster_under_test() {
  auto preset = program("apps").parent_path().filename().string();
  auto started = chaos::start_cluster(
      data_, "script/cluster",
      {"--preset", preset, "--charterd", program("apps/charterd"), "--config", write_settings(directory_)}, false);
  if (!started)
    throw std::runtime_error(started.why().detail);
  first_port_ = started->first_port;
  auto found = chaos::cluster_processes::of(data_, "script/cluster");
  if (!found)
    throw std::runtime_error(found.why().detail);
  processes_.emplace(*std::move(found));
  people_ = chaos::enrol(reached_within(10s), accounts);
  for (auto& who : people_.followers)
    follow(who);
  await_whole();
}

/// Beside the data, which goes.
void cluster_under_test::keep_logs() const {
  std::error_code ignored;
  auto kept = data_.parent_path().string() + "-logs";
  std::filesystem::create_directories(kept, ignored);
  for (auto& file : std::filesystem::directory_iterator(data_, ignored))
    if (file.path().extension() == ".log")
      std::filesystem::copy_file(file, kept / file.path().filename(), ignored);
  std::cerr << "bench_cluster: the processes' logs are in " << kept << "\n";
}

cluster_under_test::~cluster_under_test() {
  if (std::uncaught_exceptions() > 0)
    keep_logs();
  for (std::size_t i = 0; i < nodes; ++i)
    if (processes_)
      processes_->terminate(chaos::node_name(i));
  auto stop = "script/cluster stop --data '" + data_.string() + "'";
  if (std::system(stop.c_str()) != 0)
    std::cerr << "bench_cluster: " << data_ << " is left\n";
}

std::shared_ptr<etcd::tls_source> cluster_under_test::certificates_of(std::size_t node) const {
  auto name = chaos::node_word(node);
  auto opened = etcd::tls_source::open({data_ / "ca.pem", data_ / (name + ".pem"), data_ / (name + ".key")});
  if (!opened)
    throw std::runtime_error(opened.why().detail);
  return *opened;
}

/// [cluster] is the last part of what script/cluster writes.
void cluster_under_test::set_catch_up(std::size_t node, std::uint64_t bytes_per_s) const {
  constexpr std::string_view key = "catch_up_bytes_per_s = ";
  auto path = data_ / (chaos::node_word(node) + ".toml");
  std::istringstream before{contents(path)};
  std::ofstream out{path};
  for (std::string line; std::getline(before, line);)
    if (!line.starts_with(key))
      out << line << "\n";
  out << key << bytes_per_s << "\n";
  if (!out.flush())
    throw std::runtime_error("can't write " + path.string());
}

std::vector<pid_t> cluster_under_test::pids() const {
  std::vector<pid_t> out;
  for (std::size_t i = 0; i < nodes; ++i)
    for (auto& name : {chaos::node_name(i), chaos::member_name(i)})
      out.push_back(processes_->pid_of(name).value_or(0));
  return out;
}

double cluster_under_test::cpu() const {
  double out = 0;
  for (std::size_t i = 0; i < nodes; ++i)
    out += cpu_seconds(processes_->pid_of(chaos::node_name(i)).value_or(0)).value_or(0);
  return out;
}

std::size_t cluster_under_test::owner_of(std::size_t account) {
  entity_id id;
  if (!parse(people_.accounts[account], id))
    throw std::runtime_error("not an id: " + people_.accounts[account]);
  for (int i = 0; i < 100; ++i, std::this_thread::sleep_for(100ms))
    if (auto owner = processes_->owner_of(shard_of(id, shards)))
      return *owner;
  throw std::runtime_error("nobody owns " + people_.accounts[account]);
}

void cluster_under_test::await_whole() {
  for (auto until = steady::now() + whole_within; !processes_->lacking().empty(); std::this_thread::sleep_for(100ms))
    if (steady::now() > until)
      throw std::runtime_error(processes_->lacking());
}

void cluster_under_test::await_rest() {
  if (!processes_->await_rest(whole_within))
    throw std::runtime_error("shards don't stop moving");
}

void cluster_under_test::follow(const chaos::member_of_cast& who) const {
  auto all = reached_within(10s);
  chaos::caller calls{all, who.token, 0};
  for (auto& account : people_.accounts)
    if (auto followed = calls.attempt("feed.subscribe", {{"account", account}}); !followed)
      throw std::runtime_error(who.name + " can't follow: " + followed.why().why.detail);
}

} // namespace charter::bench
