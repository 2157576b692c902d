#pragma once
// Answers of the server for people: posts, lists, and any other document as lines of names and values.
//
// Works on the documents as they come, so that a field which a newer server adds is shown rather than lost.

#include <string>

#include <nlohmann/json.hpp>

#include "apps/charter/console.hpp"
#include "domain/time.hpp"

namespace charter::cli {

using json = nlohmann::json;

/// A member as text: numbers and booleans as JSON writes them, nothing for what is absent.
std::string text_of(const json& document, const char* member);

/// One value on one line: times for people, badges as badges, text made harmless.
std::string one_line(const std::string& name, const json& value, timestamp now);

/// "name  value" lines, nested documents indented, lists of documents as tables. Depth is bounded.
void print_document(const console& to, const json& document, timestamp now);

/// A table of the columns that the rows have, or "none" when there are no rows; says when there are more.
void print_list(const console& to, const json& answer, timestamp now);

/// A post with its account, badge, time, kind, state and text.
void print_post(const console& to, const json& post, timestamp now);

/// A chat message on a line or more.
void print_message(const console& to, const json& message, timestamp now);

} // namespace charter::cli
