#include "apps/chaos/journals.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "storage/digest.hpp"
#include "storage/inspect.hpp"

namespace charter::chaos {

namespace {

constexpr std::size_t differences_max = 10;

struct record_digest {
  storage::position at = 0;
  digest32 header{};
  std::optional<digest32> body; ///< nothing when it is erased, which each replica does in its own time
};
using shard_digests = std::vector<record_digest>;
using journal_digests = std::map<shard_id, shard_digests>;

class comparison {
public:
  journals_compared of(const std::vector<std::filesystem::path>& directories) {
    std::vector<journal_digests> all;
    for (auto& directory : directories)
      all.push_back(read(directory));
    for (auto& [shard, digests] : all.front())
      out_.records += digests.size();
    out_.shards = all.front().size();
    for (std::size_t i = 1; i < all.size(); ++i)
      compare(all.front(), all[i], directories[i].filename());
    return std::move(out_);
  }

private:
  void tell(const std::string& what) {
    if (out_.differences.size() < differences_max)
      out_.differences.push_back(what);
  }

  journal_digests read(const std::filesystem::path& directory) {
    journal_digests out;
    auto report = storage::verify_journal(directory);
    if (!report) {
      tell(directory.filename().string() + " can't be read: " + report.why().detail);
      return out;
    }
    for (auto& d : report->damage)
      tell(directory.filename().string() + ", shard " + std::to_string(d.shard) + ": " + d.what);
    for (auto& [shard, figures] : report->shards) {
      auto& digests = out[shard];
      auto skipped = storage::dump_journal(directory, shard, 1, [&](const storage::inspected_record& r) {
        digests.push_back({r.at, storage::sha256(r.record.header), {}});
        if (!r.erased)
          digests.back().body = storage::sha256(r.record.body);
        return true;
      });
      if (!skipped || *skipped > 0)
        tell(directory.filename().string() + ", shard " + std::to_string(shard) + ": records are damaged");
    }
    return out;
  }

  void compare(const journal_digests& first, const journal_digests& other, const std::string& name) {
    for (auto& [shard, digests] : other)
      if (!first.contains(shard))
        tell(name + " has a shard " + std::to_string(shard) + " that the first one lacks");
    for (auto& [shard, digests] : first) {
      auto found = other.find(shard);
      if (found == other.end())
        tell(name + " lacks shard " + std::to_string(shard));
      else
        compare(digests, found->second, name + ", shard " + std::to_string(shard));
    }
  }

  void compare(const shard_digests& first, const shard_digests& other, const std::string& where) {
    if (first.size() != other.size())
      tell(where + ": " + std::to_string(other.size()) + " records, and the first one has " +
           std::to_string(first.size()));
    for (std::size_t i = 0; i < std::min(first.size(), other.size()); ++i) {
      auto &a = first[i], &b = other[i];
      if (a.at != b.at || a.header != b.header || (a.body && b.body && *a.body != *b.body))
        return tell(where + ": differs from position " + std::to_string(b.at) + " on");
    }
  }

  journals_compared out_;
};

} // namespace

journals_compared compare_journals(const std::vector<std::filesystem::path>& directories) {
  return comparison{}.of(directories);
}

} // namespace charter::chaos
