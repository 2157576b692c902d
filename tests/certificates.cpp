#include "tests/certificates.hpp"

#include <csignal>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace charter::test {

pid_t spawn_program(std::vector<std::string> arguments, const std::string& log) {
  std::vector<char*> argv;
  for (auto& argument : arguments)
    argv.push_back(argument.data());
  argv.push_back(nullptr);
  auto parent = ::getpid();
  auto child = ::fork();
  if (child != 0)
    return child;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (::getppid() != parent || out < 0)
    ::_exit(126);
  ::dup2(out, 1);
  ::dup2(out, 2);
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

namespace {

void run(const std::vector<std::string>& arguments, const std::string& log) {
  int outcome = 0;
  if (::waitpid(spawn_program(arguments, log), &outcome, 0) < 0 || outcome != 0)
    throw std::runtime_error(arguments[0] + " failed: " + read_file(log));
}

} // namespace

void make_certificates(const scratch_directory& scratch, const std::vector<std::string>& names) {
  auto log = scratch / "openssl.log";
  const std::string openssl = OPENSSL_PROGRAM;
  auto key = [&](const std::string& name) {
    return std::vector<std::string>{openssl,
                                    "req",
                                    "-newkey",
                                    "ec",
                                    "-pkeyopt",
                                    "ec_paramgen_curve:P-256",
                                    "-nodes",
                                    "-subj",
                                    "/CN=" + name,
                                    "-keyout",
                                    scratch / (name + ".key")};
  };
  for (std::string authority : {"authority", "stranger"}) {
    auto arguments = key(authority);
    arguments.insert(arguments.end(), {"-x509", "-days", "2", "-out", scratch / (authority + ".pem")});
    run(arguments, log);
  }
  auto sign = [&](const std::string& name, const std::string& authority) {
    auto arguments = key(name);
    arguments.insert(arguments.end(), {"-out", scratch / (name + ".csr")});
    run(arguments, log);
    write_file(scratch / "extensions",
               "subjectAltName=DNS:" + name + ",IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n");
    run({openssl, "x509", "-req", "-in", scratch / (name + ".csr"), "-CA", scratch / (authority + ".pem"), "-CAkey",
         scratch / (authority + ".key"), "-CAcreateserial", "-days", "2", "-extfile", scratch / "extensions", "-out",
         scratch / (name + ".pem")},
        log);
  };
  for (auto& name : names)
    sign(name, "authority");
  sign("intruder", "stranger");
}

etcd::tls_files tls_files_of(const scratch_directory& scratch, const std::string& name, const std::string& authority) {
  return {scratch / (authority + ".pem"), scratch / (name + ".pem"), scratch / (name + ".key")};
}

std::shared_ptr<etcd::tls_source> tls_of(const etcd::tls_files& files) {
  auto opened = etcd::tls_source::open(files);
  if (!opened)
    throw std::runtime_error(opened.why().detail);
  return *opened;
}

std::shared_ptr<etcd::tls_source> tls_of(const scratch_directory& scratch, const std::string& name,
                                         const std::string& authority) {
  return tls_of(tls_files_of(scratch, name, authority));
}

} // namespace charter::test
