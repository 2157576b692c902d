// Regulator offices, disclosures, the public log.

#include "storage/paging.hpp"

namespace charter::storage {

namespace {

std::string name_of(const office_id& o, const office_item& item) {
  switch (item.kind) {
    case office_item_kind::filing: return to_text(filing_id{o, item.number});
    case office_item_kind::report: return to_text(report_id{o, item.number});
    case office_item_kind::referral: return to_text(referral_id{o, item.number});
  }
  return {};
}

office_item_view view_of(const store& rows, const office_id& o, const office_item& item) {
  office_item_view out;
  out.item = name_of(o, item);
  out.office = get_row<std::string>(rows, tables::office_of(o)).value_or("");
  out.kind = item.kind;
  out.state = item.state;
  out.at = item.at;
  out.due = item.due;
  out.about = item.about;
  out.title = item.title;
  out.department = item.department;
  out.content = item.content;
  out.evidence = item.evidence;
  out.acknowledged_at = item.acknowledged_at;
  out.receipt = item.receipt;
  out.answer = item.answer;
  return out;
}

} // namespace

std::optional<office_id> office_by_code(const store& rows, std::string_view code) {
  return get_row<office_id>(rows, tables::office_code(code));
}

std::optional<office_item_view> office_item_of(const store& rows, const office_id& o, office_item_kind kind,
                                               std::uint64_t number) {
  auto item = get_row<office_item>(rows, tables::office_item(o, kind, number));
  return item ? std::optional{view_of(rows, o, *item)} : std::nullopt;
}

result<page<office_item_view>> office_items(const store& rows, const office_id& o, office_item_kind kind,
                                            bool open_only, const page_request& ask) {
  auto prefix = open_only ? tables::open_items(o, kind) : tables::office_items(o, kind);
  return list_page<office_item_view>(rows, prefix, ask, direction::ascending, [&](std::string_view key, byte_view) {
    return office_item_of(rows, o, kind, key_reader{key, prefix}.number());
  });
}

result<page<office_item_view>> open_office_items(const store& rows, office_item_kind kind, const page_request& ask) {
  auto prefix = tables::open_items_by_due(kind);
  return list_page<office_item_view>(rows, prefix, ask, direction::ascending, [&](std::string_view key, byte_view) {
    key_reader parts{key, prefix};
    parts.time();
    auto o = parts.id_of<entity_kind::office>();
    return office_item_of(rows, o, kind, parts.number());
  });
}

std::vector<office_item_view> office_items_about(const store& rows, const entity_id& about) {
  std::vector<office_item_view> found;
  auto prefix = tables::items_about(about);
  rows.scan(prefix, end_of(prefix), [&](std::string_view key, byte_view) {
    key_reader parts{key, prefix};
    auto o = parts.id_of<entity_kind::office>();
    auto kind = static_cast<office_item_kind>(parts.byte());
    if (auto item = office_item_of(rows, o, kind, parts.number()))
      found.push_back(std::move(*item));
    return found.size() < limits::page_items_max;
  });
  return found;
}

// -- disclosures ------------------------------------------------------------------------------

std::optional<disclosure_row> disclosure(const store& rows, const disclosure_id& d) {
  return get_row<disclosure_row>(rows, tables::disclosure(d));
}

result<page<disclosure_view>> disclosures(const store& rows, std::optional<identities::disclosure_status> status,
                                          const page_request& ask) {
  auto prefix = tables::disclosures();
  return list_page<disclosure_view>(rows, prefix, ask, direction::descending,
                                    [&](std::string_view key, byte_view) -> std::optional<disclosure_view> {
                                      key_reader parts{key, prefix};
                                      parts.time();
                                      auto row = disclosure(rows, disclosure_id{parts.raw16()});
                                      if (!row || (status && row->view.status != *status))
                                        return {};
                                      return std::move(row->view);
                                    });
}

// -- the public log -----------------------------------------------------------------------------

std::uint64_t log_size(const store& rows) { return get_row<std::uint64_t>(rows, tables::log_size()).value_or(0); }

std::optional<bytes> log_entry(const store& rows, std::uint64_t number) { return rows.get(tables::log_entry(number)); }

std::vector<bytes> log_entries(const store& rows, std::uint64_t from, std::size_t limit) {
  std::vector<bytes> found;
  rows.scan(tables::log_entry(from), end_of(tables::log_entries()), [&](std::string_view, byte_view value) {
    if (found.size() == std::min(limit, limits::page_items_max))
      return false;
    found.emplace_back(value.begin(), value.end());
    return true;
  });
  return found;
}

} // namespace charter::storage
