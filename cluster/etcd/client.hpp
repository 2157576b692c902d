#pragma once
// etcd's v3 API, as far as the cluster needs it, behind an interface without gRPC's headers: they cost eight seconds a
// file, and a test or a simulation puts another etcd in the place of the real one.
//
// Several members are one service. Calls go to one of them until it fails, then to the next, and stay there.
// Threads: any; every call blocks, for a bounded time.
// What can fail, for all calls: `unavailable` when no member answered in time, and then the outcome of a transaction is
// UNKNOWN: it may still land later, whatever a read shows. `too_large` when etcd has no space (the NOSPACE alarm),
// which says nothing about the outcome either: etcd 3.4 refuses before it proposes, or *after it has applied*.
// Everything else is a refusal.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cluster/etcd/tls_source.hpp"
#include "domain/result.hpp"

namespace charter::etcd {

using std::chrono::milliseconds;

using revision = std::int64_t; ///< of the whole key space; 0 is before the first
using lease_id = std::int64_t; ///< 0 is none

/// From `first` up to, but not including, `end`; just `first` when that is empty.
struct key_range {
  std::string first;
  std::string end;
};

/// All keys that begin with `prefix`, which may not end in 0xff.
key_range keys_below(std::string prefix);

struct key_value {
  std::string key;
  std::string value;
  revision modified = 0;
  lease_id lease = 0; ///< that it lives as long as
};

// -- transactions -----------------------------------------------------------------------------------------------------

struct comparison {
  enum class subject : std::uint8_t { value, modified };
  subject what = subject::value;
  std::string key;
  std::string value;
  revision modified = 0;
};
comparison value_is(std::string key, std::string value); ///< false when there is no such key
comparison modified_at(std::string key, revision when);  ///< 0: there is no such key

struct operation {
  enum class deed : std::uint8_t { read, put, erase };
  deed what = deed::read;
  key_range keys;
  std::string value;
  lease_id lease = 0;
};
operation read(key_range keys);
operation put(std::string key, std::string value, lease_id lease = 0);
operation erase(key_range keys);

/// Atomic. At most 128 entries in each list.
struct transaction {
  std::vector<comparison> conditions;
  std::vector<operation> then;
  std::vector<operation> otherwise;
};

struct committed {
  revision at = 0;
  bool met = false;                          ///< the conditions; tells which list was carried out
  std::vector<std::vector<key_value>> reads; ///< one for each read of that list
};

// -- the service ------------------------------------------------------------------------------------------------------

struct page {
  std::vector<key_value> rows; ///< ascending
  bool more = false;
  revision at = 0;
};

struct event {
  std::string key;
  std::string value; ///< empty when the key was erased
  bool erased = false;
};

/// A stream of changes. One thread. Ends with its object.
class watcher {
public:
  virtual ~watcher() = default;

  /// What came next, in order; nothing if nothing came within `patience`. What isn't asked for stays with etcd.
  /// Errors: `conflict` when a compaction was faster; `unavailable` when the stream broke. Neither passes: watch anew.
  virtual result<std::vector<event>> next(milliseconds patience) = 0;
};

/// What a member says of itself.
struct member_state {
  std::string endpoint;
  bool answers = false;
  bool leads = false;
  bool out_of_space = false; ///< the cluster's NOSPACE alarm, as far as this member knows
  std::int64_t database_bytes = 0;
  std::int64_t used_bytes = 0; ///< the rest comes back with `defragment`
};

class client {
public:
  virtual ~client() = default;

  /// Sends all at once, each in one attempt. Answers in their order. A transaction whose outcome is unknown may be sent
  /// again only as it is (pointers, since it is big).
  virtual std::vector<result<committed>> commit(std::span<const transaction* const> all) = 0;
  result<committed> commit(const transaction& one);

  /// At most `limit` rows (0: all), as of a moment after the call began (linearizable).
  virtual result<page> range(const key_range& keys, std::int64_t limit = 0) = 0;

  /// Puts from `from` on, below any of `ranges`.
  virtual result<std::unique_ptr<watcher>> watch(std::span<const key_range> ranges, revision from) = 0;

  /// Forgets what was overwritten or erased up to `last`. Again is harmless.
  virtual status compact(revision last) = 0;

  virtual result<lease_id> grant(std::chrono::seconds lifetime) = 0;
  virtual status revoke(lease_id lease) = 0;
  /// What it has left. Errors: `not_found` when it is over.
  virtual result<std::chrono::seconds> keep_alive(lease_id lease) = 0;
  /// The same without renewing it, rounded down.
  virtual result<std::chrono::seconds> time_left(lease_id lease) = 0;

  /// One entry per endpoint.
  virtual std::vector<member_state> members() = 0;
  /// Gives unused space back to the file system. The member serves nothing meanwhile.
  virtual status defragment(const std::string& endpoint) = 0;
  /// Ends every NOSPACE alarm.
  virtual status disarm() = 0;
};

struct client_options {
  std::vector<std::string> endpoints; ///< "host:port", each a member
  std::shared_ptr<tls_source> tls;    ///< without it only loopback addresses are taken
  milliseconds attempt{300};          ///< for one call to one member; some hundred times a usual one
  milliseconds patience{3'000};       ///< for a call that may be repeated; a new leader takes up to 2.3 s
};

/// Connects when first used. Errors: `invalid_params`.
result<std::unique_ptr<client>> connect(client_options options);

} // namespace charter::etcd
