// Fuzzes what reads an HTTP request's target, query, cookies and conditions (preset `fuzz`, libFuzzer). The head itself
// is Beast's parser's.
// What must hold: no crash, no sanitizer report; a target that is taken begins with a slash.

#include <cstdlib>

#include "net/cookies.hpp"
#include "net/http_message.hpp"

using namespace charter;
using namespace charter::net;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto text = text_of({data, size});
  http_request request;
  if (split_target(text, request) && !request.path.starts_with('/'))
    std::abort();
  std::string decoded;
  if (percent_decode(text, decoded) && decoded.find('\0') != decoded.npos && text.find('\0') == text.npos)
    std::abort();
  (void)query_value(text, "after");
  (void)etag_matches(text, "\"a\"");
  (void)cookie_value(text, "charter");
  return 0;
}
