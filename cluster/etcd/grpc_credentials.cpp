#include "cluster/etcd/grpc_credentials.hpp"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

namespace charter::etcd {

namespace {

namespace tls = grpc::experimental; // so they call it in 1.51; nothing else there replaces a certificate

std::shared_ptr<tls::CertificateProviderInterface> provider_of(const tls_source& from) {
  constexpr unsigned look_every_s = 1;
  auto& files = from.copies();
  return std::make_shared<tls::FileWatcherCertificateProvider>(files.key, files.certificate, files.authority,
                                                               look_every_s);
}

} // namespace

std::shared_ptr<grpc::ChannelCredentials> channel_credentials(const tls_source& from) {
  tls::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(provider_of(from));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  return tls::TlsCredentials(options);
}

std::shared_ptr<grpc::ServerCredentials> server_credentials(const tls_source& from) {
  tls::TlsServerCredentialsOptions options{provider_of(from)};
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  return tls::TlsServerCredentials(options);
}

} // namespace charter::etcd
