#include "config/charter_checks.hpp"

#include <map>

#include "config/checker.hpp"

namespace charter::config {

namespace {

void check_keys(const rule_book& b, checker& c) {
  c.unique("bases", b.bases, "key", &named_key::key);
  c.unique("aims", b.aims, "key", &named_key::key);
  c.unique("articles", b.articles, "number", &article::number);
  c.unique("provider.credentials", b.provider.credentials, "key", &credential_kind::key);
  c.unique("agreement.items", b.agreement.items, "key", &agreement_item::key);
  c.unique("disclosure.bases", b.disclosure.bases, "key", &disclosure_basis::key);
  c.unique("organisations", b.organisations, "key", &organisation_kind::key);
  c.unique("categories", b.categories, "key", &named_key::key);
  c.unique("review.lanes", b.review.lanes, "key", &lane::key);
  c.unique("review.checklist", b.review.checklist, "key", &checklist_item::key);
  c.unique("filing.fields_of_record", b.filing.fields_of_record, "key", &filing_field::key);
  c.unique("complaints", b.complaints, "key", &complaint_reason::key);
  c.unique("sanctions.steps", b.sanctions.steps, "step", &ladder_step::step);
  c.unique("sanctions.strikes", b.sanctions.strikes, "weight", &strike_rule::weight);
  c.unique("credit.deductions", b.credit.deductions, "weight", &credit_deduction::weight);
  c.unique("credit.grades", b.credit.grades, "key", &credit_grade::key);
  c.unique("retention", b.retention, "what", &retention_rule::what);
  c.unique("reports", b.reports, "key", &report_duty::key);
  c.unique("regions", b.regions, "key", &named_key::key);
  c.unique("regulators.provincial", b.regulators.provincial, "code", &office::code);
  c.unique("departments", b.departments, "key", &department::key);
  c.unique("powers", b.powers, "what", &power::what);
  c.unique("provider.gates", b.provider.gates, "what", &gate_rule::what, &gate_rule::credential);
}

void check_news_keys(const news_rules& news, const key_set& organisations, const key_set& credentials, checker& c) {
  for (std::size_t i = 0; i < news.matrix.size(); ++i) {
    c.refers(item_path("news.matrix", i, "organisation"), news.matrix[i].organisation, organisations);
    if (const auto& key = news.matrix[i].credential)
      c.refers(item_path("news.matrix", i, "credential"), *key, credentials);
  }
  for (std::size_t i = 0; i < news.approvals.size(); ++i)
    c.refer(item_path("news.approvals", i, "organisations"), news.approvals[i].organisations, organisations);
  if (!news.approvals.empty())
    c.unique("news.approvals", news.approvals, "key", &approval_rule::key);
  if (!news.badges.empty())
    c.unique("news.badges", news.badges, "right", &badge::right);
}

void check_links(const rule_book& b, checker& c) {
  auto aims = keys_of("aims", b.aims, &named_key::key);
  for (std::size_t i = 0; i < b.articles.size(); ++i)
    c.refer(item_path("articles", i, "aims"), b.articles[i].aims, aims);

  auto provider = keys_of("provider.credentials", b.provider.credentials, &credential_kind::key);
  for (std::size_t i = 0; i < b.provider.gates.size(); ++i)
    c.refers(item_path("provider.gates", i, "credential"), b.provider.gates[i].credential, provider);

  auto lanes = keys_of("review.lanes", b.review.lanes, &lane::key);
  for (std::size_t i = 0; i < b.organisations.size(); ++i)
    c.refers(item_path("organisations", i, "lane"), b.organisations[i].lane, lanes);
  for (std::size_t i = 0; i < b.review.checklist.size(); ++i)
    c.refer(item_path("review.checklist", i, "lanes"), b.review.checklist[i].lanes, lanes);

  auto items = keys_of("agreement.items", b.agreement.items, &agreement_item::key);
  for (std::size_t i = 0; i < b.complaints.size(); ++i)
    c.refers(item_path("complaints", i, "bottom_line"), b.complaints[i].bottom_line, items);

  check_news_keys(b.news, keys_of("organisations", b.organisations, &organisation_kind::key),
                  keys_of("organisation_credentials", b.organisation_credentials, &credential_kind::key), c);
}

/// Every region has one office: a report must have one place to go to.
void check_offices(const rule_book& b, checker& c) {
  auto regions = keys_of("regions", b.regions, &named_key::key);
  std::map<std::string, std::string> office_of;
  for (std::size_t i = 0; i < b.regulators.provincial.size(); ++i) {
    const auto& office = b.regulators.provincial[i];
    auto key = item_path("regulators.provincial", i, "regions");
    c.present(key, office.regions);
    c.refer(key, office.regions, regions);
    for (std::size_t j = 0; j < office.regions.size(); ++j) {
      auto [other, first] = office_of.emplace(office.regions[j], office.code);
      c.require(item_path(key, j), first, "a region without an office yet",
                quoted(office.regions[j]) + ", which is the office " + other->second + "'s");
    }
    c.require(item_path("regulators.provincial", i, "code"), office.code != b.regulators.national.code,
              "a value of its own", quoted(office.code) + ", which is the national office's");
  }
  for (std::size_t i = 0; i < b.regions.size(); ++i)
    c.require(item_path("regions", i, "key"), office_of.contains(b.regions[i].key),
              "a region of some office in regulators.provincial", quoted(b.regions[i].key) + ", which no office has");
}

void check_rules(const rule_book& b, const reader& in, checker& c) {
  auto articles = keys_of("articles", b.articles, &article::number);
  auto items = keys_of("agreement.items", b.agreement.items, &agreement_item::key);
  for (const auto& cited : in.rules()) {
    c.require(cited.key, articles.keys.contains(cited.rule.article), "the number of one of the articles",
              quoted(cited.rule.article) + ", which is not defined");
    c.refers(cited.key, cited.rule.item, items);
  }
}

} // namespace

void check_references(const rule_book& book, reader& in) {
  checker c{in};
  check_keys(book, c);
  if (!book.organisation_credentials.empty())
    c.unique("organisation_credentials", book.organisation_credentials, "key", &credential_kind::key);
  check_links(book, c);
  check_offices(book, c);
  check_rules(book, in, c);
}

} // namespace charter::config
