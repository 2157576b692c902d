#include "net/tls.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace charter::net {

namespace {

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* x) const {
    Free(x);
  }
};
using bio_ptr = std::unique_ptr<BIO, freed_by<BIO_free>>;
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using certificate_ptr = std::unique_ptr<X509, freed_by<X509_free>>;
using extension_ptr = std::unique_ptr<X509_EXTENSION, freed_by<X509_EXTENSION_free>>;

[[noreturn]] void fail(const std::string& what) {
  std::string cause = "no further detail";
  if (auto code = ERR_peek_last_error()) {
    char text[256];
    ERR_error_string_n(code, text, sizeof text);
    cause = text;
  }
  ERR_clear_error();
  throw std::runtime_error("TLS: " + what + " (" + cause + ")");
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  if (!in || !(out << in.rdbuf()))
    throw std::runtime_error("TLS: cannot read " + path);
  return out.str();
}

bio_ptr reader_of(const std::string& pem) { return bio_ptr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))); }

certificate_ptr next_certificate(BIO* from) {
  return certificate_ptr(PEM_read_bio_X509(from, nullptr, nullptr, nullptr));
}

template <class Write>
std::string to_pem(Write write) {
  bio_ptr out(BIO_new(BIO_s_mem()));
  if (!out || !write(out.get()))
    fail("cannot write PEM");
  char* data = nullptr;
  auto size = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

void add_extension(X509* certificate, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  extension_ptr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  if (!extension || !X509_add_ext(certificate, extension.get(), -1))
    fail("cannot add \"" + value + "\" to a certificate");
}

/// "IP:…" for numeric addresses, "DNS:…" for the rest, as OpenSSL's configuration spells them.
std::string alternative_names(const std::vector<std::string>& names) {
  std::string list;
  for (auto& name : names) {
    bool is_address = name.find(':') != name.npos || name.find_first_not_of("0123456789.") == name.npos;
    list += (list.empty() ? "" : ",") + std::string(is_address ? "IP:" : "DNS:") + name;
  }
  return list;
}

/// HTTP/1.1 is all we speak; a peer that doesn't offer it goes without ALPN.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size,
                    void*) {
  static const unsigned char http[] = "\x08http/1.1";
  auto chosen = SSL_select_next_proto(const_cast<unsigned char**>(out), out_size, http, sizeof http - 1, in, in_size);
  return chosen == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

void use_identity(SSL_CTX* context, const tls_identity& identity) {
  auto chain = reader_of(identity.certificate_chain);
  auto leaf = next_certificate(chain.get());
  if (!leaf || SSL_CTX_use_certificate(context, leaf.get()) != 1)
    fail("no usable certificate");
  while (auto issuer = next_certificate(chain.get()))
    if (SSL_CTX_add1_chain_cert(context, issuer.get()) != 1)
      fail("a certificate of the chain is not usable");
  ERR_clear_error(); // the end of the PEM text counts as an error
  auto key_text = reader_of(identity.private_key);
  key_ptr key(PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr));
  if (!key || SSL_CTX_use_PrivateKey(context, key.get()) != 1)
    fail("no usable private key");
  if (SSL_CTX_check_private_key(context) != 1)
    fail("certificate and private key don't belong together");
}

} // namespace

tls_identity load_tls_identity(const std::string& certificate_file, const std::string& key_file) {
  return {read_file(certificate_file), read_file(key_file)};
}

tls_identity make_trial_identity(const std::vector<std::string>& names) {
  constexpr long day_seconds = 24 * 60 * 60;
  key_ptr key(EVP_EC_gen("P-256"));
  certificate_ptr certificate(X509_new());
  if (!key || !certificate)
    fail("cannot make a key");
  X509_set_version(certificate.get(), 2); // counted from 0: version 3
  std::uint64_t serial = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) != 1)
    fail("no random serial number");
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial >> 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -day_seconds);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 30 * day_seconds);
  auto* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>("Charter trial"), -1, -1,
                             0);
  X509_set_issuer_name(certificate.get(), name);
  X509_set_pubkey(certificate.get(), key.get());
  add_extension(certificate.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate.get(), NID_ext_key_usage, "serverAuth");
  if (!names.empty())
    add_extension(certificate.get(), NID_subject_alt_name, alternative_names(names));
  if (!X509_sign(certificate.get(), key.get(), EVP_sha256()))
    fail("cannot sign the certificate");
  return {to_pem([&](BIO* out) { return PEM_write_bio_X509(out, certificate.get()); }), to_pem([&](BIO* out) {
            return PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

std::string fingerprint(const tls_identity& identity) {
  auto chain = reader_of(identity.certificate_chain);
  auto leaf = next_certificate(chain.get());
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (!leaf || X509_digest(leaf.get(), EVP_sha256(), digest, &size) != 1)
    fail("no usable certificate");
  std::string text;
  constexpr char digits[] = "0123456789ABCDEF";
  for (unsigned i = 0; i < size; ++i) {
    if (i > 0)
      text += ':';
    text += digits[digest[i] >> 4];
    text += digits[digest[i] & 15];
  }
  return text;
}

tls_context make_server_context(const tls_identity& identity, bool in_kernel) {
  tls_context context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!context)
    fail("no context");
  auto* raw = context.get();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                               SSL_OP_IGNORE_UNEXPECTED_EOF);
  if (in_kernel)
    SSL_CTX_set_options(raw, SSL_OP_ENABLE_KTLS);
  // Partial writes from moving buffers are how the outbox works; released buffers are what keeps idle sessions small.
  SSL_CTX_set_mode(raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF); // tickets resume without a cache of ours
  SSL_CTX_set_alpn_select_cb(raw, choose_protocol, nullptr);
  use_identity(raw, identity);
  return context;
}

} // namespace charter::net
