#include "net/rpc_codec.hpp"

#include <algorithm>

namespace charter::net {

namespace {

using nlohmann::json;

rpc_error invalid_request(std::string detail) { return {rpc_invalid_request, invalid("", std::move(detail))}; }

rpc_call bad_call(rpc_error why) {
  rpc_call call;
  call.error = std::move(why);
  return call;
}

bool is_id(const json& id, const rpc_limits& bounds) {
  if (id.is_string())
    return id.get_ref<const std::string&>().size() <= bounds.id_bytes_max;
  return id.is_number_integer() || id.is_null();
}

/// Moves one member into `call`; gives what is wrong with it.
std::optional<rpc_error> read_member(rpc_call& call, const std::string& name, json& value, const rpc_limits& bounds) {
  if (name == "jsonrpc") {
    if (value != "2.0")
      return invalid_request("`jsonrpc` must be \"2.0\"");
  } else if (name == "method") {
    if (!value.is_string() || value.get_ref<const std::string&>().size() > bounds.method_bytes_max)
      return invalid_request("`method` must be a text of at most " + std::to_string(bounds.method_bytes_max) +
                             " bytes");
    call.method = std::move(value.get_ref<std::string&>());
  } else if (name == "params") {
    if (!value.is_object())
      return rpc_error{rpc_code(errc::invalid_params), invalid("params", "parameters go by name, in a map")};
    call.params = std::move(value);
  } else if (name != "id") {
    return invalid_request("a request has `jsonrpc`, `id`, `method` and `params`, and nothing else");
  }
  return std::nullopt;
}

rpc_call read_call(json& document, const rpc_limits& bounds) {
  if (!document.is_object())
    return bad_call(invalid_request("a request is a map"));
  auto& members = document.get_ref<json::object_t&>();
  rpc_call call;
  // The id first, so that whatever else is wrong gets answered under it.
  auto id = members.find("id");
  if (id != members.end() && !is_id(id->second, bounds))
    return bad_call(invalid_request("`id` must be an integer, null, or a text of at most " +
                                    std::to_string(bounds.id_bytes_max) + " bytes"));
  call.is_notification = id == members.end();
  if (!call.is_notification)
    call.id = id->second;
  for (auto& [name, value] : members)
    if (auto problem = read_member(call, name, value, bounds); problem && !call.error)
      call.error = std::move(problem);
  if (!call.error && (!members.contains("jsonrpc") || !members.contains("method")))
    call.error = invalid_request("`jsonrpc` and `method` are needed");
  // What isn't a request isn't a notification either, so it is answered, with a null id.
  if (call.error && call.error->code == rpc_invalid_request)
    call.is_notification = false;
  return call;
}

json rule_document(const rule_ref& rule) {
  json document = {{"charter", rule.charter}, {"article", rule.article}};
  if (!rule.item.empty())
    document["item"] = rule.item;
  return document;
}

std::string text_member(const json& document, const char* name) {
  auto at = document.find(name);
  return at != document.end() && at->is_string() ? at->get<std::string>() : std::string{};
}

} // namespace

rpc_message decode_rpc(codec c, byte_view message, const rpc_limits& bounds) {
  auto decoded = decode_strictly(c, message, bounds);
  if (decoded.problem) {
    auto code = decoded.is_syntax                               ? rpc_parse_error
                : decoded.problem->code == errc::invalid_params ? rpc_invalid_request
                                                                : rpc_code(decoded.problem->code);
    return {false, {bad_call({code, std::move(*decoded.problem)})}};
  }
  auto& document = decoded.document;
  if (!document.is_array())
    return {false, {read_call(document, bounds)}};
  if (document.empty())
    return {false, {bad_call(invalid_request("an empty batch"))}};
  if (document.size() > bounds.batch_max) {
    auto why = refuse(errc::too_large, "a batch holds at most " + std::to_string(bounds.batch_max) + " requests");
    return {false, {bad_call({rpc_code(why.code), why})}};
  }
  rpc_message batch{true, {}};
  batch.calls.reserve(document.size());
  for (auto& item : document)
    batch.calls.push_back(read_call(item, bounds));
  return batch;
}

json make_result(const json& id, json value) { return {{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(value)}}; }

json make_error(const json& id, const rpc_error& error) {
  auto& why = error.why;
  auto message = std::string(to_name(why.code));
  std::replace(message.begin(), message.end(), '_', ' ');
  json data = {{"type", to_name(why.code)}, {"detail", why.detail}};
  if (!why.field.empty())
    data["field"] = why.field;
  if (!why.rule.empty())
    data["rule"] = rule_document(why.rule);
  if (!why.sanction.empty())
    data["sanction"] = why.sanction;
  if (why.retry_after_ms > 0)
    data["retry_after_ms"] = why.retry_after_ms;
  json object = {{"code", error.code}, {"message", std::move(message)}, {"data", std::move(data)}};
  return {{"jsonrpc", "2.0"}, {"id", id}, {"error", std::move(object)}};
}

json make_error(const json& id, const refusal& why) { return make_error(id, rpc_error{rpc_code(why.code), why}); }

json make_notification(std::string_view method, json params) {
  return {{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}};
}

rpc_error method_not_found(std::string_view method) {
  return {rpc_method_not_found, refuse(errc::not_found, "no method \"" + std::string(method) + "\"")};
}

int rpc_code(errc code) {
  switch (code) {
    case errc::invalid_params: return -32602;
    case errc::internal: return -32603;
    default: return -32000 - static_cast<int>(code);
  }
}

bool parse_error_object(const json& error, rpc_error& out) {
  if (!error.is_object())
    return false;
  auto code = error.find("code");
  auto data = error.find("data");
  if (code == error.end() || !code->is_number_integer() || data == error.end() || !data->is_object())
    return false;
  out = {};
  out.code = code->get<int>();
  if (!from_name(text_member(*data, "type"), out.why.code))
    return false;
  out.why.detail = text_member(*data, "detail");
  out.why.field = text_member(*data, "field");
  out.why.sanction = text_member(*data, "sanction");
  if (auto rule = data->find("rule"); rule != data->end() && rule->is_object())
    out.why.rule = {text_member(*rule, "charter"), text_member(*rule, "article"), text_member(*rule, "item")};
  if (auto retry = data->find("retry_after_ms"); retry != data->end() && retry->is_number_integer())
    out.why.retry_after_ms = retry->get<std::int64_t>();
  return true;
}

} // namespace charter::net
