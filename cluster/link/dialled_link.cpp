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

using std::chrono::steady_clock;
using std::chrono::system_clock; // gRPC's deadlines are wall time

namespace {

constexpr std::chrono::milliseconds dial_period{500}; // between two attempts to connect

grpc::ChannelArguments channel_arguments(const std::string& peer) {
  grpc::ChannelArguments out;
  out.SetSslTargetNameOverride(peer); // the certificate must be this node's, not just any
  out.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, limits::link_pulse.count());
  out.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, limits::link_pulse_patience.count());
  out.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  out.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  out.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  out.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, dial_period.count());
  out.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, dial_period.count());
  out.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  out.SetMaxReceiveMessageSize(limits::link_frame_bytes_max);
  return out;
}

/// Somebody is there. gRPC has one code for that nobody is and for what TLS objects to, and only words tell.
bool is_refusal(const grpc::Status& end) {
  using enum grpc::StatusCode;
  if (end.ok() || end.error_code() == CANCELLED)
    return false;
  auto why = end.error_message();
  return end.error_code() != UNAVAILABLE || why.find("handshake failed") != std::string::npos ||
         why.find("erification") != std::string::npos;
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
        report(talk(stop), true);
      else if (steady_clock::now() >= ask_why_at_)
        report(talk(stop), false); // a call fails at once, and says what is wrong
      wait(limits::link_rest, stop);
    }
  }

  /// `connected`: before the call.
  void report(const grpc::Status& end, bool connected) {
    if (!connected)
      ask_why_at_ = steady_clock::now() + dial_period;
    if (is_refusal(end))
      options_.refused(end.error_message());
  }

  /// One stream, until it breaks; why it did.
  grpc::Status talk(const std::stop_token& stop) {
    grpc::ClientContext context;
    context.AddMetadata("charter-node", options_.name);
    context.AddMetadata("charter-protocol", std::to_string(own_protocol()));
    {
      std::lock_guard lock{mutex_};
      if (stop.stop_requested())
        return grpc::Status::CANCELLED;
      context_ = &context;
    }
    auto stream = stub_->Connect(&context);
    stream->WaitForInitialMetadata(); // which comes when the peer has let us in, or never
    link::Frame frame;
    if (stream->Read(&frame)) // its first frame is empty, and says the same
      converse(*stream, frame);
    auto end = stream->Finish();
    std::lock_guard lock{mutex_};
    context_ = nullptr;
    return end;
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
  steady_clock::time_point ask_why_at_{}; // the thread's own
  std::jthread thread_;                   // last, so that it ends first
};

} // namespace

std::unique_ptr<dialled_link> dial(dial_options options) {
  return std::make_unique<grpc_dialled_link>(std::move(options));
}

} // namespace charter::cluster
