#include <algorithm>
#include <atomic>
#include <charconv>
#include <map>
#include <mutex>
#include <thread>

#include <grpcpp/grpcpp.h>

#include "cluster/etcd/grpc_credentials.hpp"
#include "cluster/link/link.grpc.pb.h"
#include "cluster/link/link.hpp"
#include "cluster/link/outbox.hpp"
#include "cluster/members.hpp"

namespace charter::cluster {

using std::chrono::steady_clock;

namespace {

std::string metadata_of(const grpc::ServerContext& context, const char* key) {
  auto& all = context.client_metadata();
  auto found = all.find(key);
  return found == all.end() ? std::string{} : std::string{found->second.data(), found->second.size()};
}

/// The peer's certificate is this node's: the CA alone doesn't say whose it is.
bool is_certified_as(const grpc::ServerContext& context, const std::string& name) {
  auto peer = context.auth_context();
  return peer->IsPeerAuthenticated() &&
         std::ranges::any_of(peer->GetPeerIdentity(), // its certificate's alternative names
                             [&](const grpc::string_ref& one) {
                               return std::string_view{one.data(), one.size()} == name;
                             });
}

bool speaks(std::string_view protocol) {
  std::uint32_t number = 0;
  auto [end, failed] = std::from_chars(protocol.data(), protocol.data() + protocol.size(), number);
  return failed == std::errc{} && end == protocol.data() + protocol.size() && can_talk(number, own_protocol());
}

class link_service final : public link::NodeLink::Service {
public:
  explicit link_service(link_server_options options) : options_(std::move(options)) {}

  using stream_type = grpc::ServerReaderWriter<link::Frame, link::Frame>;
  grpc::Status Connect(grpc::ServerContext* context, stream_type* stream) override {
    auto name = metadata_of(*context, "charter-node");
    if (auto refused = objection(*context, name); !refused.ok()) {
      say(context->peer() + ": " + refused.error_message());
      return refused;
    }
    stream->SendInitialMetadata();
    stream->Write(link::Frame{}); // so that it knows that it was let in
    enter(name);
    converse(*stream, name);
    leave(name);
    return grpc::Status::OK;
  }

private:
  grpc::Status objection(const grpc::ServerContext& context, const std::string& name) const {
    using enum grpc::StatusCode;
    if (!is_node_name(name) || !is_certified_as(context, name))
      return {UNAUTHENTICATED, "the certificate isn't that of a node called '" + name.substr(0, 64) + "'"};
    if (!speaks(metadata_of(context, "charter-protocol")))
      return {FAILED_PRECONDITION, name + " speaks a protocol that doesn't go with ours, " +
                                       std::to_string(own_protocol()) + "; bring nodes up to date in turn"};
    if (!options_.may_connect(name))
      return {PERMISSION_DENIED, name + " isn't one of the cluster's nodes"};
    return grpc::Status::OK;
  }

  void converse(stream_type& stream, const std::string& name) {
    auto outbox = std::make_shared<link_outbox>();
    std::jthread writer{[&] {
      while (auto next = outbox->take())
        if (!stream.Write(*next))
          break;
      outbox->close();
    }};
    const send_fn answer = [outbox](std::string message) { return outbox->put(std::move(message)); };
    link::Frame frame;
    while (stream.Read(&frame))
      for (auto& message : *frame.mutable_messages())
        options_.received(name, std::move(message), answer);
    outbox->close();
  }

  void enter(const std::string& name) {
    std::lock_guard lock{mutex_};
    ++streams_[name];
  }
  void leave(const std::string& name) {
    {
      std::lock_guard lock{mutex_};
      if (--streams_[name] > 0) // it has come anew already
        return;
      streams_.erase(name);
    }
    options_.silent(name);
  }

  void say(const std::string& why) {
    auto now = steady_clock::now().time_since_epoch() / std::chrono::seconds{1};
    if (said_at_.exchange(now) != now)
      options_.turned_away(why);
  }

  link_server_options options_;
  std::atomic<std::int64_t> said_at_{0};
  std::mutex mutex_;
  std::map<std::string, int> streams_; ///< of each peer
};

class grpc_link_server final : public link_server {
public:
  explicit grpc_link_server(link_server_options options) : service_(std::move(options)) {}
  ~grpc_link_server() override {
    if (server_)
      server_->Shutdown(std::chrono::system_clock::now()); // streams end by being cancelled
  }

  bool start(const std::string& address, const etcd::tls_source& tls) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address, etcd::server_credentials(tls), &port_);
    builder.RegisterService(&service_);
    builder.SetMaxReceiveMessageSize(limits::link_frame_bytes_max);
    builder.SetResourceQuota(grpc::ResourceQuota{"links"}.SetMaxThreads(limits::link_threads_max));
    builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 3'000);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 100);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 500);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 1'000);
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    server_ = builder.BuildAndStart();
    return server_ && port_ != 0;
  }
  std::uint16_t port() const override { return static_cast<std::uint16_t>(port_); }

private:
  link_service service_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

} // namespace

result<std::unique_ptr<link_server>> start_link_server(link_server_options options) {
  auto address = options.address;
  auto tls = options.tls;
  auto made = std::make_unique<grpc_link_server>(std::move(options));
  if (!made->start(address, *tls))
    return refuse(errc::unavailable, "can't listen for other nodes on " + address +
                                         ": the address is taken, or the certificate or its key is none");
  return std::unique_ptr<link_server>{std::move(made)};
}

} // namespace charter::cluster
