#include "cluster/etcd/messages.hpp"

namespace charter::etcd {

namespace pb = etcdserverpb;

namespace {

void set(pb::RangeRequest& out, const key_range& keys) {
  out.set_key(keys.first);
  out.set_range_end(keys.end);
}

pb::Compare message_of(const comparison& condition) {
  pb::Compare out;
  out.set_key(condition.key);
  out.set_result(pb::Compare::EQUAL);
  if (condition.what == comparison::subject::value) {
    out.set_target(pb::Compare::VALUE);
    out.set_value(condition.value);
  } else {
    out.set_target(pb::Compare::MOD);
    out.set_mod_revision(condition.modified);
  }
  return out;
}

pb::RequestOp message_of(const operation& step) {
  pb::RequestOp out;
  switch (step.what) {
    case operation::deed::read: set(*out.mutable_request_range(), step.keys); break;
    case operation::deed::put:
      out.mutable_request_put()->set_key(step.keys.first);
      out.mutable_request_put()->set_value(step.value);
      out.mutable_request_put()->set_lease(step.lease);
      break;
    case operation::deed::erase:
      out.mutable_request_delete_range()->set_key(step.keys.first);
      out.mutable_request_delete_range()->set_range_end(step.keys.end);
      break;
  }
  return out;
}

std::vector<key_value> rows_of(pb::RangeResponse& message) {
  std::vector<key_value> out;
  out.reserve(message.kvs_size());
  for (auto& row : *message.mutable_kvs())
    out.push_back({std::move(*row.mutable_key()), std::move(*row.mutable_value()), row.mod_revision(), row.lease()});
  return out;
}

} // namespace

pb::TxnRequest message_of(const transaction& one) {
  pb::TxnRequest out;
  for (auto& condition : one.conditions)
    *out.add_compare() = message_of(condition);
  for (auto& step : one.then)
    *out.add_success() = message_of(step);
  for (auto& step : one.otherwise)
    *out.add_failure() = message_of(step);
  return out;
}

pb::RangeRequest message_of(const key_range& keys, std::int64_t limit) {
  pb::RangeRequest out;
  set(out, keys);
  out.set_limit(limit);
  return out;
}

committed from_message(pb::TxnResponse& message) {
  committed out{message.header().revision(), message.succeeded(), {}};
  for (auto& response : *message.mutable_responses())
    if (response.has_response_range())
      out.reads.push_back(rows_of(*response.mutable_response_range()));
  return out;
}

page from_message(pb::RangeResponse& message) {
  auto more = message.more();
  auto at = message.header().revision();
  return {rows_of(message), more, at};
}

refusal to_refusal(const grpc::Status& outcome, std::string_view what) {
  auto detail = "etcd, " + std::string{what} + ": " + outcome.error_message();
  switch (outcome.error_code()) {
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      // Under the same code come too many requests, and answers over our own bound.
      return refuse(detail.find("space exceeded") != std::string::npos ? errc::too_large : errc::unavailable, detail);
    case grpc::StatusCode::INVALID_ARGUMENT: return refuse(errc::invalid_params, detail);
    case grpc::StatusCode::NOT_FOUND: return refuse(errc::not_found, detail);
    case grpc::StatusCode::OUT_OF_RANGE: // a revision that was compacted, or is yet to come
    case grpc::StatusCode::FAILED_PRECONDITION: return refuse(errc::conflict, detail);
    case grpc::StatusCode::PERMISSION_DENIED: return refuse(errc::forbidden, detail);
    case grpc::StatusCode::UNAUTHENTICATED: return refuse(errc::unauthenticated, detail);
    case grpc::StatusCode::UNIMPLEMENTED:
    case grpc::StatusCode::DATA_LOSS: return refuse(errc::internal, detail);
    default: return refuse(errc::unavailable, detail);
  }
}

bool is_passing(const grpc::Status& outcome) {
  return !outcome.ok() && to_refusal(outcome, {}).code == errc::unavailable;
}

} // namespace charter::etcd
