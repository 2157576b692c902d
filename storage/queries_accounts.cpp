// Accounts and organisations: the directory, search, who is told, whose is what.

#include "storage/paging.hpp"

namespace charter::storage {

namespace {

// -- views ----------------------------------------------------------------------------

std::vector<restriction_view> in_force(const restrictions& all, timestamp now) {
  std::vector<restriction_view> shown;
  for (const auto& r : all)
    if (r.in_force(now))
      shown.push_back({to_text(r.sanction, case_aspect::sanction), r.step, r.scope, r.posts_per_day, r.until, r.rule});
  return shown;
}

/// By the same function that decides what the account may publish (I8).
news_right badge_of(const account_row& row, const viewpoint& view) {
  accounts::state state;
  state.exists = true;
  state.kind = row.kind;
  state.organisation = row.organisation;
  state.requested = row.requested;
  state.organisation_copy = row.organisation_copy;
  state.approval = row.approval;
  context in;
  in.now = view.now;
  in.policy = view.policy;
  return accounts::right_of(state, in);
}

/// Somebody can act for it, and its organisation stands behind it.
bool is_usable(const account_row& row) {
  auto acts = [](const account_editor& e) { return e.role == accounts::editor_role::owner && e.active; };
  return std::any_of(row.editors.begin(), row.editors.end(), acts) && (!row.organisation || row.organisation_copy);
}

account_view view_of(const store& rows, const account_id& a, const account_row& row, const viewpoint& view) {
  auto head = get_row<account_head>(rows, tables::account_head(a)).value_or(account_head{});
  account_view out;
  out.account = a;
  out.name = row.name;
  out.description = row.description;
  out.category = row.category;
  out.kind = row.kind;
  out.region = row.region;
  out.badge = badge_of(row, view);
  out.organisation = row.organisation;
  out.followers = head.followers;
  out.posts = head.last_number;
  if (head.last_number > 0)
    out.posted_at = head.last_at;
  out.opened_at = row.opened_at;
  out.restrictions = in_force(row.held, view.now);
  if (row.organisation_copy)
    for (auto& r : in_force(row.organisation_copy->restrictions, view.now))
      out.restrictions.push_back(std::move(r));
  return out;
}

bool is_closed(const account_view& account) {
  return std::any_of(account.restrictions.begin(), account.restrictions.end(),
                     [](const restriction_view& r) { return r.step == sanction_step::close; });
}

std::optional<account_row> row_of(const store& rows, const account_id& a) {
  return get_row<account_row>(rows, tables::account(a));
}

/// As the directory and search show it: not before it can be used, and not once it is closed.
std::optional<account_view> listed(const store& rows, const account_id& a, const viewpoint& view) {
  auto row = row_of(rows, a);
  if (!row || !is_usable(*row))
    return {};
  auto shown = view_of(rows, a, *row, view);
  return is_closed(shown) ? std::nullopt : std::optional{std::move(shown)};
}

} // namespace

std::optional<account_view> account(const store& rows, const account_id& a, const viewpoint& view) {
  auto row = row_of(rows, a);
  return row ? std::optional{view_of(rows, a, *row, view)} : std::nullopt;
}

std::optional<account_id> account_by_name(const store& rows, const name_id& name) {
  std::optional<account_id> found;
  auto prefix = tables::holders(name);
  rows.scan(prefix, end_of(prefix), [&](std::string_view key, byte_view) {
    auto who = key_reader{key, prefix}.entity();
    if (who.kind == entity_kind::account)
      found = who.as<entity_kind::account>();
    return !found;
  });
  return found;
}

std::vector<my_account> accounts_of(const store& rows, const user_id& u, const viewpoint& view) {
  std::vector<my_account> found;
  auto prefix = tables::edited_by(u);
  rows.scan(prefix, end_of(prefix), [&](std::string_view key, byte_view value) {
    auto editor = decode_row<editor_row>(key, value);
    if (auto shown = account(rows, key_reader{key, prefix}.id_of<entity_kind::account>(), view))
      found.push_back({std::move(*shown), editor.role, editor.active});
    return true;
  });
  return found;
}

std::vector<account_view> accounts_of(const store& rows, const organisation_id& o, const viewpoint& view) {
  std::vector<account_view> found;
  auto prefix = tables::accounts_of(o);
  rows.scan(prefix, end_of(prefix), [&](std::string_view key, byte_view) {
    if (auto shown = account(rows, key_reader{key, prefix}.id_of<entity_kind::account>(), view))
      found.push_back(std::move(*shown));
    return true;
  });
  return found;
}

// -- the directory and search ---------------------------------------------------------------

namespace {

/// The narrowest listing that holds all that the filter lets through. A badge is at most the right that was approved.
std::string listing_for(const directory_filter& filter) {
  using tables::facet;
  if (filter.badge == news_right::original)
    return tables::directory(facet::right, to_name(news_right::original));
  if (!filter.category.empty())
    return tables::directory(facet::category, filter.category);
  if (!filter.region.empty())
    return tables::directory(facet::region, filter.region);
  if (!filter.kind.empty())
    return tables::directory(facet::kind, filter.kind);
  return tables::account_names();
}

bool passes(const account_view& account, const directory_filter& filter) {
  return (filter.kind.empty() || account.kind == filter.kind) &&
         (filter.region.empty() || account.region == filter.region) &&
         (filter.category.empty() || account.category == filter.category) &&
         (!filter.badge || account.badge == *filter.badge);
}

/// Of a key that ends with a name and an account.
account_id account_in(std::string_view key, std::string_view prefix) {
  key_reader parts{key, prefix};
  parts.text();
  return parts.id_of<entity_kind::account>();
}

} // namespace

result<page<account_view>> directory(const store& rows, const directory_filter& filter, const page_request& ask,
                                     const viewpoint& view) {
  auto prefix = listing_for(filter);
  return list_page<account_view>(rows, prefix, ask, direction::ascending,
                                 [&](std::string_view key, byte_view) -> std::optional<account_view> {
                                   auto shown = listed(rows, account_in(key, prefix), view);
                                   return shown && passes(*shown, filter) ? std::move(shown) : std::nullopt;
                                 });
}

std::uint64_t accounts_in_region(const store& rows, std::string_view region) {
  std::uint64_t found = 0;
  auto prefix = tables::directory(tables::facet::region, region);
  rows.scan(prefix, end_of(prefix), [&](std::string_view, byte_view) { return ++found < limits::search_rows_max; });
  return found;
}

namespace {

// A cursor of a search begins with the part that it is in.
constexpr char part_prefix = 'p';
constexpr char part_within = 'w';

result<page<account_view>> search_part(const store& rows, std::string_view wanted, char part, const page_request& ask,
                                       const viewpoint& view) {
  auto all = tables::account_names();
  auto begins = all + std::string{wanted};
  auto found = list_page<account_view>(rows, part == part_prefix ? begins : all, ask, direction::ascending,
                                       [&](std::string_view key, byte_view) -> std::optional<account_view> {
                                         auto name = key_reader{key, all}.text();
                                         bool fits = part == part_prefix ||
                                                     (name.find(wanted) != name.npos && !name.starts_with(wanted));
                                         return fits ? listed(rows, account_in(key, all), view) : std::nullopt;
                                       });
  if (found && found->next)
    found->next->insert(found->next->begin(), part);
  return found;
}

} // namespace

result<page<account_view>> search_accounts(const store& rows, std::string_view text, const page_request& ask,
                                           const viewpoint& view) {
  auto wanted = folded(text.substr(0, text.find('\0')));
  if (wanted.empty())
    return invalid("text", "please say what to look for");
  auto rest = ask;
  char part = part_prefix;
  if (!ask.after.empty()) {
    part = ask.after.front();
    rest.after = ask.after.substr(1);
    if (part != part_prefix && part != part_within)
      return invalid("after", "this is not a cursor of this list");
  }
  if (part == part_within)
    return search_part(rows, wanted, part_within, rest, view);
  auto found = search_part(rows, wanted, part_prefix, rest, view);
  if (!found || found->next)
    return found;
  auto left = page_size(ask.limit) - found->items.size();
  if (left == 0) {
    found->next = std::string{part_within};
    return found;
  }
  auto more = search_part(rows, wanted, part_within, {static_cast<std::uint32_t>(left), {}}, view);
  if (!more)
    return more;
  for (auto& item : more->items)
    found->items.push_back(std::move(item));
  found->next = std::move(more->next);
  return found;
}

// -- organisations ----------------------------------------------------------------------------

std::optional<organisation_row> organisation_facts(const store& rows, const organisation_id& o) {
  return get_row<organisation_row>(rows, tables::organisation(o));
}

std::optional<organisation_view> organisation(const store& rows, const organisation_id& o, timestamp now) {
  auto row = organisation_facts(rows, o);
  if (!row)
    return {};
  return organisation_view{
      o, row->kind, row->name, row->region, row->registered_at, row->confirmed, in_force(row->held, now)};
}

std::vector<organisation_view> organisations_of(const store& rows, const user_id& owner, timestamp now) {
  std::vector<organisation_view> found;
  auto prefix = tables::owned_by(owner);
  rows.scan(prefix, end_of(prefix), [&](std::string_view key, byte_view) {
    if (auto shown = organisation(rows, key_reader{key, prefix}.id_of<entity_kind::organisation>(), now))
      found.push_back(std::move(*shown));
    return true;
  });
  return found;
}

// -- what complaints and sanctions are about ----------------------------------------------------

std::vector<user_id> notified_for(const store& rows, const entity_id& target) {
  std::vector<user_id> who;
  if (target.kind == entity_kind::account) {
    if (auto row = row_of(rows, target.as<entity_kind::account>()))
      for (const auto& editor : row->editors)
        if (editor.active)
          who.push_back(editor.user);
  } else if (target.kind == entity_kind::organisation) {
    if (auto row = organisation_facts(rows, target.as<entity_kind::organisation>()))
      who.push_back(row->owner);
  } else if (target.kind == entity_kind::user) {
    if (auto view = user(rows, target.as<entity_kind::user>()); view && !view->closed)
      who.push_back(view->user);
  }
  return who;
}

std::string region_of(const store& rows, const entity_id& target) {
  if (target.kind == entity_kind::account) {
    auto row = row_of(rows, target.as<entity_kind::account>());
    return row ? row->region : std::string{};
  }
  if (target.kind == entity_kind::organisation) {
    auto row = organisation_facts(rows, target.as<entity_kind::organisation>());
    return row ? row->region : std::string{};
  }
  if (target.kind == entity_kind::user) {
    auto row = get_row<user_row>(rows, tables::user(target.as<entity_kind::user>()));
    return row ? row->region : std::string{};
  }
  return {};
}

} // namespace charter::storage
