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
      note("lost the connection (" + harmless(why.why.detail) + "); trying again in " + to_person(pause));
      std::this_thread::sleep_for(jittered(pause));
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
        fill(*socket, text_of(stream, "account"), *missed);
    while (!is_done()) {
      auto push = socket->next(1h);
      if (!push)
        return push.why();
      if (*push && (*push)->method == "server.draining")
        return client::unreachable("the server asks to reconnect");
      if (*push)
        show(*socket, **push);
    }
    socket->close();
    return client::unreachable("done");
  }

  void show(client::live_socket& socket, const client::push& push) {
    if (push.method == "post.published") {
      auto& post = push.params;
      auto seen = counter_.take(text_of(post, "account"), number_of(post));
      if (seen.missing)
        fill(socket, text_of(post, "account"), *seen.missing);
      if (seen.is_new)
        show_post(post);
      return;
    }
    if (in_.as_json)
      return line({{"method", push.method}, {"params", push.params}});
    if (push.method == "stream.gap")
      say_gap(push.params);
    else if (push.method == "post.corrected" || push.method == "post.withdrawn")
      show_changed(push);
    else if (push.method == "notice")
      print_document(in_.screen, push.params, clock_now());
    if (push.method == "stream.gap")
      fill_gap(socket, push.params);
    in_.screen.out().flush();
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

  void fill_gap(client::live_socket& socket, const json& gap) {
    auto account = text_of(gap, "stream");
    auto from = gap.value("from", json{});
    auto to = gap.value("to", json{});
    if (account.starts_with("acc_") && from.is_number_unsigned() && to.is_number_unsigned() && from <= to)
      if (auto missed = counter_.begin(account, to.get<std::uint64_t>()))
        fill(socket, account, *missed);
  }

  void fill(client::live_socket& socket, const std::string& account, hole missed) {
    if (missed.size() > fill_max) {
      note(std::to_string(missed.size() - fill_max) + " older posts of " + harmless(account) +
           " came meanwhile; `charter posts` shows them");
      missed.from = missed.to - fill_max + 1;
    }
    auto answer = socket.call("account.posts", {{"account", account}, {"from", missed.from}, {"to", missed.to}});
    if (!answer)
      return note("posts " + std::to_string(missed.from) + " to " + std::to_string(missed.to) + " of " +
                  harmless(account) + " are missing: " + harmless(answer.why().why.detail));
    auto items = answer->value("items", json::array());
    std::sort(items.begin(), items.end(), [](auto& a, auto& b) { return number_of(a) < number_of(b); });
    for (auto& post : items)
      show_post(post);
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
