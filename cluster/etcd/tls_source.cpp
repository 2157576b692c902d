#include "cluster/etcd/tls_source.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cluster/waiting.hpp"

namespace charter::etcd {

namespace {

constexpr std::chrono::milliseconds look_every{1'000};
constexpr std::size_t file_bytes_max = 1 << 20; // of a bundle of some hundred authorities

struct contents {
  std::string authority;
  std::string certificate;
  std::string key;
  bool operator==(const contents&) const = default;
};

// -- what is sound ----------------------------------------------------------------------------------------------------

struct openssl_free {
  void operator()(BIO* what) const { BIO_free(what); }
  void operator()(X509* what) const { X509_free(what); }
  void operator()(EVP_PKEY* what) const { EVP_PKEY_free(what); }
};
template <class T>
using owned = std::unique_ptr<T, openssl_free>;

/// Without it OpenSSL would ask at the terminal for a key's password.
int no_password(char*, int, int, void*) { return -1; }

owned<BIO> reader_of(const std::string& pem) {
  return owned<BIO>{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
}

result<std::string> read_file(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  std::string text(file_bytes_max + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || !in.is_open())
    return invalid("tls", path + " can't be read");
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > file_bytes_max)
    return invalid("tls", path + " is larger than any certificate");
  return text;
}

/// The certificates of a file, of which there is one at least.
result<std::vector<owned<X509>>> certificates_in(const std::string& pem, const std::string& path) {
  auto from = reader_of(pem);
  std::vector<owned<X509>> out;
  while (owned<X509> next{PEM_read_bio_X509(from.get(), nullptr, no_password, nullptr)})
    out.push_back(std::move(next));
  bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (out.empty() || !at_end)
    return invalid("tls", path + " isn't a certificate in PEM, or not whole");
  return out;
}

status check(const contents& what, const tls_files& files) {
  if (auto authority = certificates_in(what.authority, files.authority); !authority)
    return authority.why();
  auto chain = certificates_in(what.certificate, files.certificate);
  if (!chain)
    return chain.why();
  auto from = reader_of(what.key);
  owned<EVP_PKEY> key{PEM_read_bio_PrivateKey(from.get(), nullptr, no_password, nullptr)};
  bool fits = key && X509_check_private_key(chain->front().get(), key.get()) == 1;
  ERR_clear_error();
  if (!key)
    return invalid("tls", files.key + " isn't a private key in PEM, or not whole, or needs a password");
  if (!fits)
    return invalid("tls", files.key + " isn't the key of " + files.certificate);
  if (X509_cmp_current_time(X509_get0_notAfter(chain->front().get())) < 0)
    return invalid("tls", files.certificate + " has expired");
  if (X509_cmp_current_time(X509_get0_notBefore(chain->front().get())) > 0)
    return invalid("tls", files.certificate + " isn't valid yet");
  return done{};
}

result<contents> read_sound(const tls_files& files) {
  auto authority = read_file(files.authority);
  if (!authority)
    return authority.why();
  auto certificate = read_file(files.certificate);
  if (!certificate)
    return certificate.why();
  auto key = read_file(files.key);
  if (!key)
    return key.why();
  contents out{*std::move(authority), *std::move(certificate), *std::move(key)};
  if (auto sound = check(out, files); !sound)
    return sound.why();
  return out;
}

// -- copies -----------------------------------------------------------------------------------------------------------

/// A file without a name, in memory.
class memory_file {
public:
  memory_file() : descriptor_(::memfd_create("charter-tls", MFD_CLOEXEC)) {
    if (descriptor_ < 0)
      throw std::runtime_error(std::string{"no memory for certificates: "} + std::strerror(errno));
  }
  ~memory_file() { ::close(descriptor_); }
  memory_file(const memory_file&) = delete;
  memory_file& operator=(const memory_file&) = delete;

  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }
  void write(const std::string& text) const {
    auto size = static_cast<ssize_t>(text.size());
    if (::pwrite(descriptor_, text.data(), text.size(), 0) != size || ::ftruncate(descriptor_, size) != 0)
      throw std::runtime_error(std::string{"certificates can't be kept: "} + std::strerror(errno));
  }

private:
  int descriptor_;
};

} // namespace

struct tls_source::parts {
  tls_files files;
  std::function<void(const std::string&)> told;
  memory_file authority, certificate, key;
  tls_files copies{authority.path(), certificate.path(), key.path()};
  contents taken;
  std::string said;
  std::jthread thread; ///< last, so that it ends first

  /// In one go, as nearly as that goes: a look in between finds a pair that doesn't fit, and the next one a second
  /// later finds one that does.
  void take(contents what) {
    authority.write(what.authority);
    certificate.write(what.certificate);
    key.write(what.key);
    taken = std::move(what);
  }

  status look() {
    auto now = read_sound(files);
    if (!now)
      return now.why();
    if (*now != taken)
      take(*std::move(now));
    return done{};
  }

  void look_again() {
    auto outcome = [this]() -> status {
      try {
        return look();
      } catch (const std::exception& e) { // no memory
        return refuse(errc::unavailable, e.what());
      }
    }();
    if (!outcome && said != outcome.why().detail)
      told(outcome.why().detail + "; what was there before is still used");
    said = outcome ? std::string{} : outcome.why().detail;
  }
};

tls_source::tls_source(std::unique_ptr<parts> what) : parts_(std::move(what)) {}
tls_source::~tls_source() = default;

result<std::shared_ptr<tls_source>> tls_source::open(tls_files files,
                                                     std::function<void(const std::string&)> told) try {
  auto made = std::make_unique<parts>();
  made->files = std::move(files);
  made->told = std::move(told);
  if (auto sound = made->look(); !sound)
    return sound.why();
  made->thread = std::jthread{[all = made.get()](std::stop_token stop) {
    while (cluster::wait(look_every, stop))
      all->look_again();
  }};
  return std::shared_ptr<tls_source>{new tls_source{std::move(made)}};
} catch (const std::runtime_error& e) {
  return refuse(errc::unavailable, e.what());
}

const tls_files& tls_source::copies() const { return parts_->copies; }

} // namespace charter::etcd
