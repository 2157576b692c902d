#include "net/methods/account_params.hpp"
#include "net/methods/identity_params.hpp"
#include "net/methods/table.hpp"

namespace charter::net {

namespace {

/// What the caller follows, as its own state says: rows of other shards may lag, and a subscription counts at once.
void with_own_state(const call_ptr& c, std::function<void(const users::state&)> then) {
  c->look(c->user(), [then = std::move(then)](const any_state& found) { then(std::get<users::state>(found)); });
}

// -- following ------------------------------------------------------------------------------

void subscribe(const call_ptr& c, account_params& p) {
  if (!storage::account(c->rows(), p.account, c->viewpoint()))
    return c->refuse(refuse(errc::not_found, "there is no such account"));
  c->send({c->user(), users::command{users::subscribe{p.account}}}, [c, account = p.account](const answer&) {
    if (c->socket)
      c->socket->listen_more(account);
    c->reply(wire::encode(done{}));
  });
}

void unsubscribe(const call_ptr& c, account_params& p) {
  c->send({c->user(), users::command{users::unsubscribe{p.account}}}, [c, account = p.account](const answer&) {
    if (c->socket)
      c->socket->listen_less(account);
    c->reply(wire::encode(done{}));
  });
}

void subscriptions(const call_ptr& c, no_params&) {
  with_own_state(c, [c](const users::state& s) {
    feed_subscriptions_result out;
    for (auto& account : s.subscriptions)
      if (auto view = storage::account(c->rows(), account, c->viewpoint()))
        out.accounts.push_back(std::move(*view));
    c->reply(wire::encode(out));
  });
}

// -- reading --------------------------------------------------------------------------------

void sync(const call_ptr& c, feed_sync& p) {
  if (p.newer && p.older)
    return c->refuse(invalid("older", "either what is newer than a cursor, or what is older"));
  storage::feed_request ask{p.limit.value_or(0), p.newer.value_or(""), p.older.value_or("")};
  with_own_state(c, [c, ask = std::move(ask)](const users::state& s) {
    auto found = storage::feed_sync(c->rows(), s.subscriptions, ask, c->services().shards);
    if (found)
      c->reply(wire::encode(*found));
    else
      c->refuse(found.why());
  });
}

/// Listens first and reads the heads then, so that a post in between comes twice rather than not at all.
void listen(const call_ptr& c, no_params&) {
  if (!c->socket)
    return c->refuse(invalid("", "feed.listen is for WebSocket; over HTTP ask feed.sync again and again"));
  with_own_state(c, [c](const users::state& s) {
    auto accounts = s.subscriptions;
    auto last_notice = s.last_notice;
    c->socket->listen(accounts, [c, accounts, last_notice] {
      feed_listen_result out;
      for (auto& account : accounts)
        if (auto view = storage::account(c->rows(), account, c->viewpoint()))
          out.streams.push_back({account, view->posts});
      auto fresh = storage::notices_after(c->rows(), c->user(), last_notice, limits::page_items_max);
      out.notices = fresh.empty() ? last_notice : fresh.back().number;
      c->reply(wire::encode(out));
    });
  });
}

} // namespace

void add_feed_methods(method_table& table) {
  table.task<account_params, done>("feed.subscribe", access::user, "Follows an account.", true, subscribe);
  table.task<account_params, done>("feed.unsubscribe", access::user, "Follows it no longer.", true, unsubscribe);
  table.task<no_params, feed_subscriptions_result>("feed.subscriptions", access::user, "The accounts that you follow.",
                                                   false, subscriptions);
  table.task<feed_sync, feed_page>("feed.sync", access::user,
                                   "Posts of all that you follow: the newest, or beyond a cursor.", false, sync);
  table.task<no_params, feed_listen_result>(
      "feed.listen", access::user,
      "Live pushes on this socket from here on: posts that you follow, your chats and notices.", false, listen);
}

} // namespace charter::net
