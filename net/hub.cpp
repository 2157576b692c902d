#include "net/hub.hpp"

#include <map>
#include <unordered_map>

#include <caf/all.hpp>

#include "domain/codec/wire.hpp"
#include "net/methods/chat_params.hpp"
#include "net/methods/presence_params.hpp"
#include "net/rpc_codec.hpp"
#include "storage/queries.hpp"

namespace charter::net {

namespace {

/// Several numbered items of one stream in one buffer, up to this size: one `send` for each listener.
constexpr std::size_t joined_bytes_max = 64 * 1024;

using frame_list = std::vector<shared_frame>;

/// A push that later items of the same stream may still join.
struct open_push {
  entity_id stream;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::size_t bytes = 0;
  std::array<frame_list, codecs> frames;
};

/// A chat that is heard before its gateways have said so: somebody joined it who hears what concerns them. A message
/// may follow in the same commit.
struct early_watch {
  std::uint64_t run = 0; ///< the run of pushes that tells the gateways
  chat_id chat;
  codec form = codec::json;
};

struct hub_state {
  hub_state() = default; // spelled out: CAF would take the actor for an aggregate's first member
  static constexpr const char* name = "hub";

  const storage::store* rows = nullptr;
  const chat_seal* chats = nullptr;
  std::map<std::size_t, caf::strong_actor_ptr> gateways;
  std::unordered_map<entity_id, std::array<std::uint32_t, codecs>> watched; ///< by how many gateways, in which codec
  std::vector<push_or_change> run;
  std::vector<open_push> open;                         ///< follow after `run`, in order
  std::unordered_map<entity_id, std::size_t> joinable; ///< in `open`
  std::uint64_t runs = 0;
  std::vector<early_watch> early;
  std::map<std::uint64_t, std::size_t> unsettled; ///< runs with early watches, and how many gateways haven't answered

