#include "cluster/wishes.hpp"

namespace charter::cluster {

result<wishes> read_wishes(etcd::client& etcd, const log_keys& keys) {
  auto rows = etcd.range(keys.wishes());
  if (!rows)
    return rows.why();
  wishes out;
  for (auto& row : rows->rows)
    if (row.key == keys.drained()) {
      out.drained = words_of(row.value);
      out.drained_modified = row.modified;
    } else if (row.key == keys.spread()) {
      out.spread = row.modified;
    } // else a newer version put it there
  return out;
}

result<bool> put_drained(etcd::client& etcd, const log_keys& keys, const wishes& seen,
                         const std::set<std::string>& drained) {
  etcd::transaction what;
  what.conditions.push_back(etcd::modified_at(keys.drained(), seen.drained_modified));
  what.then.push_back(etcd::put(keys.drained(), to_text(drained)));
  auto answer = etcd.commit(what);
  return answer ? result<bool>{answer->met} : result<bool>{answer.why()};
}

status ask_to_spread(etcd::client& etcd, const log_keys& keys) {
  etcd::transaction what;
  what.then.push_back(etcd::put(keys.spread(), {}));
  auto answer = etcd.commit(what);
  return answer ? status{done{}} : status{answer.why()};
}

} // namespace charter::cluster
