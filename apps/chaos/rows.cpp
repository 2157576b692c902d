#include "apps/chaos/rows.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "storage/digest.hpp"
#include "storage/leveldb_store.hpp"
#include "storage/tables.hpp"

namespace charter::chaos {

namespace {

struct table_digest {
  storage::sha256_stream all;
  std::uint64_t rows = 0;
};
using tables = std::map<char, std::pair<digest32, std::uint64_t>>;

bytes size_of(std::size_t size) {
  bytes out;
  for (int shift = 0; shift < 64; shift += 8)
    out.push_back(static_cast<std::uint8_t>(size >> shift));
  return out;
}

tables digests_of(const storage::store& rows) {
  std::map<char, table_digest> open;
  rows.scan("", "", [&](std::string_view key, byte_view value) {
    if (!storage::tables::is_folded(key))
      return true;
    auto& table = open[key.front()];
    table.all.add(size_of(key.size()));
    table.all.add(view_of(key));
    table.all.add(size_of(value.size()));
    table.all.add(value);
    ++table.rows;
    return true;
  });
  tables out;
  for (auto& [letter, table] : open)
    out[letter] = {table.all.finish(), table.rows};
  return out;
}

/// How many keys of the one the other lacks or has with another value.
std::size_t different(const storage::store& one, const storage::store& other, char letter) {
  std::size_t out = 0;
  one.scan({&letter, 1}, std::string{static_cast<char>(letter + 1)}, [&](std::string_view key, byte_view value) {
    auto there = other.get(key);
    out += !there || !std::ranges::equal(*there, value);
    return true;
  });
  return out;
}

class comparison {
public:
  rows_compared of(const std::vector<std::filesystem::path>& directories) {
    std::vector<std::unique_ptr<storage::store>> all;
    for (auto& directory : directories) {
      auto opened = storage::open_leveldb_store(directory);
      if (!opened) {
        out_.differences.push_back(directory.filename().string() + "'s rows can't be read: " + opened.why().detail);
        return std::move(out_);
      }
      all.push_back(*std::move(opened));
    }
    auto first = digests_of(*all.front());
    for (auto& [letter, table] : first)
      out_.rows += table.second;
    for (std::size_t i = 1; i < all.size(); ++i)
      compare(*all.front(), first, *all[i], directories[i].filename());
    return std::move(out_);
  }

private:
  void compare(const storage::store& one, const tables& first, const storage::store& other, const std::string& name) {
    auto second = digests_of(other);
    auto letters = first;
    letters.insert(second.begin(), second.end());
    for (auto& [letter, digest] : letters) {
      auto here = first.find(letter);
      auto there = second.find(letter);
      if (here != first.end() && there != second.end() && here->second == there->second)
        continue;
      out_.differences.push_back(name + ", table " + letter + ": has " + std::to_string(different(other, one, letter)) +
                                 " rows that the first one hasn't, or not so, and the first one has " +
                                 std::to_string(different(one, other, letter)) + " that it hasn't, or not so");
    }
  }

  rows_compared out_;
};

} // namespace

rows_compared compare_rows(const std::vector<std::filesystem::path>& directories) {
  return comparison{}.of(directories);
}

} // namespace charter::chaos
