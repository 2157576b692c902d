#include "net/methods/account_params.hpp"
#include "net/methods/identity_params.hpp"
#include "net/methods/paging.hpp"
#include "net/methods/table.hpp"

namespace charter::net {

namespace {

refusal no_such(std::string_view what) { return refuse(errc::not_found, "there is no such " + std::string{what}); }

// -- organisations ----------------------------------------------------------------------

void add_organisation_methods(method_table& table) {
  table.task<org_register, organisation_answer>(
      "org.register", access::user,
      "Registers an organisation; its credentials count once a review has confirmed them.", true,
      [](const call_ptr& c, org_register& p) {
        organisations::register_ command;
        command.kind = p.kind;
        command.name = p.name;
        command.region = p.region;
        command.credentials = p.credentials.value_or(std::vector<credential>{});
        c->look(c->user(), [c, command](const any_state& found) mutable {
          command.standing = users::standing_of(std::get<users::state>(found));
          c->send({organisation_id{c->new_id("organisation")}, organisations::command{std::move(command)}});
        });
      });
  table.query<org_get, organisation_view>(
      "org.get", access::user, "An organisation's public facts.", [](call& c, org_get& p) -> result<organisation_view> {
        auto found = storage::organisation(c.rows(), p.organisation, c.now());
        return found ? result<organisation_view>{std::move(*found)} : no_such("organisation");
      });
  table.command<org_add_credential, done>(
      "org.add_credential", access::user, "Declares a credential; it counts once a review has confirmed it.",
      [](call&, org_add_credential& p) -> result<outgoing> {
        return outgoing{p.organisation, organisations::command{organisations::add_credential{std::move(p.credential)}}};
      });
  table.query<org_get, org_members_result>(
      "org.members", access::user, "For its owner: accounts and credentials of an organisation.",
      [](call& c, org_get& p) -> result<org_members_result> {
        auto facts = storage::organisation_facts(c.rows(), p.organisation);
        if (!facts || facts->owner != c.user())
          return no_such("organisation of yours");
        return org_members_result{facts->owner, storage::accounts_of(c.rows(), p.organisation, c.viewpoint()),
                                  std::move(facts->declared), std::move(facts->confirmed)};
      });
}

// -- applications -----------------------------------------------------------------------

void apply_for_account(const call_ptr& c, account_apply& p) {
  auto name = c->name_of(p.name, "name");
  if (!name)
    return c->refuse(name.why());
  cases::application a;
  if (p.organisation) {
    auto facts = storage::organisation_facts(c->rows(), *p.organisation);
    if (!facts || facts->owner != c->user())
      return c->refuse(refuse(errc::forbidden, "only its owner applies for accounts of an organisation"));
    a.organisation_name = facts->name;
  }
  a.name = p.name;
  a.name_key = *name;
  a.description = p.description;
  a.category = p.category;
  a.kind = p.kind;
  a.region = p.region;
  a.organisation = p.organisation;
  a.requested = p.news.value_or(news_right::none);
  a.statement = p.statement;
  auto raw = c->new_id("application");
  c->send({case_id{raw}, cases::command{cases::apply{std::move(a), account_id{c->new_id("account")}}}});
}

result<case_id> application_id(std::string_view text, std::string_view field) {
  case_id id;
  if (!parse(text, id))
    return invalid(std::string{field}, "expected an id that begins with cas_");
  return id;
}

void add_application_methods(method_table& table) {
  table.task<account_apply, application_answer>("account.apply", access::user,
                                                "Applies for a public account; a review decides (article 7.1).", true,
                                                apply_for_account);
  table.command<account_amend, done>(
      "account.amend", access::user, "Answers what the review asked for.",
      [](call&, account_amend& p) -> result<outgoing> {
        auto id = application_id(p.application, "application");
        if (!id)
          return id.why();
        return outgoing{*id, cases::command{cases::amend{p.description, p.statement, p.category}}};
      });
  table.command<case_params, done>("account.withdraw_application", access::user, "Takes an application back.",
                                   [](call&, case_params& p) -> result<outgoing> {
                                     auto id = application_id(p.case_, "case");
                                     if (!id)
                                       return id.why();
                                     return outgoing{*id, cases::command{cases::withdraw{}}};
                                   });
  table.query<no_params, account_mine_result>(
      "account.mine", access::user, "The accounts that you edit, and your applications.",
      [](call& c, no_params&) -> result<account_mine_result> {
        auto applications = storage::cases_of(c.rows(), c.user(), storage::party_role::applicant, {});
        if (!applications)
          return applications.why();
        return account_mine_result{storage::accounts_of(c.rows(), c.user(), c.viewpoint()),
                                   std::move(applications->items)};
      });
}

// -- looking ------------------------------------------------------------------------------

result<account_get_result> get_account(call& c, account_get& p) {
  if (p.account.has_value() == p.name.has_value())
    return invalid("account", "give the account's id or its name");
  auto id = p.account;
  if (p.name) {
    auto name = c.name_of(*p.name, "name");
    if (!name)
      return name.why();
    id = storage::account_by_name(c.rows(), *name);
  }
  auto found = id ? storage::account(c.rows(), *id, c.viewpoint()) : std::optional<account_view>{};
  if (!found)
    return no_such("account");
  account_get_result out{std::move(*found), {}};
  if (auto book = c.book())
    if (auto* badge = badge_for(**book, out.account.badge))
      out.badge = *badge;
  return out;
}

result<page<post_view>> posts(call& c, account_posts& p) {
  if (p.from.has_value() != p.to.has_value())
    return invalid("to", "a range has both ends");
  if (p.from)
    return page<post_view>{storage::posts_between(c.rows(), p.account, *p.from, *p.to), {}};
  return storage::posts_of(c.rows(), p.account, page_of(p));
}

void add_look_up_methods(method_table& table) {
  table.query<account_get, account_get_result>("account.get", access::anyone,
                                               "An account, with its badge and what that stands for.", get_account);
  table.query<account_directory, page<account_view>>(
      "account.directory", access::anyone, "Accounts by kind, region, category and badge.",
      [](call& c, account_directory& p) {
        storage::directory_filter filter{p.kind.value_or(""), p.region.value_or(""), p.category.value_or(""), p.badge};
        return storage::directory(c.rows(), filter, page_of(p), c.viewpoint());
      });
  table.query<account_search, page<account_view>>(
      "account.search", access::anyone, "Accounts whose name begins with a text, or contains it.",
      [](call& c, account_search& p) { return storage::search_accounts(c.rows(), p.text, page_of(p), c.viewpoint()); });
  table.query<account_posts, page<post_view>>("account.posts", access::anyone, "An account's posts.", posts);
}

// -- publishing: every way passes accounts::may_publish -------------------------------------

void repost(const call_ptr& c, account_repost& p) {
  auto source = storage::source_of(c->rows(), p.source);
  auto original = storage::post(c->rows(), p.source);
  if (!source || !original)
    return c->refuse(no_such("post"));
  auto inherited = original->kind == post_kind::general ? post_kind::general : post_kind::news_repost;
  accounts::repost command{std::move(*source), p.kind.value_or(inherited), p.comment.value_or("")};
  c->send({p.account, accounts::command{std::move(command)}});
}

void add_publishing_methods(method_table& table) {
  table.command<account_publish, post_answer>("account.publish", access::user, "Publishes a post to all who follow.",
                                              [](call&, account_publish& p) -> result<outgoing> {
                                                accounts::publish command{p.kind.value_or(post_kind::general),
                                                                          p.title.value_or(""), p.text,
                                                                          p.link.value_or("")};
                                                return outgoing{p.account, accounts::command{std::move(command)}};
                                              });
  table.task<account_repost, post_answer>("account.repost", access::user, "Re-posts another account's post.", true,
                                          repost);
  table.command<account_correct, post_answer>(
      "account.correct", access::user, "Corrects a post; its history stays visible.",
      [](call&, account_correct& p) -> result<outgoing> {
        return outgoing{p.post.owner, accounts::command{accounts::correct{p.post.number, p.title, p.text}}};
      });
  table.command<post_params, post_answer>(
      "account.withdraw_post", access::user, "Takes a post back.", [](call&, post_params& p) -> result<outgoing> {
        return outgoing{p.post.owner, accounts::command{accounts::withdraw_post{p.post.number}}};
      });
}

// -- editors --------------------------------------------------------------------------------

void editors(const call_ptr& c, account_params& p) {
  c->look(p.account, [c](const any_state& found) {
    auto& s = std::get<accounts::state>(found);
    if (!std::ranges::count(s.editors, c->user(), &accounts::editor::user))
      return c->refuse(refuse(errc::forbidden, "only an account's editors see who edits it"));
    account_editors_result out;
    for (auto& e : s.editors) {
      auto name = storage::pseudonyms(c->rows(), std::span{&e.user, 1}).front();
      out.editors.push_back({e.user, std::move(name), e.role, e.active});
    }
    c->reply(wire::encode(out));
  });
}

void add_editor_methods(method_table& table) {
  table.task<account_params, account_editors_result>("account.editors", access::user,
                                                     "For editors: who edits an account.", false, editors);
  table.command<account_editor, done>("account.add_editor", access::user, "By the owner: lets a user edit the account.",
                                      [](call&, account_editor& p) -> result<outgoing> {
                                        return outgoing{p.account, accounts::command{accounts::add_editor{p.user}}};
                                      });
  table.command<account_editor, done>("account.remove_editor", access::user,
                                      "By the owner, or by the editor for itself.",
                                      [](call&, account_editor& p) -> result<outgoing> {
                                        return outgoing{p.account, accounts::command{accounts::remove_editor{p.user}}};
                                      });
}

} // namespace

void add_account_methods(method_table& table) {
  add_organisation_methods(table);
  add_application_methods(table);
  add_look_up_methods(table);
  add_publishing_methods(table);
  add_editor_methods(table);
}

} // namespace charter::net
