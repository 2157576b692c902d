#include "apps/load/command_checker.hpp"

#include <algorithm>

namespace charter::load {

namespace {

/// Nothing was decided: the same command may be sent again.
bool is_passing(errc why) { return why == errc::unavailable || why == errc::rate_limited; }

std::string_view name_of(command_kind kind) {
  switch (kind) {
    case command_kind::publish: return "publish";
    case command_kind::correct: return "correction";
    case command_kind::message: return "message";
  }
  return "?";
}

} // namespace

std::string command_checker::name(command_number command) const {
  return std::string{name_of(records_.at(command - 1).kind)} + " " + std::to_string(command);
}

command_number command_checker::begin(command_kind kind, stream_number stream) {
  record r{kind, stream, 0, 0, 0, false};
  if (auto held = suspensions_.find(stream); held != suspensions_.end())
    r.suspension = held->second.serial;
  records_.push_back(r);
  return records_.size();
}

/// [I2] Still the suspension under which it was sent, and nobody asked for its end.
void command_checker::check_suspension(command_number command, findings& out) {
  auto& r = of(command);
  auto held = suspensions_.find(r.stream);
  if (r.suspension != 0 && held != suspensions_.end() && held->second.serial == r.suspension)
    out.push_back({2, name(command) + " was accepted although " + held->second.sanction +
                          " had been acknowledged before it was sent"});
}

/// [I3] One command, one item; and the other way round.
void command_checker::check_number(command_number command, std::uint64_t number, findings& out) {
  auto& r = of(command);
  if (r.number != 0 && r.number != number)
    out.push_back({3, name(command) + " took effect twice: as " + std::to_string(r.number) + " and as " +
                          std::to_string(number)});
  if (r.kind != command_kind::correct) {
    auto maker = makers_[r.stream].try_emplace(number, command).first->second;
    if (maker != command)
      out.push_back({3, name(command) + " and " + name(maker) + " both got number " + std::to_string(number)});
  }
  r.number = number;
}

command_checker::findings command_checker::accepted(command_number command, std::uint64_t number) {
  findings out;
  auto& r = of(command);
  --r.open;
  if (r.number == 0)
    check_suspension(command, out);
  check_number(command, number, out);
  if (r.kind != command_kind::correct)
    last_[r.stream] = std::max(last_[r.stream], number);
  return out;
}

command_checker::findings command_checker::refused(command_number command, errc why) {
  findings out;
  auto& r = of(command);
  --r.open;
  if (is_passing(why))
    return out;
  r.is_refused = true;
  if (r.number != 0)
    out.push_back({3, name(command) + " took effect as " + std::to_string(r.number) +
                          ", and sent again it was refused: " + std::string{to_name(why)}});
  return out;
}

command_checker::findings command_checker::pushed(command_number command, stream_number stream, std::uint64_t number) {
  findings out;
  if (command == 0 || command > records_.size() || of(command).stream != stream)
    return out; // somebody else's words
  auto& r = of(command);
  if (r.number == 0)
    check_suspension(command, out);
  if (r.number == 0 && r.is_refused && r.open == 0)
    out.push_back({3, name(command) + " was refused, and took effect all the same as " + std::to_string(number)});
  check_number(command, number, out);
  return out;
}

void command_checker::suspended(stream_number account, std::string sanction) {
  suspensions_[account] = {++serial_, std::move(sanction)};
}

std::uint64_t command_checker::last_number(stream_number stream) const {
  auto found = last_.find(stream);
  return found == last_.end() ? 0 : found->second;
}

} // namespace charter::load
