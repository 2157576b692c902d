#include <atomic>
#include <functional>
#include <thread>

#include <grpcpp/grpcpp.h>

#include "cluster/etcd/client.hpp"
#include "cluster/etcd/etcd.grpc.pb.h"
#include "cluster/etcd/grpc_credentials.hpp"
#include "cluster/etcd/grpc_watcher.hpp"
#include "cluster/etcd/messages.hpp"

namespace charter::etcd {

namespace pb = etcdserverpb;
using std::chrono::system_clock; // gRPC's deadlines are wall time

namespace {

constexpr milliseconds pause_between_members{20};
constexpr milliseconds defragment_patience{60'000}; // it rewrites the member's database
constexpr int answer_bytes_max = 16 << 20;          // 16 of the largest batches with room to spare; pages are smaller

struct member {
  std::string endpoint;
  std::unique_ptr<pb::KV::Stub> kv;
  std::unique_ptr<pb::Watch::Stub> watch;
  std::unique_ptr<pb::Lease::Stub> lease;
  std::unique_ptr<pb::Maintenance::Stub> maintenance;
};

grpc::ChannelArguments channel_arguments() {
  grpc::ChannelArguments out;
  // A frozen member shows within two seconds also to a watch. Members need --grpc-keepalive-min-time 100ms.
  out.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 1'000);
  out.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 1'000);
  out.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // One that comes back is found soon.
  out.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  out.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 500);
  out.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1'000);
  out.SetInt(GRPC_ARG_ENABLE_RETRIES, 0); // what is sent again is our decision
  out.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  out.SetMaxReceiveMessageSize(answer_bytes_max);
  return out;
}

member member_at(const std::string& endpoint, const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
  auto channel = grpc::CreateCustomChannel(endpoint, credentials, channel_arguments());
  return {endpoint, pb::KV::NewStub(channel), pb::Watch::NewStub(channel), pb::Lease::NewStub(channel),
          pb::Maintenance::NewStub(channel)};
}

/// Waits for a connection rather than failing at once: gRPC makes none while no call waits.
void set_bounds(grpc::ClientContext& context, milliseconds patience) {
  context.set_deadline(system_clock::now() + patience);
  context.set_wait_for_ready(true);
}

class grpc_client final : public client {
public:
  grpc_client(const client_options& options, const std::shared_ptr<grpc::ChannelCredentials>& credentials)
      : tls_(options.tls), attempt_(options.attempt), patience_(options.patience) {
    for (auto& endpoint : options.endpoints)
      members_.push_back(member_at(endpoint, credentials));
  }

  using client::commit;
  std::vector<result<committed>> commit(std::span<const transaction* const> all) override;
  result<page> range(const key_range& keys, std::int64_t limit) override;
  result<std::unique_ptr<watcher>> watch(std::span<const key_range> ranges, revision from) override;
  status compact(revision last) override;
  result<lease_id> grant(std::chrono::seconds lifetime) override;
  status revoke(lease_id lease) override;
  result<std::chrono::seconds> keep_alive(lease_id lease) override;
  result<std::chrono::seconds> time_left(lease_id lease) override;
  std::vector<member_state> members() override;
  status defragment(const std::string& endpoint) override;
  status disarm() override;

private:
  using one_call = std::function<grpc::Status(member&, grpc::ClientContext&)>;

  /// For calls that may be repeated: until one member answers, or patience is over.
  grpc::Status repeat(const one_call& call);
  grpc::Status once(std::size_t member, const one_call& call);

  /// The next calls go to another member, unless that was decided already.
  void leave(std::size_t failed) { current_.compare_exchange_strong(failed, (failed + 1) % members_.size()); }

