#include "net/names.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include "domain/limits.hpp"

namespace charter::net {

namespace {

bool may_stand_in_a_name(UChar32 c) {
  switch (u_charType(c)) {
    case U_CONTROL_CHAR:
    case U_FORMAT_CHAR:
    case U_SURROGATE:
    case U_PRIVATE_USE_CHAR:
    case U_UNASSIGNED:
    case U_LINE_SEPARATOR:
    case U_PARAGRAPH_SEPARATOR: return false;
    default: return c != '@' && c != '/' && c != '#';
  }
}

} // namespace

result<std::string> normal_name(std::string_view name) {
  if (name.size() > limits::pseudonym_bytes_max)
    return invalid("", "a name has at most " + std::to_string(limits::pseudonym_bytes_max) + " bytes");
  UErrorCode failure = U_ZERO_ERROR;
  auto* form = icu::Normalizer2::getNFKCCasefoldInstance(failure);
  auto text = icu::UnicodeString::fromUTF8(icu::StringPiece(name.data(), static_cast<int32_t>(name.size())));
  auto folded = form->normalize(text, failure);
  if (U_FAILURE(failure))
    return refuse(errc::internal, "names can't be normalised: ICU's data is missing");
  icu::UnicodeString out;
  bool gap = false;
  for (int32_t i = 0; i < folded.length(); i = folded.moveIndex32(i, 1)) {
    auto c = folded.char32At(i);
    if (c == 0xFFFD || !may_stand_in_a_name(c))
      return invalid("", "a name can't hold control or invisible characters, nor @, / or #");
    if (u_isUWhiteSpace(c)) {
      gap = !out.isEmpty();
      continue;
    }
    if (std::exchange(gap, false))
      out.append(static_cast<UChar32>(' '));
    out.append(c);
  }
  if (out.isEmpty())
    return invalid("", "a name can't be empty");
  std::string utf8;
  return out.toUTF8String(utf8);
}

name_id name_id_of(std::string_view normal, digest_fn digest) {
  auto hash = digest(view_of("name\n" + std::string{normal}));
  name_id id;
  std::copy_n(hash.begin(), id.raw.size(), id.raw.begin());
  return id;
}

} // namespace charter::net
