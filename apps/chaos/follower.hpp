#pragma once
// A reader who follows all accounts on a live socket, reconnects at the next node when it breaks, and asks for what
// came meanwhile.

#include <map>

#include "apps/chaos/live_stream.hpp"
#include "apps/chaos/worker.hpp"

namespace charter::chaos {

class follower : public worker {
public:
  follower(scene& where, const member_of_cast& who, std::size_t home, std::uint64_t seed);

  /// Before the load: it is among the followers of every account.
  void follow_all();
  /// From the first push to the last.
  void work() override;
  /// When nobody writes any more and `work` has ended: hears the rest, and says whether it has all posts.
  void hear_the_rest(const std::map<std::string, std::uint64_t>& last_numbers);

private:
  struct heard {
    live_stream stream;
    std::vector<bool> has; ///< by number - 1
    std::size_t lacks(std::uint64_t last) const;
  };

  bool listen();
  bool hear();
  void take(const client::push& what);
  void ask_for_missing();
  bool ask_for(heard& of, const std::string& account, number_range range);
  void record(live_stream::sightings seen);
  void keep(heard& of, std::uint64_t number);
  bool has_all(const std::map<std::string, std::uint64_t>& last_numbers) const;

  std::map<std::string, heard> accounts_;
  bool listens_ = false;
};

} // namespace charter::chaos
