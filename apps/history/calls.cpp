#include "apps/history/calls.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace charter::history {

namespace {

/// The first time that anybody saw a post.
struct first_sight {
  instant at = never;
  std::size_t source = call::none; ///< index of the sighting
  std::string command;             ///< empty if nobody could tell
};

class converter {
public:
  converter(const recording& from, std::vector<finding>& findings) : from_(from), findings_(findings) {}

  std::map<std::string, account_calls> convert() {
    number_names();
    for (const auto& [account, names] : names_)
      out_[account].start =
          account_model(names.posts, flags(names.sanctions, names.in_force), flags(names.followers, names.following));
    look_at_items();
    for (const auto& [command, attempts] : by_command())
      convert_command(command, attempts);
    for (const auto& [account, sights] : sights_)
      for (const auto& [number, sight] : sights)
        add_sight(account, number, sight);
    return std::move(out_);
  }

private:
  using indices = std::vector<std::size_t>;
  using numbering = std::map<std::string, std::uint32_t>;

  /// Sanctions and followers of one account by small numbers.
  struct account_names {
    std::uint64_t posts = 0;
    numbering sanctions;
    numbering followers;
    std::set<std::string> in_force;
    std::set<std::string> following;
    std::map<std::string, std::size_t> changes; ///< how often each asked to follow, or not to
  };

  static std::vector<bool> flags(const numbering& all, const std::set<std::string>& set) {
    std::vector<bool> out(all.size(), false);
    for (const auto& [name, number] : all)
      out[number] = set.contains(name);
    return out;
  }

  static std::uint32_t number_of(numbering& all, const std::string& name) {
    return all.try_emplace(name, static_cast<std::uint32_t>(all.size())).first->second;
  }

  void number_names() {
    for (const auto& b : from_.beginnings) {
      auto& names = names_[b.account];
      names.posts = b.posts;
      for (const auto& sanction : b.sanctions) {
        number_of(names.sanctions, sanction);
        names.in_force.insert(sanction);
      }
      for (const auto& follower : b.followers) {
        number_of(names.followers, follower);
        names.following.insert(follower);
      }
    }
    for (const auto& op : from_.operations) {
      auto& names = names_[op.account];
      if (op.kind == operation_kind::suspend || op.kind == operation_kind::lift)
        number_of(names.sanctions, op.sanction);
      if (op.kind == operation_kind::subscribe || op.kind == operation_kind::unsubscribe) {
        number_of(names.followers, op.client);
        ++names.changes[op.client];
      }
    }
    for (const auto& s : from_.sightings)
      names_[s.account]; // so that an account which was only seen is looked at, too
  }

  // -- what subscribers saw ------------------------------------------------------------------

  void look_at_items() {
    for (std::size_t i = 0; i < from_.sightings.size(); ++i) {
      const auto& s = from_.sightings[i];
      if (s.kind != sighting_kind::item || s.number <= names_[s.account].posts) // older ones: who knows
        continue;
      auto& sight = sights_[s.account][s.number];
      if (s.at < sight.at) {
        sight.at = s.at;
        sight.source = i;
      }
      if (s.command.empty())
        continue;
      if (sight.command.empty())
        sight.command = s.command;
      else if (sight.command != s.command)
        object(4, s.account,
               "post " + std::to_string(s.number) + " is not the same for all: command " + sight.command +
                   " and command " + s.command);
      auto [found, is_first] = post_of_.try_emplace(s.command, s.account, s.number);
      if (!is_first && found->second != std::pair{s.account, s.number})
        object(3, s.account,
               "command " + s.command + " took effect twice: as post " + std::to_string(found->second.second) +
                   " and as post " + std::to_string(s.number));
    }
  }

  /// A post of which nobody knows by which command it came: there were so many posts by then.
  void add_sight(const std::string& account, std::uint64_t number, const first_sight& sight) {
    if (!sight.command.empty() && !commands_.contains(sight.command))
      object(4, account,
             "post " + std::to_string(number) + " comes from command " + sight.command + ", which nobody sent");
    if (sight.command.empty())
      out_[account].posts.push_back({call::kind::seen, instant{0}, sight.at, number, 0, sight.source});
  }

  // -- commands ------------------------------------------------------------------------------

  /// Attempts that have no id are commands of their own.
  std::vector<std::pair<std::string, indices>> by_command() {
    std::map<std::string, indices> with_id;
    std::vector<std::pair<std::string, indices>> all;
    for (std::size_t i = 0; i < from_.operations.size(); ++i)
      if (const auto& command = from_.operations[i].command; command.empty())
        all.push_back({"", {i}});
      else
        with_id[command].push_back(i);
    for (auto& [command, attempts] : with_id) {
      commands_.insert(command);
      all.emplace_back(command, std::move(attempts));
    }
    return all;
  }

