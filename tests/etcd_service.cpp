#include "tests/etcd_service.hpp"

#include <arpa/inet.h>
#include <csignal>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "tests/certificates.hpp"

namespace charter::test {

namespace {

using std::chrono::steady_clock;
constexpr auto startup_patience = std::chrono::seconds{30};

/// Of a port that nobody listened on just now.
int free_port() {
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  bool bound = ::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
               ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(fd);
  if (!bound)
    throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

} // namespace

etcd_service::etcd_service(etcd_service_options options) : options_(options) {
  if (options_.tls)
    make_certificates(scratch_, {"member", "node"});
  for (int i = 0; i < options_.members; ++i)
    members_.push_back({free_port(), free_port(), 0});
  for (int i = 0; i < options_.members; ++i)
    start(i);
}

etcd_service::~etcd_service() {
  for (int i = 0; i < size(); ++i)
    signal(i, SIGKILL);
}

std::string etcd_service::endpoint(int member) const {
  return "127.0.0.1:" + std::to_string(members_[member].client_port);
}

std::vector<std::string> etcd_service::arguments_of(int member) const {
  auto name = [](int i) { return "m" + std::to_string(i); };
  auto peer = [&](int i) { return "http://127.0.0.1:" + std::to_string(members_[i].peer_port); };
  auto client = (options_.tls ? "https://" : "http://") + endpoint(member);
  std::string all;
  for (int i = 0; i < size(); ++i)
    all += (i ? "," : "") + name(i) + "=" + peer(i);
  // As docs/adr/0010-replicated-journal.md advises, but for the certificates between members.
  std::vector<std::string> out{ETCD_PROGRAM,
                               "--name",
                               name(member),
                               "--data-dir",
                               scratch_ / name(member),
                               "--listen-client-urls",
                               client,
                               "--advertise-client-urls",
                               client,
                               "--listen-peer-urls",
                               peer(member),
                               "--initial-advertise-peer-urls",
                               peer(member),
                               "--initial-cluster",
                               all,
                               "--initial-cluster-state",
                               "new",
                               "--pre-vote",
                               "--snapshot-count",
                               "5000",
                               "--heartbeat-interval",
                               "100",
                               "--election-timeout",
                               "1000",
                               "--grpc-keepalive-min-time",
                               "100ms",
                               "--experimental-backend-bbolt-freelist-type",
                               "map",
                               "--quota-backend-bytes",
                               std::to_string(options_.quota_bytes),
                               "--logger",
                               "zap"};
  if (options_.tls)
    out.insert(out.end(), {"--cert-file", scratch_ / "member.pem", "--key-file", scratch_ / "member.key",
                           "--trusted-ca-file", scratch_ / "authority.pem", "--client-cert-auth"});
  return out;
}

void etcd_service::start(int member) {
  members_[member].process = spawn_program(arguments_of(member), scratch_ / ("m" + std::to_string(member) + ".log"));
}

void etcd_service::signal(int member, int what) {
  auto& process = members_[member].process;
  if (process == 0)
    return;
  ::kill(process, what);
  if (what == SIGKILL) {
    ::waitpid(process, nullptr, 0);
    process = 0;
  }
}

void etcd_service::remove_data(int member) { fs::remove_all(data_of(member)); }

void etcd_service::back_up(int member) {
  signal(member, SIGKILL);
  fs::copy(data_of(member), data_of(member) + ".backup", fs::copy_options::recursive);
  start(member);
}

void etcd_service::restore(int member) {
  signal(member, SIGKILL);
  remove_data(member);
  fs::copy(data_of(member) + ".backup", data_of(member), fs::copy_options::recursive);
  start(member);
}

etcd::client_options etcd_service::options_for_clients() const {
  etcd::client_options out;
  for (int i = 0; i < size(); ++i)
    out.endpoints.push_back(endpoint(i));
  if (options_.tls)
    out.tls = tls_of(scratch_, "node");
  return out;
}

std::unique_ptr<etcd::client> etcd_service::connect(std::chrono::milliseconds attempt) {
  auto options = options_for_clients();
  options.attempt = attempt;
  auto made = etcd::connect(options);
  if (!made)
    throw std::runtime_error(made.why().detail);
  auto until = steady_clock::now() + startup_patience;
  while (!(*made)->range({"ready", {}}))
    if (steady_clock::now() > until)
      throw std::runtime_error("etcd doesn't start: " + read_file(scratch_ / "m0.log"));
  return *std::move(made);
}

int etcd_service::leader() {
  auto until = steady_clock::now() + startup_patience;
  while (steady_clock::now() < until) {
    for (int i = 0; i < size(); ++i) {
      if (members_[i].process == 0)
        continue;
      etcd::client_options one;
      one.endpoints = {endpoint(i)};
      auto client = etcd::connect(one);
      if (client && (*client)->members().front().leads)
        return i;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
  throw std::runtime_error("etcd has no leader");
}

// -- an unreliable one ------------------------------------------------------------------------------------------------

std::vector<result<etcd::committed>> unreliable_etcd::commit(std::span<const etcd::transaction* const> all) {
  std::vector<result<etcd::committed>> out;
  for (auto one : all) {
    sent.push_back(*one);
    bool unanswered = true;
    if (requests_to_hold > 0) {
      --requests_to_hold;
      held_.push_back(*one);
    } else if (requests_to_lose > 0) {
      --requests_to_lose;
    } else if (answers_to_lose > 0) {
      --answers_to_lose;
      (void)real_.commit(*one);
    } else {
      unanswered = false;
    }
    out.push_back(unanswered ? result<etcd::committed>{refuse(errc::unavailable, "lost")} : real_.commit(*one));
  }
  return out;
}

std::vector<bool> unreliable_etcd::deliver() {
  std::vector<bool> out;
  for (auto& one : std::exchange(held_, {})) {
    auto answer = real_.commit(one);
    out.push_back(answer && answer->met);
  }
  return out;
}

} // namespace charter::test
