#include "apps/load/own_node.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "apps/charterd/trial_founding.hpp"
#include "apps/load/frames.hpp"
#include "net/local_door.hpp"

namespace charter::load {

namespace {

constexpr std::size_t payload_bytes_max = 16 * 1024 * 1024;
constexpr std::size_t guests_at_once = 20'000; // then the loop looks at what else is due
constexpr auto caller_address = "in-process";
constexpr auto common_settings = "config/trial.toml";
constexpr std::size_t persons_of_a_line = 100'000; // as the registry takes them

/// On the loop's thread, as the door wants it.
class visit final : public connection, net::local_door::guest {
public:
  visit(net::local_door& door, network& net, events& to) : door_(door), net_(net), to_(to) {}
  ~visit() override { door_.leave(session_); }

  void open() override {
    session_ = door_.enter(*this, net::peer{caller_address, false, {}}, net::codec::json);
    is_open_ = true;
    to_.on_open();
  }
  void send(std::string_view text) override {
    net_.bytes_sent += text.size();
    door_.say(session_, charter::bytes_of(text));
  }
  void set_reading(bool) override {} // network::can_be_slow
  void cut() override { end("cut"); }
  void close() override { end("closed"); }
  bool is_open() const override { return is_open_; }

private:
  void heard(byte_view frames) override {
    auto at = steady::now();
    auto data = text_of(frames);
    net_.bytes_received += data.size();
    server_frame frame;
    for (; read_frame(data, payload_bytes_max, frame) == frame_state::whole; data.remove_prefix(frame.size))
      to_.on_message(frame.payload, at);
  }
  void shown_out(std::uint16_t, std::string_view reason) override {
    end("the server says goodbye: " + std::string{reason});
  }
  void end(std::string_view why) {
    if (is_over_)
      return;
    is_over_ = true;
    is_open_ = false;
    door_.leave(session_);
    to_.on_closed(why);
  }

  net::local_door& door_;
  network& net_;
  events& to_;
  net::session_number session_ = 0;
  bool is_open_ = false;
  bool is_over_ = false;
};

/// The trial's persons, and as many more as the users need.
void write_registry(const std::string& file, std::size_t users) {
  std::ifstream in{"config/trial/identities.jsonl"};
  std::ofstream out{file};
  for (std::string line; std::getline(in, line);)
    if (line.find("\"from\"") == line.npos)
      out << line << "\n";
  for (std::size_t from = 1; from <= users; from += persons_of_a_line)
    out << R"({"from": )" << from << R"(, "to": )" << std::min(users, from + persons_of_a_line - 1)
        << R"(, "number": "L-", "secret": "load-", "legal_name": "负载", "document_number": "TRIAL31L", "region": "31"})"
        << "\n";
  if (!in.eof() || !out.flush())
    throw std::runtime_error("can't write " + file +
                             ", or read the trial's persons: start this in the root of the project");
}

config::server_config settings_for(const std::string& directory) {
  config::server_overrides over;
  over.trial = true;
  over.port = 0;
  over.data_directory = directory + "/node";
  auto loaded = config::load_server_config_file(common_settings, over);
  if (auto* mistakes = std::get_if<config::mistakes>(&loaded))
    throw std::runtime_error(config::to_text(*mistakes));
  auto out = std::get<config::server_config>(std::move(loaded));
  out.limits.unlimited_addresses.emplace_back(caller_address);
  for (auto& provider : out.identity.providers)
    if (provider.file)
      provider.file = directory + "/identities.jsonl";
  return out;
}

} // namespace

struct own_node::parts final : watcher {
  explicit parts(network& n) : net(n), woken(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)), door([this] { wake(); }) {
    if (woken < 0)
      throw std::runtime_error("no eventfd");
    net.loop.watch(woken, EPOLLIN, *this);
  }
  ~parts() {
    started.reset();
    net.loop.forget(woken);
    ::close(woken);
    std::error_code ignored;
    if (is_temporary)
      std::filesystem::remove_all(directory, ignored);
  }

  void wake() const { (void)::eventfd_write(woken, 1); }
  void on_ready(std::uint32_t) override {
    eventfd_t ignored = 0;
    ::eventfd_read(woken, &ignored);
    if (door.turn(guests_at_once))
      wake();
  }

  network& net;
  int woken;
  net::local_door door;
  std::string directory;
  bool is_temporary = false;
  std::unique_ptr<node::node> started;
  std::string url;
};

own_node::own_node(network& net, const std::string& directory, std::size_t users)
    : parts_(std::make_unique<parts>(net)) {
  auto& p = *parts_;
  p.is_temporary = directory.empty();
  if (p.is_temporary) {
    p.directory = (std::filesystem::temp_directory_path() / "charter-load-XXXXXX").string();
    if (!::mkdtemp(p.directory.data()))
      throw std::runtime_error("can't make a directory like " + p.directory);
  } else {
    p.directory = directory;
    std::filesystem::create_directories(directory);
  }
  write_registry(p.directory + "/identities.jsonl", users);
  auto settings = settings_for(p.directory);
  auto started = node::node::start(settings, true, {}, &p.door);
  if (!started)
    throw std::runtime_error(started.why().detail);
  p.started = *std::move(started);
  if (!p.started->report().founded)
    if (auto founded = node::found_for_trial(*p.started, settings); !founded)
      throw std::runtime_error("founding the trial's provider failed: " + founded.why().detail);
  p.url = "http://localhost:" + std::to_string(p.started->report().port);
  net.authority = "this process";
  net.can_be_slow = false;
  net.connect = [&p](connection::events& to) { return std::make_unique<visit>(p.door, p.net, to); };
}

own_node::~own_node() = default;

const std::string& own_node::url() const { return parts_->url; }

} // namespace charter::load