  void convert_command(const std::string& command, const indices& attempts) {
    const auto& first = op(attempts.front());
    call main;
    std::size_t effective = 0; // attempts that took effect, or may have
    for (auto i : attempts) {
      const auto& attempt = op(i);
      if (attempt.kind != first.kind || attempt.account != first.account || attempt.sanction != first.sanction)
        return object(3, first.account, "command " + command + " was used for two things; one id, one command");
      if (attempt.result == outcome::refused) {
        add_refusal(attempt, i, asked_first(attempts, attempt));
        continue;
      }
      main.invoked = effective++ == 0 ? attempt.invoked : std::min(main.invoked, attempt.invoked);
      if (attempt.result == outcome::ok && main.number != 0 && attempt.number != main.number)
        object(3, first.account,
               "command " + command + " was answered twice: post " + std::to_string(main.number) + ", and post " +
                   std::to_string(attempt.number));
      if (attempt.result == outcome::ok && main.number == 0)
        main.number = attempt.number;
      if (main.source == call::none || attempt.answered < main.deadline) {
        main.deadline = attempt.answered;
        main.source = i;
      }
    }
    check_late_refusals(command, attempts, main);
    if (first.kind == operation_kind::publish && !command.empty())
      apply_sight(command, first, effective > 0, main);
    if (effective > 0)
      add(first, main);
  }

  /// A repeat that comes while an earlier attempt is still being answered gets the answer that was decided then.
  instant asked_first(const indices& attempts, const operation& answered) const {
    auto first = answered.invoked;
    for (auto i : attempts)
      if (op(i).result == outcome::unknown)
        first = std::min(first, op(i).invoked);
    return first;
  }

  void add_refusal(const operation& attempt, std::size_t source, instant invoked) {
    auto& names = names_[attempt.account];
    call c;
    c.invoked = invoked;
    c.deadline = attempt.answered;
    c.source = source;
    if (attempt.kind == operation_kind::publish) {
      c.what = call::kind::publish_refused;
    } else if (attempt.kind == operation_kind::lift) {
      c.what = call::kind::lift_refused;
      c.subject = number_of(names.sanctions, attempt.sanction);
    } else {
      return; // says nothing about the account
    }
    out_[attempt.account].posts.push_back(c);
  }

  /// What was accepted gives the same answer for ever.
  void check_late_refusals(const std::string& command, const indices& attempts, const call& main) {
    for (auto i : attempts)
      if (op(i).result == outcome::refused && main.must_happen() && op(i).invoked > main.deadline)
        object(3, op(i).account, "command " + command + " was accepted, and a repeat of it refused");
  }

  /// A post that somebody saw has been published, whatever its author was told.
  void apply_sight(const std::string& command, const operation& first, bool may_have_happened, call& main) {
    auto post = post_of_.find(command);
    if (post == post_of_.end())
      return;
    const auto& [account, number] = post->second;
    const auto name = "post " + std::to_string(number) + " (command " + command + ") ";
    if (account != first.account)
      return object(4, account, name + "was published in " + first.account);
    if (!may_have_happened)
      return object(2, account, name + "is there, though it was refused");
    if (main.number != 0 && main.number != number)
      return object(4, account, name + "was acknowledged as number " + std::to_string(main.number));
    const auto& sight = sights_[account][number];
    if (sight.at < main.invoked)
      return object(14, account, name + "was seen before it was asked for");
    main.number = number;
    main.deadline = std::min(main.deadline, sight.at);
  }

  void add(const operation& first, call main) {
    auto& names = names_[first.account];
    auto& out = out_[first.account];
    switch (first.kind) {
      case operation_kind::publish:
        main.what = call::kind::publish;
        out.posts.push_back(main);
        break;
      case operation_kind::suspend:
      case operation_kind::lift:
        main.what = first.kind == operation_kind::suspend ? call::kind::suspend : call::kind::lift;
        main.subject = number_of(names.sanctions, first.sanction);
        out.posts.push_back(main);
        break;
      case operation_kind::subscribe:
      case operation_kind::unsubscribe: {
        const bool joins = first.kind == operation_kind::subscribe && names.changes[first.client] == 1 &&
                           !names.following.contains(first.client);
        main.what = joins                                     ? call::kind::join
                    : first.kind == operation_kind::subscribe ? call::kind::subscribe
                                                              : call::kind::unsubscribe;
        main.subject = joins ? 0 : number_of(names.followers, first.client);
        out.followers.push_back(main);
        break;
      }
      case operation_kind::read:
        if (first.posts)
          out.posts.push_back({call::kind::read_posts, main.invoked, main.deadline, *first.posts, 0, main.source});
        if (first.followers)
          out.followers.push_back(
              {call::kind::read_followers, main.invoked, main.deadline, *first.followers, 0, main.source});
        break;
    }
  }

  const operation& op(std::size_t i) const { return from_.operations[i]; }

  void object(int invariant, const std::string& account, std::string text) {
    findings_.push_back({invariant, account, std::move(text)});
  }

  const recording& from_;
  std::vector<finding>& findings_;
  std::map<std::string, account_names> names_;
  std::map<std::string, std::map<std::uint64_t, first_sight>> sights_;   ///< by account and number
  std::map<std::string, std::pair<std::string, std::uint64_t>> post_of_; ///< by command: account and number
  std::set<std::string> commands_;
  std::map<std::string, account_calls> out_;
};

} // namespace

std::map<std::string, account_calls> calls_of(const recording& what, std::vector<finding>& findings) {
  return converter(what, findings).convert();
}

} // namespace charter::history
