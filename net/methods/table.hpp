#pragma once
// The method table: one entry decodes a call's parameters, says who may call, runs it, and describes itself in the
// OpenRPC document, so the three can't drift apart.
//
// Three kinds. `command`: one envelope to one entity. `query`: reads rows at once. `task`: anything with more steps.
// Handlers run on the gateway's actor, one call at a time per I/O thread; none may block.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "domain/codec/wire.hpp"
#include "net/call.hpp"
#include "net/frame.hpp"

namespace charter::net {

/// Who may call. Roles and rights beyond that are decided where the rule lives, not here.
enum class access : std::uint8_t { anyone, user, staff };

struct method {
  std::string name;
  std::string summary; ///< one sentence
  access who = access::user;
  bool changes = false;              ///< takes a command_id
  secrecy content = secrecy::secret; ///< of its answer; `open` lets it be compressed
  nlohmann::json (*params_schema)() = nullptr;
  nlohmann::json (*result_schema)() = nullptr;
  std::function<void(const call_ptr&)> run;
  bool same_for_all = false; ///< reads rows of the account in `account` and no others, whoever asks
};

class method_table {
public:
  /// `to_send(call&, Params&) → result<outgoing>`; what the entity answers goes to the client.
  template <record Params, record Answer, class F>
  void command(std::string name, access who, std::string summary, F to_send) {
    add<Params, Answer>(std::move(name), who, std::move(summary), true, [to_send](const call_ptr& c, Params& p) {
      auto out = to_send(*c, p);
      if (out)
        c->send(std::move(*out));
      else
        c->refuse(std::move(out).why());
    });
  }

  /// `find(call&, Params&) → result<Result>`
  template <record Params, record Result, class F>
  void query(std::string name, access who, std::string summary, F find) {
    add<Params, Result>(std::move(name), who, std::move(summary), false, [find](const call_ptr& c, Params& p) {
      auto found = find(*c, p);
      if (found)
        c->reply(wire::encode(*found));
      else
        c->refuse(std::move(found).why());
    });
  }

  /// `run(call_ptr, Params&)` replies or refuses exactly once, now or later.
  template <record Params, record Result, class F>
  void task(std::string name, access who, std::string summary, bool changes, F run) {
    add<Params, Result>(std::move(name), who, std::move(summary), changes, std::move(run));
  }

  /// Its answers hold nothing but what anybody may read.
  void declare_open(std::string_view name) { methods_.find(name)->second.content = secrecy::open; }

  /// Its answer depends on nothing but its parameters and the rows of the account in `account`.
  void declare_same_for_all(std::string_view name) { methods_.find(name)->second.same_for_all = true; }

  /// Null for a method that isn't there.
  const method* find(std::string_view name) const {
    auto found = methods_.find(name);
    return found == methods_.end() ? nullptr : &found->second;
  }
  const std::map<std::string, method, std::less<>>& all() const { return methods_; }

private:
  template <record Params, record Result, class F>
  void add(std::string name, access who, std::string summary, bool changes, F run) {
    method m{name, std::move(summary), who, changes, secrecy::secret, &wire::schema<Params>, &wire::schema<Result>, {}};
    m.run = [run = std::move(run)](const call_ptr& c) {
      Params p{};
      if (auto decoded = wire::decode(c->params(), p, wire::path{}); decoded)
        run(c, p);
      else
        c->refuse(decoded.why());
    };
    CHARTER_ASSERT(methods_.emplace(std::move(name), std::move(m)).second);
  }

  std::map<std::string, method, std::less<>> methods_;
};

// One file each.
void add_identity_methods(method_table& table);  ///< identity.*, agreement.*
void add_auth_methods(method_table& table);      ///< auth.*
void add_user_methods(method_table& table);      ///< user.*
void add_chat_methods(method_table& table);      ///< chat.*
void add_presence_methods(method_table& table);  ///< presence.*, chat.typing
void add_account_methods(method_table& table);   ///< org.*, account.*
void add_feed_methods(method_table& table);      ///< feed.*
void add_complaint_methods(method_table& table); ///< complaint.*, appeal.*
void add_desk_methods(method_table& table);      ///< desk.*
void add_sanction_methods(method_table& table);  ///< sanction.*
void add_liaison_methods(method_table& table);   ///< liaison.*
void add_vault_methods(method_table& table);     ///< vault.*
void add_provider_methods(method_table& table);  ///< provider.*, admin.*

/// All of them.
method_table make_method_table();

/// The OpenRPC 1.2 document of the table.
nlohmann::json openrpc_document(const method_table& table, std::string_view server_url);

} // namespace charter::net
