// What the page knows, and how it stays true: the session, the charter's tables, and the live streams.
//
// Each stream numbers its items without a hole. `heads` has the last number seen of each; a push that leaps, a
// `stream.gap`, or a head that moved while the connection was lost makes the page ask for the range in between.

import {Connection, post} from './rpc.js';

const RANGE_MAX = 200; // items of one answer

export const connection = new Connection();
export const ask = (method, params) => connection.ask(method, params);
export async function change(method, params) {
  const result = await connection.change(method, params);
  if (ownPosts.has(method))
    tell('own', result.post ?? params.post);
  return result;
}
const ownPosts = new Set(['account.publish', 'account.repost', 'account.correct', 'account.withdraw_post']);

/**
 * Events: `session` (signed in or out), `standing` (what one may do), `posts` {post, fresh}, `own` (a post of one's own
 * changed), `following`, `chat`, `chats`, `notices`, `counts`, `gap` (read this stream again), `link`, `trouble`.
 */
export const events = new EventTarget();
const tell = (name, detail) => events.dispatchEvent(new CustomEvent(name, {detail}));

export const state = {
  ready: false, // whether the session is known
  me: null,     // user.me, or null when signed out
  book: null,   // the charter's tables
  online: false,
  following: new Map(), // by account id
  unreadNotices: 0,
  unreadChats: 0,
  chats: [],
  invitations: [],
  heads: new Map(),
};

// -- session --------------------------------------------------------------------------------

let bookAsked = null;
const loadBook = () => bookAsked ??= ask('provider.charter').then(r => state.book = r.book).catch(() => bookAsked = null);

export async function refreshMe() {
  try {
    state.me = await ask('user.me');
  } catch (refusal) {
    if (refusal.type !== 'unauthenticated')
      throw refusal;
    state.me = null;
  }
}

async function resume() {
  await loadBook();
  await refreshMe();
  if (state.me)
    await listen();
  state.ready = true;
  tell('session');
}

async function listen() {
  const [heads, subscriptions] = await Promise.all([ask('feed.listen'), ask('feed.subscriptions')]);
  state.following = new Map(subscriptions.accounts.map(a => [a.account, a]));
  for (const {account, number} of heads.streams)
    await catchUp(account, number);
  await catchUp(state.me.user, heads.notices);
  await Promise.all([countNotices(), countChats()]);
  for (const {chat, last_number} of state.chats)
    await catchUp(chat, last_number);
}

export async function signIn(pseudonym, password) {
  await post('auth.login', {pseudonym, password, cookie: true, device: deviceName()});
  const done = new Promise(resolve => events.addEventListener('session', resolve, {once: true}));
  state.heads.clear();
  connection.restart();
  await done;
}

export async function signOut() {
  await post('auth.logout').catch(() => {});
  state.me = null;
  state.heads.clear();
  state.following.clear();
  state.unreadNotices = state.unreadChats = 0;
  connection.restart();
}

function deviceName() {
  const agent = navigator.userAgent;
  const browser = /Firefox/.test(agent) ? 'Firefox' : /Edg\//.test(agent) ? 'Edge' : /Chrom/.test(agent) ? 'Chrome'
    : /Safari/.test(agent) ? 'Safari' : 'Browser';
  const system = /Android/.test(agent) ? 'Android' : /iPhone|iPad/.test(agent) ? 'iOS' : /Windows/.test(agent) ? 'Windows'
    : /Mac/.test(agent) ? 'macOS' : 'Linux';
  return `${browser}, ${system}`;
}

// -- following ------------------------------------------------------------------------------

export async function follow(account) {
  await change('feed.subscribe', {account: account.account});
  state.following.set(account.account, account);
  state.heads.set(account.account, Math.max(account.posts, state.heads.get(account.account) ?? 0));
  tell('following');
}

export async function unfollow(account) {
  await change('feed.unsubscribe', {account: account.account});
  state.following.delete(account.account);
  state.heads.delete(account.account);
  tell('following');
}

// -- streams --------------------------------------------------------------------------------

