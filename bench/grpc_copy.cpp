#include "bench/grpc_copy.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>

#include <grpcpp/grpcpp.h>

#include "bench/grpc_copy.grpc.pb.h"
#include "cluster/etcd/grpc_credentials.hpp"

namespace charter::bench {

namespace {

constexpr std::size_t part_bytes = 512u << 10; // as nodes ask each other for records

class lender final : public FileLender::Service {
public:
  explicit lender(std::filesystem::path from) : from_(std::move(from)) {}

  grpc::Status Fetch(grpc::ServerContext*, const FileName* asked, grpc::ServerWriter<FilePart>* to) override {
    std::ifstream file(from_ / asked->name(), std::ios::binary);
    FilePart part;
    for (std::string bytes(part_bytes, '\0'); file;) {
      file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
      part.set_content(bytes.data(), static_cast<std::size_t>(file.gcount()));
      if (!to->Write(part))
        return grpc::Status::CANCELLED;
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
                        const etcd::tls_source& certificates) {
  lender service{from};
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", etcd::server_credentials(certificates), &port);
  builder.RegisterService(&service);
  auto server = builder.BuildAndStart();
  if (!server || port == 0)
    throw std::runtime_error("gRPC can't listen");
  auto channel = grpc::CreateChannel("127.0.0.1:" + std::to_string(port), etcd::channel_credentials(certificates));
  std::uint64_t came = 0;
  auto stub = FileLender::NewStub(channel);
  for (auto& entry : std::filesystem::directory_iterator{from}) {
    if (!entry.is_regular_file())
      continue;
    grpc::ClientContext context;
    FileName name;
    name.set_name(entry.path().filename().string());
    written_file file{to / entry.path().filename()};
    auto parts = stub->Fetch(&context, name);
    for (FilePart part; parts->Read(&part);) {
      file.append(part.content());
      came += part.content().size();
    }
    if (auto end = parts->Finish(); !end.ok())
      throw std::runtime_error("the bare copy broke off: " + end.error_message());
    file.sync();
  }
  server->Shutdown();
  return came;
}

} // namespace charter::bench
