#include "apps/client/rpc.hpp"

#include "domain/bytes.hpp"
#include "net/rpc_codec.hpp"

namespace charter::client {

namespace {

constexpr std::size_t answer_bytes_max = 16 * 1024 * 1024; // an export of everything that one person wrote

const net::rpc_limits answer_bounds{answer_bytes_max, 64, 2'000'000, 1, 64, 64};

failure not_ours(const std::string& where) {
  return garbled(where + ": what answers there doesn't speak Charter's protocol; is the address right?");
}

} // namespace

std::string encode_request(std::uint64_t id, std::string_view method, json params) {
  json request = {{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", std::move(params)}};
  return request.dump(-1, ' ', false, json::error_handler_t::replace);
}

reply<incoming> decode_incoming(std::string_view text) {
  auto document = net::decode_document(net::codec::json, view_of(text), answer_bounds);
  if (!document)
    return garbled("the server's message can't be read: " + document.why().detail);
  if (!document->is_object())
    return garbled("the server's message is not a JSON-RPC answer");
  auto& members = *document;
  incoming in;
  if (members.contains("method") && members["method"].is_string()) {
    in.method = members["method"].get<std::string>();
    in.params = members.value("params", json::object());
    return in;
  }
  if (auto id = members.find("id"); id != members.end() && id->is_number_unsigned())
    in.id = id->get<std::uint64_t>();
  net::rpc_error error;
  if (auto result = members.find("result"); result != members.end())
    in.answer = std::move(*result);
  else if (members.contains("error") && net::parse_error_object(members["error"], error))
    in.answer = refused(std::move(error.why));
  else
    return garbled("the server's answer has neither a result nor an error of this protocol");
  return in;
}

reply<json> rpc_client::call(std::string_view method, json params) {
  auto to = server_.where;
  to.target = "/v1/rpc";
  http_request request{"POST", "application/json", "application/json", server_.token, {}};
  request.body = encode_request(++last_id_, method, std::move(params));
  auto answer = http_.exchange(to, request, answer_bytes_max, within(server_.connect_time + server_.answer_time));
  if (!answer)
    return answer.why();
  if (!answer->content_type.starts_with("application/json"))
    return not_ours(to.origin());
  auto in = decode_incoming(answer->body);
  if (!in)
    return not_ours(to.origin());
  // An error without an id is about a request that the server couldn't read.
  if (in->id != last_id_ && in->answer)
    return not_ours(to.origin());
  return std::move(in->answer);
}

} // namespace charter::client
