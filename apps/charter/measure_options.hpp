#pragma once
// Options that the desk's decisions and sanctions share: the measure, and the statement of reasons behind it.

#include "apps/charter/command.hpp"
#include "apps/charter/naming.hpp"

namespace charter::cli {

struct measure_options {
  std::string step;
  std::string scope;
  std::string length;
  std::optional<std::uint64_t> posts_per_day;
  bool withhold_post = false;

  void describe(CLI::App& command) {
    command.add_option("--step", step, "of the ladder")->check(CLI::IsMember({"warn", "limit", "suspend", "close"}));
    command.add_option("--scope", scope, "what it holds back; default: as the charter has the step")
        ->check(CLI::IsMember({"nothing", "news_posts", "posts_per_day", "all_posts", "account"}));
    command.add_option("--length", length, "such as 12h or 7d; default: as the charter has the step");
    command.add_option("--posts-per-day", posts_per_day, "for the scope of that name");
    command.add_flag("--withhold-post", withhold_post, "the post isn't shown any more");
  }
  /// Null without a step. Errors: `invalid_params` for a length that isn't one.
  result<json> params() const {
    if (step.empty())
      return json{};
    json out = {{"step", step}};
    put(out, "scope", scope);
    put(out, "posts_per_day", posts_per_day);
    if (withhold_post)
      out["withhold_post"] = true;
    if (length.empty())
      return out;
    auto time = parse_length(length);
    if (!time)
      return invalid("length", "\"" + length + "\" is no length; 12h, 7d and 2w are");
    out["length"] = time->count();
    return out;
  }
};

struct reasons_options {
  std::string facts;
  std::vector<std::string> evidence;
  std::string rule;
  std::string differs_because;

  void describe(CLI::App& command) {
    command.add_option("--facts", facts, "what was found; public, no personal data")->required();
    command.add_option("--evidence", evidence, "a reference; may be repeated")->allow_extra_args(false);
    command.add_option("--rule", rule, "article, or article:item; default for complaints: the reason's own");
    command.add_option("--differs-because", differs_because, "why the step isn't the recommended one");
  }
  client::reply<json> params(invocation& in) const {
    json out = {{"facts", facts}};
    if (!evidence.empty())
      out["evidence"] = evidence;
    put(out, "differs_because", differs_because);
    if (rule.empty())
      return out;
    auto cited = rule_named(in, rule);
    if (!cited)
      return cited.why();
    out["rule"] = *cited;
    return out;
  }
};

} // namespace charter::cli
