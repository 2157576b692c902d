#include "apps/charterd/stamping_journal.hpp"

#include <chrono>
#include <fstream>

#include "domain/codec/change_codec.hpp"

namespace charter::node {

namespace {

class stamping_journal final : public storage::journal {
public:
  stamping_journal(std::unique_ptr<storage::journal> inner, std::ofstream out)
      : inner_(std::move(inner)), out_(std::move(out)) {}

  std::vector<storage::append_outcome> append(std::span<const storage::append_batch> batches) override {
    auto outcomes = inner_->append(batches);
    auto now = std::chrono::steady_clock::now().time_since_epoch();
    for (std::size_t i = 0; i < batches.size(); ++i)
      if (outcomes[i] == storage::append_outcome::durable)
        for (auto& record : batches[i].records)
          stamp(record, std::chrono::nanoseconds{now});
    out_.flush();
    return outcomes;
  }

  status read(shard_id shard, storage::position from, const visitor& visit) const override {
    return inner_->read(shard, from, visit);
  }
  storage::position head(shard_id shard) const override { return inner_->head(shard); }
  std::vector<shard_id> shards() const override { return inner_->shards(); }
  status erase_bodies(shard_id shard, std::span<const storage::position> positions) override {
    return inner_->erase_bodies(shard, positions);
  }
  std::uint64_t room_bytes() const override { return inner_->room_bytes(); }
  bool has_reserve() const override { return inner_->has_reserve(); }

private:
  void stamp(const storage::log_record& record, std::chrono::nanoseconds when) {
    auto decoded = codec::decode_change(record.header, record.body);
    if (!decoded)
      return;
    for (auto& event : decoded->events)
      if (auto* of_account = std::get_if<accounts::event>(&event))
        if (auto* post = std::get_if<accounts::published>(of_account))
          out_ << post->number << ' ' << when.count() << '\n';
  }

  std::unique_ptr<storage::journal> inner_;
  std::ofstream out_;
};

} // namespace

result<std::unique_ptr<storage::journal>> stamp_posts(std::unique_ptr<storage::journal> inner,
                                                      const std::string& file) {
  std::ofstream out{file, std::ios::app};
  if (!out)
    return refuse(errc::unavailable, "can't write the stamps to " + file);
  return std::unique_ptr<storage::journal>{std::make_unique<stamping_journal>(std::move(inner), std::move(out))};
}

} // namespace charter::node
