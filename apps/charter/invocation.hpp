#pragma once
// One run of `charter`: what was given on the command line for all subcommands, and how a subcommand talks to the
// server and ends. Subcommands register themselves (areas.hpp) and set `chosen`.

#include <functional>
#include <optional>
#include <string>

#include "apps/charter/present.hpp"
#include "apps/charter/session_file.hpp"
#include "apps/charter/words.hpp"
#include "apps/client/rpc.hpp"
#include "domain/codec/wire.hpp"

namespace charter::cli {

inline constexpr auto default_url = "http://127.0.0.1:8400";

struct invocation {
  explicit invocation(console to) : screen(to) {}

  console screen;
  std::string url; ///< empty: $CHARTER_URL, the profile's, or the default
  std::string profile = "default";
  std::string ca_file;
  bool insecure = false;
  bool as_json = false;

  std::function<int()> chosen; ///< the subcommand, once the command line is parsed

  // -- the server -------------------------------------------------------------------

  /// Where to and as whom: --url, $CHARTER_URL, the profile's server, the default. The profile's token goes along only
  /// if its server is the one that is asked. Errors: a URL or session file that can't be used.
  result<client::server> server() const;
  session_file sessions() const;
  result<std::optional<session>> session_of_profile() const;

  /// Asks. Connects on the first call.
  client::reply<json> call(std::string_view method, json params = json::object());
  /// Changes something: with a command id, and again (three times at most) when the outcome is unknown.
  client::reply<json> command(std::string_view method, json params = json::object());
  client::reply<json> command(std::string_view method, json params, const command_id& id);

  // -- endings, as exit codes ---------------------------------------------------------

  int fail(const client::failure& why) const;
  int fail_usage(const std::string& why) const;
  int fail_locally(const refusal& why) const; ///< a file or the like
  /// The document for --json, else whatever `show` prints.
  int finish(const json& answer, const std::function<void()>& show) const;

  /// Shows an answer as a document or a list, or its failure.
  int show(const client::reply<json>& answer) const;
  int show_list(const client::reply<json>& answer) const;
  /// Shows `sentence`, and what else the answer says.
  int confirm(const client::reply<json>& answer, const std::string& sentence) const;

private:
  client::reply<client::rpc_client*> connected();

  std::optional<client::rpc_client> client_;
};

/// Absent members leave no trace in the parameters.
void put(json& params, const char* name, const std::string& value);
void put(json& params, const char* name, const std::optional<std::uint64_t>& value);

} // namespace charter::cli
