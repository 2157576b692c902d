#include "net/methods/table.hpp"

namespace charter::net {

method_table make_method_table() {
  method_table table;
  add_identity_methods(table);
  add_auth_methods(table);
  add_user_methods(table);
  add_chat_methods(table);
  add_presence_methods(table);
  add_account_methods(table);
  add_feed_methods(table);
  add_complaint_methods(table);
  add_desk_methods(table);
  add_sanction_methods(table);
  add_liaison_methods(table);
  add_vault_methods(table);
  add_provider_methods(table);
  for (auto name : {"account.directory", "account.get", "account.posts", "account.search", "agreement.current",
                    "feed.sync", "provider.charter"})
    table.declare_open(name);
  table.declare_same_for_all("account.posts");
  return table;
}

nlohmann::json openrpc_document(const method_table& table, std::string_view server_url) {
  using nlohmann::json;
  json methods = json::array();
  for (auto& [name, m] : table.all()) {
    auto schema = m.params_schema();
    json params = json::array();
    auto required = schema.value("required", json::array());
    for (auto& [field, type] : schema["properties"].items())
      params.push_back({{"name", field},
                        {"required", std::find(required.begin(), required.end(), field) != required.end()},
                        {"schema", type}});
    if (m.changes)
      params.push_back({{"name", "command_id"},
                        {"required", false},
                        {"schema", {{"type", "string"}, {"format", "uuid"}}},
                        {"description", "UUIDv7; sent twice, the call takes effect once and gives the same answer"}});
    constexpr const char* who[] = {"anyone", "a signed-in user", "staff"};
    methods.push_back({{"name", name},
                       {"summary", m.summary},
                       {"description", std::string{"For "} + who[static_cast<std::size_t>(m.who)] + "."},
                       {"paramStructure", "by-name"},
                       {"params", std::move(params)},
                       {"result", {{"name", "result"}, {"schema", m.result_schema()}}}});
  }
  return {{"openrpc", "1.2.6"},
          {"info", {{"title", "Charter"}, {"version", "1"}, {"description", "The client protocol; see docs/API.md"}}},
          {"servers", json::array({{{"name", "this server"}, {"url", std::string{server_url} + "/v1/rpc"}}})},
          {"methods", std::move(methods)}};
}

} // namespace charter::net
