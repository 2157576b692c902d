#include "apps/charterd/node.hpp"

#include <atomic>
#include <csignal>
#include <filesystem>
#include <thread>

#include <unistd.h>

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

#include "actors/counters.hpp"
#include "actors/eraser.hpp"
#include "actors/errors.hpp"
#include "actors/journal_writer.hpp"
#include "actors/passwords.hpp"
#include "actors/policy_keeper.hpp"
#include "actors/scheduling.hpp"
#include "actors/shard.hpp"
#include "actors/supervisor.hpp"
#include "actors/vault/vault_actor.hpp"
#include "apps/charterd/cluster_part.hpp"
#include "apps/charterd/current.hpp"
#include "apps/charterd/founding.hpp"
#include "apps/charterd/stamping_journal.hpp"
#include "apps/charterd/vault_keys.hpp"
#include "cluster/cluster_memory.hpp"
#include "cluster/node_clock.hpp"
#include "config/charter_loader.hpp"
#include "domain/limits.hpp"
#include "net/gateway.hpp"
#include "net/pages.hpp"
#include "storage/digest.hpp"
#include "storage/leveldb_journal.hpp"
#include "storage/leveldb_store.hpp"
#include "storage/system_environment.hpp"

namespace charter::node {

namespace {

using namespace std::chrono_literals;

constexpr auto start_deadline = 60s;
constexpr auto policy_deadline = 10s;
constexpr auto drain_deadline = 5s;
constexpr auto hand_over_deadline = 5s;
constexpr auto tell_deadline = 1s;
constexpr auto stop_deadline = 30s; // for the whole tree; each child has its own within it
constexpr int exit_stuck = 75;
constexpr auto pulse_every = 250ms;

void alarm(std::string_view what, const std::string& detail) { spdlog::error("alarm {}: {}", what, detail); }

result<std::shared_ptr<const rule_book>> read_charter(const std::string& text) {
  auto loaded = config::load_charter(text, "charter");
  if (auto* book = std::get_if<rule_book>(&loaded))
    return std::make_shared<const rule_book>(std::move(*book));
  return refuse(errc::invalid_params, config::to_text(std::get<config::mistakes>(loaded)));
}

} // namespace

struct node::parts {
  config::server_config config;
  storage::system_environment machine;
  std::unique_ptr<cluster::node_clock> clock; ///< null on one machine, which goes by its own
  storage::directory_identity directory;
  std::unique_ptr<cluster_part> cluster; ///< null on one machine
  std::unique_ptr<storage::journal> journal;
  std::unique_ptr<storage::store> rows;
  std::unique_ptr<chat_seal> chats;
  std::shared_ptr<const vault::key_ring> keys;
  std::map<std::string, std::shared_ptr<vault::identity_provider>> providers;
  std::unique_ptr<charter::router> router;
  policy_cell policy;
  std::vector<std::unique_ptr<shard_resources>> resources; ///< one per shard, read by its entities

  // Its end waits until nobody holds a detached actor any more, so whoever does is declared after it, and ends before.
  caf::actor_system_config caf_config;
  std::unique_ptr<caf::actor_system> system;

  // Who plays each part now; restarts change it.
  current<journal_actor> journal_writer;
  current<eraser_actor> eraser;
  current<policy_keeper_actor> policy_keeper;
  current<net::hub_actor> hub;
  current<net::presence_actor> presence;
  current<password_actor> passwords;
  current<vault_actor> vault;

  net::method_table methods;
  net::gateway_services services;
  std::unique_ptr<net::gateway> gateway;
  net::server server;
  net::local_door* door = nullptr; ///< null: none
  std::vector<std::uint16_t> ports;
  bool serving = false;

  supervisor_actor root;
  std::atomic<bool> stopping{false};
  std::atomic<bool> gave_up{false};

