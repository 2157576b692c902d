#include <sys/wait.h>

#include <csignal>
#include <poll.h>
#include <spawn.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "actors/vault/identity_provider.hpp"
#include "storage/digest.hpp"

extern char** environ;

namespace charter::vault {

namespace {

constexpr auto command_deadline = std::chrono::seconds(10);
constexpr std::size_t answer_bytes_max = 4'096;
constexpr int wrong_answers_max = 5;

/// Runs a program without a shell: `input` on its standard input, at most `answer_bytes_max` of its output back.
/// Errors: `unavailable` when it can't be run, fails, or takes too long (then it is killed).
class command_run {
public:
  static result<std::string> run(const std::string& program, const std::string& input) {
    command_run r;
    if (pipe(r.to_) != 0 || pipe(r.from_) != 0 || !r.start(program))
      return refuse(errc::unavailable, "the code could not be sent; try again later");
    std::signal(SIGPIPE, SIG_IGN); // a program that doesn't read is no reason to end
    auto written = write(r.to_[1], input.data(), input.size());
    close_end(r.to_[1]);
    auto output = r.read_all();
    if (!r.finish() || written != static_cast<ssize_t>(input.size()))
      return refuse(errc::unavailable, "the code could not be sent; try again later");
    return output;
  }

private:
  ~command_run() {
    for (auto* ends : {to_, from_})
      for (int i = 0; i < 2; ++i)
        close_end(ends[i]);
  }

  static void close_end(int& fd) {
    if (fd >= 0)
      close(fd);
    fd = -1;
  }

  bool start(const std::string& program) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, to_[0], 0);
    posix_spawn_file_actions_adddup2(&actions, from_[1], 1);
    for (int fd : {to_[0], to_[1], from_[0], from_[1]})
      posix_spawn_file_actions_addclose(&actions, fd);
    std::string name = program;
    char* arguments[] = {name.data(), nullptr};
    bool started = posix_spawn(&child_, program.c_str(), &actions, nullptr, arguments, environ) == 0;
    posix_spawn_file_actions_destroy(&actions);
    close_end(to_[0]);
    close_end(from_[1]);
    return started;
  }

  std::string read_all() {
    std::string output;
    auto until = std::chrono::steady_clock::now() + command_deadline;
    while (output.size() < answer_bytes_max) {
      auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
      pollfd ready{from_[0], POLLIN, 0};
      if (left.count() <= 0 || poll(&ready, 1, static_cast<int>(left.count())) <= 0) {
        kill(child_, SIGKILL);
        break;
      }
      char buffer[512];
      auto got = read(from_[0], buffer, sizeof buffer);
      if (got <= 0)
        break;
      output.append(buffer, static_cast<std::size_t>(got));
    }
    return output;
  }

  /// True when it ended by itself and well.
  bool finish() {
    int state = 0;
    auto until = std::chrono::steady_clock::now() + command_deadline;
    while (waitpid(child_, &state, WNOHANG) == 0) {
      if (std::chrono::steady_clock::now() > until)
        kill(child_, SIGKILL);
      poll(nullptr, 0, 10);
    }
    return WIFEXITED(state) && WEXITSTATUS(state) == 0;
  }

  int to_[2] = {-1, -1};
  int from_[2] = {-1, -1};
  pid_t child_ = 0;
};

class code_provider final : public identity_provider {
public:
  code_provider(std::string command, duration valid_for, environment& env)
      : command_(std::move(command)), valid_for_(valid_for), env_(env) {}

  result<verification> begin(const std::string& attempt, const std::string& subject, timestamp now) override {
    bool plausible =
        subject.size() >= 5 && subject.size() <= 20 && subject.find_first_not_of("+0123456789") == std::string::npos;
    if (!plausible)
      return invalid("subject", "expected a telephone number such as +8613800138000");
    std::erase_if(open_, [&](const auto& o) { return o.second.until < now; });
    for (auto& [other, state] : open_)
      if (state.subject == subject)
        return refuse(errc::rate_limited, "a code is on its way to this number already");
    auto code = make_code();
    auto told = command_run::run(command_, subject + " " + code + "\n");
    if (!told)
      return told.why();
    auto carrier = nlohmann::json::parse(*told, nullptr, false);
    attempt_state state{subject, code, now + valid_for_, 0, {}, {}, {}};
    for (auto [key, to] : {std::pair{"legal_name", &state.legal_name}, std::pair{"document_number", &state.document},
                           std::pair{"region", &state.region}}) {
      if (!carrier.is_object() || !carrier.contains(key) || !carrier[key].is_string())
        return refuse(errc::unavailable, "the carrier knows nobody behind this number");
      *to = carrier[key].get<std::string>();
    }
    open_[attempt] = std::move(state);
    return verification{"the six digits that were sent to this number", now + valid_for_};
  }

  result<plaintext_identity> complete(const std::string& attempt, const std::string& answer, timestamp now) override {
    auto found = open_.find(attempt);
    if (found == open_.end() || found->second.until < now)
      return refuse(errc::identity_required, "this code is over; begin again");
    auto& state = found->second;
    if (!storage::equal_secrets(view_of(state.code), view_of(answer))) {
      if (++state.wrong >= wrong_answers_max)
        open_.erase(found);
      return refuse(errc::identity_required, "that is not the code");
    }
    plaintext_identity person;
    person.legal_name = state.legal_name;
    person.document_number = state.document;
    person.region = state.region;
    return person;
  }

  void forget(const std::string& attempt) override { open_.erase(attempt); }

private:
  struct attempt_state {
    std::string subject;
    std::string code;
    timestamp until;
    int wrong = 0;
    std::string legal_name;
    std::string document;
    std::string region;
  };

  std::string make_code() {
    std::array<std::uint8_t, 8> raw;
    env_.fill_random(raw);
    std::uint64_t number = 0;
    for (auto byte : raw)
      number = number << 8 | byte;
    auto digits = std::to_string(number % 1'000'000);
    return std::string(6 - digits.size(), '0') + digits;
  }

  std::string command_;
  duration valid_for_;
  environment& env_;
  std::map<std::string, attempt_state> open_;
};

} // namespace

std::unique_ptr<identity_provider> make_code_provider(std::string command, duration valid_for, environment& env) {
  return std::make_unique<code_provider>(std::move(command), valid_for, env);
}

} // namespace charter::vault
