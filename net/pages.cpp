#include "net/pages.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <memory>

#include "net/metrics.hpp"
#include "net/names.hpp"
#include "net/page_cache.hpp"
#include "net/pages_html.hpp"
#include "storage/queries.hpp"

namespace charter::net {

namespace {

constexpr std::uint32_t feed_posts = 50;
constexpr std::uint32_t page_posts = 30;
constexpr std::string_view html = "text/html; charset=utf-8";
// Pages may be kept, but a reader who comes back asks whether they are still true.
constexpr std::string_view revalidate = "public, max-age=0, must-revalidate";

struct static_file {
  std::string type;
  std::string etag;
  std::shared_ptr<const bytes> body;
};

std::string type_of(const std::filesystem::path& file) {
  auto ending = file.extension().string();
  if (ending == ".html")
    return std::string{html};
  if (ending == ".css")
    return "text/css; charset=utf-8";
  if (ending == ".js")
    return "text/javascript; charset=utf-8";
  if (ending == ".svg")
    return "image/svg+xml";
  if (ending == ".json")
    return "application/json";
  return "application/octet-stream";
}

/// The web page's files, read once at the start: few and small.
std::map<std::string, static_file, std::less<>> read_files(const std::string& root) {
  std::map<std::string, static_file, std::less<>> files;
  std::error_code failure;
  for (auto& entry : std::filesystem::recursive_directory_iterator{root, failure}) {
    if (!entry.is_regular_file())
      continue;
    std::ifstream in{entry.path(), std::ios::binary};
    auto body = std::make_shared<bytes>(std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{});
    auto path = "/" + std::filesystem::relative(entry.path(), root).generic_string();
    auto etag = make_etag(*body);
    files[path == "/index.html" ? "/" : path] = {type_of(entry.path()), etag, std::move(body)};
  }
  return files;
}

http_response cacheable(std::string type, std::string_view body) {
  auto response = make_response(200, std::move(type), body);
  response.etag = make_etag(view_of(body));
  response.cache_control = revalidate;
  return response;
}

http_response not_found(std::string_view text) {
  return make_response(404, std::string{html}, message_page(404, text));
}

bool shows_rows(std::string_view path) {
  constexpr std::string_view beginnings[] = {"/@", "/p/", "/directory", "/audit/"};
  return std::ranges::any_of(beginnings, [&](auto beginning) { return path.starts_with(beginning); });
}

class pages {
public:
  explicit pages(page_parts parts) : parts_(std::move(parts)), files_(read_files(parts_.web_root)) {
    auto document = openrpc_document(*parts_.methods, parts_.services->public_url).dump(1);
    openrpc_ = cacheable("application/json", document);
  }

  http_response answer(const http_request& request) const {
    if (request.method == http_method::post)
      return make_method_not_allowed("GET, HEAD");
    std::string path;
    if (!percent_decode(request.path, path))
      return make_text_response(400, "the path has a broken percent escape");
    if (shows_rows(path) && !parts_.services->complete())
      return make_text_response(503, "this node is still taking over what the others have; try again soon");
    if (path.starts_with("/@") || path.starts_with("/p/"))
      return about_account(path);
    if (path == "/directory")
      return directory(request);
    if (path.starts_with("/audit/entry/"))
      return audit_entry(path.substr(13));
    if (path == "/pages.css")
      return cacheable("text/css; charset=utf-8", page_style());
    if (path == "/v1/openrpc.json")
      return openrpc_;
    if (path == "/healthz" || path == "/readyz")
      return health(path == "/readyz");
    if (path == "/metrics" && parts_.metrics)
      return make_response(200, "text/plain; version=0.0.4",
                           metrics_text(parts_.transport(), parts_.room_bytes(), parts_.figures()));
    if (auto file = files_.find(path); file != files_.end()) {
      http_response response;
      response.content_type = file->second.type;
      response.etag = file->second.etag;
      response.cache_control = revalidate;
      response.body = file->second.body;
      return response;
    }
    return not_found("There is no such page.");
  }

private:
  const storage::store& rows() const { return *parts_.services->rows; }

  /// What badges and restrictions are judged by.
  struct view {
    policy_ptr policy;
    storage::viewpoint point;
    const rule_book* book;
  };
  view now() const {
    auto policy = parts_.services->policy->get();
    auto at = parts_.services->world->now();
    return {policy, {at, policy.get()}, policy ? policy->book_at(at) : nullptr};
  }

  page_basis basis_of(const account_id& account) const {
    auto& services = *parts_.services;
    return {storage::last_change_of(rows(), account), services.policy->get(),
            std::chrono::floor<std::chrono::seconds>(services.world->now())};
  }

