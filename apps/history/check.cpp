#include "apps/history/check.hpp"

#include <algorithm>
#include <cstdio>

#include "apps/history/shrink.hpp"
#include "apps/history/streams.hpp"

namespace charter::history {

namespace {

// Explaining is worth less than deciding: searches for a smaller core give up earlier.
constexpr bounds each_while_shrinking{100'000, 20'000'000};
constexpr std::size_t lines_shown_max = 40;

std::string ms(instant t) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", std::chrono::duration<double, std::milli>(t).count());
  return text;
}

std::string details(const call& c, const operation& op) {
  switch (c.what) {
    case call::kind::publish: return op.result == outcome::ok ? "→ post " + std::to_string(op.number) : "→ no answer";
    case call::kind::publish_refused:
    case call::kind::lift_refused: return "→ refused" + (op.sanction.empty() ? "" : " (" + op.sanction + ")");
    case call::kind::read_posts: return "→ last number " + std::to_string(c.number);
    case call::kind::read_followers: return "→ " + std::to_string(c.number) + " followers";
    default: return op.sanction + (op.result == outcome::ok ? " → ok" : " → no answer");
  }
}

std::string line_of(const call& c, const recording& what) {
  if (c.what == call::kind::seen) {
    const auto& s = what.sightings[c.source];
    return "by " + ms(c.deadline) + " ms  " + s.subscriber + " had post " + std::to_string(c.number);
  }
  const auto& op = what.operations[c.source];
  auto line =
      ms(c.invoked) + " … " + ms(c.deadline) + " ms  " + op.client + " " + to_text(op.kind) + " " + details(c, op);
  if (c.what == call::kind::publish && c.deadline < op.answered)
    line += ", seen as post " + std::to_string(c.number);
  return line + (op.command.empty() ? "" : "  (" + op.command + ")");
}

/// The invariant that most likely was broken: an order of all the facts is what is missing, not one of them.
int invariant_of(const core& c) {
  auto any = [&](auto... kinds) {
    return std::any_of(c.facts.begin(), c.facts.end(), [&](const call& f) { return ((f.what == kinds) || ...); });
  };
  using kind = call::kind;
  if (any(kind::suspend, kind::publish_refused, kind::lift_refused))
    return 2;
  return any(kind::read_posts, kind::read_followers) ? 1 : 4;
}

std::string count_of(const std::vector<call>& calls, call::kind what, const char* name) {
  auto count = std::count_if(calls.begin(), calls.end(), [&](const call& c) { return c.what == what; });
  return count == 0 ? "" : std::string(", ") + std::to_string(count) + " × " + name;
}

std::string explanation(const core& c, const recording& what) {
  auto text = "no order explains " +
              (c.facts.size() == 1 ? "this answer" : "these " + std::to_string(c.facts.size()) + " answers") +
              ", the last one at " + ms(c.until) + " ms:";
  for (std::size_t i = 0; i < c.facts.size(); ++i) {
    if (i == lines_shown_max) {
      text += "\n    … and " + std::to_string(c.facts.size() - i) + " more";
      break;
    }
    text += "\n    " + line_of(c.facts[i], what);
  }
  using kind = call::kind;
  auto rest = count_of(c.possible, kind::publish, "publish") + count_of(c.possible, kind::suspend, "suspend") +
              count_of(c.possible, kind::lift, "lift") + count_of(c.possible, kind::subscribe, "subscribe") +
              count_of(c.possible, kind::join, "subscribe") + count_of(c.possible, kind::unsubscribe, "unsubscribe");
  if (!rest.empty())
    text += "\n    whatever became of" + rest.substr(1) + " before that";
  return text;
}

} // namespace

report check(const recording& what, const bounds& within) {
  report out;
  auto accounts = calls_of(what, out.findings);
  check_streams(what, out.findings);
  out.accounts = accounts.size();
  for (const auto& [account, calls] : accounts)
    for (const auto* object : {&calls.posts, &calls.followers}) {
      out.calls += object->size();
      auto result = linearize(*object, calls.start, within);
      out.configurations += result.configurations;
      if (result.found == verdict::undecided) {
        out.undecided.push_back(account);
      } else if (result.found == verdict::impossible && out.findings.size() < findings_max) {
        auto core = shrink(*object, calls.start, each_while_shrinking);
        out.findings.push_back({invariant_of(core), account, explanation(core, what)});
      }
    }
  if (out.findings.size() > findings_max)
    out.findings.resize(findings_max);
  return out;
}

std::string to_text(const finding& f) { return "[I" + std::to_string(f.invariant) + "] " + f.account + ": " + f.text; }

} // namespace charter::history