/** How to ask for a range of a stream, and what to tell of its items. */
function source(stream) {
  if (stream.startsWith('acc_'))
    return {method: 'account.posts', params: {account: stream}, each: item => tell('posts', {post: item, fresh: true})};
  if (stream.startsWith('cht_'))
    return {method: 'chat.history', params: {chat: stream}, each: item => tell('chat', {chat: stream, message: item})};
  return {method: 'user.notices', params: {}, each: item => tell('notices', item)};
}

async function fetchRange(stream, from, to) {
  const {method, params, each} = source(stream);
  for (let first = from; first <= to; first += RANGE_MAX) {
    let items;
    try {
      ({items} = await ask(method, {...params, from: first, to: Math.min(to, first + RANGE_MAX - 1)}));
    } catch (refusal) {
      tell('gap', stream); // what shows this stream reads it again from the start
      throw refusal;
    }
    items.sort((a, b) => a.number - b.number).forEach(each);
  }
}

/** The stream is at `number` now: asks for what lies between it and what was seen. */
async function catchUp(stream, number) {
  const seen = state.heads.get(stream);
  state.heads.set(stream, Math.max(number, seen ?? 0));
  if (seen !== undefined && number > seen)
    await fetchRange(stream, seen + 1, number);
}

/** An item came; those that should have come before it are asked for first. False: it was here already. */
async function arrived(stream, number) {
  const seen = state.heads.get(stream);
  if (seen !== undefined && number <= seen)
    return false;
  state.heads.set(stream, number);
  if (seen !== undefined && number > seen + 1)
    await fetchRange(stream, seen + 1, number - 1);
  return true;
}

const pushes = {
  async 'post.published'(p) {
    await arrived(p.account, p.number);
    tell('posts', {post: p, fresh: true});
  },
  'post.corrected'(p) { tell('posts', {post: p}); },
  'post.withdrawn'(p) { tell('posts', {post: p}); },
  async 'chat.message'(p) {
    await arrived(p.chat, p.message.number);
    tell('chat', p);
    await countChats();
  },
  async 'chat.changed'(p) {
    tell('chat', p);
    if (!p.message)
      await countChats();
  },
  'chat.read'(p) { tell('chat', p); },
  async notice(p) {
    await arrived(state.me.user, p.number);
    tell('notices', p);
    await countNotices();
    if (p.notice.kind !== 'security') { // a sanction or a decision changes what one may do
      await refreshMe();
      tell('standing');
    }
  },
  async 'stream.gap'(p) {
    if (p.from)
      await fetchRange(p.stream, p.from, p.to);
    else
      tell('gap', p.stream); // changes without a number were dropped: views read again
  },
};

// -- what waits to be read ------------------------------------------------------------------

const noticesKey = () => `notices read by ${state.me.user}`;

export async function countNotices() {
  const last = state.heads.get(state.me.user) ?? state.me.notices;
  state.unreadNotices = Math.max(0, last - Number(localStorage.getItem(noticesKey()) ?? 0));
  tell('counts');
}

export function noticesRead(number) {
  localStorage.setItem(noticesKey(), String(number));
  state.unreadNotices = 0;
  tell('counts');
}

export async function countChats() {
  const {chats, invitations} = await ask('chat.list', {limit: 200});
  state.chats = chats.items;
  state.invitations = invitations;
  state.unreadChats = invitations.length + chats.items.filter(c => c.unread > 0).length;
  tell('counts');
  tell('chats');
}

// -- start ----------------------------------------------------------------------------------

export function start() {
  connection.addEventListener('open', () => {
    state.online = true;
    tell('link');
    resume().catch(refusal => tell('trouble', refusal));
  });
  connection.addEventListener('lost', () => {
    state.online = false;
    tell('link');
  });
  connection.addEventListener('push', event => {
    const {method, params} = event.detail;
    Promise.resolve(pushes[method]?.(params)).catch(refusal => tell('trouble', refusal));
  });
  addEventListener('online', () => state.online || connection.restart());
  connection.start();
}