  environment& world() { return clock ? static_cast<environment&>(*clock) : machine; }
  std::mt19937_64 seeded() {
    std::array<std::uint8_t, 8> raw;
    world().fill_random(raw);
    std::uint64_t seed;
    std::memcpy(&seed, raw.data(), sizeof seed);
    return std::mt19937_64{seed};
  }
  supervisor_spec supervisor(std::string name, restart_strategy strategy);

  status open_storage();
  status join();
  status open_vault();
  supervisor_spec tree();
  supervisor_spec shards_tree();
  child_handle start_shard(const start_context& c, const shard_resources& shared);
  supervisor_spec gateway_tree();
  status start_actors();
  void await_policy() const;
  void watch_root();
  void tell_clients();
  template <class Message>
  void tell_gateways(const Message& what) {
    if (gateway) // there are none yet when the node starts
      for (auto& sessions : gateway->actors())
        caf::anon_send(sessions, what);
  }
  void stop_actors();
  status serve();
};

supervisor_spec node::parts::supervisor(std::string name, restart_strategy strategy) {
  supervisor_spec spec;
  spec.name = std::move(name);
  spec.strategy = strategy;
  spec.jitter = seeded();
  spec.report = [this](const supervision_event& e) {
    if (e.what == supervision_event::running)
      spdlog::debug("{}/{} runs", e.supervisor, e.child);
    else if (stopping)
      spdlog::debug("{}/{} ended: {}", e.supervisor, e.child, e.detail);
    else if (e.what != supervision_event::ended || !e.detail.empty())
      spdlog::warn("{}/{} {}: {}", e.supervisor, e.child, e.what == supervision_event::gave_up ? "gave up" : "ended",
                   e.detail);
  };
  return spec;
}

// -- storage and vault ----------------------------------------------------------------------

namespace {

/// What one node of a cluster acknowledged by itself, the others wouldn't have.
status may_be_alone(const config::server_config& config) {
  if (config.cluster)
    return done{};
  auto known = cluster::read_known_cluster(config.data_directory);
  if (!known)
    return known.why();
  if (*known)
    return refuse(errc::conflict, config.data_directory + " belongs to cluster " + (*known)->id +
                                      ", and the settings have no [cluster]; to run it alone for good, remove " +
                                      config.data_directory + "/CLUSTER");
  return done{};
}

} // namespace

status node::parts::open_storage() {
  if (config.cluster)
    clock = std::make_unique<cluster::node_clock>(machine);
  auto& path = config.data_directory;
  std::error_code failure;
  if (std::filesystem::exists(path, failure) && !std::filesystem::is_directory(path, failure))
    return refuse(errc::invalid_params, path + " is not a directory; name another one as data directory");
  if (!std::filesystem::exists(path, failure) || std::filesystem::is_empty(path, failure)) {
    std::filesystem::create_directories(std::filesystem::path{path}.parent_path(), failure);
    auto made = storage::create_data_directory(path, config.shards, world());
    if (!made)
      return made.why();
    spdlog::info("made a new data directory {}", path);
  }
  auto opened = storage::open_leveldb_journal(path);
  if (!opened)
    return opened.why();
  journal = std::move(*opened);
  auto identity = storage::read_directory_identity(path);
  if (!identity)
    return identity.why();
  directory = *identity;
  if (auto alone = may_be_alone(config); !alone)
    return alone;
  auto store = storage::open_leveldb_store(path);
  if (!store)
    return store.why();
  rows = std::move(*store);
  router = std::make_unique<charter::router>(directory.shards);
  return done{};
}

/// From here on the journal is the cluster's.
status node::parts::join() {
  cluster_lends lends;
  lends.settings = &*config.cluster;
  lends.directory = &directory;
  lends.directory_path = config.data_directory;
  lends.world = &world();
  lends.clock = clock.get();
  lends.rows = rows.get();
  lends.router = router.get();
  lends.publish = [this](fresh news) { hub.tell(std::move(news)); };
  lends.policy_moved = [this] { policy_keeper.tell(policy_moved{}); };
  lends.presence = [this] { return presence.get(); };
  lends.typing = [this](net::typing what) { hub.tell(what); };
  lends.alarm = alarm;
  auto joined = join_cluster(lends, std::move(journal));
  if (!joined)
    return joined.why();
  cluster = std::move(joined->part);
  journal = std::move(joined->journal);
  return done{};
}

status node::parts::open_vault() {
  auto ring = open_vault_keys(config, journal->shards().empty(), world());
  if (!ring)
    return ring.why();
  keys = std::make_shared<const vault::key_ring>(std::move(*ring));
  auto seal = chat_seal::load(vault_key_file(config), world());
  if (!seal)
    return seal.why();
  chats = std::move(*seal);
  for (auto& p : config.identity.providers) {
    if (p.kind == config::provider_kind::registry) {
      auto opened = vault::open_registry(p.file.value_or(""));
      if (!opened)
        return opened.why();
      providers[p.key] = std::move(*opened);
    } else {
      providers[p.key] = vault::make_code_provider(p.command.value_or(""), p.code_valid_for, world());
    }
  }
  return done{};
}

// -- the tree ---------------------------------------------------------------------------------

supervisor_spec node::parts::shards_tree() {
  auto spec = supervisor("shards", restart_strategy::one_for_one);
  for (auto id : router->shards()) {
    resources.push_back(std::make_unique<shard_resources>(
        shard_resources{id, static_cast<std::uint32_t>(directory.incarnation), &world(), journal.get(), rows.get(),
                        storage::sha256, alarm}));
    if (cluster)
      resources.back()->claims = [this] { return cluster->claims(); };
    auto* shared = resources.back().get();
    auto name = id < first_vault_shard ? "shard " + std::to_string(id)
                                       : "vault shard " + std::to_string(id - first_vault_shard);
    spec.children.push_back({name, [this, shared](const start_context& c) { return start_shard(c, *shared); }});
  }
  return spec;
}

child_handle node::parts::start_shard(const start_context& c, const shard_resources& shared) {
  shard_parts p;
  p.resources = &shared;
  p.rows = rows.get();
  p.journal = journal_writer.get();
  p.router = router.get();
  p.policy_moved = [this] { policy_keeper.tell(policy_moved{}); };
  p.eraser = [this] { return eraser.get(); };
  p.publish = [this](fresh news) { hub.tell(std::move(news)); };
  p.idle_before_passivation = limits::entity_idle_before_passivation;
  p.pulse_every = pulse_every;
  if (cluster)
    return cluster->start_slot(c.system, shared.shard, [p](caf::actor_system& in) { return spawn_shard(in, p); });
  auto shard = spawn_shard(c.system, p);
  router->set(shared.shard, shard);
  return child_handle{shard};
}

supervisor_spec node::parts::gateway_tree() {
  auto spec = supervisor("gateway", restart_strategy::one_for_one);
  auto sockets = server.io_threads();
  for (std::size_t i = 0; i < sockets + (door ? 1 : 0); ++i)
    spec.children.push_back({"sessions " + std::to_string(i), [this, i, sockets](const start_context& c) {
                               net::gateway_parts p;
                               p.services = &services;
                               p.methods = &methods;
                               p.sessions = i < sockets ? static_cast<net::transport*>(&server) : door;
                               p.io_thread = i;
                               p.hub = [this] { return hub.get(); };
                               p.presence = [this] { return presence.get(); };
                               if (cluster)
                                 p.typing_elsewhere = [this](const net::typing& what) { cluster->tell_typing(what); };
                               auto unlimited = config.limits.unlimited_addresses;
                               p.limits.logins_per_address = {config.limits.logins_per_minute / 60.0,
                                                              double(config.limits.logins_per_minute)};
                               p.limits.identities_per_address = {config.limits.identities_per_hour / 3600.0,
                                                                  double(config.limits.identities_per_hour)};
                               p.limits.complaints_per_address = {config.limits.complaints_per_hour / 3600.0,
                                                                  double(config.limits.complaints_per_hour)};
                               p.limits.exempt = [unlimited](std::string_view address) {
                                 return std::ranges::count(unlimited, address) > 0;
                               };
                               auto actor = net::spawn_gateway(c.system, std::move(p));
                               gateway->set_actor(i, actor);
                               return child_handle{actor};
                             }});
  return spec;
}

supervisor_spec node::parts::tree() {
  auto root_spec = supervisor("node", restart_strategy::rest_for_one);
  auto storage_spec = supervisor("storage", restart_strategy::one_for_all);
  storage_spec.children.push_back({"journal", [this](const start_context& c) {
                                     auto* policy_of_all = cluster ? &cluster->policy() : nullptr;
                                     return child_handle{journal_writer.set(
                                         spawn_journal_writer(c.system, *journal, true, end_process, policy_of_all))};
                                   }});
  storage_spec.children.push_back({"eraser", [this](const start_context& c) {
                                     return child_handle{eraser.set(spawn_eraser(c.system, *journal, *rows))};
                                   }});
  auto policy_spec = supervisor("policy", restart_strategy::one_for_one);
  policy_spec.children.push_back({"keeper", [this](const start_context& c) {
                                    return child_handle{policy_keeper.set(spawn_policy_keeper(
                                        c.system, *router, journal_writer.get(), read_charter, policy, alarm))};
                                  }});
  auto governance = supervisor("governance", restart_strategy::one_for_one);
  governance.children.push_back({"passwords", [this](const start_context& c) {
                                   auto cost = config.trial ? storage::argon2_cost::minimal()
                                                            : storage::argon2_cost::interactive();
                                   return child_handle{passwords.set(spawn_passwords(c.system, cost))};
                                 }});
  governance.children.push_back({"vault", [this](const start_context& c) {
                                   return child_handle{vault.set(vault::spawn_vault(
                                       c.system, {keys, providers, router.get(), rows.get(), &world()}))};
                                 }});
  auto delivery = supervisor("delivery", restart_strategy::one_for_one);
  delivery.children.push_back({"hub", [this](const start_context& c) {
                                 auto started = hub.set(net::spawn_hub(c.system, *rows, *chats));
                                 tell_gateways(net::delivery_restarted{});
                                 return child_handle{started};
                               }});
  delivery.children.push_back({"presence", [this](const start_context& c) {
                                 auto started = presence.set(net::spawn_presence(c.system));
                                 tell_gateways(net::delivery_restarted{});
                                 if (cluster)
                                   cluster->presence_restarted();
                                 return child_handle{started};
                               }});
  for (auto* spec : {&storage_spec, &policy_spec, &delivery})
    root_spec.children.push_back(supervised(std::move(*spec)));
  if (cluster) {
    auto links = supervisor("cluster", restart_strategy::one_for_one);
    links.children.push_back({"desk", [this](const start_context& c) { return cluster->start_desk(c.system); }});
    links.children.push_back({"claims", [this](const start_context& c) { return cluster->start_claims(c.system); }});
    links.children.push_back(
        {"presence", [this](const start_context& c) { return cluster->start_presence(c.system); }});
    links.children.push_back(
        {"everywhere", [this](const start_context& c) { return cluster->start_everywhere(c.system); }});
    root_spec.children.push_back(supervised(std::move(links)));
  }
  root_spec.children.push_back(supervised(shards_tree()));
  root_spec.children.push_back(supervised(std::move(governance)));
  if (serving)
    root_spec.children.push_back(supervised(gateway_tree()));
  return root_spec;
}

status node::parts::start_actors() {
  set_scheduling(caf_config);
  system = std::make_unique<caf::actor_system>(caf_config);
  root = spawn_supervisor(*system, tree());
  caf::scoped_actor me{*system};
  status outcome = done{};
  me->request(root, start_deadline, started_request{})
      .receive([](started) {},
               [&](const caf::error& e) {
                 outcome = refuse(errc::unavailable, "the node's parts don't start, and the log says which; for damage "
                                                     "to the data see `charter journal verify` (" +
                                                         to_refusal(e).detail + ")");
               });
  if (!outcome)
    return outcome;
  watch_root();
  if (cluster)
    cluster->start();
  await_policy();
  return outcome;
}

/// Whether this is a founded provider rests on it. A charter that can't be read any more leaves us without: the log
/// says so, public acts are refused, and reading goes on.
void node::parts::await_policy() const {
  auto until = std::chrono::steady_clock::now() + policy_deadline;
  while (!policy.get() && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(1ms);
}

/// Nobody supervises the root: when it gives up, the process ends in order, and whoever started it starts it again.
void node::parts::watch_root() {
  root->attach_functor([this](const caf::error& reason) {
    if (stopping)
      return;
    spdlog::critical("the supervision tree gave up: {}", reason_text(*system, reason));
    gave_up = true;
    ::kill(::getpid(), SIGTERM); // to whichever thread waits for it
  });
}

void node::parts::tell_clients() {
  if (!system)
    return;
  caf::scoped_actor me{*system};
  for (auto& sessions : gateway->actors())
    me->request(sessions, tell_deadline, net::say_draining{}).receive([](net::said_draining) {}, [](caf::error&) {});
}

void node::parts::stop_actors() {
  stopping = true;
  bool ended = root == nullptr;
  {
    caf::scoped_actor me{*system};
    me->monitor(root);
    caf::anon_send_exit(root, caf::exit_reason::user_shutdown);
    me->receive([&](const caf::down_msg&) { ended = true; }, caf::after(stop_deadline) >> [] {});
  }
  root = nullptr;
  if (!ended) {
    spdlog::critical("the supervision tree doesn't stop; ending without it");
    spdlog::shutdown();
    std::_Exit(exit_stuck);
  }
  system->await_all_actors_done();
  // A shard that failed as it began keeps its state as long as somebody names it, and with it the journal's writer,
  // whose thread the actor system waits for.
  router.reset();
}

// -- serving ----------------------------------------------------------------------------------

status node::parts::serve() {
  services.router = router.get();
  services.rows = rows.get();
  services.policy = &policy;
  services.policy_keeper = [this] { return policy_keeper.get(); };
  services.world = &world();
  services.digest = storage::sha256;
  services.chats = chats.get();
  if (cluster) {
    services.complete = [this] { return cluster->has_caught_up(); };
    services.current = [this] { return cluster->is_current(); };
    services.everywhere = [this] { return cluster->everywhere(); };
  }
  services.read_charter = read_charter;
  services.passwords = [this] { return passwords.get(); };
  services.vault = [this] { return vault.get(); };
  for (auto& p : config.identity.providers)
    services.identity_providers.push_back({p.key, p.name, std::string{to_name(p.kind)}});
  services.public_url = config.public_url;
  services.trial = config.trial;
  services.shards = directory.shards;
  services.tree = [this](std::function<void(result<net::admin_tree_result>)> then) {
    auto once = std::make_shared<decltype(then)>(std::move(then));
    system->spawn([once, root = root](caf::event_based_actor* self) {
      self->request(root, limits::request_deadline, tree_request{})
          .then([once](tree_node& tree) { (*once)(net::admin_tree_result{std::move(tree)}); },
                [once](const caf::error& e) { (*once)(to_refusal(e)); });
    });
  };
  methods = net::make_method_table();
  net::server_config c;
  c.io_threads = config.io_threads;
  c.compression = config.compression;
  for (auto& l : config.listeners) {
    c.listeners.push_back({l.address, l.port, l.tls});
    services.secure_cookies |= l.tls;
  }
  if (config.tls.trial)
    c.tls = net::make_trial_identity({"localhost", "127.0.0.1"});
  else if (config.tls.certificate_file)
    c.tls = net::load_tls_identity(*config.tls.certificate_file, config.tls.key_file.value_or(""));
  c.kernel_tls = config.tls.kernel;
  c.limits.connections_max = config.limits.connections_max;
  c.limits.connections_per_address_max = config.limits.connections_per_address_max;
  c.limits.body_bytes_max = config.limits.body_bytes_max;
  c.limits.outbox_bytes_max = config.limits.outbox_bytes_max;
  c.limits.messages_rate = config.limits.messages_per_second;
  c.limits.messages_burst = config.limits.messages_burst;
  auto unlimited = config.limits.unlimited_addresses;
  c.exempt = [unlimited](std::string_view address) { return std::ranges::count(unlimited, address) > 0; };
  net::page_parts pages;
  pages.services = &services;
  pages.methods = &methods;
  pages.web_root = config.web_root;
  pages.metrics = config.metrics.enabled;
  pages.transport = [this]() -> const net::counters& { return server.counts(); };
  if (cluster)
    pages.figures = [this] { return cluster->figures(); };
  pages.room_bytes = [this] { return journal->room_bytes(); };
  gateway = std::make_unique<net::gateway>(net::make_pages(std::move(pages)));
  try {
    ports = server.start(std::move(c), *gateway);
    if (door)
      door->lead_to(*gateway, server.io_threads());
  } catch (const std::exception& e) {
    return refuse(errc::unavailable, e.what());
  }
  return done{};
}

// -- the node -----------------------------------------------------------------------------------

node::node() : parts_(std::make_unique<parts>()) {}

result<std::unique_ptr<node>> node::start(const config::server_config& config, bool serve,
                                          const std::string& stamps_file, net::local_door* door) {
  storage::start_sodium();
  std::unique_ptr<node> made{new node};
  auto& p = *made->parts_;
  p.config = config;
  p.serving = serve;
  p.door = door;
  if (auto ok = p.open_storage(); !ok)
    return ok.why();
  if (config.cluster)
    if (auto ok = p.join(); !ok)
      return ok.why();
  if (!stamps_file.empty()) {
    auto stamped = stamp_posts(std::move(p.journal), stamps_file);
    if (!stamped)
      return stamped.why();
    p.journal = std::move(*stamped);
  }
  if (auto ok = p.open_vault(); !ok)
    return ok.why();
  // The listeners first take connections when the tree above them runs: the gateway answers 503 until then.
  if (serve)
    if (auto ok = p.serve(); !ok)
      return ok.why();
  if (auto ok = p.start_actors(); !ok)
    return ok.why();
  return made;
}

node::~node() {
  auto& p = *parts_;
  if (p.serving) {
    p.server.stop_accepting();
    p.tell_clients();
  }
  if (p.cluster)
    p.cluster->drain(hand_over_deadline);
  if (p.serving)
    p.server.stop(drain_deadline);
  if (p.system && p.root)
    p.stop_actors();
  if (!p.cluster)
    return;
  p.cluster->stop();
  p.journal.reset();
  p.cluster.reset();
}

node_report node::report() const {
  auto& p = *parts_;
  node_report r;
  r.port = p.ports.empty() ? 0 : p.ports.front();
  r.gave_up = p.gave_up;
  for (auto shard : p.journal->shards())
    r.changes += p.journal->head(shard);
  auto view = p.policy.get();
  r.founded = view ? view->version() > 0 : r.changes > 0;
  return r;
}

status node::found(const founding& f) {
  auto& p = *parts_;
  founding_parts needed{*p.system, *p.router, *p.rows, p.policy, p.world(), p.vault.get(), p.passwords.get()};
  return found_provider(needed, f);
}

} // namespace charter::node
