#pragma once
// A small town's journal, made by hand: users, accounts, chats, cases, offices, an identity, over four shards.
//
// Events are written as an aggregate would decide them; whether they may happen is no matter of folding.

#include <random>

#include "domain/codec/change_codec.hpp"
#include "storage/digest.hpp"
#include "storage/fold.hpp"
#include "storage/memory_journal.hpp"
#include "storage/memory_store.hpp"
#include "storage/queries.hpp"
#include "storage/tables.hpp"
#include "tests/domain_fixture.hpp"

namespace charter::test {

inline constexpr shard_id town_shards = 4;

inline chat_id cht(std::string_view name) { return named<chat_id>(name); }
inline name_id nam(std::string_view name) { return named<name_id>(name); }
inline bytes sealed(std::string_view text) { return bytes_of("sealed: " + std::string{text}); }

/// Changes per shard, each at its place. Time goes on by a second with every change.
class ledger {
public:
  template <class... Events>
  change& happens(entity_id self, Events... events) {
    change c;
    c.entity = self;
    c.at = now;
    (c.events.push_back(any_event{in_variant(std::move(events))}), ...);
    now += 1s;
    auto shard = self.kind == entity_kind::identity ? vault_shard_of(self.as<entity_kind::identity>())
                                                    : shard_of(self, town_shards);
    auto& log = logs[shard];
    log.push_back(std::move(c));
    return log.back();
  }

  timestamp now = noon;
  std::map<shard_id, std::vector<change>> logs;

private:
  template <class Event, class... Ts>
  static constexpr bool is_one_of(const std::variant<Ts...>*) {
    return (std::is_same_v<Event, Ts> || ...);
  }

