#include "apps/crash/findings.hpp"

namespace charter::crash {

namespace {

constexpr std::string_view sentences[] = {
    "after each kill the server starts again, is healthy, and takes commands",
    "after each kill the journal is sound (charter journal verify)",
    "an acknowledged post is there, under its number and with its words [I1]",
    "an acknowledged chat message is there, under its number and with its words [I1]",
    "sessions, subscriptions and profiles are as last acknowledged [I1]",
    "an acknowledged sanction stands, and one whose lifting is acknowledged is lifted [I1]",
    "no post gets past an acknowledged limit or suspension, whether the server was killed or not [I2]",
    "a command that is asked again takes effect once, with the answer of the first time [I3]",
    "followers are counted once and the sanctioned are told once, whatever was cut short [I3]",
    "posts, messages and notices are numbered without a hole or a repeat [I4]",
};
static_assert(std::size(sentences) == claim_count);

} // namespace

findings::findings() : claims("crash", sentences) {}

} // namespace charter::crash
