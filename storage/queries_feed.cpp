// Posts and feeds. What is not visible shows that it was there, and why it isn't, but none of its words.

#include <map>
#include <queue>

#include "storage/paging.hpp"

namespace charter::storage {

namespace {

constexpr std::size_t excerpt_bytes_max = 280; // enough to recognise a post by, short enough to copy

post_view view_of(const account_id& a, const std::string& account_name, const stored_post& row) {
  const auto& post = row.post;
  post_view out;
  out.post = {a, post.number};
  out.account = a;
  out.account_name = account_name;
  out.badge = post.badge;
  out.number = post.number;
  out.at = post.at;
  out.kind = post.kind;
  out.state = post.state;
  if (post.state == post_state::withheld) {
    out.rule = row.withheld_rule;
    out.sanction = to_text(*post.withheld_by, case_aspect::sanction);
  }
  if (post.state != post_state::visible)
    return out;
  out.title = post.title;
  out.text = post.text.value_or_empty();
  out.link = post.link;
  out.source = post.source;
  out.earlier = post.earlier;
  return out;
}

std::optional<stored_post> row_of(const store& rows, const account_id& a, std::uint64_t number) {
  return get_row<stored_post>(rows, tables::post(a, number));
}

std::string name_of(const store& rows, const account_id& a) {
  auto row = get_row<account_row>(rows, tables::account(a));
  return row ? row->name : std::string{};
}

/// Cut between two characters.
std::string excerpt(const std::string& text) {
  if (text.size() <= excerpt_bytes_max)
    return text;
  auto end = excerpt_bytes_max;
  while (end > 0 && (static_cast<std::uint8_t>(text[end]) & 0xc0) == 0x80)
    --end;
  return text.substr(0, end) + "…";
}

} // namespace

std::optional<post_view> post(const store& rows, const post_id& p) {
  auto row = row_of(rows, p.owner, p.number);
  return row ? std::optional{view_of(p.owner, name_of(rows, p.owner), *row)} : std::nullopt;
}

std::optional<post_source> source_of(const store& rows, const post_id& p) {
  auto shown = post(rows, p);
  if (!shown || shown->state != post_state::visible)
    return {};
  return post_source{p, shown->account_name, excerpt(shown->title.empty() ? shown->text : shown->title), shown->kind};
}

result<page<post_view>> posts_of(const store& rows, const account_id& a, const page_request& ask) {
  auto name = name_of(rows, a);
  return list_page<post_view>(rows, tables::posts(a), ask, direction::descending,
                              [&](std::string_view key, byte_view value) {
                                return std::optional{view_of(a, name, decode_row<stored_post>(key, value))};
                              });
}

std::vector<post_view> posts_between(const store& rows, const account_id& a, std::uint64_t from, std::uint64_t to) {
  std::vector<post_view> found;
  auto name = name_of(rows, a);
  rows.scan(tables::post(a, from), after(tables::post(a, to)), [&](std::string_view key, byte_view value) {
    found.push_back(view_of(a, name, decode_row<stored_post>(key, value)));
    return found.size() < limits::page_items_max;
  });
  return found;
}

// -- feeds --------------------------------------------------------------------------------

namespace {

/// One position per shard. Within a shard the order of positions is the order of time, so "all up to here" says exactly
/// which posts somebody has, while a time alone would miss those of a shard that was late.
using marks = std::map<shard_id, position>;

position mark_of(const marks& all, shard_id shard) {
  auto at = all.find(shard);
  return at == all.end() ? 0 : at->second;
}

std::string cursor_of(const marks& all) { return to_hex(codec::encode(all)); }

result<marks> parse_marks(const std::string& cursor, const char* field) {
  auto wrong = [&] { return invalid(field, "this is not a cursor of a feed"); };
  auto data = from_cursor(cursor, {});
  if (!data)
    return wrong();
  auto all = codec::decode<marks>(charter::view_of(*data));
  return all ? std::move(all) : wrong();
}

/// How far each shard is folded. Posts up to there are in the store; later ones may be on their way.
marks heads_of(const store& rows) {
  marks heads;
  auto prefix = tables::folded_positions();
  rows.scan(prefix, end_of(prefix), [&](std::string_view key, byte_view value) {
    heads[key_reader{key, prefix}.number16()] = decode_row<position>(key, value);
    return true;
  });
  return heads;
}

/// The first number of the account's that was published after that position; one past the last if there is none. It
/// looks near the end first, since most who ask have been here a moment ago.
std::uint64_t first_after(const store& rows, const account_id& a, std::uint64_t last, position after) {
  auto is_after = [&](std::uint64_t number) {
    auto row = row_of(rows, a, number);
    return row && row->position > after;
  };
  std::uint64_t high = last + 1; // is_after(high), or one past the end
  std::uint64_t step = 1;
  while (step < high && is_after(high - step)) {
    high -= step;
    step *= 2;
  }
  std::uint64_t low = step < high ? high - step : 0; // not is_after(low), or before the first
  while (low + 1 < high) {
    auto middle = low + (high - low) / 2;
    (is_after(middle) ? high : low) = middle;
  }
  return high;
}

/// One account's posts within a merge, from one end.
struct lane {
  account_id account;
  shard_id shard = 0;
  std::uint64_t number = 0; ///< of `next`
  stored_post next;
};

/// (time, shard, position): the order of the merge. Within a shard it is the order of positions.
auto order_of(const lane& x) { return std::make_tuple(x.next.post.at, x.shard, x.next.position); }

class merge {
public:
  merge(const store& rows, direction way) : rows_(rows), way_(way), lanes_(comes_later{way}) {}

