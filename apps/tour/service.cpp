#include "apps/tour/service.hpp"

#include <cctype>
#include <numeric>

namespace charter::tour {

namespace {

constexpr std::size_t page_bytes_max = 8 * 1024 * 1024;

bool takes_command_id(const json& method) {
  for (auto& parameter : method.value("params", json::array()))
    if (parameter.value("name", "") == "command_id")
      return true;
  return false;
}

} // namespace

reply<service> service::reach(std::vector<client::server> nodes) {
  service found{std::move(nodes)};
  auto document = found.get("/v1/openrpc.json");
  auto where = found.nodes_.front().where.origin();
  if (document.status == 0)
    return client::unreachable(where + " doesn't answer; is the server running?");
  if (document.status != 200)
    return client::unreachable(where + " answers " + std::to_string(document.status) + ": " +
                               document.body.substr(0, 200));
  auto parsed = json::parse(document.body, nullptr, false);
  if (!parsed.is_object() || !parsed["methods"].is_array())
    return client::garbled("/v1/openrpc.json is no OpenRPC document");
  for (auto& method : parsed["methods"])
    if (takes_command_id(method))
      found.changing_.insert(method.value("name", ""));
  return found;
}

std::size_t service::node_for(std::string_view name) const {
  return std::accumulate(name.begin(), name.end(), std::size_t{0}) % nodes_.size();
}

page service::get(const std::string& path, std::size_t node) const {
  auto& at = nodes_[node];
  client::http_client http{at.whom};
  auto to = at.where;
  to.target = path;
  auto answer = http.exchange(to, {}, page_bytes_max, client::within(at.answer_time));
  return answer ? page{answer->status, answer->content_type, answer->body} : page{};
}

reply<client::live_socket> service::open(const std::string& token, std::size_t node) const {
  auto which = nodes_[node];
  which.token = token;
  return client::live_socket::open(which);
}

std::string escape_path(std::string_view text) {
  constexpr auto digits = "0123456789ABCDEF";
  std::string out;
  for (unsigned char c : text) {
    if (c < 0x80 && (std::isalnum(c) || std::string_view{"-._~"}.find(char(c)) != std::string_view::npos))
      out += char(c);
    else
      out.append({'%', digits[c >> 4], digits[c & 15]});
  }
  return out;
}

} // namespace charter::tour
