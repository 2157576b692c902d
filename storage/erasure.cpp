#include "storage/erasure.hpp"

#include "storage/tables.hpp"

namespace charter::storage {

erasure_job job_for(std::span<const pending_erasure> pending) {
  erasure_job job;
  for (auto& p : pending) {
    job.positions.push_back(p.at);
    job.ranges.insert(job.ranges.end(), p.what.rows.begin(), p.what.rows.end());
    if (!p.what.in_state)
      continue;
    auto key = tables::snapshot(p.what.entity);
    job.snapshots.erase(key);
    job.ranges.push_back({key, key + '\0'});
  }
  return job;
}

} // namespace charter::storage
