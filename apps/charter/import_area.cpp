// import: the entries of an Atom or RSS feed as posts of an account
#include <ostream>
#include <set>
#include <thread>

#include "apps/charter/areas.hpp"
#include "apps/charter/command.hpp"
#include "apps/charter/command_ids.hpp"
#include "apps/charter/feed_document.hpp"
#include "apps/charter/import_record.hpp"
#include "apps/charter/naming.hpp"
#include "apps/charter/person_time.hpp"
#include "apps/charter/private_file.hpp"
#include "apps/charter/progress.hpp"

namespace charter::cli {

namespace {

using client::reply;

constexpr int redirects_max = 5;
constexpr auto download_time = std::chrono::seconds(60);
constexpr std::size_t save_every = 20;
constexpr int waits_max = 20; // for the server's rate limit, per entry

struct import_options {
  std::string source;
  std::string account;
  std::string kind;
  std::optional<std::uint64_t> newest;
  bool dry_run = false;
};

/// The session's token is never sent along: the feed is somebody else's.
reply<std::string> download(const invocation& in, const std::string& url) {
  auto to = client::parse_endpoint(url);
  client::http_client http{{in.ca_file, in.insecure}};
  client::http_request request;
  request.accept = "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.1";
  auto by = client::within(download_time);
  for (int hops = 0; to && hops <= redirects_max; ++hops) {
    auto answer = http.exchange(*to, request, feed_bytes_max, by);
    if (!answer)
      return answer.why();
    if (answer->status == 200)
      return std::move(answer->body);
    if (answer->status / 100 != 3 || answer->location.empty())
      return client::unreachable(url + ": HTTP status " + std::to_string(answer->status));
    to = client::follow_redirect(*to, answer->location);
  }
  return to ? client::unreachable(url + ": more than " + std::to_string(redirects_max) + " redirects")
            : client::failure{client::cause::here, invalid("url", to.why().detail)};
}

reply<feed_document> read_feed(const invocation& in, const std::string& source) {
  auto is_url = source.starts_with("http://") || source.starts_with("https://");
  std::string text;
  if (is_url) {
    auto body = download(in, source);
    if (!body)
      return body.why();
    text = std::move(*body);
  } else {
    auto file = read_whole(source, feed_bytes_max);
    if (!file)
      return client::failure{client::cause::here, file.why()};
    text = std::move(*file);
  }
  auto feed = parse_feed(text);
  if (!feed) {
    auto why = feed.why();
    return client::failure{client::cause::here, refuse(errc::too_large, source + ": " + why.detail)};
  }
  return std::move(*feed);
}

class import {
public:
  import(invocation& in, const import_options& o, std::string account, import_record record) :in_(in), options_(o),
      account_(std::move(account)),
      record_(std::move(record)){}

