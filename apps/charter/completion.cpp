#include "apps/charter/completion.hpp"

#include <algorithm>

namespace charter::cli {

namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (auto& word : words)
    out += (out.empty() ? "" : " ") + word;
  return out;
}

/// For within single quotes of any of the three shells.
std::string quoted(const std::string& text) {
  std::string out;
  for (char c : text)
    if (c == '\'')
      out += "’"; // an apostrophe that no shell minds
    else
      out += c;
  return out;
}

/// bash and zsh share it: the path so far, without options, picks the words.
std::string table(const std::vector<completion_node>& nodes) {
  std::string out;
  for (auto& node : nodes)
    out += "    '" + quoted(node.path) + "') choices='" + quoted(joined(node.words)) + "' options='" +
           quoted(joined(node.options)) + "' ;;\n";
  return out;
}

std::string bash_script(const std::vector<completion_node>& nodes) {
  return "# charter completion bash: source this, or put it where bash-completion looks.\n"
         "_charter_words() {\n"
         "  case $1 in\n" +
         table(nodes) +
         "    *) return 1 ;;\n"
         "  esac\n"
         "}\n"
         "_charter() {\n"
         "  local current=${COMP_WORDS[COMP_CWORD]} path='' choices='' options='' i\n"
         "  for ((i = 1; i < COMP_CWORD; ++i)); do\n"
         "    _charter_words \"${path:+$path }${COMP_WORDS[i]}\" && path=${path:+$path }${COMP_WORDS[i]}\n"
         "  done\n"
         "  _charter_words \"$path\"\n"
         "  [[ $current == -* ]] && choices=$options\n"
         "  COMPREPLY=($(compgen -W \"$choices\" -- \"$current\"))\n"
         "}\n"
         "complete -o default -F _charter charter\n";
}

std::string zsh_script(const std::vector<completion_node>& nodes) {
  return "#compdef charter\n"
         "# charter completion zsh: put this into a directory of $fpath, as _charter.\n"
         "_charter_words() {\n"
         "  case $1 in\n" +
         table(nodes) +
         "    *) return 1 ;;\n"
         "  esac\n"
         "}\n"
         "_charter() {\n"
         "  local -a typed=(\"${words[@]:1:$((CURRENT - 2))}\")\n"
         "  local current=${words[CURRENT]} where='' choices='' options='' word\n"
         "  for word in $typed; do\n"
         "    _charter_words \"${where:+$where }$word\" && where=${where:+$where }$word\n"
         "  done\n"
         "  _charter_words \"$where\"\n"
         "  [[ $current == -* ]] && choices=$options\n"
         "  if [[ -n $choices ]]; then compadd -- ${=choices}; else _files; fi\n"
         "}\n"
         "_charter \"$@\"\n";
}

std::string fish_script(const std::vector<completion_node>& nodes) {
  std::string out = "# charter completion fish: put this into ~/.config/fish/completions/charter.fish.\n"
                    "function __charter_at\n"
                    "  set -l path\n"
                    "  for word in (commandline -opc)[2..]\n"
                    "    string match -q -- '-*' $word; or set -a path $word\n"
                    "  end\n"
                    "  test \"$path\" = \"$argv\"\n"
                    "end\n";
  for (auto& node : nodes) {
    auto condition = "complete -c charter -n '__charter_at " + node.path + "' ";
    if (node.path.empty())
      condition = "complete -c charter -n '__charter_at' ";
    for (auto& word : node.words) {
      auto path = node.path.empty() ? word : node.path + " " + word;
      auto child = std::find_if(nodes.begin(), nodes.end(), [&](auto& n) { return n.path == path; });
      out += condition + "-f -a '" + quoted(word) + "'" +
             (child == nodes.end() ? "" : " -d '" + quoted(child->about) + "'") + "\n";
    }
    for (auto& option : node.options)
      out += condition + "-l '" + quoted(option.substr(2)) + "'\n";
  }
  return out;
}

} // namespace

std::string completion_script(shell which, const std::vector<completion_node>& nodes) {
  switch (which) {
    case shell::bash: return bash_script(nodes);
    case shell::zsh: return zsh_script(nodes);
    case shell::fish: return fish_script(nodes);
  }
  return {};
}

} // namespace charter::cli
