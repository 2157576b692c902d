#pragma once
// The subcommands of `charter`, an area each. Every function adds its subcommands and their options, and has them set
// `invocation::chosen`; nothing runs while the command line is parsed.

namespace CLI {
class App;
}

namespace charter::cli {

struct invocation;

void add_session_commands(CLI::App& app, invocation& in);      // login, logout, whoami, password, sessions
void add_registration_commands(CLI::App& app, invocation& in); // register, agreement
void add_rpc_command(CLI::App& app, invocation& in);           // rpc
void add_post_commands(CLI::App& app, invocation& in);         // post, repost, correct, withdraw, posts
void add_feed_commands(CLI::App& app, invocation& in);         // follow, unfollow, following, feed
void add_tail_command(CLI::App& app, invocation& in);          // tail
void add_import_command(CLI::App& app, invocation& in);        // import
void add_chat_commands(CLI::App& app, invocation& in);         // chat …
void add_user_commands(CLI::App& app, invocation& in);         // user …
void add_account_commands(CLI::App& app, invocation& in);      // directory, account …
void add_organisation_commands(CLI::App& app, invocation& in); // org …
void add_redress_commands(CLI::App& app, invocation& in);      // complain, complaint, appeal
void add_desk_commands(CLI::App& app, invocation& in);         // desk …
void add_sanction_commands(CLI::App& app, invocation& in);     // sanction …
void add_liaison_commands(CLI::App& app, invocation& in);      // liaison …
void add_vault_commands(CLI::App& app, invocation& in);        // vault …
void add_admin_commands(CLI::App& app, invocation& in);        // admin …, tree
void add_offline_commands(CLI::App& app, invocation& in);      // check-charter, journal …
void add_cluster_command(CLI::App& app, invocation& in);       // cluster …
void add_completion_command(CLI::App& app, invocation& in);    // completion

} // namespace charter::cli
