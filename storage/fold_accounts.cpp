// Accounts: the directory, their editors, and their posts.

#include <algorithm>

#include "storage/fold_events.hpp"

namespace charter::storage {

namespace {

account_id self_of(const occasion& here) { return here.self.as<entity_kind::account>(); }

/// Nothing happens to an account that isn't there.
template <class Change>
void rewrite(const occasion& here, Change change) {
  auto key = tables::account(self_of(here));
  auto row = here.get<account_row>(key);
  if (!row)
    return;
  change(*row);
  here.put(key, *row);
}

template <class Change>
void rewrite_head(const occasion& here, Change change) {
  auto key = tables::account_head(self_of(here));
  auto head = here.get<account_head>(key);
  if (!head)
    return;
  change(*head);
  here.put(key, *head);
}

/// Where the account is found: by name, in the directory, among its organisation's.
std::vector<std::string> places_of(const occasion& here, const account_row& row) {
  auto self = self_of(here);
  using tables::facet;
  std::vector<std::string> places{tables::holder(row.name_key, here.self),
                                  tables::account_name(row.name, self),
                                  tables::in_directory(facet::kind, row.kind, row.name, self),
                                  tables::in_directory(facet::region, row.region, row.name, self),
                                  tables::in_directory(facet::category, row.category, row.name, self),
                                  tables::in_directory(facet::right, to_name(row.requested), row.name, self)};
  if (row.organisation)
    places.push_back(tables::account_of(*row.organisation, self));
  return places;
}

void list(const occasion& here, const account_row& row) {
  for (auto& key : places_of(here, row))
    here.mark(std::move(key));
}

void unlist(const occasion& here, const account_row& row) {
  for (auto& key : places_of(here, row))
    here.erase(std::move(key));
}

// -- editors --------------------------------------------------------------------------

void put_editor(const occasion& here, account_row& row, const account_editor& editor) {
  auto same = [&](const account_editor& x) { return x.user == editor.user; };
  if (auto at = std::find_if(row.editors.begin(), row.editors.end(), same); at != row.editors.end())
    *at = editor;
  else
    row.editors.push_back(editor);
  here.put(tables::edited_by(editor.user, self_of(here)), editor_row{editor.role, editor.active});
}

void apply(const occasion& here, const accounts::editor_invited& e) {
  rewrite(here, [&](account_row& row) { put_editor(here, row, {e.user, e.role, false}); });
}

void apply(const occasion& here, const accounts::editor_standing_kept& e) {
  rewrite(here, [&](account_row& row) {
    for (const auto& editor : row.editors)
      if (editor.user == e.user)
        return put_editor(here, row, {e.user, editor.role, true});
  });
}

void apply(const occasion& here, const accounts::editor_removed& e) {
  rewrite(here, [&](account_row& row) {
    std::erase_if(row.editors, [&](const account_editor& x) { return x.user == e.user; });
  });
  here.erase(tables::edited_by(e.user, self_of(here)));
}

// -- the account ----------------------------------------------------------------------

void apply(const occasion& here, const accounts::opened& e) {
  account_row row;
  row.name = e.name;
  row.name_key = e.name_key;
  row.description = e.description;
  row.category = e.category;
  row.kind = e.kind;
  row.region = e.region;
  row.organisation = e.organisation;
  row.requested = e.requested;
  row.opened_at = e.at;
  here.put(tables::account(self_of(here)), row);
  here.put(tables::account_head(self_of(here)), account_head{});
  list(here, row);
}

/// It never came to be: its name is free again, and its id is used by nobody.
void apply(const occasion& here, const accounts::opening_failed&) {
  auto self = self_of(here);
  rewrite(here, [&](const account_row& row) {
    unlist(here, row);
    for (const auto& editor : row.editors)
      here.erase(tables::edited_by(editor.user, self));
  });
  here.erase(tables::account(self));
  here.erase(tables::account_head(self));
}

void apply(const occasion& here, const accounts::organisation_standing_kept& e) {
  rewrite(here, [&](account_row& row) { row.organisation_copy = e.standing; });
}

void apply(const occasion& here, const accounts::restricted& e) {
  rewrite(here, [&](account_row& row) { put_restriction(row.held, e.what); });
}

void apply(const occasion& here, const accounts::restriction_lifted& e) {
  rewrite(here, [&](account_row& row) { drop_restriction(row.held, e.sanction); });
}

void apply(const occasion& here, const accounts::right_granted& e) {
  rewrite(here, [&](account_row& row) {
    unlist(here, row);
    row.requested = e.right;
    row.approval = e.approval;
    list(here, row);
  });
}

void apply(const occasion& here, const accounts::followers_changed& e) {
  rewrite_head(here, [&](account_head& head) { head.followers = e.followers; });
}

// -- posts ----------------------------------------------------------------------------

/// Withdrawn by its author counts more than withheld by a case.
void settle_state(stored_post& row) {
  if (row.withdrawn_at)
    row.post.state = post_state::withdrawn;
  else
    row.post.state = row.post.withheld_by ? post_state::withheld : post_state::visible;
}

template <class Change>
void rewrite_post(const occasion& here, std::uint64_t number, Change change) {
  auto key = tables::post(self_of(here), number);
  auto row = here.get<stored_post>(key);
  if (!row)
    return;
  change(*row);
  settle_state(*row);
  here.put(key, *row);
}

void apply(const occasion& here, const accounts::published& e) {
  stored_post row;
  row.post = {e.number, e.at, e.kind, e.title, e.text, e.link, e.author, e.source, post_state::visible,
              {},       {},   e.badge};
  row.position = here.at;
  here.put(tables::post(self_of(here), e.number), row);
  rewrite_head(here, [&](account_head& head) {
    head.last_number = e.number;
    head.last_at = e.at;
    head.last_position = here.at;
  });
  here.carries(e.number);
}

void apply(const occasion& here, const accounts::corrected& e) {
  rewrite_post(here, e.number, [&](stored_post& row) {
    row.post.earlier.push_back({e.at, row.post.text});
    row.post.title = e.title;
    row.post.text = e.text;
  });
  here.carries(e.number);
}

/// The text stays as long as the charter keeps withdrawn posts; views don't show it.
void apply(const occasion& here, const accounts::post_withdrawn& e) {
  rewrite_post(here, e.number, [&](stored_post& row) { row.withdrawn_at = e.at; });
}

void apply(const occasion& here, const accounts::post_withheld& e) {
  rewrite_post(here, e.number, [&](stored_post& row) {
    row.post.withheld_by = e.sanction;
    row.withheld_rule = e.rule;
  });
}

void apply(const occasion& here, const accounts::post_restored& e) {
  rewrite_post(here, e.number, [&](stored_post& row) {
    row.post.withheld_by.reset();
    row.withheld_rule = {};
  });
}

void apply(const occasion&, const accounts::effect_refused&) {}

} // namespace

void fold(const occasion& here, const accounts::event& e) {
  std::visit([&](const auto& one) { apply(here, one); }, e);
}

} // namespace charter::storage