  // The aggregate's own variant, whichever holds this event.
  template <class Event, std::size_t I = 0>
  static any_event in_variant(Event e) {
    using aggregate = std::variant_alternative_t<I, any_event>;
    if constexpr (is_one_of<Event>(static_cast<aggregate*>(nullptr)))
      return any_event{std::in_place_index<I>, aggregate{std::move(e)}};
    else
      return in_variant<Event, I + 1>(std::move(e));
  }
};

/// Folds the whole journal; the rows are written after every `batch` changes of a shard.
inline void fold_all(storage::store& rows, const std::map<shard_id, std::vector<change>>& logs, std::size_t batch = 1) {
  for (const auto& [shard, log] : logs) {
    storage::folder folder{rows, shard};
    for (std::size_t i = 0; i < log.size(); ++i) {
      folder.apply(i + 1, log[i]);
      if ((i + 1) % batch == 0)
        rows.write(folder.take());
    }
    rows.write(folder.take());
  }
}

/// The ledger as a journal.
inline void write_journal(storage::memory_journal& journal, const std::map<shard_id, std::vector<change>>& logs) {
  for (const auto& [shard, log] : logs) {
    storage::append_batch batch{shard, 0, {}};
    for (const auto& c : log) {
      auto coded = codec::encode_change(c, {}, &storage::sha256);
      batch.records.push_back({coded.header, coded.body});
    }
    if (journal.append(std::span{&batch, 1}).front() != storage::append_outcome::durable)
      throw std::logic_error("the journal isn't empty");
  }
}

inline std::map<std::string, bytes> rows_of(const storage::store& rows) {
  std::map<std::string, bytes> all;
  rows.scan({}, {}, [&](std::string_view key, byte_view value) {
    all.emplace(std::string{key}, bytes{value.begin(), value.end()});
    return true;
  });
  return all;
}

/// Whether the text stands anywhere in the rows, keys included.
inline bool holds(const storage::store& rows, std::string_view text) {
  bool found = false;
  rows.scan({}, {}, [&](std::string_view key, byte_view value) {
    found = found || key.find(text) != key.npos || text_of(value).find(text) != std::string_view::npos;
    return !found;
  });
  return found;
}

// -- the town -----------------------------------------------------------------------------

inline void register_user(ledger& l, std::string_view name) {
  auto u = usr(name);
  users::registration_started started;
  started.pseudonym = std::string{name};
  started.name = nam(name);
  started.identity = named<identity_id>(std::string{name}.substr(0, 10) + " id");
  started.password_hash = "argon2 of " + std::string{name};
  started.at = l.now;
  l.happens(u, started);
  l.happens(u, users::registration_step{true, true, errc::conflict, ""});
  l.happens(u, users::registration_step{false, true, errc::conflict, "11"}, users::registered{"11", l.now});
}

inline accounts::opened opening(std::string_view name, std::string_view owner, std::string kind = "individual") {
  accounts::opened e;
  e.name = std::string{name};
  e.name_key = nam(name);
  e.category = kind == "individual" ? "culture" : "news";
  e.kind = std::move(kind);
  e.region = "11";
  e.owner = usr(owner);
  return e;
}

inline void open_account(ledger& l, std::string_view name, std::string_view owner) {
  auto e = opening(name, owner);
  e.at = l.now;
  l.happens(acc(name), e, accounts::editor_invited{usr(owner), accounts::editor_role::owner});
  l.happens(acc(name), accounts::editor_standing_kept{usr(owner), {}});
}

inline void publish(ledger& l, std::string_view account, std::uint64_t number, const std::string& text) {
  accounts::published e;
  e.number = number;
  e.at = l.now;
  e.title = "Title of " + text;
  e.text = text;
  e.author = usr("owner");
  l.happens(acc(account), e);
}

inline void send(ledger& l, std::string_view chat, std::uint64_t number, std::string_view text,
                 std::string_view author = "anna") {
  l.happens(cht(chat), chats::sent{number, l.now, usr(author), sealed(text)});
}

inline cases::imposed imposing(const cases::target& target, timestamp at) {
  cases::imposed e;
  e.target = target;
  e.measure = {sanction_step::suspend, sanction_scope::all_posts, 24h, {}, false};
  e.reasons.facts = "It sold what doesn't exist.";
  e.reasons.rule = {"cn-2014", "8.2", ""};
  e.by = {usr("senior")};
  e.notify = {usr("owner")};
  e.region = "11";
  e.at = at;
  e.until = at + 24h;
  e.appeal_until = at + 48h;
  e.weight = severity::serious;
  return e;
}

inline cases::complained complaining(const cases::target& target, timestamp at) {
  cases::complained e;
  e.target = target;
  e.reason = "fraud";
  e.statement = std::string{"They took my money."};
  e.contact = std::string{"mail@example.org"};
  e.receipt_hash = digest_of("receipt");
  e.notify = {usr("owner")};
  e.region = "11";
  e.by = usr("anna");
  e.at = at;
  e.due = {at + 2h, at + 3h};
  e.weight = severity::serious;
  return e;
}

inline offices::received filing(std::string code, std::uint64_t number, entity_id about, timestamp at) {
  office_item item;
  item.number = number;
  item.about = about;
  item.title = "Filing";
  item.at = at;
  item.due = at + 72h;
  return {std::move(code), item};
}

inline notice greeting(std::string text) {
  notice n;
  n.text = std::move(text);
  return n;
}

/// Something of everything.
inline ledger town() {
  ledger l;
  for (auto name : {"anna", "bert", "owner", "senior"})
    register_user(l, name);
  auto& opened = l.happens(usr("anna"), users::session_opened{1, digest_of("token"), "phone", l.now, l.now + 720h});
  opened.command = command_id{usr("command 1").raw};
  opened.due = l.now + 720h;
  l.happens(usr("anna"), users::rename_started{std::string{"annabel"}, nam("annabel")});
  l.happens(usr("anna"), users::renamed{std::string{"annabel"}, nam("annabel")});
  l.happens(usr("anna"), users::profile_updated{personal_text{"I write poems."}, {}});
  l.happens(usr("bert"), users::noticed{1, l.now, greeting("Welcome, bert.")});
  open_account(l, "poems", "owner");
  open_account(l, "shop", "owner");
  for (std::uint64_t n = 1; n <= 5; ++n) {
    publish(l, "poems", n, "poem " + std::to_string(n));
    publish(l, "shop", n, "offer " + std::to_string(n));
  }
  l.happens(acc("poems"), accounts::corrected{2, l.now, "Better", std::string{"a better poem"}});
  l.happens(acc("poems"), accounts::post_withdrawn{3, l.now});
  l.happens(acc("shop"), accounts::post_withheld{4, l.now, cas("complaint"), {"cn-2014", "5.5", ""}});
  l.happens(acc("shop"), accounts::followers_changed{7});
  l.happens(cht("group"), chats::opened{chats::chat_kind::group, std::string{"Poets"}, {usr("anna")}, l.now});
  l.happens(cht("group"), chats::invited{usr("bert"), usr("anna"), l.now});
  send(l, "group", 1, "hello");
  l.happens(cht("group"), chats::joined{usr("bert"), l.now});
  send(l, "group", 2, "a secret");
  send(l, "group", 3, "a typo");
  l.happens(cht("group"), chats::edited{3, l.now, sealed("no typo")});
  l.happens(cht("group"), chats::recalled{2, l.now});
  l.happens(cas("complaint"), complaining({acc("shop"), 4, {}}, l.now));
  l.happens(cas("complaint"), cases::claimed{usr("senior"), l.now});
  l.happens(cas("complaint"), cases::escalated{l.now, false});
  l.happens(cas("complaint"),
            cases::complaint_decided{cases::verdict::uphold, {usr("senior")}, {"Facts.", {}, {}, ""}, l.now},
            imposing({acc("shop"), 4, {}}, l.now));
  l.happens(cas("complaint"), cases::enforced{false, false, l.now, cases::enforcement::restriction});
  l.happens(cas("complaint"), cases::appealed{usr("owner"), "It does exist.", l.now, {l.now + 1h, l.now + 2h}});
  auto office = named<office_id>("beijing");
  l.happens(office, filing("11", 1, acc("shop"), l.now));
  l.happens(office, filing("11", 2, acc("poems"), l.now));
  l.happens(office, offices::acknowledged{office_item_kind::filing, 1, usr("officer"), "B-1", l.now});
  auto person = named<identity_id>("anna id");
  l.happens(person,
            identities::verified{bytes_of("sealed name"), bytes_of("key"), "registry", "11", {}, l.now, l.now, {}});
  l.happens(person, identities::place_claimed{usr("anna"), {}});
  for (std::uint64_t n = 0; n < 3; ++n)
    l.happens(audit_log_entity, audit::appended{n, bytes_of("leaf " + std::to_string(n))});
  return l;
}

} // namespace charter::test
