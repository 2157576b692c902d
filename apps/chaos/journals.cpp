#include "apps/chaos/journals.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>

#include "storage/data_directory.hpp"
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

  journals_compared of_shard(const std::vector<std::filesystem::path>& directories, shard_id shard) {
    std::vector<shard_digests> all;
    auto least = std::numeric_limits<std::size_t>::max();
    for (auto& directory : directories) {
      all.push_back(read(directory, shard));
      least = std::min(least, all.back().size());
    }
    for (auto& digests : all)
      digests.resize(least);
    for (std::size_t i = 1; i < all.size(); ++i)
      compare(all.front(), all[i], "replica " + std::to_string(i + 1) + ", shard " + std::to_string(shard));
    out_.shards = 1;
    out_.records = least;
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
    for (auto& [shard, figures] : report->shards)
      out[shard] = read(directory, shard);
    return out;
  }

  shard_digests read(const std::filesystem::path& directory, shard_id shard) {
    shard_digests out;
    auto skipped = storage::dump_journal(directory, shard, 1, [&](const storage::inspected_record& r) {
      out.push_back({r.at, storage::sha256(r.record.header), {}});
      if (!r.erased)
        out.back().body = storage::sha256(r.record.body);
      return true;
    });
    if (!skipped)
      tell(directory.string() + ", shard " + std::to_string(shard) + ": " + skipped.why().detail);
    else if (*skipped > 0)
      tell(directory.string() + ", shard " + std::to_string(shard) + ": records are damaged");
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

journals_compared compare_beginnings(const std::vector<std::filesystem::path>& directories, shard_id shard) {
  return comparison{}.of_shard(directories, shard);
}

status copy_journal(const std::filesystem::path& directory, const std::filesystem::path& to) {
  std::error_code failed;
  std::filesystem::remove_all(to, failed);
  std::filesystem::path from = storage::journal_path(directory), target = storage::journal_path(to);
  std::filesystem::create_directories(target, failed);
  for (auto& entry : std::filesystem::directory_iterator{from, failed}) {
    auto name = entry.path().filename();
    if (name == "LOCK")
      continue;
    if (name.extension() == ".ldb" || name.extension() == ".sst")
      std::filesystem::create_hard_link(entry.path(), target / name, failed);
    else
      std::filesystem::copy_file(entry.path(), target / name, failed);
    if (failed)
      return refuse(errc::unavailable, "can't copy " + entry.path().string() + ": " + failed.message());
  }
  if (failed)
    return refuse(errc::unavailable, "can't copy " + from.string() + ": " + failed.message());
  return done{};
}

} // namespace charter::chaos
