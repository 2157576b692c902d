#include "apps/charter/words.hpp"

#include "apps/charter/console.hpp"
#include "apps/charter/person_time.hpp"
#include "domain/codec/wire.hpp"

namespace charter::cli {

namespace {

using client::cause;
using client::failure;

/// "the server's sentence" with a capital and a full stop.
std::string sentence(std::string_view text) {
  auto out = harmless(text);
  if (out.empty())
    return out;
  if (out.front() >= 'a' && out.front() <= 'z')
    out.front() = static_cast<char>(out.front() - 'a' + 'A');
  if (out.back() != '.' && out.back() != '!' && out.back() != '?' && !out.ends_with("。"))
    out += '.';
  return out;
}

std::string how_to_appeal(const std::string& sanction) {
  if (sanction.empty())
    return "`charter user notices` has the sanction with its reasons, and how to appeal.";
  auto id = harmless(sanction);
  return "`charter sanction show " + id + "` has its reasons. If it is wrong: `charter appeal file " + id +
         " --statement TEXT`; somebody else than the one who imposed it decides.";
}

std::string_view name_of(cause c) {
  switch (c) {
    case cause::refused: return "refused";
    case cause::unreachable: return "unreachable";
    case cause::garbled: return "garbled";
    case cause::here: return "here";
  }
  return {};
}

std::string headline(cause c) {
  switch (c) {
    case cause::refused: return "Refused: ";
    case cause::unreachable: return "No connection: ";
    case cause::garbled: return "Not understood: ";
    case cause::here: return {};
  }
  return {};
}

} // namespace

std::string badge_text(news_right right) {
  switch (right) {
    case news_right::none: return {};
    case news_right::repost: return "[news re-posts]";
    case news_right::original: return "[news]";
  }
  return {};
}

std::string badge_text(const std::string& right) {
  news_right known{};
  if (right.empty() || from_name(right, known))
    return right.empty() ? std::string{} : badge_text(known);
  return "[" + harmless(right) + "]";
}

std::string badge_meaning(news_right right) {
  switch (right) {
    case news_right::none: return {};
    case news_right::repost: return "is entitled to re-post current political news";
    case news_right::original: return "is entitled to publish and re-post current political news";
  }
  return {};
}

std::string citation(const rule_ref& rule) {
  if (rule.empty())
    return {};
  auto text = "article " + harmless(rule.article);
  if (!rule.charter.empty())
    text += " of " + harmless(rule.charter);
  if (!rule.item.empty())
    text += ", item " + harmless(rule.item);
  return text;
}

std::string advice(const failure& f) {
  if (f.cause == cause::unreachable)
    return "See that the server runs, and that --url or CHARTER_URL names it. Repeating the command is safe.";
  if (f.cause == cause::garbled)
    return "See that --url or CHARTER_URL names a Charter server.";
  if (f.cause == cause::here)
    return {};
  switch (f.why.code) {
    case errc::invalid_params:
      return f.why.field.empty() ? std::string{} : "Mend `" + harmless(f.why.field) + "` and try again.";
    case errc::unauthenticated: return "Log in: `charter login NAME`.";
    case errc::rate_limited:
      return "Wait " + (f.why.retry_after_ms > 0 ? to_person(duration{f.why.retry_after_ms}) : "a while") +
             " and try again.";
    case errc::agreement_required:
      return "Read the agreement and sign its items: `charter agreement show`, then `charter agreement sign`.";
    case errc::identity_required: return "Verify who you are first: `charter register` begins with it.";
    case errc::credential_missing:
      return "It can be done again once the credential is renewed; `charter admin provider` shows what there is.";
    case errc::not_entitled:
      return "A re-post (`charter repost`), or a post of another kind, may be allowed; `charter account show` has the "
             "account's entitlement.";
    case errc::sanctioned: return how_to_appeal(f.why.sanction);
    case errc::unavailable: return "Nothing is lost: repeat the command in a moment.";
    case errc::internal: return "That is a fault of the server; its operator finds more in its log.";
    default: return {};
  }
}

std::string to_person(const failure& f) {
  auto text = headline(f.cause) + sentence(f.why.detail.empty() ? std::string{to_name(f.why.code)} : f.why.detail);
  if (auto rule = citation(f.why.rule); !rule.empty())
    text += "\n  Rule: " + rule + ".";
  if (auto next = advice(f); !next.empty())
    text += "\n  What to do: " + next;
  return text;
}

std::string to_json_text(const failure& f) {
  nlohmann::json error = {{"type", to_name(f.why.code)}, {"detail", f.why.detail}};
  error["cause"] = name_of(f.cause);
  if (!f.why.rule.empty())
    error["rule"] = wire::encode(f.why.rule);
  if (!f.why.field.empty())
    error["field"] = f.why.field;
  if (!f.why.sanction.empty())
    error["sanction"] = f.why.sanction;
  if (f.why.retry_after_ms > 0)
    error["retry_after_ms"] = f.why.retry_after_ms;
  return nlohmann::json{{"error", error}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

exit_code exit_code_of(const failure& f) {
  if (f.cause == cause::here)
    return f.why.code == errc::invalid_params ? exit_usage : exit_local;
  if (f.cause != cause::refused)
    return exit_unreachable;
  return f.why.code == errc::unauthenticated ? exit_signed_out : exit_refused;
}

} // namespace charter::cli