  /// From this number on, as long as positions are above `low` and up to `high`.
  void add(const account_id& a, shard_id shard, std::uint64_t number, position low, position high) {
    push({a, shard, number, {}}, low, high);
  }

  bool empty() const { return lanes_.empty(); }

  /// The next post; `low` and `high` as before, for the one after it.
  lane take(const marks& low, const marks& high) {
    auto top = lanes_.top();
    lanes_.pop();
    auto number = way_ == direction::ascending ? top.number + 1 : top.number - 1;
    push({top.account, top.shard, number, {}}, mark_of(low, top.shard), mark_of(high, top.shard));
    return top;
  }

private:
  struct comes_later {
    direction way;
    bool operator()(const lane& x, const lane& y) const {
      return way == direction::ascending ? order_of(x) > order_of(y) : order_of(x) < order_of(y);
    }
  };

  void push(lane x, position low, position high) {
    auto row = x.number == 0 ? std::nullopt : row_of(rows_, x.account, x.number);
    if (!row || row->position <= low || row->position > high)
      return;
    x.next = std::move(*row);
    lanes_.push(std::move(x));
  }

  const store& rows_;
  direction way_;
  std::priority_queue<lane, std::vector<lane>, comes_later> lanes_;
};

/// The merge with a lane for each account that has posts in (low, high].
merge lanes_for(const store& rows, std::span<const account_id> subscriptions, shard_id shards, direction way,
                const marks& low, const marks& high) {
  merge all{rows, way};
  for (const auto& a : subscriptions) {
    auto head = get_row<account_head>(rows, tables::account_head(a));
    auto shard = shard_of(a, shards);
    auto floor = mark_of(low, shard);
    auto ceiling = mark_of(high, shard);
    if (!head || head->last_number == 0 || head->last_position <= floor)
      continue;
    auto number = way == direction::ascending ? first_after(rows, a, head->last_number, floor)
                                              : first_after(rows, a, head->last_number, ceiling) - 1;
    all.add(a, shard, number, floor, ceiling);
  }
  return all;
}

/// Within the page: by time, account, number.
std::vector<post_view> shown(const store& rows, std::vector<lane> picked) {
  std::sort(picked.begin(), picked.end(), [](const lane& x, const lane& y) {
    return std::tie(x.next.post.at, x.account, x.number) < std::tie(y.next.post.at, y.account, y.number);
  });
  std::map<account_id, std::string> names;
  std::vector<post_view> posts;
  for (const auto& x : picked) {
    auto [name, is_new] = names.try_emplace(x.account);
    if (is_new)
      name->second = name_of(rows, x.account);
    posts.push_back(view_of(x.account, name->second, x.next));
  }
  return posts;
}

/// What was published since the cursor.
feed_page newer_page(const store& rows, std::span<const account_id> subscriptions, std::size_t limit, marks have,
                     shard_id shards) {
  auto heads = heads_of(rows);
  auto all = lanes_for(rows, subscriptions, shards, direction::ascending, have, heads);
  std::vector<lane> picked;
  auto reached = have;
  while (!all.empty() && picked.size() < limit) {
    picked.push_back(all.take(have, heads));
    reached[picked.back().shard] = picked.back().next.position;
  }
  // Nothing is left: everything up to the heads was given. A store that lags behind another one's takes nothing back.
  if (all.empty())
    for (const auto& [shard, head] : heads)
      reached[shard] = std::max(mark_of(reached, shard), head);
  feed_page out;
  out.more = !all.empty();
  out.newer = cursor_of(reached);
  out.items = shown(rows, std::move(picked));
  return out;
}

/// What was published up to the marks, the newest of it.
feed_page older_page(const store& rows, std::span<const account_id> subscriptions, std::size_t limit, marks up_to,
                     shard_id shards) {
  const marks start;
  auto all = lanes_for(rows, subscriptions, shards, direction::descending, start, up_to);
  std::vector<lane> picked;
  auto left = up_to;
  while (!all.empty() && picked.size() < limit) {
    picked.push_back(all.take(start, up_to));
    left[picked.back().shard] = picked.back().next.position - 1;
  }
  feed_page out;
  out.more = !all.empty();
  if (out.more)
    out.older = cursor_of(left);
  out.items = shown(rows, std::move(picked));
  return out;
}

} // namespace

result<feed_page> feed_sync(const store& rows, std::span<const account_id> subscriptions, const feed_request& ask,
                            shard_id shards) {
  auto limit = page_size(ask.limit);
  if (!ask.newer.empty() && !ask.older.empty())
    return invalid("older", "please ask in one direction at a time");
  if (!ask.newer.empty()) {
    auto have = parse_marks(ask.newer, "newer");
    return have ? result<feed_page>{newer_page(rows, subscriptions, limit, *have, shards)} : have.why();
  }
  if (!ask.older.empty()) {
    auto up_to = parse_marks(ask.older, "older");
    return up_to ? result<feed_page>{older_page(rows, subscriptions, limit, *up_to, shards)} : up_to.why();
  }
  auto heads = heads_of(rows);
  auto newest = older_page(rows, subscriptions, limit, heads, shards);
  newest.newer = cursor_of(heads);
  return newest;
}

} // namespace charter::storage
