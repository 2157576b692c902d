#include "apps/crash/journal_check.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

namespace charter::crash {

namespace {

/// The program's exit status with its output in a file, or -1.
int run(std::string program, std::string data, const std::string& output) {
  std::string words[] = {program, "journal", "verify", std::move(data)};
  char* arguments[] = {words[0].data(), words[1].data(), words[2].data(), words[3].data(), nullptr};
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
  pid_t pid = 0;
  int failed = posix_spawn(&pid, program.c_str(), &files, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&files);
  int how = 0;
  if (failed != 0 || waitpid(pid, &how, 0) != pid || !WIFEXITED(how))
    return -1;
  return WEXITSTATUS(how);
}

} // namespace

status verify_journal(const std::filesystem::path& charter, const std::filesystem::path& data) {
  auto output = data.parent_path() / "verify";
  auto exit = run(charter, data, output);
  if (exit == 0)
    return done{};
  std::ifstream in{output};
  std::stringstream said;
  said << in.rdbuf();
  return refuse(errc::internal,
                charter.string() + " journal verify ended with " + std::to_string(exit) + ": " + said.str());
}

} // namespace charter::crash
