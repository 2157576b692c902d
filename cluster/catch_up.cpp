#include "cluster/catch_up.hpp"

#include <algorithm>

#include "cluster/limits.hpp"
#include "cluster/waiting.hpp"

namespace charter::cluster {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

/// What the checksum of a part covers besides: so that one shard's isn't taken for another's.
std::string part_name(shard_id shard) { return "lent/" + number_text(shard); }

std::size_t bytes_of(const log_batch& batch) {
  std::size_t sum = 0;
  for (auto& record : batch.records)
    sum += record.header.size() + record.body.size();
  return sum;
}

/// Those that have more than us, the fullest first.
std::vector<std::string> lenders(const shard_entry& entry, const std::string& but, position beyond) {
  std::vector<std::pair<position, std::string>> all;
  for (auto& [directory, synced] : entry.synced)
    if (directory != but && synced > beyond)
      all.emplace_back(synced, directory);
  std::ranges::sort(all, std::greater{});
  std::vector<std::string> out;
  for (auto& [synced, directory] : all)
    out.push_back(std::move(directory));
  return out;
}

} // namespace

// -- giving -----------------------------------------------------------------------------------------------------------

log_lender::log_lender(const storage::journal& journal, doubt_fn doubt)
    : journal_(journal), doubt_(std::move(doubt)), thread_([this](const std::stop_token& stop) { run(stop); }) {}

void log_lender::put(const link_question& asked, send_fn answer) {
  auto* records = std::get_if<asked_records>(&asked.what);
  CHARTER_ASSERT(records);
  {
    std::lock_guard lock{mutex_};
    if (waiting_.size() < limits::lending_max) {
      waiting_.push({asked.number, asked.shard, std::max<position>(records->from, 1), std::move(answer)});
      return more_.notify_one();
    }
  }
  (void)answer(encode_answer({asked.number, asked.shard, 0, refuse(errc::unavailable, "too many ask for records")}));
}

void log_lender::run(const std::stop_token& stop) {
  std::unique_lock lock{mutex_};
  while (more_.wait(lock, stop, [&] { return !waiting_.empty(); })) {
    auto next = std::move(waiting_.front());
    waiting_.pop();
    lock.unlock();
    (void)next.answer(encode_answer(part_for(next))); // if it can't be sent, the other side asks again
    lock.lock();
  }
}

link_answer log_lender::part_for(const waiting& asked) const {
  if (auto why = doubt_(asked.shard))
    return {asked.number, asked.shard, 0, *std::move(why)};
  std::vector<storage::log_record> records;
  std::size_t size = 0;
  log_end before{asked.from - 1, 0};
  auto head = journal_.head(asked.shard);
  auto read = journal_.read(asked.shard, before.last, [&](position at, const storage::log_record& record) {
    if (at == before.last) {
      before.mark = mark_of(record);
      return true;
    }
    auto bytes = record.header.size() + record.body.size();
    if (!records.empty() && size + bytes > limits::lent_bytes)
      return false;
    size += bytes;
    records.push_back(record);
    return true;
  });
  link_answer out{asked.number, asked.shard, head, {}};
  if (!read)
    out.outcome = read.why();
  else if (records.empty())
    out.outcome = refuse(errc::not_found, "this node has nothing from there on");
  else
    out.outcome = given_records{charter::bytes_of(encode_batch(part_name(asked.shard), before, records))};
  return out;
}

// -- taking -----------------------------------------------------------------------------------------------------------