  int run(const feed_document& feed){progress bar{in_.screen, "importing"};
  auto skip = options_.newest && *options_.newest < feed.entries.size() ? feed.entries.size() - *options_.newest : 0;
  for (auto i = skip; i < feed.entries.size(); ++i) {
    bar.show(i - skip, feed.entries.size() - skip);
    auto& entry = feed.entries[i];
    if (record_.has(entry.id)) {
      ++known_;
      continue;
    }
    if (options_.dry_run) {
      ++posted_;
      continue;
    }
    if (auto stopped = publish(entry, bar)) {
      bar.clear();
      if (auto saved = record_.save(); !saved)
        in_.fail_locally(saved.why());
      report(feed, skip);
      return in_.fail(*stopped);
    }
  }
  bar.clear();
  if (auto saved = options_.dry_run ? status{done{}} : record_.save(); !saved)
    return in_.fail_locally(saved.why());
  report(feed, skip);
  return refused_ > 0 ? exit_refused : exit_ok;
}

private :
    /// What makes going on pointless, or nothing.
    std::optional<client::failure>
    publish(const feed_entry& entry, progress& bar) {
  json params = {{"account", account_}, {"text", entry.text}};
  put(params, "title", entry.title);
  put(params, "link", entry.link);
  put(params, "kind", options_.kind);
  auto answer = send(params, derived_command_id(clock_now(), account_ + "\n" + entry.id));
  if (answer) {
    record_.add(entry.id, text_of(*answer, "post"));
    ++posted_;
    if (posted_ % save_every == 0)
      if (auto saved = record_.save(); !saved)
        return client::failure{client::cause::here, saved.why()};
    return {};
  }
  auto& why = answer.why();
  auto concerns_this_entry =
      why.cause == client::cause::refused && (why.why.code == errc::invalid_params || why.why.code == errc::too_large);
  if (!concerns_this_entry)
    return why;
  ++refused_;
  bar.clear();
  if (!in_.as_json)
    in_.screen.err() << harmless(entry.id) << ": " << to_person(why) << '\n';
  return {};
}

/// Waits out the server's rate limit: it says how long.
reply<json> send(const json& params, const command_id& id) {
  for (int waits = 0;; ++waits) {
    auto answer = in_.command("account.publish", params, id);
    if (answer || answer.why().why.code != errc::rate_limited || waits == waits_max)
      return answer;
    auto pause = duration{std::clamp<std::int64_t>(answer.why().why.retry_after_ms, 50, 60'000)};
    std::this_thread::sleep_for(pause);
  }
}

void report(const feed_document& feed, std::size_t skipped) const {
  json answer = {{"feed", feed.title},  {"posted", posted_},          {"known", known_},
                 {"refused", refused_}, {"empty", feed.empty},        {"repeated", feed.repeated},
                 {"skipped", skipped},  {"dry_run", options_.dry_run}};
  in_.finish(answer, [&] {
    auto& out = in_.screen.out();
    out << (options_.dry_run ? "Would import " : "Imported ") << posted_ << (posted_ == 1 ? " entry" : " entries")
        << " of " << (feed.title.empty() ? "the feed" : "\"" + harmless(feed.title) + "\"");
    if (known_ > 0)
      out << "; " << known_ << " were there already";
    if (refused_ > 0)
      out << "; " << refused_ << " were refused";
    if (feed.empty + feed.repeated > 0)
      out << "; " << feed.empty + feed.repeated << " said nothing new";
    out << ".\n";
  });
}

invocation& in_;
const import_options& options_;
std::string account_;
import_record record_;
std::uint64_t posted_ = 0;
std::uint64_t known_ = 0;
std::uint64_t refused_ = 0;
}; // namespace

int run_import(invocation& in, const import_options& o) {
  auto feed = read_feed(in, o.source);
  if (!feed)
    return in.fail(feed.why());
  auto account = account_named(in, o.account);
  if (!account)
    return in.fail(account.why());
  auto where = in.server();
  if (!where)
    return in.fail_locally(where.why());
  auto record = import_record::load(in.sessions().directory(), where->where.origin(), *account);
  if (!record)
    return in.fail_locally(record.why());
  return import{in, o, std::move(*account), std::move(*record)}.run(*feed);
}

} // namespace charter::cli

void add_import_command(CLI::App& app, invocation& in) {
  add_command<import_options>(
      app, in, "import", "publish the entries of an Atom or RSS feed as posts; again: only what is new",
      [](CLI::App& command, import_options& o) {
        command.add_option("source", o.source, "a file, - for standard input, or an http(s) URL")->required();
        command.add_option("--account,-a", o.account, "the account's name or id")->required();
        command.add_option("--kind", o.kind, "of all entries, as you declare it")
            ->check(CLI::IsMember({"general", "news_repost", "news_original"}));
        command.add_option("--newest", o.newest, "only so many, the newest");
        command.add_flag("--dry-run", o.dry_run, "only say what would be posted");
      },
      run_import);
}

} // namespace charter::cli
