#include "cluster/etcd/grpc_watcher.hpp"

#include <grpcpp/grpcpp.h>

#include "cluster/etcd/messages.hpp"

namespace charter::etcd {

namespace pb = etcdserverpb;
using std::chrono::system_clock; // gRPC's deadlines are wall time

namespace {

class grpc_watcher final : public watcher {
public:
  explicit grpc_watcher(pb::Watch::Stub& stub) {
    // A member that has lost its leader would stay silent: this makes it end the stream.
    context_.AddMetadata("hasleader", "true");
    context_.set_wait_for_ready(true); // gRPC connects only while somebody waits
    stream_ = stub.PrepareAsyncWatch(&context_, &queue_);
  }

  ~grpc_watcher() override {
    context_.TryCancel();
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }

  status open(std::span<const key_range> ranges, revision from, milliseconds patience) {
    auto until = system_clock::now() + patience;
    stream_->StartCall(this);
    if (auto started = step(until); !started)
      return started;
    for (auto& range : ranges) {
      pb::WatchRequest request;
      auto& create = *request.mutable_create_request();
      create.set_key(range.first);
      create.set_range_end(range.end);
      create.set_start_revision(from);
      create.add_filters(pb::WatchCreateRequest::NODELETE);
      create.set_fragment(true); // else all that a slow watcher has missed comes as one message
      stream_->Write(request, this);
      if (auto written = step(until); !written)
        return written;
    }
    return done{};
  }

  result<std::vector<event>> next(milliseconds patience) override {
    if (broken_)
      return *broken_;
    if (!std::exchange(reading_, true))
      stream_->Read(&incoming_, this);
    void* tag = nullptr;
    bool ok = false;
    if (queue_.AsyncNext(&tag, &ok, system_clock::now() + patience) == grpc::CompletionQueue::TIMEOUT)
      return std::vector<event>{};
    reading_ = false;
    if (!ok)
      broken_ = why_it_broke();
    else if (incoming_.canceled())
      broken_ = refuse(incoming_.compact_revision() > 0 ? errc::conflict : errc::unavailable,
                       "etcd, watch: cancelled, compacted up to " + std::to_string(incoming_.compact_revision()) + " " +
                           incoming_.cancel_reason());
    if (broken_)
      return *broken_;
    std::vector<event> out;
    for (auto& each : *incoming_.mutable_events())
      out.push_back({std::move(*each.mutable_kv()->mutable_key()), std::move(*each.mutable_kv()->mutable_value()),
                     each.type() == pb::Event::DELETE});
    return out;
  }

private:
  /// One operation of opening has to end.
  status step(system_clock::time_point until) {
    void* tag = nullptr;
    bool ok = false;
    if (queue_.AsyncNext(&tag, &ok, until) == grpc::CompletionQueue::TIMEOUT)
      return refuse(errc::unavailable, "etcd, watch: no answer in time");
    if (!ok)
      return why_it_broke();
    return done{};
  }

  refusal why_it_broke() {
    grpc::Status outcome;
    stream_->Finish(&outcome, this);
    void* tag = nullptr;
    bool ok = false;
    queue_.Next(&tag, &ok);
    return outcome.ok() ? refuse(errc::unavailable, "etcd, watch: the stream ended") : to_refusal(outcome, "watch");
  }

  grpc::CompletionQueue queue_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientAsyncReaderWriter<pb::WatchRequest, pb::WatchResponse>> stream_;
  pb::WatchResponse incoming_;
  bool reading_ = false;
  std::optional<refusal> broken_;
};

} // namespace

result<std::unique_ptr<watcher>> open_watcher(pb::Watch::Stub& stub, std::span<const key_range> ranges, revision from,
                                              milliseconds patience) {
  auto made = std::make_unique<grpc_watcher>(stub);
  if (auto opened = made->open(ranges, from, patience); !opened)
    return opened.why();
  return std::unique_ptr<watcher>{std::move(made)};
}

} // namespace charter::etcd