catch_up::catch_up(etcd::client& etcd, replicated_journal& journal, catch_up_options options)
    : etcd_(etcd), journal_(journal), options_(std::move(options)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void catch_up::answered(link_answer answer) {
  std::lock_guard lock{mutex_};
  if (answer.number != number_)
    return;
  answer_ = std::move(answer);
  came_.notify_one();
}

void catch_up::run(const std::stop_token& stop) {
  while (wait(limits::catch_up_rest, stop))
    for (auto shard : options_.shards) {
      if (stop.stop_requested() || !journal_.lacks(shard))
        continue;
      auto taken = take(shard, stop);
      if (taken)
        journal_.look_again(shard);
      else if (!stop.stop_requested() && std::exchange(complained_[shard], taken.why().detail) != taken.why().detail)
        options_.trouble(shard, taken.why());
    }
}

void catch_up::stop() {
  thread_.request_stop();
  if (thread_.joinable())
    thread_.join();
}

status catch_up::take(shard_id shard, const std::stop_token& stop) {
  auto entry = read_entry(etcd_, options_.keys, shard);
  if (!entry)
    return entry.why();
  status outcome = refuse(errc::unavailable, "no other node has more of it");
  for (auto& directory : lenders(*entry, options_.directory, journal_.head(shard)))
    if (outcome = take_from(directory, shard, stop); outcome || stop.stop_requested())
      break;
  return outcome;
}

/// Up to where that node is when it gives its last part. Each part comes while the one before it is written.
status catch_up::take_from(const std::string& directory, shard_id shard, const std::stop_token& stop) {
  auto said = steady_clock::now();
  auto from = journal_.head(shard) + 1;
  status asked = ask(directory, shard, from);
  for (bool more = true; more;) {
    if (!asked)
      return asked;
    auto got = part_from(directory, shard, from, stop);
    if (!got)
      return got.why();
    auto& [batch, to] = *got;
    from = batch.last() + 1;
    more = batch.last() < to;
    keep_to_rate(bytes_of(batch), stop);
    if (more)
      asked = ask(directory, shard, from);
    if (auto accepted = journal_.accept(batch); !accepted)
      return accepted;
    if (auto now = steady_clock::now(); now - said >= limits::catch_up_report || !more) {
      said = now;
      options_.progress(shard, batch.last(), to, directory);
    }
  }
  return done{};
}

/// An answer to what was asked before is dropped from here on.
status catch_up::ask(const std::string& directory, shard_id shard, position from) {
  std::uint64_t number = 0;
  {
    std::lock_guard lock{mutex_};
    number = ++number_;
    answer_.reset();
  }
  if (!options_.ask(directory, encode_question({number, shard, asked_records{from}})))
    return refuse(errc::unavailable, "there is no link to the node with directory " + directory);
  return done{};
}

/// The answer to what was asked last.
result<catch_up::part> catch_up::part_from(const std::string& directory, shard_id shard, position from,
                                           const std::stop_token& stop) {
  std::unique_lock lock{mutex_};
  if (!came_.wait_for(lock, stop, limits::catch_up_patience, [&] { return answer_.has_value(); }))
    return refuse(errc::unavailable, "the node with directory " + directory + " doesn't answer");
  auto answer = *std::exchange(answer_, std::nullopt);
  lock.unlock();
  if (auto* why = std::get_if<refusal>(&answer.outcome))
    return std::move(*why);
  auto* given = std::get_if<given_records>(&answer.outcome);
  if (!given || answer.shard != shard)
    return refuse(errc::internal, "the node with directory " + directory + " answers something else");
  auto batch = decode_batch(shard, part_name(shard), text_of(given->batch));
  if (!batch || batch->first != from)
    return refuse(errc::internal, "the node with directory " + directory + " gave a damaged part of the log");
  return part{*std::move(batch), answer.at};
}

/// Others need the disk and the links, too.
void catch_up::keep_to_rate(std::size_t taken, const std::stop_token& stop) {
  if (options_.bytes_per_s == 0)
    return;
  auto now = steady_clock::now();
  std::chrono::duration<double> due{static_cast<double>(taken) / static_cast<double>(options_.bytes_per_s)};
  not_before_ = std::max(not_before_, now) + duration_cast<steady_clock::duration>(due);
  if (auto rest = duration_cast<milliseconds>(not_before_ - now); rest.count() > 0)
    (void)wait(rest, stop);
}

} // namespace charter::cluster
