#include "bench/grpc_copy.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>

#include <grpcpp/grpcpp.h>

#include "cluster/link/link.grpc.pb.h"

namespace charter::bench {

namespace {

namespace link = charter::link;
constexpr std::size_t part_bytes = 512u << 10; // as nodes ask each other for records

/// Each question is a file's name; its parts are the answers, and an empty one ends it.
class lender final : public link::NodeLink::Service {
public:
  explicit lender(std::filesystem::path from) : from_(std::move(from)) {}

  grpc::Status Connect(grpc::ServerContext*, grpc::ServerReaderWriter<link::Frame, link::Frame>* stream) override {
    link::Frame question, part;
    while (stream->Read(&question)) {
      std::ifstream file(from_ / question.messages(0), std::ios::binary);
      for (std::string bytes(part_bytes, '\0'); file;) {
        file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        part.clear_messages();
        if (file.gcount() > 0)
          part.add_messages(bytes.data(), static_cast<std::size_t>(file.gcount()));
        if (file.gcount() > 0 && !stream->Write(part))
          return grpc::Status::CANCELLED;
      }
      part.clear_messages();
      stream->Write(part);
    }
    return grpc::Status::OK;
  }

private:
  std::filesystem::path from_;
};

/// A file that is written from its beginning to its end.
class written_file {
public:
  explicit written_file(const std::filesystem::path& path)
      : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {
    must(file_ >= 0);
  }
  ~written_file() { ::close(file_); }
  written_file(const written_file&) = delete;
  written_file& operator=(const written_file&) = delete;

  void append(const std::string& bytes) {
    must(::write(file_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  }
  void sync() { must(::fdatasync(file_) == 0); }

private:
  static void must(bool done) {
    if (!done)
      throw std::runtime_error("a copied file can't be written");
  }
  int file_;
};

} // namespace

std::uint64_t grpc_copy(const std::filesystem::path& from, const std::filesystem::path& to,
                        const etcd::tls_identity& identity) {
  lender service{from};
  grpc::SslServerCredentialsOptions how{GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY};
  how.pem_root_certs = identity.authority;
  how.pem_key_cert_pairs.push_back({identity.key, identity.certificate});
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(how), &port);
  builder.RegisterService(&service);
  auto server = builder.BuildAndStart();
  if (!server || port == 0)
    throw std::runtime_error("gRPC can't listen");
  auto channel = grpc::CreateChannel("127.0.0.1:" + std::to_string(port),
                                     grpc::SslCredentials({identity.authority, identity.key, identity.certificate}));
  std::uint64_t came = 0;
  {
    grpc::ClientContext context;
    auto stream = link::NodeLink::NewStub(channel)->Connect(&context);
    for (auto& entry : std::filesystem::directory_iterator{from}) {
      link::Frame question, part;
      question.add_messages(entry.path().filename().string());
      if (!entry.is_regular_file())
        continue;
      written_file file{to / entry.path().filename()};
      bool more = stream->Write(question);
      while (more && (more = stream->Read(&part)) && part.messages_size() > 0) {
        file.append(part.messages(0));
        came += part.messages(0).size();
      }
      if (!more)
        throw std::runtime_error("the bare copy broke off");
      file.sync();
    }
    stream->WritesDone();
    if (auto end = stream->Finish(); !end.ok())
      throw std::runtime_error("the bare copy ended with: " + end.error_message());
  }
  server->Shutdown();
  return came;
}

} // namespace charter::bench