  /// "/@NAME", a feed below it, or "/p/POST".
  http_response about_account(const std::string& path) const {
    if (auto kept = kept_.find(path); kept && kept->basis == basis_of(kept->account))
      return kept->response;
    auto make = [&](const account_id& about, auto page) {
      auto basis = basis_of(about);
      auto response = page();
      if (response.status == 200)
        kept_.keep(path, {about, std::move(basis), response});
      return response;
    };
    if (path.starts_with("/p/")) {
      post_id id;
      return parse(path.substr(3), id) ? make(id.owner, [&] { return post(id); }) : no_post();
    }
    auto [name, as] = split_form(path.substr(2));
    auto normal = normal_name(name);
    auto id = normal ? storage::account_by_name(rows(), name_id_of(*normal, parts_.services->digest)) : std::nullopt;
    return id ? make(*id, [&, form = as] { return account(*id, form); }) : no_account();
  }

  enum class form { page, atom, json };
  static std::pair<std::string, form> split_form(std::string name) {
    for (auto [ending, f] : {std::pair{"/feed.atom", form::atom}, std::pair{"/feed.json", form::json}})
      if (name.ends_with(ending))
        return {name.substr(0, name.size() - std::string_view{ending}.size()), f};
    return {std::move(name), form::page};
  }

  static http_response no_account() { return not_found("There is no account of this name."); }
  static http_response no_post() { return not_found("There is no such post."); }

  http_response account(const account_id& id, form as) const {
    auto v = now();
    auto found = storage::account(rows(), id, v.point);
    if (!found)
      return no_account();
    auto posts = storage::posts_of(rows(), id, {as == form::page ? page_posts : feed_posts, ""});
    auto items = posts ? std::move(posts->items) : std::vector<post_view>{};
    auto& url = parts_.services->public_url;
    switch (as) {
      case form::atom: return cacheable("application/atom+xml; charset=utf-8", atom_feed(*found, items, v.book, url));
      case form::json: return cacheable("application/feed+json", json_feed(*found, items, v.book, url));
      case form::page: break;
    }
    return cacheable(std::string{html}, account_page(*found, items, v.book, url));
  }

  http_response post(const post_id& id) const {
    auto found = storage::post(rows(), id);
    if (!found)
      return no_post();
    return cacheable(std::string{html}, post_page(*found, now().book, parts_.services->public_url));
  }

  http_response directory(const http_request& request) const {
    storage::directory_filter filter{query_value(request.query, "kind"),
                                     query_value(request.query, "region"),
                                     query_value(request.query, "category"),
                                     {}};
    if (news_right badge; from_name(query_value(request.query, "badge"), badge))
      filter.badge = badge;
    auto v = now();
    auto found = storage::directory(rows(), filter, {0, query_value(request.query, "after")}, v.point);
    if (!found)
      return make_response(400, std::string{html}, message_page(400, found.why().detail));
    std::string query;
    for (auto& [key, value] :
         {std::pair{"kind", filter.kind}, std::pair{"region", filter.region}, std::pair{"category", filter.category}})
      if (!value.empty())
        query += (query.empty() ? "" : "&") + std::string{key} + "=" + url_encode(value);
    return cacheable(std::string{html}, directory_page(*found, query, v.book, parts_.services->public_url));
  }

  /// The leaf's bytes as they are hashed. They never change, so they may be kept for good.
  http_response audit_entry(std::string_view number) const {
    std::uint64_t n = 0;
    auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), n);
    bool plain = error == std::errc{} && end == number.data() + number.size() && (number == "0" || number[0] != '0');
    auto entry = plain ? storage::log_entry(rows(), n) : std::optional<bytes>{};
    if (!entry)
      return not_found("The log has no entry with this number.");
    auto response = make_response(200, "application/json", text_of(*entry));
    response.cache_control = "public, max-age=31536000, immutable";
    return response;
  }

  /// Healthy: the process serves. Ready: it also accepts changes.
  http_response health(bool ready) const {
    if (!parts_.services->complete())
      return make_text_response(503, "starting: taking over what the other nodes have");
    if (!parts_.services->policy->get())
      return make_text_response(503, "starting: the policy isn't known yet");
    if (parts_.room_bytes() == 0)
      return make_text_response(ready ? 503 : 200, "disk full: nothing can be changed, reading goes on");
    return make_text_response(200, "ok");
  }

  page_parts parts_;
  std::map<std::string, static_file, std::less<>> files_;
  http_response openrpc_;
  mutable page_cache kept_;
};

} // namespace

page_handler make_pages(page_parts parts) {
  auto all = std::make_shared<const pages>(std::move(parts));
  return [all](const http_request& request, const responder& respond) { respond(all->answer(request)); };
}

} // namespace charter::net
