// check-charter, vault-key, journal …: what needs no server
#include <ostream>

#include "apps/charter/areas.hpp"
#include "apps/charter/command.hpp"
#include "apps/charter/journal_dump.hpp"
#include "apps/charter/progress.hpp"
#include "config/charter_loader.hpp"
#include "storage/inspect.hpp"
#include "storage/system_environment.hpp"
#include "storage/vault/key_file.hpp"

namespace charter::cli {

namespace {

struct check_options {
  std::string file;
};

int check_charter(invocation& in, const check_options& o) {
  auto loaded = config::load_charter_file(o.file);
  auto* mistakes = std::get_if<config::mistakes>(&loaded);
  if (in.as_json) {
    json list = json::array();
    for (auto& m : mistakes ? *mistakes : config::mistakes{})
      list.push_back({{"file", m.file},
                      {"line", m.line},
                      {"column", m.column},
                      {"key", m.key},
                      {"expected", m.expected},
                      {"found", m.found}});
    in.finish({{"mistakes", list}}, [] {});
    return mistakes ? exit_usage : exit_ok;
  }
  if (mistakes) {
    in.screen.err() << harmless(config::to_text(*mistakes), true)
                    << in.screen.paint_err(style::bad, std::to_string(mistakes->size()) +
                                                           (mistakes->size() == 1 ? " mistake" : " mistakes"))
                    << '\n';
    return exit_usage;
  }
  auto& book = std::get<rule_book>(loaded);
  in.screen.out() << in.screen.paint(style::good, "Sound: ") << harmless(book.id) << ", version " << book.version
                  << ", " << book.articles.size() << " articles.\n";
  return exit_ok;
}

struct journal_options {
  std::string directory;
  std::uint64_t shard = 0;
  std::uint64_t from = 1;
  std::optional<std::uint64_t> count;
};

json figures(const storage::inspect_report& report) {
  json shards = json::array();
  for (auto& [shard, f] : report.shards)
    shards.push_back({{"shard", shard},
                      {"head", f.head},
                      {"records", f.records},
                      {"header_bytes", f.header_bytes},
                      {"bodies", f.bodies},
                      {"body_bytes", f.body_bytes},
                      {"erased", f.erased}});
  json damage = json::array();
  for (auto& d : report.damage)
    damage.push_back({{"shard", d.shard},
                      {"first", d.first},
                      {"last", d.last},
                      {"what", d.what},
                      {"file", d.file},
                      {"advice", d.advice}});
  return {
      {"shards", shards}, {"file_bytes", report.file_bytes}, {"damage", damage}, {"damage_count", report.damage_count}};
}

void print_damage(const console& to, const storage::inspect_report& report) {
  for (auto& d : report.damage) {
    to.err() << to.paint_err(style::bad, "damaged: ") << "shard " << d.shard;
    if (d.first > 0)
      to.err() << ", position " << d.first << (d.last > d.first ? " to " + std::to_string(d.last) : "");
    to.err() << ": " << harmless(d.what) << (d.file.empty() ? "" : " (" + harmless(d.file) + ")") << '\n';
    if (!d.advice.empty())
      to.err() << "  What to do: " << harmless(d.advice) << '\n';
  }
  if (report.damage_count > report.damage.size())
    to.err() << "and " << report.damage_count - report.damage.size() << " more\n";
}

/// Verdict first for `verify`, figures for `stats`; damage is `exit_local` for both.
int report_on(invocation& in, const result<storage::inspect_report>& report, bool with_figures) {
  if (!report)
    return in.fail_locally(report.why());
  in.finish(figures(*report), [&] {
    std::uint64_t records = 0;
    for (auto& [shard, f] : report->shards)
      records += f.records;
    if (with_figures)
      print_list(in.screen, figures(*report)["shards"], {});
    print_damage(in.screen, *report);
    in.screen.out() << (report->sound() ? in.screen.paint(style::good, "Sound: ")
                                        : in.screen.paint(style::bad, "Damaged: "))
                    << records << " records in " << report->shards.size() << " shards, " << report->file_bytes
                    << " bytes of files.\n";
  });
  return report->sound() ? exit_ok : exit_local;
}

int verify(invocation& in, const journal_options& o) {
  progress bar{in.screen, "verifying"};
  auto report = storage::verify_journal(o.directory, check_of_bodies(),
                                        [&](auto done, auto estimate) { bar.show(done, estimate); });
  bar.clear();
  return report_on(in, report, false);
}

int stats(invocation& in, const journal_options& o) {
  progress bar{in.screen, "counting"};
  auto report = storage::journal_stats(o.directory, [&](auto done, auto estimate) { bar.show(done, estimate); });
  bar.clear();
  return report_on(in, report, true);
}

int dump(invocation& in, const journal_options& o) {
  if (o.shard > 0xffff)
    return in.fail_usage("There is no shard of such a number.");
  std::uint64_t shown = 0;
  auto skipped = storage::dump_journal(o.directory, static_cast<shard_id>(o.shard), o.from,
                                       [&](const storage::inspected_record& record) {
                                         in.screen.out() << describe_record(record).dump() << '\n';
                                         return !o.count || ++shown < *o.count;
                                       });
  in.screen.out().flush();
  if (!skipped)
    return in.fail_locally(skipped.why());
  if (*skipped == 0)
    return exit_ok;
  return in.fail_locally(refuse(errc::internal, std::to_string(*skipped) + " damaged records were stepped over; "
                                                                           "`charter journal verify` lists them"));
}

struct key_options {
  std::string file;
  bool next = false;
};

int vault_key(invocation& in, const key_options& o) {
  storage::start_sodium();
  storage::system_environment world;
  auto made = o.next ? vault::add_key(o.file, world)
                     : vault::create_key_file(o.file, storage::argon2_cost::interactive(), world);
  if (!made)
    return in.fail_locally(made.why());
  return in.finish({{"file", o.file}}, [&] {
    in.screen.out() << (o.next ? "Added a key to " : "Made ") << harmless(o.file)
                    << ". Keep a copy apart from the data: without it nobody can open what is sealed.\n";
  });
}

void directory_only(CLI::App& command, journal_options& o) {
  command.add_option("directory", o.directory, "a data directory; its server must be stopped")->required();
}

} // namespace

void add_offline_commands(CLI::App& app, invocation& in) {
  add_command<check_options>(
      app, in, "check-charter", "say everything that is wrong with a charter file, with file and line",
      [](CLI::App& command, check_options& o) { command.add_option("file", o.file, "TOML")->required(); },
      check_charter);
  add_command<key_options>(
      app, in, "vault-key", "make the file of keys that seals identities and chats",
      [](CLI::App& command, key_options& o) {
        command.add_option("file", o.file, "a new file; vault.key_file of the configuration names it")->required();
        command.add_flag("--next", o.next, "add a key to a file that is there; from the next start it seals");
      },
      vault_key);
  auto& journal = *add_group(app, "journal", "look at a stopped server's journal, without changing a byte");
  add_command<journal_options>(journal, in, "verify", "every record: there, in order, sound, with its own body",
                               directory_only, verify);
  add_command<journal_options>(journal, in, "stats", "how much of what", directory_only, stats);
  add_command<journal_options>(
      journal, in, "dump", "a shard's records, a JSON document each; personal values are left out",
      [](CLI::App& command, journal_options& o) {
        directory_only(command, o);
        command.add_option("--shard", o.shard, "which shard")->capture_default_str();
        command.add_option("--from", o.from, "first position")->capture_default_str();
        command.add_option("--count", o.count, "at most so many");
      },
      dump);
}

} // namespace charter::cli
