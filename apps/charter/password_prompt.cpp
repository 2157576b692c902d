#include "apps/charter/password_prompt.hpp"

#include <csignal>
#include <cstdio>

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "apps/charter/private_file.hpp"
#include "domain/limits.hpp"

namespace charter::cli {

namespace {

// What a signal handler may touch: set before it is installed.
volatile std::sig_atomic_t terminal = -1;
termios as_it_was;

/// Ctrl-C at the prompt must not leave a terminal without echo.
extern "C" void restore_and_die(int signal) {
  ::tcsetattr(terminal, TCSANOW, &as_it_was);
  std::signal(signal, SIG_DFL);
  ::raise(signal);
}

class silence {
public:
  explicit silence(int tty) {
    ::tcgetattr(tty, &as_it_was);
    terminal = tty;
    for (auto signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT})
      std::signal(signal, restore_and_die);
    auto quiet = as_it_was;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(tty, TCSAFLUSH, &quiet);
  }
  ~silence() {
    ::tcsetattr(terminal, TCSAFLUSH, &as_it_was);
    for (auto signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT})
      std::signal(signal, SIG_DFL);
  }
  silence(const silence&) = delete;
  silence& operator=(const silence&) = delete;
};

result<std::string> ask(const std::string& prompt) {
  auto tty = ::open("/dev/tty", O_RDWR | O_CLOEXEC);
  if (tty < 0)
    return invalid("password", "there is no terminal to ask at; --password-file FILE gives it (- for standard input)");
  std::string line;
  {
    silence quiet{tty};
    [[maybe_unused]] auto shown = ::write(tty, prompt.data(), prompt.size());
    for (char c = 0; line.size() <= limits::password_bytes_max && ::read(tty, &c, 1) == 1 && c != '\n';)
      line += c;
    [[maybe_unused]] auto ended = ::write(tty, "\n", 1);
  }
  ::close(tty);
  return line;
}

} // namespace

result<std::string> read_password(const std::string& prompt, const std::string& file) {
  auto text = file.empty() ? ask(prompt) : read_whole(file, 64 * 1024);
  if (!text)
    return text.why();
  auto line = text->substr(0, text->find('\n'));
  if (line.ends_with('\r'))
    line.pop_back();
  if (line.empty())
    return invalid("password", "it is empty");
  if (line.size() > limits::password_bytes_max)
    return invalid("password", "it is longer than " + std::to_string(limits::password_bytes_max) + " bytes");
  return line;
}

result<std::string> read_new_password(const std::string& file) {
  auto first = read_password("New password: ", file);
  if (!first || !file.empty())
    return first;
  auto second = read_password("Once more: ", file);
  if (!second)
    return second.why();
  if (*first != *second)
    return invalid("password", "the two differ");
  return first;
}

} // namespace charter::cli
