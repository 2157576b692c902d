#include "apps/charter/import_record.hpp"

#include "apps/charter/private_file.hpp"
#include "storage/digest.hpp"

namespace charter::cli {

namespace {

/// Ids may be long; half a hash tells them apart.
std::string short_key(const std::string& entry_id) {
  auto digest = storage::sha256(view_of(entry_id));
  return to_hex(byte_view{digest}.first(16));
}

} // namespace

result<import_record> import_record::load(const std::string& directory, const std::string& server,
                                          const std::string& account) {
  import_record record;
  record.path_ = directory + "/imports.json";
  record.key_ = server + " " + account;
  auto text = read_private_file(record.path_);
  if (!text)
    return text.why();
  if (*text)
    record.all_ = nlohmann::json::parse(**text, nullptr, false);
  if (!record.all_.is_object() || (record.all_.contains(record.key_) && !record.all_[record.key_].is_object()))
    return refuse(errc::internal, record.path_ + " is damaged; move it away, and repeated imports post again");
  return record;
}

bool import_record::has(const std::string& entry_id) const {
  auto mine = all_.find(key_);
  return mine != all_.end() && mine->contains(short_key(entry_id));
}

void import_record::add(const std::string& entry_id, const std::string& post) {
  all_[key_][short_key(entry_id)] = post;
}

status import_record::save() const { return write_private_file(path_, all_.dump()); }

} // namespace charter::cli
