#include <atomic>
#include <thread>

#include <grpcpp/grpcpp.h>

#include "cluster/etcd/grpc_credentials.hpp"
#include "cluster/link/link.grpc.pb.h"
#include "cluster/link/link.hpp"
#include "cluster/link/outbox.hpp"
#include "cluster/members.hpp"
#include "cluster/waiting.hpp"

namespace charter::cluster {

using std::chrono::system_clock; // gRPC's deadlines are wall time

namespace {

grpc::ChannelArguments channel_arguments(const std::string& peer) {
  grpc::ChannelArguments out;
  out.SetSslTargetNameOverride(peer); // the certificate must be this node's, not just any
  // A killed peer shows at once, a frozen one in 1.5 to 2 seconds.
  out.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 500);
  out.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 1'000);
  out.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  out.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  out.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  out.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 500);
  out.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 500);
  out.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  out.SetMaxReceiveMessageSize(limits::link_frame_bytes_max);
  return out;
}

class grpc_dialled_link final : public dialled_link {
public:
  explicit grpc_dialled_link(dial_options options) : options_(std::move(options)) {
    channel_ = grpc::CreateCustomChannel(options_.address, etcd::channel_credentials(*options_.tls),
                                         channel_arguments(options_.peer));
    stub_ = link::NodeLink::NewStub(channel_);
    thread_ = std::jthread{[this](std::stop_token stop) { run(stop); }};
  }
  ~grpc_dialled_link() override {
    thread_.request_stop();
    std::lock_guard lock{mutex_};
    if (context_)
      context_->TryCancel();
  }

  bool send(std::string message) override {
    std::shared_ptr<link_outbox> outbox;
    {
      std::lock_guard lock{mutex_};
      outbox = outbox_;
    }
    return outbox && outbox->put(std::move(message));
  }
  bool is_up() const override { return up_; }

private:
  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      if (channel_->WaitForConnected(system_clock::now() + limits::link_rest))
        talk(stop);
      wait(limits::link_rest, stop);
    }
  }

  /// One stream, until it breaks.
  void talk(const std::stop_token& stop) {
    grpc::ClientContext context;
    context.AddMetadata("charter-node", options_.name);
    context.AddMetadata("charter-protocol", std::to_string(own_protocol()));
    {
      std::lock_guard lock{mutex_};
      if (stop.stop_requested())
        return;
      context_ = &context;
    }
    auto stream = stub_->Connect(&context);
    stream->WaitForInitialMetadata(); // which comes when the peer has let us in, or never
    link::Frame frame;
    if (stream->Read(&frame)) // its first frame is empty, and says the same
      converse(*stream, frame);
    stream->Finish();
    std::lock_guard lock{mutex_};
    context_ = nullptr;
  }

  using stream_type = grpc::ClientReaderWriter<link::Frame, link::Frame>;
  void converse(stream_type& stream, link::Frame& frame) {
    auto outbox = std::make_shared<link_outbox>();
    set_outbox(outbox);
    up_ = true;
    options_.up();
    {
      std::jthread writer{[&] {
        while (auto next = outbox->take())
          if (!stream.Write(*next))
            break;
        outbox->close();
        stream.WritesDone();
      }};
      while (stream.Read(&frame))
        for (auto& message : *frame.mutable_messages())
          options_.received(std::move(message));
      outbox->close();
    }
    up_ = false;
    set_outbox(nullptr);
    options_.down();
  }

  void set_outbox(std::shared_ptr<link_outbox> outbox) {
    std::lock_guard lock{mutex_};
    outbox_ = std::move(outbox);
  }

  dial_options options_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<link::NodeLink::Stub> stub_;
  std::mutex mutex_;
  grpc::ClientContext* context_ = nullptr;
  std::shared_ptr<link_outbox> outbox_;
  std::atomic<bool> up_{false};
  std::jthread thread_; // last, so that it ends first
};

} // namespace

std::unique_ptr<dialled_link> dial(dial_options options) {
  return std::make_unique<grpc_dialled_link>(std::move(options));
}

} // namespace charter::cluster
