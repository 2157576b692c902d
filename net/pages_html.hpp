#pragma once
// HTML and feeds, written by hand from views: small pages that need no script and show badges, sanctions and
// corrections the way a reader wants them. Pure.

#include <string>
#include <string_view>
#include <vector>

#include "domain/pages.hpp"
#include "domain/rule_book.hpp"

namespace charter::net {

/// For element content and for attributes in double quotes; also for XML. Characters that XML forbids become U+FFFD.
std::string escape(std::string_view text);

/// "24 November 2026, 13:56 UTC", inside <time datetime=…>.
std::string time_html(timestamp t);

/// The pages' style sheet, which they link to as /pages.css: the security policy forbids styles within a page.
std::string_view page_style();

/// How the charter calls a key of one of its tables; the key itself when it isn't there.
const std::string& name_of_key(const std::vector<named_key>& table, const std::string& key);

/// `book` may be null before a charter is in force: then there are no labels.
std::string account_page(const account_view& account, const std::vector<post_view>& posts, const rule_book* book,
                         std::string_view public_url);
std::string post_page(const post_view& post, const rule_book* book, std::string_view public_url);
std::string directory_page(const page<account_view>& accounts, std::string_view query_without_after,
                           const rule_book* book, std::string_view public_url);
std::string message_page(int status, std::string_view text);

/// RFC 4287.
std::string atom_feed(const account_view& account, const std::vector<post_view>& posts, const rule_book* book,
                      std::string_view public_url);
/// JSON Feed 1.1.
std::string json_feed(const account_view& account, const std::vector<post_view>& posts, const rule_book* book,
                      std::string_view public_url);

/// Percent-encodes everything but unreserved characters (RFC 3986).
std::string url_encode(std::string_view text);

} // namespace charter::net