  bool heard(const entity_id& stream) const { return watched.contains(stream); }
  void push(const entity_id& stream, std::uint64_t number, std::string_view method, nlohmann::json params);
  void change(audience_change what);
  void close_pushes();
  void watch_more(const entity_id& stream, codec form) { ++watched[stream][index_of(form)]; }
  void watch_less(const entity_id& stream, codec form);
  void watch_early(const audience_change& joined);
  void settle(std::uint64_t run);
};

using self_ptr = hub_actor::stateful_pointer<hub_state>;

void hub_state::push(const entity_id& stream, std::uint64_t number, std::string_view method, nlohmann::json params) {
  auto& wanted = watched.at(stream);
  auto document = make_notification(method, std::move(params));
  auto place = joinable.find(stream);
  // What has no number doesn't join: a reader who lost it must not take a range of numbers for all that is missing.
  if (place == joinable.end() || number == 0 || open[place->second].bytes > joined_bytes_max) {
    place = joinable.insert_or_assign(stream, open.size()).first;
    open.push_back({stream, number, number, 0, {}});
  }
  auto& joined = open[place->second];
  joined.last = number;
  for (auto form : {codec::json, codec::msgpack})
    if (wanted[index_of(form)] > 0) {
      // Open: a push has one item, and so nothing beside it that its author might be after.
      auto frame = make_message(form, encode_document(form, document), secrecy::open);
      joined.bytes += frame->plain()->size();
      joined.frames[index_of(form)].push_back(std::move(frame));
    }
  if (number == 0)
    joinable.erase(place);
}

void hub_state::watch_less(const entity_id& stream, codec form) {
  auto found = watched.find(stream);
  if (found == watched.end() || found->second[index_of(form)] == 0)
    return;
  --found->second[index_of(form)];
  if (found->second == std::array<std::uint32_t, codecs>{})
    watched.erase(found);
}

void hub_state::watch_early(const audience_change& joined) {
  auto listens = watched.find(joined.user);
  if (listens == watched.end())
    return;
  auto forms = listens->second; // a copy: watching more changes the table
  for (auto form : {codec::json, codec::msgpack})
    if (forms[index_of(form)] > 0) {
      watch_more(joined.chat, form);
      early.push_back({runs + 1, joined.chat, form});
    }
}

/// A gateway's own watches were here before its answer. One that has ended never answers; until the hub starts again,
/// such a chat is then encoded for nobody.
void hub_state::settle(std::uint64_t run) {
  auto waiting = unsettled.find(run);
  if (waiting == unsettled.end() || --waiting->second > 0)
    return;
  unsettled.erase(waiting);
  std::erase_if(early, [&](const early_watch& w) {
    if (w.run != run)
      return false;
    watch_less(w.chat, w.form);
    return true;
  });
}

/// Nothing that comes later may overtake a change of audience.
void hub_state::change(audience_change what) {
  close_pushes();
  if (what.what == audience_change::kind::joined)
    watch_early(what);
  run.push_back({{}, std::move(what)});
}

void hub_state::close_pushes() {
  for (auto& p : open) {
    rendered_push closed{p.stream, p.first, p.last, {}};
    for (std::size_t i = 0; i < codecs; ++i)
      if (auto& frames = p.frames[i]; !frames.empty())
        closed.frames[i] = concatenate(std::move(frames));
    run.push_back({std::move(closed), {}});
  }
  open.clear();
  joinable.clear();
}

// -- accounts ---------------------------------------------------------------------------

void render(hub_state& s, const change& c, const accounts::event& event) {
  auto account = c.entity.as<entity_kind::account>();
  if (!s.heard(account))
    return;
  auto send_post = [&](std::string_view method, std::uint64_t number) {
    // The row was folded before this change was told, so it says at least as much.
    if (auto post = storage::post(*s.rows, post_id{account, number}))
      s.push(account, method == "post.published" ? number : 0, method, wire::encode(*post));
  };
  if (auto* e = std::get_if<accounts::published>(&event))
    send_post("post.published", e->number);
  else if (auto* e = std::get_if<accounts::corrected>(&event))
    send_post("post.corrected", e->number);
  else if (auto* e = std::get_if<accounts::post_withdrawn>(&event))
    send_post("post.withdrawn", e->number);
  else if (auto* e = std::get_if<accounts::post_withheld>(&event))
    send_post("post.withdrawn", e->number);
  else if (auto* e = std::get_if<accounts::post_restored>(&event))
    send_post("post.corrected", e->number);
}

// -- chats ------------------------------------------------------------------------------

void send_message(hub_state& s, const chat_id& chat, std::uint64_t number, std::string_view what) {
  if (!s.heard(chat))
    return;
  auto rows = storage::messages_between(*s.rows, chat, number, number);
  if (rows.empty())
    return;
  auto message = open_message(*s.rows, *s.chats, chat, rows.front());
  if (what == "sent")
    s.push(chat, number, "chat.message", wire::encode(chat_message_push{chat, std::move(message)}));
  else
    s.push(chat, 0, "chat.changed", wire::encode(chat_changed_push{chat, std::move(message), std::string{what}, {}}));
}

void send_change(hub_state& s, const entity_id& to, const chat_id& chat, std::string_view what, const user_id& user) {
  if (s.heard(to))
    s.push(to, 0, "chat.changed", wire::encode(chat_changed_push{chat, {}, std::string{what}, user}));
}

void render(hub_state& s, const change& c, const chats::event& event) {
  auto chat = c.entity.as<entity_kind::chat>();
  using kind = audience_change::kind;
  if (auto* e = std::get_if<chats::opened>(&event)) {
    for (auto& member : e->members) {
      s.change({kind::joined, member, chat, {}});
      send_change(s, member, chat, "opened", member);
    }
  } else if (auto* e = std::get_if<chats::joined>(&event)) {
    s.change({kind::joined, e->user, chat, {}});
    send_change(s, chat, chat, "joined", e->user);
  } else if (auto* e = std::get_if<chats::left>(&event)) {
    send_change(s, chat, chat, "left", e->user);
    s.change({kind::left, e->user, chat, {}});
  } else if (auto* e = std::get_if<chats::invited>(&event)) {
    send_change(s, e->user, chat, "invited", e->user);
  } else if (auto* e = std::get_if<chats::sent>(&event)) {
    send_message(s, chat, e->number, "sent");
  } else if (auto* e = std::get_if<chats::edited>(&event)) {
    send_message(s, chat, e->number, "edited");
  } else if (auto* e = std::get_if<chats::recalled>(&event)) {
    send_message(s, chat, e->number, "recalled");
  } else if (auto* e = std::get_if<chats::was_read>(&event)) {
    if (s.heard(chat))
      s.push(chat, 0, "chat.read", wire::encode(chat_read_push{chat, e->user, e->number}));
  }
}

// -- users and the desk -----------------------------------------------------------------

void render(hub_state& s, const change& c, const users::event& event) {
  auto user = c.entity.as<entity_kind::user>();
  if (auto* e = std::get_if<users::noticed>(&event)) {
    if (s.heard(user))
      s.push(user, e->number, "notice", wire::encode(notice_view{e->number, e->at, e->notice}));
  } else if (auto* e = std::get_if<users::sessions_closed>(&event)) {
    s.change({audience_change::kind::sessions_closed, user, {}, e->token_hashes});
  }
}

void render(hub_state& s, const change& c, const cases::event&) {
  if (s.heard(desk_stream))
    s.push(desk_stream, 0, "desk.changed", {{"case", to_text(c.entity)}});
}

template <class Event>
void render(hub_state&, const change&, const Event&) {} // nothing of it is pushed

void send_run(hub_state& s) {
  s.close_pushes();
  if (s.run.empty())
    return;
  pushes out{std::make_shared<const std::vector<push_or_change>>(std::exchange(s.run, {}))};
  ++s.runs;
  if (!s.gateways.empty() && !s.early.empty() && s.early.back().run == s.runs) {
    out.settle = s.runs;
    s.unsettled[s.runs] = s.gateways.size();
  }
  for (auto& [thread, gateway] : s.gateways)
    caf::anon_send(caf::actor_cast<caf::actor>(gateway), out);
}

void on_fresh(hub_state& s, const fresh& news) {
  for (auto& c : news.changes) {
    bool desk_told = false;
    for (auto& event : c->events)
      std::visit(
          [&]<class E>(const E& e) {
            // However many events a case's change has, the desk hears of it once.
            if (std::is_same_v<E, cases::event> && std::exchange(desk_told, true))
              return;
            render(s, *c, e);
          },
          event);
  }
  send_run(s);
}

void on_typing(hub_state& s, const typing& t) {
  if (!s.heard(t.chat))
    return;
  s.push(t.chat, 0, "chat.typing", wire::encode(chat_typing_push{t.chat, t.user}));
  send_run(s);
}

hub_actor::behavior_type behavior(self_ptr self, const storage::store* rows, const chat_seal* chats) {
  self->state.rows = rows;
  self->state.chats = chats;
  return {
      [self](const fresh& news) { on_fresh(self->state, news); },
      [self](const watch& w) {
        if (w.on)
          self->state.watch_more(w.stream, w.form);
        else
          self->state.watch_less(w.stream, w.form);
      },
      [self](const typing& t) { on_typing(self->state, t); },
      [self](audience_settled a) { self->state.settle(a.run); },
      [](hub_sync) { return hub_synced{}; },
      [self](const join_hub& j, const caf::strong_actor_ptr& gateway) { self->state.gateways[j.io_thread] = gateway; },
  };
}

} // namespace

message_view open_message(const storage::store& rows, const chat_seal& chats, const chat_id& chat,
                          const message_row& row) {
  message_view view;
  view.number = row.number;
  view.at = row.at;
  view.author = row.author;
  view.author_name = storage::pseudonyms(rows, std::span{&row.author, 1}).front();
  view.edited_at = row.edited_at;
  view.recalled = row.recalled;
  if (row.sealed.value && !row.recalled)
    if (auto text = chats.open(chat, *row.sealed.value))
      view.text = std::move(*text);
  return view;
}

hub_actor spawn_hub(caf::actor_system& system, const storage::store& rows, const chat_seal& chats) {
  return system.spawn(behavior, &rows, &chats);
}

} // namespace charter::net
