// Accounts: the directory, their editors, and their posts.

#include <algorithm>

#include "storage/fold_events.hpp"

namespace charter::storage {

namespace {

account_id self_of(const occasion& here) { return here.self.as<entity_kind::account>(); }

account_row row_of(const occasion& here) { return here.get_or_new<account_row>(tables::account(self_of(here))); }
void keep(const occasion& here, const account_row& row) { here.put(tables::account(self_of(here)), row); }

account_head head_of(const occasion& here) {
  return here.get_or_new<account_head>(tables::account_head(self_of(here)));
}
void keep(const occasion& here, const account_head& head) { here.put(tables::account_head(self_of(here)), head); }

/// Where a right stands in the directory.
std::string by_right(const occasion& here, const account_row& row) {
  return tables::in_directory(tables::facet::right, to_name(row.requested), row.name, self_of(here));
}

// -- editors --------------------------------------------------------------------------

void put_editor(const occasion& here, const account_editor& editor) {
  auto row = row_of(here);
  auto same = [&](const account_editor& x) { return x.user == editor.user; };
  if (auto at = std::find_if(row.editors.begin(), row.editors.end(), same); at != row.editors.end())
    *at = editor;
  else
    row.editors.push_back(editor);
  keep(here, row);
  here.put(tables::edited_by(editor.user, self_of(here)), editor_row{editor.role, editor.active});
}

void apply(const occasion& here, const accounts::editor_invited& e) { put_editor(here, {e.user, e.role, false}); }

void apply(const occasion& here, const accounts::editor_standing_kept& e) {
  auto row = row_of(here);
  for (const auto& editor : row.editors)
    if (editor.user == e.user)
      return put_editor(here, {e.user, editor.role, true});
}

/// An account whose owner or organisation turns it down never became usable, and its name is free again.
void unlist(const occasion& here, account_row& row) {
  auto self = self_of(here);
  row.declined = true;
  here.erase(tables::holder(row.name_key, here.self));
  here.erase(tables::account_name(row.name, self));
  here.erase(tables::in_directory(tables::facet::kind, row.kind, row.name, self));
  here.erase(tables::in_directory(tables::facet::region, row.region, row.name, self));
  here.erase(tables::in_directory(tables::facet::category, row.category, row.name, self));
  here.erase(by_right(here, row));
  if (row.organisation)
    here.erase(tables::account_of(*row.organisation, self));
}

void apply(const occasion& here, const accounts::editor_removed& e) {
  auto row = row_of(here);
  auto gone = std::find_if(row.editors.begin(), row.editors.end(), [&](const auto& x) { return x.user == e.user; });
  if (gone == row.editors.end())
    return;
  if (gone->role == accounts::editor_role::owner)
    unlist(here, row);
  row.editors.erase(gone);
  keep(here, row);
  here.erase(tables::edited_by(e.user, self_of(here)));
}

void apply(const occasion& here, const accounts::organisation_declined&) {
  auto row = row_of(here);
  unlist(here, row);
  keep(here, row);
}

// -- the account ----------------------------------------------------------------------

void apply(const occasion& here, const accounts::opened& e) {
  auto self = self_of(here);
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
  keep(here, row);
  keep(here, account_head{});
  here.mark(tables::holder(e.name_key, here.self));
  here.mark(tables::account_name(e.name, self));
  here.mark(tables::in_directory(tables::facet::kind, e.kind, e.name, self));
  here.mark(tables::in_directory(tables::facet::region, e.region, e.name, self));
  here.mark(tables::in_directory(tables::facet::category, e.category, e.name, self));
  here.mark(by_right(here, row));
  if (e.organisation)
    here.mark(tables::account_of(*e.organisation, self));
}

void apply(const occasion& here, const accounts::organisation_standing_kept& e) {
  auto row = row_of(here);
  row.organisation_copy = e.standing;
  keep(here, row);
}

void apply(const occasion& here, const accounts::restricted& e) {
  auto row = row_of(here);
  put_restriction(row.held, e.what);
  keep(here, row);
}

void apply(const occasion& here, const accounts::restriction_lifted& e) {
  auto row = row_of(here);
  drop_restriction(row.held, e.sanction);
  keep(here, row);
}

void apply(const occasion& here, const accounts::right_granted& e) {
  auto row = row_of(here);
  here.erase(by_right(here, row));
  row.requested = e.right;
  row.approval = e.approval;
  here.mark(by_right(here, row));
  keep(here, row);
}

void apply(const occasion& here, const accounts::followers_changed& e) {
  auto head = head_of(here);
  head.followers = e.followers;
  keep(here, head);
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
  auto head = head_of(here);
  head.last_number = e.number;
  head.last_at = e.at;
  head.last_position = here.at;
  keep(here, head);
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
