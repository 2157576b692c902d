#pragma once
// A node with its gateway: methods and live pushes, over HTTP and over real WebSockets on loopback, on shards that run
// in one thread and in virtual time.
//
//   gateway_world g;                                       // of the town
//   auto chat = g.ask("ann", "chat.create", {{"title", "Tea"}}).at("chat");
//   auto& phone = g.connect("ann");
//   phone.ask("feed.listen");
//   phone.ask("user.me");                                  // what was pushed before this answer is in phone.pushed
//
// The transport has threads of its own. What they bring waits until the test moves the actors' world, so actors see it
// in one order; a socket's answer comes after all that was pushed to it before, so nobody has to wait for silence.

#include <condition_variable>
#include <mutex>

#include "net/gateway_actor.hpp"
#include "storage/vault/key_file.hpp"
#include "tests/deflate_peer.hpp"
#include "tests/net_client.hpp"
#include "tests/node_world.hpp"
#include "tests/storage_support.hpp"

namespace charter::test {

using nlohmann::json;

class gateway_world {
public:
  class socket;

  gateway_world() : node({}, town().copy()), clock_(node) {
    if (!vault::create_key_file(scratch_ / "keys", storage::argon2_cost::minimal(), clock_))
      throw std::runtime_error("no key file");
    auto seal = chat_seal::load(scratch_ / "keys", clock_);
    if (!seal)
      throw std::runtime_error(seal.why().detail);
    seal_ = *std::move(seal);
    services_.router = &node.shards();
    services_.rows = &node.disk();
    services_.policy = &node.policy_in_force();
    services_.policy_keeper = [this] { return node.policy_keeper(); };
    services_.world = &clock_;
    services_.digest = storage::sha256;
    services_.chats = seal_.get();
    services_.shards = node_shards;
    services_.complete = [this] { return complete; };
    services_.current = [this] { return current; };
    net::server_config config;
    config.listeners.emplace_back();
    config.io_threads = 1;
    port_ = server_.start(std::move(config), events_).front();
    auto& system = node.world().system();
    hub_ = node.world().own(net::spawn_hub(system, node.disk(), *seal_));
    presence_ = node.world().own(net::spawn_presence(system));
    vault_ = node.world().own(system.spawn(vault_of_strangers));
    services_.vault = [this] { return vault_; };
    net::gateway_parts parts;
    parts.services = &services_;
    parts.methods = &methods_;
    parts.sessions = &server_;
    parts.hub = [this] { return hub_; };
    parts.presence = [this] { return presence_; };
    gateway_ = node.world().own(net::spawn_gateway(system, std::move(parts)));
    node.pushed.clear();
    run();
  }
  ~gateway_world() {
    // Actors end before what they use.
    gateway_ = nullptr;
    presence_ = nullptr;
    vault_ = nullptr;
    hub_ = nullptr;
    node.crash();
    server_.stop(std::chrono::milliseconds(0));
  }

  /// Over HTTP, in a session of that user; of nobody if the name is empty.
  result<json> call(std::string_view user, std::string_view method, json params = json::object()) {
    auto request = std::make_shared<net::http_request>();
    if (!user.empty())
      request->from.bearer = token_of(user);
    request->body = net::encode_document(net::codec::json, request_document(1, method, std::move(params)));
    auto answered = std::make_shared<json>();
    caf::anon_send(gateway_, net::http_rpc{request, [this, answered](const net::http_response& response) {
                                             *answered = json::parse(text_of(*response.body));
                                             if (at_answer)
                                               at_answer();
                                           }});
    for (int pulses = 0; answered->is_null() && pulses < pulses_max; ++pulses)
      run(pulses > 0 ? node_pulse : 0ms);
    return outcome_of(*answered);
  }
  /// The same for what a test only builds on: throws when it is refused.
  json ask(std::string_view user, std::string_view method, json params = json::object()) {
    auto out = call(user, method, std::move(params));
    if (!out)
      throw std::runtime_error(std::string{method} + ": " + out.why().detail);
    return *out;
  }

  /// A socket of that user, which hears nothing before it asks for `feed.listen`. `inflates`: it offers
  /// permessage-deflate.
  socket& connect(std::string_view user, bool inflates = false);

  /// From now on there are other nodes, for which this actor answers.
  void stands_for_others(const everywhere_actor& those) {
    services_.everywhere = [those] { return those; };
  }

  /// As its supervisor does after a crash.
  void restart_hub() {
    caf::anon_send_exit(hub_, caf::exit_reason::kill);
    hub_ = node.world().own(net::spawn_hub(node.world().system(), node.disk(), *seal_));
    caf::anon_send(gateway_, net::delivery_restarted{});
    run();
  }

  /// Until nobody has anything to do: actors, the hub, and what sockets have sent.
  void run(duration time = 0ms) {
    node.run_for(time);
    for (bool moved = true; moved;) {
      node.world().run();
      moved = hand_over();
    }
  }

  node_world node;
  bool complete = true;            ///< the rows; see gateway_services
  bool current = true;             ///< likewise
  std::function<void()> at_answer; ///< runs when an answer leaves, while others still have work to do

private:
  static constexpr int pulses_max = 40;

  struct clock final : environment {
    explicit clock(node_world& n) : node(n) {}
    timestamp now() override { return node.now(); }
    void fill_random(std::span<std::uint8_t> out) override {
      for (auto& byte : out)
        byte = static_cast<std::uint8_t>(random());
    }
    node_world& node;
    std::mt19937_64 random{11};
  };

  /// Keeps what I/O threads bring.
  struct event_queue final : net::handler {
    using event = std::variant<net::socket_opened, net::socket_message, net::socket_dropped, net::socket_drained,
                               net::socket_closed>;

