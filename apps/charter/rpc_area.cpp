// rpc: any method of the protocol, for what has no subcommand and for scripts
#include <ostream>

#include "apps/charter/areas.hpp"
#include "apps/charter/command.hpp"
#include "apps/charter/private_file.hpp"

namespace charter::cli {

namespace {

constexpr std::size_t params_bytes_max = 1024 * 1024; // as the server takes them

struct rpc_options {
  std::string method;
  std::string params = "{}";
};

int call_method(invocation& in, const rpc_options& options) {
  auto text = options.params == "-" ? read_whole("-", params_bytes_max) : result<std::string>{options.params};
  if (!text)
    return in.fail_locally(text.why());
  auto params = json::parse(*text, nullptr, false);
  if (!params.is_object())
    return in.fail_usage("The parameters must be a JSON object, such as '{\"limit\": 10}'.");
  auto answer = in.call(options.method, std::move(params));
  if (!answer)
    return in.fail(answer.why());
  in.screen.out() << answer->dump(in.as_json ? -1 : 2, ' ', false, json::error_handler_t::replace) << '\n';
  return exit_ok;
}

} // namespace

void add_rpc_command(CLI::App& app, invocation& in) {
  add_command<rpc_options>(
      app, in, "rpc", "call any method of the protocol; the answer is printed as JSON",
      [](CLI::App& command, rpc_options& o) {
        command.add_option("method", o.method, "such as account.posts")->required();
        command.add_option("params", o.params, "a JSON object, or - to read one from standard input");
      },
      call_method);
}

} // namespace charter::cli
