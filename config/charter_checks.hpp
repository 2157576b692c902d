#pragma once
// What must hold between the tables of a charter, beyond each value's type: the promises of domain/rule_book.hpp.

#include "config/reader.hpp"
#include "domain/rule_book.hpp"

namespace charter::config {

/// Keys are unique, references lead somewhere, rules name articles and items that exist.
void check_references(const rule_book& book, reader& in);

/// Tables make sense: alarms come before deadlines, the ladder has a rung for each case, counts are what is declared.
void check_sense(const rule_book& book, reader& in);

} // namespace charter::config
