#include "cluster/links.hpp"

#include <algorithm>

#include "cluster/limits.hpp"

namespace charter::cluster {

using std::chrono::steady_clock;

struct links::peer {
  std::string name;
  std::string address;
  std::atomic<std::uint32_t> protocol{0};
  std::atomic<steady_clock::rep> broken_at{0}; ///< 0: it is up, or has never been
  once_a_second says_refused;
  std::unique_ptr<dialled_link> link; // last, so that it ends first
};

links::links(links_options options) : options_(std::move(options)) {}
links::~links() {
  server_.reset(); // it asks who may connect
  std::map<std::string, std::shared_ptr<peer>> all;
  std::lock_guard lock{mutex_};
  all.swap(peers_);
}

result<std::unique_ptr<links>> links::start(links_options options) {
  std::unique_ptr<links> made{new links{std::move(options)}};
  link_server_options server;
  server.address = made->options_.listen;
  server.tls = made->options_.tls;
  server.may_connect = [self = made.get()](const std::string& name) { return self->may_connect(name); };
  server.received = [self = made.get()](const std::string& name, std::string message, const send_fn& answer) {
    self->serve_question(name, std::move(message), answer);
  };
  server.silent = [self = made.get()](const std::string& name) {
    if (auto directory = self->directory_of(name); !directory.empty())
      self->options_.silent(directory);
  };
  server.turned_away = [self = made.get()](const std::string& what) { self->on_refused(what); };
  auto started = start_link_server(std::move(server));
  if (!started)
    return started.why();
  made->server_ = *std::move(started);
  return made;
}

void links::serve_question(const std::string& name, std::string message, const send_fn& answer) {
  auto directory = directory_of(name);
  if (directory.empty())
    return on_refused(name + " asks, but was removed from the cluster");
  count_if_garbage(options_.asked(directory, std::move(message), answer), name);
}

void links::count_if_garbage(const status& outcome, const std::string& name) {
  if (outcome)
    return;
  ++garbage_;
  if (says_garbage_.now())
    options_.alarm("link_garbage", "from " + name + ": " + outcome.why().detail);
}

void links::on_refused(const std::string& what) {
  ++refused_;
  if (says_refused_.now())
    options_.alarm("link_refused", what);
}

void links::on_refused_dial(peer& to, const std::string& why) {
  ++dials_refused_;
  if (to.says_refused.now())
    options_.alarm("dial_refused", to.name + " at " + to.address + ": " + why);
}

bool links::may_connect(const std::string& name) const {
  std::lock_guard lock{mutex_};
  return present_.contains(name) && directories_.contains(name);
}

std::string links::directory_of(const std::string& name) const {
  std::lock_guard lock{mutex_};
  auto found = directories_.find(name);
  return found == directories_.end() ? std::string{} : found->second;
}

std::shared_ptr<links::peer> links::dial_peer(const std::string& name, const member& node) {
  auto made = std::make_shared<peer>();
  made->name = name;
  made->address = node.address;
  dial_options options;
  options.address = node.address;
  options.peer = name;
  options.name = options_.name;
  options.tls = options_.tls;
  options.received = [this, name](std::string message) {
    count_if_garbage(options_.answered(std::move(message)), name);
  };
  options.refused = [this, self = made.get()](const std::string& why) { on_refused_dial(*self, why); };
  options.up = [this, self = made.get(), directory = node.directory] {
    self->broken_at = 0;
    options_.up(directory);
  };
  options.down = [this, self = made.get(), directory = node.directory] {
    self->broken_at = steady_clock::now().time_since_epoch().count();
    options_.broken(directory);
  };
  made->link = dial(std::move(options));
  return made;
}

void links::update(const cluster_view& view) {
  std::map<std::string, std::shared_ptr<peer>> before; // who goes ends without the lock: that waits for threads
  {
    std::lock_guard lock{mutex_};
    before = peers_;
    present_.clear();
    for (auto& [name, node] : view.members) {
      present_.insert(name);
      directories_.insert_or_assign(name, node.directory);
    }
    std::erase_if(directories_, [&](auto& named) { return !view.knows(named.second); });
  }
  std::map<std::string, std::shared_ptr<peer>> now;
  for (auto& [name, node] : view.members) {
    if (node.directory == options_.directory || !view.knows(node.directory) || !can_talk(node.protocol, own_protocol()))
      continue;
    auto found = before.find(node.directory);
    bool same = found != before.end() && found->second->name == name && found->second->address == node.address;
    auto to = same ? found->second : dial_peer(name, node);
    to->protocol = node.protocol;
    now.emplace(node.directory, std::move(to));
  }
  std::lock_guard lock{mutex_};
  peers_.swap(now);
}

bool links::ask(const std::string& directory, std::string message) {
  std::shared_ptr<peer> to;
  {
    std::lock_guard lock{mutex_};
    if (auto found = peers_.find(directory); found != peers_.end())
      to = found->second;
  }
  return to && to->link->send(std::move(message));
}

std::set<std::string> links::listeners(std::uint32_t protocol) const {
  std::set<std::string> out;
  std::lock_guard lock{mutex_};
  for (auto& [directory, peer] : peers_)
    if (peer->protocol >= protocol)
      out.insert(directory);
  return out;
}

std::size_t links::down() const {
  std::lock_guard lock{mutex_};
  return static_cast<std::size_t>(
      std::ranges::count_if(peers_, [](auto& peer) { return !peer.second->link->is_up(); }));
}

std::set<std::string> links::unreachable() const {
  auto now = steady_clock::now();
  std::set<std::string> out;
  std::lock_guard lock{mutex_};
  for (auto& [directory, to] : peers_) {
    auto broken = to->broken_at.load();
    auto since = now - steady_clock::time_point{steady_clock::duration{broken}};
    if (broken != 0 && since >= limits::silence && since <= limits::silence_counts_for)
      out.insert(directory);
  }
  return out;
}

} // namespace charter::cluster