    void put(event e) {
      std::lock_guard lock{mutex};
      waiting.push_back(std::move(e));
      changed.notify_all();
    }
    void opened(net::session_number session, const net::peer& from, net::codec c) override {
      put(net::socket_opened{session, from, c});
    }
    void received(net::session_number session, net::codec c, bytes message, bool over_rate) override {
      put(net::socket_message{session, net::decode_rpc(c, message), over_rate});
    }
    void dropped(net::session_number session, const net::push& what) override {
      put(net::socket_dropped{session, what.stream, what.first, what.last});
    }
    void drained(net::session_number session) override { put(net::socket_drained{session}); }
    void closed(net::session_number session) override { put(net::socket_closed{session}); }
    void http(net::http_request, net::responder respond) override {
      respond(net::make_text_response(404, "only sockets come this way"));
    }
    /// False when none comes in good time.
    bool wait() {
      std::unique_lock lock{mutex};
      return changed.wait_for(lock, std::chrono::milliseconds(net::patience_ms), [&] { return !waiting.empty(); });
    }
    std::vector<event> take() {
      std::lock_guard lock{mutex};
      return std::exchange(waiting, {});
    }

    std::mutex mutex;
    std::condition_variable changed;
    std::vector<event> waiting;
  };

  /// Stands for the vault: opens nothing, and takes everybody for a person of their own.
  static vault_actor::behavior_type vault_of_strangers() {
    auto nothing = [] { return to_error(refuse(errc::unavailable, "there is no vault here")); };
    return {
        [nothing](const begin_identity&) -> caf::result<identity_attempt> { return nothing(); },
        [nothing](const complete_identity&) -> caf::result<ticket_issued> { return nothing(); },
        [nothing](const resolve_ticket&) -> caf::result<ticket_resolved> { return nothing(); },
        [](const same_person&) { return person_verdict{false}; },
        [nothing](const show_identity&) -> caf::result<identity_shown> { return nothing(); },
    };
  }

  static json request_document(int id, std::string_view method, json params) {
    return {{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", std::move(params)}};
  }
  static result<json> outcome_of(const json& answer) {
    if (answer.is_null())
      return refuse(errc::internal, "no answer came");
    if (answer.contains("result"))
      return answer["result"];
    net::rpc_error error;
    if (!net::parse_error_object(answer.value("error", json{}), error))
      return refuse(errc::internal, "neither a result nor an error");
    return error.why;
  }

  const std::string& token_of(std::string_view user) {
    auto& token = tokens_[std::string{user}];
    if (token.empty()) {
      token = "token-of-" + std::string{user};
      node.must(usr(user), users::command{users::open_session{storage::sha256(view_of(token)), "a test"}},
                caller::system());
    }
    return token;
  }

  /// Gives actors what came from sockets, and the hub what became durable. False: there was nothing.
  bool hand_over() {
    auto events = events_.take();
    for (auto& e : events)
      std::visit([&](auto& one) { caf::anon_send(gateway_, std::move(one)); }, e);
    auto news = std::exchange(node.pushed, {});
    if (!news.empty())
      caf::anon_send(hub_, fresh{news});
    return !events.empty() || !news.empty();
  }

  clock clock_;
  scratch_directory scratch_;
  std::unique_ptr<chat_seal> seal_;
  net::gateway_services services_;
  const net::method_table methods_ = net::make_method_table();
  event_queue events_;
  net::server server_;
  std::uint16_t port_ = 0;
  net::hub_actor hub_;
  net::presence_actor presence_;
  vault_actor vault_;
  net::gateway_actor gateway_;
  std::map<std::string, std::string> tokens_;
  std::vector<std::unique_ptr<socket>> sockets_;
};

class gateway_world::socket {
public:
  socket(gateway_world& g, std::string_view user, bool inflates) : g_(g), client_(g.port_) {
    auto more = "Authorization: Bearer " + g.token_of(user) + "\r\n";
    if (inflates)
      more += net::deflate_offer;
    if (!client_.upgrade("charter.v1.json", more) || !g.events_.wait())
      throw std::runtime_error("no socket for " + std::string{user});
    g.run();
  }

  result<json> call(std::string_view method, json params = json::object()) {
    auto id = ++last_id_;
    client_.send(net::net_client::frame(0x81, request_document(id, method, std::move(params)).dump()));
    if (!g_.events_.wait())
      return refuse(errc::internal, "the call never came");
    g_.run();
    for (;;) {
      auto frame = client_.read_frame();
      bool is_compressed = frame.first == 0xc1;
      auto text = is_compressed ? net::inflated_text(frame.payload).value_or("") : frame.payload;
      auto document = json::parse(text, nullptr, false);
      if ((frame.first != 0x81 && !is_compressed) || !document.is_object())
        return refuse(errc::internal, "no answer came");
      if (is_compressed)
        compressed.push_back(document);
      if (!document.contains("method"))
        return document.value("id", 0) == id ? outcome_of(document) : refuse(errc::internal, "another's answer came");
      pushed.push_back(std::move(document));
    }
  }
  json ask(std::string_view method, json params = json::object()) {
    auto out = call(method, std::move(params));
    if (!out)
      throw std::runtime_error(std::string{method} + ": " + out.why().detail);
    return *out;
  }

  /// Notifications, in the order in which they came.
  std::vector<json> pushed;
  /// Of all that came, what came compressed.
  std::vector<json> compressed;

private:
  gateway_world& g_;
  net::net_client client_;
  int last_id_ = 0;
};

inline gateway_world::socket& gateway_world::connect(std::string_view user, bool inflates) {
  return *sockets_.emplace_back(std::make_unique<socket>(*this, user, inflates));
}

} // namespace charter::test
