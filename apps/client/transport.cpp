#include "apps/client/transport.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>

namespace charter::client {

using tcp = asio::ip::tcp;

struct transport::sockets {
  explicit sockets(asio::io_context& loop) : socket(loop), resolver(loop) {}

  tcp::socket socket;
  tcp::resolver resolver;
  std::unique_ptr<asio::ssl::context> context;
  std::unique_ptr<asio::ssl::stream<tcp::socket&>> tls; ///< null: plain
};

namespace {

bool is_address(const std::string& host) {
  error_code ec;
  asio::ip::make_address(host, ec);
  return !ec;
}

/// Whom the certificate must name. (OpenSSL's own check says what differs, Asio's only that something does.)
void expect_name(SSL* tls, const std::string& host) {
  if (is_address(host)) {
    ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(tls), host.c_str());
    return;
  }
  ::SSL_set_tlsext_host_name(tls, host.c_str());
  ::SSL_set1_host(tls, host.c_str());
}

std::unique_ptr<asio::ssl::context> make_context(const trust& whom, error_code& ec) {
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
  ::SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  if (whom.insecure)
    context->set_verify_mode(asio::ssl::verify_none, ec);
  else
    context->set_verify_mode(asio::ssl::verify_peer, ec);
  if (!ec && !whom.insecure && whom.ca_file.empty())
    context->set_default_verify_paths(ec);
  else if (!ec && !whom.insecure)
    context->load_verify_file(whom.ca_file, ec);
  return context;
}

} // namespace

transport::transport() : sockets_(std::make_unique<sockets>(loop_)) {}

transport::~transport() { abandon(); }

void transport::abandon() {
  close();
  loop_.restart();
  loop_.poll();
}

bool transport::is_open() const { return sockets_->socket.is_open(); }

void transport::close() {
  error_code ignored;
  sockets_->resolver.cancel();
  sockets_->socket.shutdown(tcp::socket::shutdown_both, ignored);
  sockets_->socket.close(ignored);
}

bool transport::wait(const bool& over, deadline by) {
  loop_.restart();
  while (!over && loop_.run_one_until(by) > 0) {
  }
  return over;
}

bool transport::run(const bool& over, deadline by) {
  if (wait(over, by))
    return true;
  close();
  loop_.restart();
  while (!over && loop_.run_one() > 0) {
  }
  return false;
}

reply<done> transport::connect(const endpoint& to, const trust& whom, deadline by) {
  auto& s = *sockets_;
  auto failed = [&](const error_code& ec) { return unreachable(to.origin() + ": " + to_sentence(ec)); };
  close();
  s.tls.reset();
  tcp::resolver::results_type found;
  auto ec = perform(by, [&](auto then) {
    s.resolver.async_resolve(to.host, to.port, [then, &found](error_code e, tcp::resolver::results_type r) mutable {
      found = std::move(r);
      then(e);
    });
  });
  if (ec)
    return failed(ec);
  ec = perform(by, [&](auto then) { asio::async_connect(s.socket, found, then); });
  if (ec)
    return failed(ec);
  error_code ignored;
  s.socket.set_option(tcp::no_delay(true), ignored);
  if (!to.tls)
    return done{};
  s.context = make_context(whom, ec);
  if (ec)
    return unreachable("the file of trusted certificates can't be read: " + whom.ca_file);
  s.tls = std::make_unique<asio::ssl::stream<tcp::socket&>>(s.socket, *s.context);
  expect_name(s.tls->native_handle(), to.host);
  ec = perform(by, [&](auto then) { s.tls->async_handshake(asio::ssl::stream_base::client, then); });
  if (!ec)
    return done{};
  auto why = ::SSL_get_verify_result(s.tls->native_handle());
  close();
  if (why == X509_V_OK)
    return failed(ec);
  return unreachable(to.origin() + ": its certificate isn't trusted (" + ::X509_verify_cert_error_string(why) +
                     "); --ca FILE names who is, and --insecure takes any (for trials only)");
}

transport::executor_type transport::get_executor() { return loop_.get_executor(); }

void transport::start_read(std::vector<asio::mutable_buffer> into, handler then) {
  if (sockets_->tls)
    sockets_->tls->async_read_some(into, std::move(then));
  else
    sockets_->socket.async_read_some(into, std::move(then));
}

void transport::start_write(std::vector<asio::const_buffer> from, handler then) {
  if (sockets_->tls)
    sockets_->tls->async_write_some(from, std::move(then));
  else
    sockets_->socket.async_write_some(from, std::move(then));
}

void beast_close_socket(transport& t) { t.close(); }

void end(transport& t, const std::function<void(error_code)>& then) {
  // The peer's closing frame was answered; a TLS close_notify would only be waited for.
  asio::post(t.get_executor(), [&t, then] {
    t.close();
    then({});
  });
}

std::string to_sentence(const error_code& ec) {
  namespace errors = boost::system::errc;
  if (ec == errors::connection_refused)
    return "nobody listens there";
  if (ec == errors::timed_out || ec == asio::error::timed_out)
    return "no answer in time";
  if (ec == asio::error::host_not_found || ec == asio::error::host_not_found_try_again)
    return "there is no host of this name";
  if (ec == asio::error::eof || ec == asio::error::connection_reset || ec == asio::ssl::error::stream_truncated)
    return "the connection broke";
  return ec.message();
}

} // namespace charter::client
