#include "apps/charter/journal_dump.hpp"

#include "domain/codec/change_codec.hpp"
#include "domain/codec/wire.hpp"
#include "storage/digest.hpp"

namespace charter::cli {

namespace {

using nlohmann::json;

std::string body_state(const storage::inspected_record& record) {
  return record.erased ? "erased" : record.has_body ? "present" : "none";
}

std::string by_text(const change& c) {
  switch (c.origin) {
    case caller::origin::anonymous: return "anonymous";
    case caller::origin::system: return "system";
    case caller::origin::user:
    case caller::origin::entity: return to_text(c.by);
  }
  return {};
}

} // namespace

json describe_record(const storage::inspected_record& record) {
  json out = {{"shard", record.shard}, {"position", record.at}, {"body", body_state(record)}};
  // Without the body every personal value comes out as erased, and so is left out.
  auto decoded = codec::decode_change(record.record.header, {});
  if (!decoded) {
    out["problem"] = decoded.why().detail;
    return out;
  }
  auto& c = *decoded;
  out["at"] = to_text(c.at);
  out["entity"] = to_text(c.entity);
  out["kind"] = to_name(c.entity.kind);
  out["by"] = by_text(c);
  if (!c.command.empty())
    out["command"] = to_text(c.command);
  out["events"] = wire::encode(c.events);
  json effects = json::array();
  for (auto& e : c.effects)
    effects.push_back(to_text(e.to));
  out["effects"] = effects;
  if (c.due)
    out["due"] = to_text(*c.due);
  return out;
}

storage::body_check check_of_bodies() {
  return [](const storage::inspected_record& record) {
    auto digest = [](byte_view data) { return storage::sha256(data); };
    auto fits = codec::check_body(record.record.header, record.record.body, digest);
    return fits ? std::string{} : fits.why().detail;
  };
}

} // namespace charter::cli