  std::shared_ptr<tls_source> tls_; // first, so that it ends last: channels read it
  milliseconds attempt_;
  milliseconds patience_;
  std::vector<member> members_;
  std::atomic<std::size_t> current_{0};
};

grpc::Status grpc_client::once(std::size_t at, const one_call& call) {
  grpc::ClientContext context;
  set_bounds(context, attempt_);
  auto outcome = call(members_[at], context);
  if (is_passing(outcome))
    leave(at);
  return outcome;
}

grpc::Status grpc_client::repeat(const one_call& call) {
  auto until = std::chrono::steady_clock::now() + patience_;
  while (true) {
    auto outcome = once(current_, call);
    if (!is_passing(outcome) || std::chrono::steady_clock::now() > until)
      return outcome;
    std::this_thread::sleep_for(pause_between_members);
  }
}

// -- keys and values --------------------------------------------------------------------------------------------------

std::vector<result<committed>> grpc_client::commit(std::span<const transaction* const> all) {
  struct call {
    grpc::ClientContext context;
    pb::TxnResponse response;
    grpc::Status outcome;
    std::unique_ptr<grpc::ClientAsyncResponseReader<pb::TxnResponse>> reader;
  };
  const auto at = current_.load();
  grpc::CompletionQueue queue;
  std::vector<call> calls(all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    set_bounds(calls[i].context, attempt_);
    calls[i].reader = members_[at].kv->AsyncTxn(&calls[i].context, message_of(*all[i]), &queue);
    calls[i].reader->Finish(&calls[i].response, &calls[i].outcome, &calls[i]);
  }
  void* tag = nullptr;
  bool ok = false;
  for (std::size_t i = 0; i < all.size(); ++i)
    queue.Next(&tag, &ok);
  queue.Shutdown();
  while (queue.Next(&tag, &ok)) {
  }
  std::vector<result<committed>> out;
  for (auto& each : calls) {
    if (is_passing(each.outcome))
      leave(at);
    if (each.outcome.ok())
      out.emplace_back(from_message(each.response));
    else
      out.emplace_back(to_refusal(each.outcome, "transaction"));
  }
  return out;
}

result<page> grpc_client::range(const key_range& keys, std::int64_t limit) {
  pb::RangeResponse response;
  auto outcome = repeat([&](member& at, grpc::ClientContext& context) {
    return at.kv->Range(&context, message_of(keys, limit), &response);
  });
  if (!outcome.ok())
    return to_refusal(outcome, "range");
  return from_message(response);
}

result<std::unique_ptr<watcher>> grpc_client::watch(std::span<const key_range> ranges, revision from) {
  const auto at = current_.load();
  auto opened = open_watcher(*members_[at].watch, ranges, from, attempt_);
  if (!opened && opened.why().code == errc::unavailable)
    leave(at);
  return opened;
}

status grpc_client::compact(revision last) {
  pb::CompactionRequest request;
  request.set_revision(last);
  pb::CompactionResponse response;
  auto outcome =
      repeat([&](member& at, grpc::ClientContext& context) { return at.kv->Compact(&context, request, &response); });
  if (outcome.ok() || outcome.error_message().find("has been compacted") != std::string::npos)
    return done{};
  return to_refusal(outcome, "compact");
}

// -- leases -----------------------------------------------------------------------------------------------------------

result<lease_id> grpc_client::grant(std::chrono::seconds lifetime) {
  pb::LeaseGrantRequest request;
  request.set_ttl(lifetime.count());
  pb::LeaseGrantResponse response;
  // One that was granted twice ends by itself.
  auto outcome = repeat(
      [&](member& at, grpc::ClientContext& context) { return at.lease->LeaseGrant(&context, request, &response); });
  if (!outcome.ok())
    return to_refusal(outcome, "grant a lease");
  return response.id();
}

status grpc_client::revoke(lease_id lease) {
  pb::LeaseRevokeRequest request;
  request.set_id(lease);
  pb::LeaseRevokeResponse response;
  auto outcome = repeat(
      [&](member& at, grpc::ClientContext& context) { return at.lease->LeaseRevoke(&context, request, &response); });
  if (outcome.ok() || outcome.error_code() == grpc::StatusCode::NOT_FOUND)
    return done{};
  return to_refusal(outcome, "revoke a lease");
}

result<std::chrono::seconds> grpc_client::keep_alive(lease_id lease) {
  pb::LeaseKeepAliveRequest request;
  request.set_id(lease);
  pb::LeaseKeepAliveResponse response;
  auto outcome = repeat([&](member& at, grpc::ClientContext& context) {
    auto stream = at.lease->LeaseKeepAlive(&context);
    bool answered = stream->Write(request) && stream->Read(&response);
    stream->WritesDone();
    auto end = stream->Finish();
    return answered ? grpc::Status::OK : end.ok() ? grpc::Status{grpc::StatusCode::UNAVAILABLE, "no answer"} : end;
  });
  if (!outcome.ok())
    return to_refusal(outcome, "keep a lease alive");
  if (response.ttl() <= 0)
    return refuse(errc::not_found, "etcd: the lease is over");
  return std::chrono::seconds{response.ttl()};
}

result<std::chrono::seconds> grpc_client::time_left(lease_id lease) {
  pb::LeaseTimeToLiveRequest request;
  request.set_id(lease);
  pb::LeaseTimeToLiveResponse response;
  auto outcome = repeat([&](member& at, grpc::ClientContext& context) {
    return at.lease->LeaseTimeToLive(&context, request, &response);
  });
  if (!outcome.ok() && outcome.error_code() != grpc::StatusCode::NOT_FOUND)
    return to_refusal(outcome, "look at a lease");
  if (!outcome.ok() || response.ttl() < 0)
    return refuse(errc::not_found, "etcd: the lease is over");
  return std::chrono::seconds{response.ttl()};
}

// -- upkeep -----------------------------------------------------------------------------------------------------------

std::vector<member_state> grpc_client::members() {
  std::vector<member_state> out;
  for (auto& each : members_) {
    grpc::ClientContext context;
    set_bounds(context, attempt_);
    pb::StatusResponse response;
    member_state state;
    state.endpoint = each.endpoint;
    state.answers = each.maintenance->Status(&context, {}, &response).ok();
    state.leads = response.leader() != 0 && response.leader() == response.header().member_id();
    state.database_bytes = response.dbsize();
    state.used_bytes = response.dbsizeinuse();
    for (auto& error : response.errors())
      state.out_of_space |= error.find("NOSPACE") != std::string::npos;
    out.push_back(std::move(state));
  }
  return out;
}

status grpc_client::defragment(const std::string& endpoint) {
  for (auto& each : members_) {
    if (each.endpoint != endpoint)
      continue;
    grpc::ClientContext context;
    set_bounds(context, defragment_patience);
    pb::DefragmentResponse response;
    auto outcome = each.maintenance->Defragment(&context, {}, &response);
    return outcome.ok() ? status{done{}} : status{to_refusal(outcome, "defragment " + endpoint)};
  }
  return invalid("endpoint", "no such member: " + endpoint);
}

status grpc_client::disarm() {
  pb::AlarmRequest request;
  request.set_action(pb::AlarmRequest::DEACTIVATE);
  request.set_alarm(pb::NOSPACE);
  pb::AlarmResponse response;
  auto raised = repeat([&](member& at, grpc::ClientContext& context) {
    pb::AlarmRequest list;
    list.set_alarm(pb::NOSPACE);
    return at.maintenance->Alarm(&context, list, &response);
  });
  if (!raised.ok())
    return to_refusal(raised, "list the alarms");
  for (auto& alarm : response.alarms()) { // each was raised by one member
    request.set_memberid(alarm.memberid());
    pb::AlarmResponse ignored;
    auto outcome = repeat(
        [&](member& at, grpc::ClientContext& context) { return at.maintenance->Alarm(&context, request, &ignored); });
    if (!outcome.ok())
      return to_refusal(outcome, "end the alarm");
  }
  return done{};
}

bool is_loopback(std::string_view endpoint) {
  return endpoint.starts_with("127.") || endpoint.starts_with("localhost:") || endpoint.starts_with("[::1]:");
}

} // namespace

result<std::unique_ptr<client>> connect(client_options options) {
  if (options.endpoints.empty())
    return invalid("endpoints", "name at least one member of etcd");
  for (auto& endpoint : options.endpoints) {
    if (endpoint.find(':') == std::string::npos)
      return invalid("endpoints", "'" + endpoint + "' has no port");
    if (!options.tls && !is_loopback(endpoint))
      return invalid("tls", "without certificates only loopback addresses will do, not " + endpoint);
  }
  std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials();
  if (options.tls)
    credentials = channel_credentials(*options.tls);
  return std::unique_ptr<client>{std::make_unique<grpc_client>(options, credentials)};
}

} // namespace charter::etcd
