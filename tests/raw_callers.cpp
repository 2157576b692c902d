#include "tests/raw_callers.hpp"

#include <stdexcept>

#include <arpa/inet.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/storage_support.hpp"

namespace charter::test {

namespace {

constexpr std::chrono::seconds patience{20};

struct openssl_free {
  void operator()(SSL_CTX* what) const { SSL_CTX_free(what); }
  void operator()(SSL* what) const { SSL_free(what); }
};

} // namespace

// -- bytes ------------------------------------------------------------------------------------------------------------

struct raw_connection::parts {
  int descriptor = -1;
  std::unique_ptr<SSL_CTX, openssl_free> context;
  std::unique_ptr<SSL, openssl_free> tls;
};

raw_connection::raw_connection(std::uint16_t port) : parts_(std::make_unique<parts>()) {
  parts_->descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(parts_->descriptor, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0)
    throw std::runtime_error("nobody listens there");
}

raw_connection::~raw_connection() { ::close(parts_->descriptor); }

bool raw_connection::shake_hands(const etcd::tls_files& files) {
  parts_->context.reset(SSL_CTX_new(TLS_client_method()));
  auto* context = parts_->context.get();
  constexpr unsigned char http2[] = {2, 'h', '2'};
  bool ready = SSL_CTX_use_certificate_file(context, files.certificate.c_str(), SSL_FILETYPE_PEM) == 1 &&
               SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) == 1 &&
               SSL_CTX_set_alpn_protos(context, http2, sizeof http2) == 0;
  parts_->tls.reset(SSL_new(context));
  SSL_set_fd(parts_->tls.get(), parts_->descriptor);
  return ready && SSL_connect(parts_->tls.get()) == 1;
}

void raw_connection::send(const std::string& bytes) {
  if (parts_->tls)
    (void)SSL_write(parts_->tls.get(), bytes.data(), static_cast<int>(bytes.size()));
  else
    (void)::send(parts_->descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

bool raw_connection::is_closed() {
  for (auto until = std::chrono::steady_clock::now() + patience; std::chrono::steady_clock::now() < until;) {
    pollfd one{parts_->descriptor, POLLIN, 0};
    char ignored[4096];
    if (::poll(&one, 1, 100) > 0 && ::recv(parts_->descriptor, ignored, sizeof ignored, 0) <= 0)
      return true;
  }
  return false;
}

// -- streams ----------------------------------------------------------------------------------------------------------

namespace {

std::shared_ptr<grpc::Channel> channel_to(const raw_stream_options& options) {
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = read_file(options.tls.authority);
  tls.pem_private_key = read_file(options.tls.key);
  tls.pem_cert_chain = read_file(options.tls.certificate);
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride("node-1");
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(options.port), grpc::SslCredentials(tls), arguments);
}

grpc::ByteBuffer buffer_of(const std::string& bytes) {
  grpc::Slice slice{bytes};
  return {&slice, 1};
}

} // namespace

struct raw_stream::parts {
  std::shared_ptr<grpc::Channel> channel;
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream;
  bool opened = false;

  bool next() {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  }
  bool read() {
    grpc::ByteBuffer ignored;
    stream->Read(&ignored, nullptr);
    return next();
  }
};

raw_stream::raw_stream(const raw_stream_options& options) : parts_(std::make_unique<parts>()) {
  auto& all = *parts_;
  all.channel = channel_to(options);
  all.context.AddMetadata("charter-node", options.name);
  all.context.AddMetadata("charter-protocol", options.protocol);
  all.context.set_deadline(std::chrono::system_clock::now() + patience);
  grpc::GenericStub stub{all.channel};
  all.stream = stub.PrepareCall(&all.context, "/charter.link.NodeLink/Connect", &all.queue);
  all.stream->StartCall(nullptr);
  all.opened = all.next() && all.read();
}

raw_stream::~raw_stream() {
  parts_->context.TryCancel();
  parts_->queue.Shutdown();
  while (parts_->next()) {
  }
}

bool raw_stream::opened() const { return parts_->opened; }

void raw_stream::send(const std::string& bytes) {
  parts_->stream->Write(buffer_of(bytes), nullptr);
  (void)parts_->next();
}

std::string raw_stream::end() {
  while (parts_->opened && parts_->read()) {
  }
  grpc::Status outcome;
  parts_->stream->Finish(&outcome, nullptr);
  (void)parts_->next();
  return std::to_string(outcome.error_code()) + ": " + outcome.error_message();
}

std::shared_ptr<void> raw_stream::connect_only(const raw_stream_options& options) {
  auto channel = channel_to(options);
  return channel->WaitForConnected(std::chrono::system_clock::now() + patience) ? channel : nullptr;
}

} // namespace charter::test
