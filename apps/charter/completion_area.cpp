// completion bash|zsh|fish
#include <ostream>

#include "apps/charter/areas.hpp"
#include "apps/charter/command.hpp"
#include "apps/charter/completion.hpp"

namespace charter::cli {

namespace {

void collect(CLI::App& command, const std::string& path, const std::vector<std::string>& inherited,
             std::vector<completion_node>& out) {
  completion_node node{path, command.get_description(), {}, inherited};
  for (auto* option : command.get_options())
    for (auto& name : option->get_lnames())
      if (std::find(node.options.begin(), node.options.end(), "--" + name) == node.options.end())
        node.options.push_back("--" + name);
  auto children = command.get_subcommands([](CLI::App*) { return true; });
  for (auto* child : children)
    node.words.push_back(child->get_name());
  out.push_back(node);
  // The options of the whole command hold everywhere.
  auto& shared = path.empty() ? out.front().options : inherited;
  auto copy = shared;
  for (auto* child : children)
    collect(*child, path.empty() ? child->get_name() : path + " " + child->get_name(), copy, out);
}

struct completion_options {
  std::string shell;
};

} // namespace

void add_completion_command(CLI::App& app, invocation& in) {
  add_command<completion_options>(
      app, in, "completion", "print what teaches a shell to complete charter's subcommands",
      [](CLI::App& command, completion_options& o) {
        command.add_option("shell", o.shell, "which")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
      },
      [&app](invocation& i, const completion_options& o) {
        std::vector<completion_node> nodes;
        collect(app, "", {}, nodes);
        auto which = o.shell == "bash" ? shell::bash : o.shell == "zsh" ? shell::zsh : shell::fish;
        i.screen.out() << completion_script(which, nodes);
        return static_cast<int>(exit_ok);
      });
}

} // namespace charter::cli
