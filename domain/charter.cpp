#include "domain/charter.hpp"

#include <algorithm>

namespace charter {

namespace {

/// The row whose `member` equals `key`, or null.
template <class Row, class Member, class Key>
const Row* find_row(const std::vector<Row>& rows, Member member, const Key& key) {
  auto at = std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.*member == key; });
  return at == rows.end() ? nullptr : &*at;
}

bool counts(const special_approval& approval, timestamp at) {
  return approval.valid_from <= at && at < approval.valid_until;
}

bool holds(std::span<const credential> held, const std::string& kind, timestamp at) {
  return std::any_of(held.begin(), held.end(), [&](const credential& c) { return c.kind == kind && valid(c, at); });
}

/// Why none of the credentials of this kind counts, for the person who is refused.
std::string what_is_wrong(std::span<const credential> held, const credential_kind& kind, timestamp now) {
  auto text = "the provider's credential \"" + kind.name.en + "\" ";
  bool later = false;
  std::optional<timestamp> over;
  for (const auto& c : held)
    if (c.kind == kind.key) {
      later = later || c.valid_from > now;
      if (c.valid_until <= now)
        over = std::max(over.value_or(c.valid_until), c.valid_until);
    }
  if (over)
    return text + "is over since " + to_text(*over);
  return text + (later ? "is not valid yet" : "is absent");
}

/// Length first, so that no two different lists of texts give the same line-up.
void append_counted(std::string& out, std::string_view text) {
  out += std::to_string(text.size());
  out += ':';
  out += text;
  out += '\n';
}

void append_counted(std::string& out, const localized& text) {
  append_counted(out, text.zh_cn);
  append_counted(out, text.en);
}

} // namespace

// -- articles -------------------------------------------------------------------

const article* find_article(const rule_book& book, std::string_view number) {
  return find_row(book.articles, &article::number, number);
}

rule_ref cite(const rule_book& book, std::string_view number, std::string_view item) {
  if (!find_article(book, number))
    return {};
  return {book.id, std::string{number}, std::string{item}};
}

bool in_force(const rule_book& book, const rule_ref& rule, timestamp at) {
  const auto* found = rule.charter == book.id ? find_article(book, rule.article) : nullptr;
  return found && book.effective_from <= at && found->effective_from <= at;
}

const rule_book* book_at(std::span<const rule_book* const> books, timestamp at) {
  const rule_book* best = nullptr;
  auto rank = [](const rule_book& book) { return std::pair{book.effective_from, book.version}; };
  for (const auto* book : books)
    if (book->effective_from <= at && (!best || rank(*best) < rank(*book)))
      best = book;
  return best;
}

// -- credentials ----------------------------------------------------------------

bool valid(const credential& held, timestamp at) { return held.valid_from <= at && at < held.valid_until; }

status gate(const rule_book& book, act what, std::span<const credential> provider, timestamp now) {
  for (const auto& rule : book.provider.gates) {
    if (rule.what != what || !in_force(book, rule.rule, now) || holds(provider, rule.credential, now))
      continue;
    const auto* kind = find_row(book.provider.credentials, &credential_kind::key, rule.credential);
    CHARTER_ASSERT(kind);
    return refuse(errc::credential_missing, what_is_wrong(provider, *kind, now), rule.rule);
  }
  return done{};
}

std::vector<timestamp> expiry_warnings(const rule_book& book, const credential& held) {
  const auto* kind = find_row(book.provider.credentials, &credential_kind::key, held.kind);
  if (!kind)
    kind = find_row(book.organisation_credentials, &credential_kind::key, held.kind);
  std::vector<timestamp> times;
  if (kind)
    for (auto lead : kind->warn_before)
      times.push_back(held.valid_until - lead);
  std::sort(times.begin(), times.end());
  return times;
}

// -- agreement ------------------------------------------------------------------

std::string canonical_text(const agreement& terms) {
  std::string out;
  append_counted(out, terms.rule.charter);
  append_counted(out, std::to_string(terms.version));
  append_counted(out, terms.title);
  append_counted(out, terms.preamble);
  for (const auto& item : terms.items) {
    append_counted(out, item.key);
    append_counted(out, item.title);
    append_counted(out, item.text);
  }
  return out;
}

status check_signature(const rule_book& book, std::uint32_t version, std::span<const std::string> items) {
  const auto& terms = book.agreement;
  auto no = [&](std::string why) { return refuse(errc::agreement_required, std::move(why), terms.rule); };
  if (version != terms.version)
    return no("the agreement in force is version " + std::to_string(terms.version));
  for (const auto& item : terms.items)
    if (std::count(items.begin(), items.end(), item.key) != 1)
      return no("item \"" + item.key + "\" must be signed, once");
  if (items.size() != terms.items.size())
    return no("the agreement has no other items than its " + std::to_string(terms.items.size()));
  return done{};
}

// -- news -----------------------------------------------------------------------

news_right entitlement(const rule_book& book, std::string_view organisation, std::span<const credential> held,
                       const std::optional<special_approval>& approval, timestamp now) {
  if (!find_organisation(book, organisation))
    return news_right::none;
  if (!book.news.restricted || !in_force(book, book.news.rule, now))
    return news_right::original;
  auto best = news_right::none;
  for (const auto& row : book.news.matrix)
    if (row.organisation == organisation && in_force(book, row.rule, now) &&
        (!row.credential || holds(held, *row.credential, now)))
      best = std::max(best, row.right);
  if (!approval || !counts(*approval, now))
    return best;
  const auto* rule = find_row(book.news.approvals, &approval_rule::key, approval->key);
  bool open_to =
      rule && in_force(book, rule->rule, now) &&
      std::find(rule->organisations.begin(), rule->organisations.end(), organisation) != rule->organisations.end();
  return open_to ? std::max(best, rule->grants) : best;
}

status check_post(const rule_book& book, news_right right, post_kind kind) {
  auto needed = news_right::none;
  switch (kind) {
    case post_kind::general: break;
    case post_kind::news_repost: needed = news_right::repost; break;
    case post_kind::news_original: needed = news_right::original; break;
  }
  if (needed <= right)
    return done{};
  auto detail = right == news_right::none ? "this account may not publish or repost current political news"
                                          : "this account may repost current political news, but not publish its own";
  return refuse(errc::not_entitled, detail, book.news.rule);
}

const badge* badge_for(const rule_book& book, news_right right) {
  return right == news_right::none ? nullptr : find_row(book.news.badges, &badge::right, right);
}

// -- organisations, offices, departments ----------------------------------------

const organisation_kind* find_organisation(const rule_book& book, std::string_view key) {
  return find_row(book.organisations, &organisation_kind::key, key);
}

const office* office_for_region(const rule_book& book, std::string_view region) {
  for (const auto& office : book.regulators.provincial)
    if (std::find(office.regions.begin(), office.regions.end(), region) != office.regions.end())
      return &office;
  return nullptr;
}

const office* find_office(const rule_book& book, std::string_view code) {
  if (book.regulators.national.code == code)
    return &book.regulators.national;
  return find_row(book.regulators.provincial, &office::code, code);
}

const department* find_department(const rule_book& book, std::string_view key) {
  return find_row(book.departments, &department::key, key);
}

const disclosure_basis* find_basis(const rule_book& book, std::string_view key) {
  return find_row(book.disclosure.bases, &disclosure_basis::key, key);
}

} // namespace charter
