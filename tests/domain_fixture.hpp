#pragma once
// What tests of the domain share: ids with a name, a moment, a policy with the shipped charter, contexts.
//
// A test of one decision needs only this; a saga over several entities runs in tests/domain_world.hpp.

#include <string_view>

#include "domain/change.hpp"
#include "tests/charter_book.hpp"

namespace charter::test {

using namespace std::chrono_literals;

/// A Monday, so that days and weeks have a known place.
inline constexpr timestamp noon = std::chrono::sys_days{std::chrono::year{2026} / 6 / 1} + 12h;

/// The name itself is the id's bytes, at most 16 of them.
template <class Id>
Id named(std::string_view name) {
  CHARTER_ASSERT(name.size() <= sizeof(id_bytes));
  Id x;
  std::copy(name.begin(), name.end(), x.raw.begin());
  return x;
}
inline user_id usr(std::string_view name) { return named<user_id>(name); }
inline account_id acc(std::string_view name) { return named<account_id>(name); }
inline organisation_id org(std::string_view name) { return named<organisation_id>(name); }
inline case_id cas(std::string_view name) { return named<case_id>(name); }

/// Spreads every byte over 32; not SHA-256, which the domain only gets as an argument.
inline digest32 test_digest(byte_view data) {
  digest32 out{};
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<std::uint8_t>(fnv1a(data, 0xcbf29ce484222325u + i) >> 40);
  return out;
}
inline digest32 digest_of(std::string_view text) { return test_digest(view_of(text)); }

/// The provider holds both of the charter's credentials for a year on both sides of noon.
inline policy_view policy_with(const rule_book& book) {
  policy_view view;
  view.facts.version = 1;
  view.facts.provider = "Example Messaging";
  for (const auto& kind : book.provider.credentials)
    view.facts.credentials.push_back(
        {kind.key, "No. 1", "a ministry", "everything", noon - 365 * 24h, noon + 365 * 24h});
  view.facts.charters.push_back({book.id, book.version, {}, book.effective_from, noon - 365 * 24h, {}});
  view.books.push_back(std::make_shared<const rule_book>(book));
  return view;
}
inline policy_view with_role(policy_view view, user_id who, role r, std::string office = {}) {
  view.facts.roles[who].push_back({r, std::move(office), noon});
  return view;
}
inline const policy_view& shipped_policy() {
  static const auto view = policy_with(cn_2014());
  return view;
}

inline context context_of(entity_id self, caller by, const policy_view* policy = &shipped_policy(),
                          timestamp now = noon) {
  context in;
  in.now = now;
  in.policy = policy;
  in.by = by;
  in.self = self;
  in.entropy = digest_of("entropy");
  in.digest = &test_digest;
  return in;
}

/// The keys of the agreement's items, as somebody signs them who signs all.
inline std::vector<std::string> all_items(const rule_book& book) {
  std::vector<std::string> keys;
  for (const auto& item : book.agreement.items)
    keys.push_back(item.key);
  return keys;
}
inline digest32 agreement_digest(const rule_book& book) { return digest_of(canonical_text(book.agreement)); }

/// Of that type in a variant, in order. For events of a decision and for commands of its effects.
template <class T, class Variant>
std::vector<T> all_of_type(const std::vector<Variant>& from) {
  std::vector<T> found;
  for (const auto& x : from)
    if (auto* one = std::get_if<T>(&x))
      found.push_back(*one);
  return found;
}
template <class T, class Variant>
inline constexpr bool is_alternative = false;
template <class T, class... Ts>
inline constexpr bool is_alternative<T, std::variant<Ts...>> = (std::is_same_v<T, Ts> || ...);

/// The command inside, if it is one of that type.
template <class Command>
const Command* command_in(const any_command& any) {
  return std::visit(
      []<class Inner>(const Inner& inner) -> const Command* {
        if constexpr (is_alternative<Command, Inner>)
          return std::get_if<Command>(&inner);
        else
          return nullptr;
      },
      any);
}
/// The effects that carry this command, each as (to, command).
template <class Command>
std::vector<std::pair<entity_id, Command>> sent(const std::vector<effect>& effects) {
  std::vector<std::pair<entity_id, Command>> found;
  for (const auto& e : effects)
    if (auto* command = command_in<Command>(e.command))
      found.push_back({e.to, *command});
  return found;
}

/// How a decision or an answer was refused; `errc{}` when it wasn't.
template <class T>
errc refused_with(const result<T>& r) {
  return r ? errc{} : r.why().code;
}
inline constexpr errc granted{};

/// Folds a decision's events into a state: what the actor does once they are in the journal.
template <class State, class Event>
State after(State s, const std::vector<Event>& events) {
  for (const auto& e : events)
    evolve(s, e);
  return s;
}

} // namespace charter::test
