// tail: the feed live over the WebSocket, for as long as anybody wants to watch
#include <algorithm>
#include <ostream>
#include <random>
#include <thread>

#include "apps/charter/areas.hpp"
#include "apps/charter/command.hpp"
#include "apps/charter/live_feed.hpp"
#include "apps/charter/naming.hpp"
#include "apps/charter/person_time.hpp"
#include "apps/client/live_socket.hpp"

namespace charter::cli {

namespace {

using client::failure;
using namespace std::chrono_literals;

constexpr std::uint64_t fill_max = 200; // one page; what is beyond is only said
constexpr duration first_pause = 500ms;
constexpr duration longest_pause = 30s;
constexpr duration wait_max = 5min; // whatever a server asks for

struct tail_options {
  std::optional<std::uint64_t> count; ///< posts to show, then end
};

class tail {
public:
  tail(invocation& in, client::server where, const tail_options& o) : in_(in), where_(std::move(where)), options_(o) {}

  int run() {
    auto pause = first_pause;
    while (!is_done()) {
      auto began = std::chrono::steady_clock::now();
      auto why = watch();
      if (is_done())
        break;
      // A server that says no won't say yes by itself.
      if (why.cause != client::cause::unreachable && why.why.code != errc::unavailable)
        return in_.fail(why);
      if (std::chrono::steady_clock::now() - began > longest_pause)
        pause = first_pause;
      auto wait = duration{std::min<std::int64_t>(why.why.retry_after_ms, wait_max.count())} + jittered(pause);
      note("lost the connection (" + harmless(why.why.detail) + "); trying again in " + to_person(wait));
      std::this_thread::sleep_for(wait);
      pause = std::min(pause * 2, longest_pause);
    }
    return exit_ok;
  }

private:
  /// One connection, until it ends.
  failure watch() {
    auto socket = client::live_socket::open(where_);
    if (!socket)
      return socket.why();
    auto listening = socket->call("feed.listen");
    if (!listening)
      return listening.why();
    note("listening to " + where_.where.origin());
    for (auto& stream : listening->value("streams", json::array()))
      if (auto missed = counter_.begin(text_of(stream, "account"), number_of(stream)))
        if (auto broken = fill(*socket, text_of(stream, "account"), *missed))
          return *broken;
    while (!is_done()) {
      auto push = socket->next(1h);
      if (!push)
        return push.why();
      if (*push && (*push)->method == "server.draining")
        return client::unreachable("the server asks to reconnect");
      if (*push)
        if (auto broken = show(*socket, **push))
          return *broken;
    }
    socket->close();
    return client::unreachable("done");
  }

  /// Why the connection is of no use any more, if so.
  std::optional<failure> show(client::live_socket& socket, const client::push& push) {
    if (push.method == "post.published")
      return show_published(socket, push.params);
    if (in_.as_json)
      line({{"method", push.method}, {"params", push.params}});
    else if (push.method == "stream.gap")
      say_gap(push.params);
    else if (push.method == "post.corrected" || push.method == "post.withdrawn")
      show_changed(push);
    else if (push.method == "notice")
      print_document(in_.screen, push.params, clock_now());
    in_.screen.out().flush();
    return push.method == "stream.gap" ? fill_gap(socket, push.params) : std::nullopt;
  }

  std::optional<failure> show_published(client::live_socket& socket, const json& post) {
    auto seen = counter_.take(text_of(post, "account"), number_of(post));
    if (seen.missing)
      if (auto broken = fill(socket, text_of(post, "account"), *seen.missing))
        return broken;
    if (seen.is_new)
      show_post(post);
    return {};
  }

  void say_gap(const json& gap) {
    auto stream = harmless(text_of(gap, "stream"));
    note(gap.contains("from") ? "a gap: " + text_of(gap, "from") + " to " + text_of(gap, "to") + " of " + stream +
                                    " were not sent, since this side was too slow"
                              : "some changes of " + stream + " were not sent, since this side was too slow");
  }

  void show_changed(const client::push& push) {
    in_.screen.out() << in_.screen.paint(style::warning, push.method.substr(5) + ":") << '\n';
    print_post(in_.screen, push.params, clock_now());
    in_.screen.out() << '\n';
  }

  std::optional<failure> fill_gap(client::live_socket& socket, const json& gap) {
    auto account = text_of(gap, "stream");
    auto to = gap.value("to", json{});
    if (!account.starts_with("acc_") || !to.is_number_unsigned())
      return {};
    auto missed = counter_.begin(account, to.get<std::uint64_t>());
    return missed ? fill(socket, account, *missed) : std::nullopt;
  }

  /// Fetches and shows what is missing. When the connection breaks meanwhile, it is still missing at the next one.
  std::optional<failure> fill(client::live_socket& socket, const std::string& account, hole missed) {
    auto begin = missed.from;
    if (missed.size() > fill_max) {
      note(std::to_string(missed.size() - fill_max) + " older posts of " + harmless(account) +
           " came meanwhile; `charter posts` shows them");
      missed.from = missed.to - fill_max + 1;
    }
    auto answer = socket.call("account.posts", {{"account", account}, {"from", missed.from}, {"to", missed.to}});
    if (!answer && answer.why().cause == client::cause::unreachable) {
      counter_.rewind(account, begin - 1);
      return answer.why();
    }
    if (!answer)
      note("posts " + std::to_string(missed.from) + " to " + std::to_string(missed.to) + " of " + harmless(account) +
           " are missing: " + harmless(answer.why().why.detail));
    auto items = answer ? answer->value("items", json::array()) : json::array();
    std::sort(items.begin(), items.end(), [](auto& a, auto& b) { return number_of(a) < number_of(b); });
    for (auto& post : items)
      show_post(post);
    return {};
  }

  void show_post(const json& post) {
    ++shown_;
    if (in_.as_json)
      return line({{"method", "post.published"}, {"params", post}});
    print_post(in_.screen, post, clock_now());
    in_.screen.out() << std::endl;
  }

  void line(const json& document) {
    in_.screen.out() << document.dump(-1, ' ', false, json::error_handler_t::replace) << std::endl;
  }
  void note(const std::string& text) { in_.screen.err() << in_.screen.paint_err(style::dim, "· " + text) << std::endl; }

  bool is_done() const { return options_.count && shown_ >= *options_.count; }
  static std::uint64_t number_of(const json& x) {
    auto number = x.value("number", json{});
    return number.is_number_unsigned() ? number.get<std::uint64_t>() : 0;
  }
  /// Half to all of it, so that a thousand clients don't come back in the same instant.
  duration jittered(duration pause) {
    return duration{std::uniform_int_distribution<duration::rep>{pause.count() / 2, pause.count()}(random_)};
  }

  invocation& in_;
  client::server where_;
  tail_options options_;
  stream_counter counter_;
  std::uint64_t shown_ = 0;
  std::minstd_rand random_{std::random_device{}()};
};

int run_tail(invocation& in, const tail_options& o) {
  auto where = in.server();
  if (!where)
    return in.fail_locally(where.why());
  if (where->token.empty())
    return in.fail(client::refused(refuse(errc::unauthenticated, "a live feed is somebody's: nobody is logged in")));
  return tail{in, std::move(*where), o}.run();
}

} // namespace

void add_tail_command(CLI::App& app, invocation& in) {
  add_command<tail_options>(
      app, in, "tail", "the feed live, until Ctrl-C; reconnects by itself and fetches what it missed",
      [](CLI::App& command, tail_options& o) { command.add_option("--count", o.count, "end after so many posts"); },
      run_tail);
}

} // namespace charter::cli
