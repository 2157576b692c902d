#pragma once
// A stream that several people write to, as they were told it is: an account's posts, or a direct chat's messages.
//
// Every text is written once, so that a text which stands there twice, or which nobody can account for, is noticed.

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "apps/crash/writer.hpp"

namespace charter::crash {

/// How such a stream is written and read.
struct stream_methods {
  std::string write;
  std::string read;
  std::string id_field;
  claim kept; ///< what is claimed of its items
};
extern const stream_methods posts_of_account;
extern const stream_methods messages_of_chat;

class stream {
public:
  stream(scene& where, const stream_methods& how, std::string id, tour::person reader)
      : scene_(where), how_(how), id_(std::move(id)), reader_(std::move(reader)) {}

  const stream_methods& how() const { return how_; }
  const std::string& id() const { return id_; }

  // -- what writers are told; any thread --------------------------------------------------

  void asked(const std::string& text);
  void acknowledged(const std::string& text, std::uint64_t number);
  void refused(const std::string& text);

  // -- what is there; while nobody writes -------------------------------------------------

  /// Reads it from the first item on.
  void check();
  /// Reads what came since the last look.
  void check_tail();

private:
  void check_item(std::uint64_t number, const std::string& text);
  void saw(claim about, bool as_claimed, const std::string& otherwise) const;

  scene& scene_;
  const stream_methods& how_;
  std::string id_;
  tour::person reader_;
  std::uint64_t last_ = 0; ///< read so far

  std::mutex mutex_;
  std::vector<std::string> kept_;             ///< by number - 1; empty: nobody was told of it
  std::map<std::string, std::uint64_t> open_; ///< no answer yet; the number under which it was seen, or 0
};

/// One of those who write to it.
class stream_writer : public writer {
public:
  stream_writer(scene& where, tour::person who, std::uint64_t seed, stream& to)
      : writer(where, std::move(who), seed), to_(to) {}

  void check() override {} // the stream does it for all who write to it

protected:
  std::optional<command> next(generator& random) override;
  void acknowledged(const command& what, const json& answer) override;
  void refused(const command& what, const refusal& why) override;

  stream& to_;

private:
  std::uint64_t written_ = 0;
};

} // namespace charter::crash
