#include <algorithm>
#include <charconv>
#include <map>
#include <mutex>
#include <thread>

#include <grpcpp/grpcpp.h>

#include "cluster/etcd/grpc_credentials.hpp"
#include "cluster/link/doorstep.hpp"
#include "cluster/link/link.grpc.pb.h"
#include "cluster/link/link.hpp"
#include "cluster/link/outbox.hpp"
#include "cluster/members.hpp"

namespace charter::cluster {

namespace {

/// Over a frame that is too large for gRPC it ends the stream, and we may not hear why. So it takes more than we do.
constexpr int received_bytes_max = 2 * limits::link_frame_bytes_max;

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
  link_service(link_server_options options, doorstep& door) : options_(std::move(options)), door_(door) {}

  using stream_type = grpc::ServerReaderWriter<link::Frame, link::Frame>;
  grpc::Status Connect(grpc::ServerContext* context, stream_type* stream) override {
    door_.entered(context->peer());
    auto name = metadata_of(*context, "charter-node");
    if (auto refused = objection(*context, name); !refused.ok())
      return turn_away(*context, refused);
    stream->SendInitialMetadata();
    stream->Write(link::Frame{}); // so that it knows that it was let in
    enter(name);
    auto end = converse(*context, *stream, name);
    leave(name);
    return end.ok() ? end : turn_away(*context, end);
  }

private:
  grpc::Status turn_away(const grpc::ServerContext& context, const grpc::Status& why) const {
    options_.turned_away(context.peer() + ": " + why.error_message());
    return why;
  }

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

  grpc::Status converse(grpc::ServerContext& context, stream_type& stream, const std::string& name) {
    auto outbox = std::make_shared<link_outbox>();
    std::jthread writer{[&] {
      while (auto next = outbox->take())
        if (!stream.Write(*next))
          break;
      outbox->close();
    }};
    const send_fn answer = [outbox](std::string message) { return outbox->put(std::move(message)); };
    auto end = read_all(stream, name, answer);
    if (end.ok() && !context.IsCancelled()) // a node that goes cancels, and one that dies says nothing
      end = {grpc::StatusCode::INVALID_ARGUMENT, name + " sent what is no frame, or far too large"};
    outbox->close();
    context.TryCancel(); // else the writer would wait for a peer that doesn't read
    return end;
  }

  grpc::Status read_all(stream_type& stream, const std::string& name, const send_fn& answer) {
    link::Frame frame;
    while (stream.Read(&frame)) {
      if (auto size = frame.ByteSizeLong(); size > limits::link_frame_bytes_max)
        return {grpc::StatusCode::RESOURCE_EXHAUSTED, name + " sent a frame of " + std::to_string(size) + " bytes"};
      for (auto& message : *frame.mutable_messages())
        options_.received(name, std::move(message), answer);
    }
    return grpc::Status::OK;
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

  link_server_options options_;
  doorstep& door_;
  std::mutex mutex_;
  std::map<std::string, int> streams_; ///< of each peer
};

class grpc_link_server final : public link_server {
public:
  grpc_link_server(link_server_options options, std::unique_ptr<doorstep> door)
      : turned_away_(options.turned_away), door_(std::move(door)), service_(std::move(options), *door_) {}
  ~grpc_link_server() override {
    door_->close();
    if (server_)
      server_->Shutdown(std::chrono::system_clock::now()); // streams end by being cancelled
  }

  bool start(const etcd::tls_source& tls) {
    grpc::ServerBuilder builder;
    using from = grpc::ServerBuilder::experimental_type::ExternalConnectionType;
    inside_ = builder.experimental().AddExternalConnectionAcceptor(from::FROM_FD, etcd::server_credentials(tls));
    builder.RegisterService(&service_);
    builder.SetMaxReceiveMessageSize(received_bytes_max);
    builder.SetResourceQuota(grpc::ResourceQuota{"links"}.SetMaxThreads(limits::link_threads_max));
    set(builder, GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, limits::link_handshake);
    set(builder, GRPC_ARG_MAX_CONNECTION_IDLE_MS, limits::link_handshake);
    set(builder, GRPC_ARG_KEEPALIVE_TIME_MS, limits::link_pulse);
    set(builder, GRPC_ARG_KEEPALIVE_TIMEOUT_MS, limits::link_pulse_patience);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 100);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
    server_ = builder.BuildAndStart();
    if (!server_)
      return false;
    door_->serve([this](int descriptor) { take(descriptor); }, turned_away_);
    return true;
  }
  std::uint16_t port() const override { return door_->port(); }

private:
  static void set(grpc::ServerBuilder& builder, const char* what, std::chrono::milliseconds value) {
    builder.AddChannelArgument(what, static_cast<int>(value.count()));
  }
  void take(int descriptor) {
    grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters one;
    one.fd = descriptor;
    inside_->HandleNewConnection(&one);
  }

  std::function<void(const std::string&)> turned_away_;
  std::unique_ptr<doorstep> door_;
  link_service service_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> inside_;
  std::unique_ptr<grpc::Server> server_;
};

} // namespace

result<std::unique_ptr<link_server>> start_link_server(link_server_options options) {
  auto door = doorstep::open(options.address);
  if (!door)
    return refuse(door.why().code, "can't listen for other nodes on " + door.why().detail);
  auto tls = options.tls;
  auto made = std::make_unique<grpc_link_server>(std::move(options), *std::move(door));
  if (!made->start(*tls))
    return refuse(errc::unavailable, "can't let other nodes in: the certificate or its key is none");
  return std::unique_ptr<link_server>{std::move(made)};
}

} // namespace charter::cluster
