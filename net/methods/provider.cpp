#include "net/methods/case_work.hpp"
#include "net/methods/identity_params.hpp"
#include "net/methods/office_params.hpp"
#include "net/methods/table.hpp"
#include "net/methods/tree_gatherer.hpp"

namespace charter::net {

namespace {

// -- public facts ---------------------------------------------------------------------------------

gate_view gate_of(const rule_book& book, const gate_rule& rule, std::span<const credential> held, timestamp now) {
  auto passed = gate(book, rule.what, held, now);
  return {rule.what, static_cast<bool>(passed), passed ? std::string{} : passed.why().detail, rule.rule};
}

result<provider_status_result> show_status(call& c, no_params&) {
  auto book = c.book();
  if (!book)
    return book.why();
  auto& facts = c.viewpoint().policy->facts;
  provider_status_result out;
  out.provider = facts.provider;
  out.founded_at = facts.founded_at;
  out.credentials = facts.credentials;
  for (auto& rule : (*book)->provider.gates)
    out.gates.push_back(gate_of(**book, rule, facts.credentials, c.now()));
  out.charter = (*book)->id;
  out.charter_version = (*book)->version;
  out.policy_version = facts.version;
  out.log_size = storage::log_size(c.rows());
  return out;
}

result<provider_charter_result> show_charter(call& c, no_params&) {
  auto book = c.book();
  if (!book)
    return book.why();
  return provider_charter_result{**book};
}

// -- staffing (article 5.2) -----------------------------------------------------------------------

/// On duty is who is logged in: nobody keeps a roster here, and nobody decides without a session.
bool is_on_duty(const call& c, const user_id& who) { return !storage::sessions_of(c.rows(), who).empty(); }

std::vector<staff_count> count_staff(const call& c, const policies::state& facts) {
  std::map<std::pair<role, std::string>, staff_count> counts;
  for (auto& [user, grants] : facts.roles) {
    bool on_duty = is_on_duty(c, user);
    for (auto& grant : grants) {
      auto& count = counts[{grant.role, grant.office}];
      count.who = grant.role;
      count.region = grant.office;
      count.on_duty += on_duty;
      ++count.holding;
    }
  }
  std::vector<staff_count> out;
  for (auto& [what, count] : counts)
    out.push_back(count);
  return out;
}

result<provider_staffing_result> show_staffing(call& c, no_params&) {
  auto book = c.book();
  if (!book)
    return book.why();
  std::map<std::string, std::uint64_t> active;
  for (auto& region : (*book)->regions)
    if (auto accounts = storage::accounts_in_region(c.rows(), region.key); accounts > 0)
      active[region.key] = accounts;
  auto staff = count_staff(c, c.viewpoint().policy->facts);
  auto missing = staffing_shortfalls(**book, active, staff, c.now());
  return provider_staffing_result{std::move(staff), std::move(missing)};
}

void add_provider(method_table& table) {
  table.query<no_params, provider_status_result>(
      "provider.status", access::anyone,
      "Who runs this, by which credentials and charter, and what they let anyone do.", show_status);
  table.query<no_params, provider_charter_result>("provider.charter", access::anyone,
                                                  "The rule book in force, as data.", show_charter);
  table.query<no_params, provider_staffing_result>("provider.staffing", access::staff,
                                                   "How many hold each role, and where the charter asks for more.",
                                                   show_staffing);
  table.command<provider_add_credential, policy_answer>(
      "provider.add_credential", access::staff, "By an operator: adds or renews a credential.",
      [](call&, provider_add_credential& p) -> result<outgoing> {
        return outgoing{policy_entity, policies::command{policies::add_credential{std::move(p.credential)}}};
      });
}

// -- roles ------------------------------------------------------------------------------------------

std::vector<user_id> staff_but(const policies::state& facts, const user_id& who) {
  std::vector<user_id> others;
  for (auto& [user, grants] : facts.roles)
    if (user != who)
      others.push_back(user);
  return others;
}

/// The question is about who gets the role, not about who grants it.
void grant_role(const call_ptr& c, admin_grant_role& p) {
  if (auto allowed = require_power(*c, {act::grant_role}); !allowed)
    return c->refuse(allowed.why());
  auto user = storage::user(c->rows(), p.user);
  if (!user || user->closed)
    return c->refuse(refuse(errc::not_found, "there is no such user"));
  policies::grant_role command{p.user, p.role, p.office.value_or(""), false};
  auto send = [c, command = std::move(command)](bool same_person) {
    auto granted = command;
    granted.same_person_is_staff = same_person;
    c->send({policy_entity, policies::command{std::move(granted)}});
  };
  auto others = staff_but(c->viewpoint().policy->facts, p.user);
  if (others.empty())
    return send(false);
  c->ask<person_verdict>(c->services().vault(), same_person{p.user, std::move(others)},
                         [send](const person_verdict& v) { send(v.same); });
}

// -- the charter, the tree ----------------------------------------------------------------------------

/// The reader lists every mistake in its refusal, so that a charter's author mends them in one go.
result<outgoing> activate_charter(call& c, admin_activate_charter& p) {
  if (auto allowed = require_power(c, {act::activate_charter}); !allowed)
    return allowed.why();
  auto book = c.services().read_charter(p.text);
  if (!book) {
    auto why = std::move(book).why();
    if (why.field.empty())
      why.field = "text";
    return why;
  }
  auto digest = c.services().digest(view_of(p.text));
  policies::activate_charter command{std::move(p.text), digest, (*book)->id, (*book)->version, (*book)->effective_from};
  return outgoing{policy_entity, policies::command{std::move(command)}};
}

void show_tree(const call_ptr& c, no_params&) {
  if (!c->has_role(role::operator_))
    return c->refuse(refuse(errc::forbidden, "this is for operators"));
  auto& services = c->services();
  auto gatherer = spawn_tree_gatherer(services.vault()->home_system(), services.tree);
  c->ask<admin_tree_result>(gatherer, gather_tree{},
                            [c](const admin_tree_result& found) { c->reply(wire::encode(found)); });
}

void add_admin(method_table& table) {
  table.task<admin_grant_role, policy_answer>("admin.grant_role", access::staff,
                                              "By an operator: gives a user a role, one person under one pseudonym.",
                                              true, grant_role);
  table.command<admin_revoke_role, policy_answer>(
      "admin.revoke_role", access::staff, "By an operator: takes a role away; sessions feel it at once.",
      [](call&, admin_revoke_role& p) -> result<outgoing> {
        return outgoing{policy_entity, policies::command{policies::revoke_role{p.user, p.role}}};
      });
  table.command<admin_activate_charter, policy_answer>(
      "admin.activate_charter", access::staff, "By an operator: announces a charter that comes into force later.",
      activate_charter);
  table.task<no_params, admin_tree_result>("admin.tree", access::staff, "By an operator: the live supervision tree.",
                                           false, show_tree);
}

} // namespace

void add_provider_methods(method_table& table) {
  add_provider(table);
  add_admin(table);
}

} // namespace charter::net
