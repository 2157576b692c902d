#include "net/gateway_state.hpp"

namespace charter::net {

namespace {

using namespace std::chrono_literals;

constexpr auto typing_every = 2s; // so often one person's typing in one chat is told

/// Of all the user's sockets here, the most present.
availability state_of(const gateway_state& s, const user_id& user) {
  auto most = availability::offline;
  if (auto found = s.by_user.find(user); found != s.by_user.end())
    for (auto number : found->second)
      if (auto socket = s.sockets.find(number); socket != s.sockets.end())
        most = std::max(most, socket->second->availability_);
  return most;
}

void report(gateway_state& s, const user_id& user) {
  if (s.reported.contains(user))
    s.self->send(s.parts.presence(), report_presence{s.parts.io_thread, user, state_of(s, user)});
}

void tell_presence(gateway_state& s, session_number session, presence_changed_push what) {
  auto form = s.sockets.at(session)->codec_;
  s.parts.sessions->send(session, message_of(form, make_notification("presence.changed", wire::encode(what))));
}

} // namespace

// -- what a socket hears ----------------------------------------------------------------

void live_socket::attach(const session_identity& who) {
  if (ended_)
    return;
  if (who_ && who_->user != who.user)
    detach();
  if (who_) {
    who_ = who;
    return;
  }
  who_ = who;
  owner_.by_user[who.user].push_back(number_);
  report(owner_, who.user);
}

void live_socket::detach() {
  forget_all();
  if (!who_)
    return;
  auto mine = owner_.by_user.find(who_->user);
  std::erase(mine->second, number_);
  if (mine->second.empty())
    owner_.by_user.erase(mine);
  report(owner_, std::exchange(who_, {})->user);
}

void live_socket::hear(const entity_id& stream) {
  if (ended_ || !streams_.insert(stream).second)
    return;
  if (owner_.listeners[stream].add(codec_, number_))
    owner_.self->send(owner_.parts.hub(), watch{stream, codec_, true});
}

void live_socket::forget(const entity_id& stream) {
  if (streams_.erase(stream) == 0)
    return;
  auto found = owner_.listeners.find(stream);
  if (found->second.remove(codec_, number_))
    owner_.self->send(owner_.parts.hub(), watch{stream, codec_, false});
  if (found->second.empty())
    owner_.listeners.erase(found);
}

void live_socket::forget_all() {
  while (!streams_.empty()) {
    auto stream = *streams_.begin(); // a copy: `forget` erases the one in the set
    forget(stream);
  }
  listening_ = false;
  watch_presence({});
}

void live_socket::listen(const std::vector<account_id>& accounts, std::function<void()> then) {
  if (!who_ || ended_)
    return;
  listening_ = true;
  hear(who_->user);
  for (auto& account : accounts)
    hear(account);
  for (auto& chat : storage::chat_ids_of(*owner_.parts.services->rows, who_->user))
    hear(chat);
  auto policy = owner_.parts.services->policy->get();
  if (!roles_of(policy.get(), who_->user).empty())
    hear(desk_stream);
  // Answers come after the watches before it.
  auto go_on = [then = std::move(then)] { then(); };
  owner_.self->request(owner_.parts.hub(), limits::request_deadline, hub_sync{})
      .then([go_on](hub_synced) { go_on(); }, [](const caf::error&) {}); // the call then answers that it got lost
}

void live_socket::listen_more(const account_id& account) {
  if (listening_)
    hear(account);
}

void live_socket::listen_less(const account_id& account) { forget(account); }

void live_socket::watch_presence(const std::vector<user_id>& users) {
  for (auto& user : std::exchange(looks_at_, {})) {
    auto found = owner_.watched.find(user);
    std::erase(found->second.watchers, number_);
    if (!found->second.watchers.empty())
      continue;
    owner_.watched.erase(found);
    owner_.self->send(owner_.parts.presence(), net::watch_presence{owner_.parts.io_thread, user, false});
  }
  if (ended_)
    return;
  presence_changed_push known;
  for (auto& user : users) {
    if (std::ranges::count(looks_at_, user) > 0)
      continue;
    looks_at_.push_back(user);
    auto& watched = owner_.watched[user];
    watched.watchers.push_back(number_);
    if (watched.known)
      known.users.push_back({user, *watched.known});
    else if (watched.watchers.size() == 1)
      owner_.self->send(owner_.parts.presence(), net::watch_presence{owner_.parts.io_thread, user, true});
  }
  if (!known.users.empty())
    tell_presence(owner_, number_, std::move(known));
}

void live_socket::set_availability(availability state) {
  availability_ = state;
  if (who_)
    report(owner_, who_->user);
}

void live_socket::tell_typing(const chat_id& chat) {
  auto now = owner_.self->clock().now();
  if (!who_ || (chat == typing_in_ && now < typed_at_ + typing_every))
    return;
  typing_in_ = chat;
  typed_at_ = now;
  owner_.self->send(owner_.parts.hub(), typing{chat, who_->user});
  owner_.parts.typing_elsewhere({chat, who_->user});
}

// -- pushes -------------------------------------------------------------------------------

namespace {

void on_audience_change(gateway_state& s, const audience_change& change) {
  auto found = s.by_user.find(change.user);
  if (found == s.by_user.end())
    return;
  for (auto number : session_list{found->second}) { // a copy: detaching changes it
    auto& on = s.sockets.at(number);
    switch (change.what) {
      case audience_change::kind::joined:
        if (on->listening_)
          on->hear(change.chat);
        break;
      case audience_change::kind::left: on->forget(change.chat); break;
      case audience_change::kind::sessions_closed:
        if (std::ranges::count(change.tokens, on->who_->token_hash) > 0)
          on->detach();
        break;
    }
  }
}

/// trace: publish 7/7
void on_push(gateway_state& s, const rendered_push& p) {
  auto found = s.listeners.find(p.stream);
  if (found == s.listeners.end())
    return;
  for (auto form : {codec::json, codec::msgpack})
    if (auto& frames = p.frames[index_of(form)]; frames && !found->second.empty(form))
      s.parts.sessions->publish(s.parts.io_thread, {frames, s.number_of(p.stream), p.first, p.last},
                                found->second.sessions(form));
}

} // namespace

void on_pushes(gateway_state& s, const pushes& p) {
  for (auto& item : *p.run) {
    if (item.change)
      on_audience_change(s, *item.change);
    if (item.push)
      on_push(s, *item.push);
  }
  if (p.settle > 0)
    s.self->send(s.parts.hub(), audience_settled{p.settle});
}

/// The gaps of a slow reader, as ranges that it can ask for.
void on_drained(gateway_state& s, session_number session) {
  auto found = s.sockets.find(session);
  if (found == s.sockets.end())
    return;
  auto gaps = std::exchange(found->second->gaps_, {});
  for (auto& gap : gaps) {
    nlohmann::json params{{"stream", to_text(s.stream_names.at(gap.stream))}};
    if (gap.first > 0) {
      params["from"] = gap.first;
      params["to"] = gap.last;
    }
    auto c = found->second->codec_;
    s.parts.sessions->send(session, message_of(c, make_notification("stream.gap", std::move(params))));
  }
}

void on_dropped(gateway_state& s, const socket_dropped& d) {
  auto found = s.sockets.find(d.session);
  if (found == s.sockets.end())
    return;
  auto& gaps = found->second->gaps_;
  auto same = std::ranges::find(gaps, d.stream, &socket_dropped::stream);
  if (same == gaps.end())
    gaps.push_back(d); // bounded by the streams that this socket hears
  else if (d.first == 0)
    same->first = 0; // no range says what is missing any more
  else
    same->last = std::max(same->last, d.last);
}

// -- presence -----------------------------------------------------------------------------

void on_presence_wanted(gateway_state& s, const presence_wanted& w) {
  if (!w.on) {
    s.reported.erase(w.user);
    return;
  }
  s.reported.insert(w.user);
  report(s, w.user);
}

void on_presence_changes(gateway_state& s, const presence_changes& p) {
  std::unordered_map<session_number, presence_changed_push> out;
  for (auto& view : p.users) {
    auto found = s.watched.find(view.user);
    if (found == s.watched.end())
      continue;
    found->second.known = view.state;
    for (auto number : found->second.watchers)
      out[number].users.push_back(view);
  }
  for (auto& [session, what] : out)
    tell_presence(s, session, std::move(what));
}

// -- the delivery subtree -----------------------------------------------------------------

void join_delivery(gateway_state& s) {
  auto me = caf::actor_cast<caf::strong_actor_ptr>(s.self);
  s.self->send(s.parts.hub(), join_hub{s.parts.io_thread}, me);
  s.self->send(s.parts.presence(), join_hub{s.parts.io_thread}, me);
  for (auto& [stream, heard] : s.listeners)
    for (auto form : {codec::json, codec::msgpack})
      if (!heard.empty(form))
        s.self->send(s.parts.hub(), watch{stream, form, true});
  for (auto& [user, watched] : s.watched)
    s.self->send(s.parts.presence(), watch_presence{s.parts.io_thread, user.as<entity_kind::user>(), true});
}

void on_delivery_restarted(gateway_state& s) {
  s.reported.clear();
  join_delivery(s);
  for (auto& [number, on] : s.sockets) {
    on->gaps_.clear();
    for (auto& stream : on->streams_)
      on->gaps_.push_back({number, s.number_of(stream), 0, 0});
    on_drained(s, number);
  }
}

void tell_draining(gateway_state& s) {
  auto document = make_notification("server.draining", nlohmann::json::object());
  std::array<shared_frame, codecs> frames{message_of(codec::json, document), message_of(codec::msgpack, document)};
  for (auto& [number, on] : s.sockets)
    s.parts.sessions->send(number, frames[index_of(on->codec_)]);
}

} // namespace charter::net
