#pragma once
// Which entries of a feed were imported to which account, so that an import can be repeated: imports.json beside the
// session. Command ids alone don't do: they are refused when older than a day.

#include <string>

#include <nlohmann/json.hpp>

#include "domain/result.hpp"

namespace charter::cli {

class import_record {
public:
  /// For one account at one server. Errors: as read_private_file; `internal` when damaged.
  static result<import_record> load(const std::string& directory, const std::string& server,
                                    const std::string& account);

  bool has(const std::string& entry_id) const;
  void add(const std::string& entry_id, const std::string& post);
  /// Replaces the file; other accounts' records in it stay.
  status save() const;

private:
  std::string path_;
  std::string key_;
  nlohmann::json all_ = nlohmann::json::object(); ///< {"server account": {hash of the entry's id: post}}
};

} // namespace charter::cli
