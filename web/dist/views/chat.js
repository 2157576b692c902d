// Chats: direct and groups. Private: outside governance, readable by members only.

import {announce, avatar, h, icon, replace} from '../dom.js';
import {t} from '../messages.js';
import {ask, change, countChats, events, state} from '../state.js';
import {absolute, clock, day, time} from '../time.js';
import {actionButton, empty, field, fill, form, loading, refusalBox} from './parts.js';

const TOGETHER_MS = 5 * 60_000; // messages of one author within this stand together
const PAGE = 50;
const NAME_LETTERS_MIN = 2; // of a search, as the server wants it

export const chatName = c => c.kind === 'group' ? c.title : c.peer_name || t('chat.closed_user');

/** The list beside the open conversation; on a narrow screen, one of them. */
export function chatView(on, id) {
  const list = h('div', {});
  const show = () => replace(list, chatList(id));
  show();
  on(events, 'chats', show);
  const pane = id === 'new' ? newChat() : id ? conversation(on, id)
    : h('div', {class: 'nothing'}, icon('lock'), h('p', {}, t('chat.private')), h('p', {class: 'meta'}, t('chat.private_text')));
  return h('div', {class: id ? 'chats open' : 'chats'},
           h('section', {class: 'chat-list', 'aria-label': t('chat.title')},
             h('div', {class: 'title'}, h('h1', {tabindex: '-1'}, t('chat.title')), h('a', {class: 'button', href: '#/chat/new'}, t('chat.new'))), list),
           h('section', {class: 'chat-pane', 'aria-label': t('chat.conversation')}, pane));
}

function chatList(open) {
  const invitations = state.invitations.map(i => h('li', {class: 'card invitation'},
    h('p', {}, t('chat.invited', {name: i.by_name, title: i.title})),
    h('div', {class: 'submit'},
      actionButton(t('chat.join'), async () => { await change('chat.join', {chat: i.chat}); await countChats(); location.hash = `#/chat/${i.chat}`; }, {class: 'primary'}),
      actionButton(t('chat.decline'), async () => { await change('chat.leave', {chat: i.chat}); await countChats(); }, {class: 'quiet'}))));
  const chats = state.chats.map(c => h('li', {}, h('a', {class: 'chat-row', href: `#/chat/${c.chat}`, 'aria-current': c.chat === open ? 'page' : undefined},
    avatar(chatName(c), c.kind === 'direct'),
    h('span', {class: 'grow'}, h('span', {class: 'name'}, chatName(c)), h('span', {class: 'meta'}, time(c.last_at, false))),
    c.unread > 0 && c.chat !== open ? h('span', {class: 'count', 'aria-label': t('chat.unread', {count: c.unread})}, String(c.unread)) : null)));
  if (invitations.length + chats.length === 0)
    return empty(t('chat.none'));
  return h('ul', {class: 'plain'}, invitations, chats);
}

// -- a new one ------------------------------------------------------------------------------

/** Finds people by the beginning of their name; `act(user)` for each. */
export function peopleFinder(label, verb, act) {
  const input = h('input', {type: 'search', autocomplete: 'off'});
  const results = h('ul', {class: 'rows', 'aria-live': 'polite'});
  let typing = 0;
  const find = async () => {
    const pseudonym = input.value.trim();
    if ([...pseudonym].length < NAME_LETTERS_MIN)
      return replace(results, pseudonym ? h('li', {class: 'meta'}, t('chat.two_letters')) : null);
    const {users} = await ask('user.find', {pseudonym});
    const others = users.filter(u => u.user !== state.me.user);
    replace(results, others.length === 0 ? h('li', {class: 'meta'}, t('chat.nobody')) : others.map(u =>
      h('li', {}, avatar(u.pseudonym, true), h('span', {class: 'grow'}, h('span', {class: 'name'}, u.pseudonym), h('span', {class: 'meta'}, u.about)),
        actionButton(verb, () => act(u), {'aria-label': `${verb}: ${u.pseudonym}`}))));
  };
  const shown = () => find().catch(refusal => replace(results, h('li', {}, refusalBox(refusal))));
  input.addEventListener('input', () => { clearTimeout(typing); typing = setTimeout(shown, 250); });
  return h('form', {role: 'search', onsubmit: e => { e.preventDefault(); shown(); }}, field(label, input), results);
}

function newChat() {
  const title = h('input', {type: 'text', maxlength: '200'});
  const open = async user => {
    const {chat} = await change('chat.direct', {user: user.user});
    await countChats();
    location.hash = `#/chat/${chat}`;
  };
  return h('div', {class: 'new-chat'}, h('header', {class: 'bar'}, back(), h('h2', {tabindex: '-1'}, t('chat.new'))),
           h('section', {class: 'card'}, peopleFinder(t('chat.find'), t('chat.write'), open), h('p', {class: 'hint'}, t('chat.first_contact'))),
           h('section', {class: 'card'}, form({submit: t('chat.create'), act: () => change('chat.create', {title: title.value}),
             after: async (_, {chat}) => { await countChats(); location.hash = `#/chat/${chat}`; }},
             field(t('chat.group_title'), title, {hint: t('chat.group_hint'), name: 'title'}))));
}

const back = () => h('a', {class: 'button quiet back', href: '#/chat', 'aria-label': t('chat.back')}, icon('back'));

// -- a conversation -------------------------------------------------------------------------

function conversation(on, id) {
  const messages = new Map(); // by number
  const reads = new Map();    // by user
  const log = h('ol', {class: 'messages', role: 'log', 'aria-label': t('chat.messages'), 'aria-live': 'polite', tabindex: '0'}, loading());
  const heading = h('h2', {tabindex: '-1'});
  const panel = h('div', {class: 'chat-panel', hidden: true});
  let older, chat = state.chats.find(c => c.chat === id);

  const draw = () => {
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
    replace(log, older ? h('li', {class: 'more'}, actionButton(t('chat.older'), () => load(older), {class: 'quiet'})) : null, bubbles());
    if (atEnd)
      log.scrollTop = log.scrollHeight;
  };
  const bubbles = () => {
    const out = [];
    let last;
    for (const m of [...messages.values()].sort((a, b) => a.number - b.number)) {
      if (!last || new Date(last.at).toDateString() !== new Date(m.at).toDateString())
        out.push(h('li', {class: 'day'}, day(m.at)));
      const joined = last && last.author === m.author && new Date(m.at) - new Date(last.at) < TOGETHER_MS;
      out.push(bubble(m, joined));
      last = m;
    }
    if (out.length === 0)
      out.push(h('li', {class: 'nothing'}, icon('lock'), h('p', {}, t('chat.begin')), h('p', {class: 'meta'}, t('chat.private_text'))));
    return out;
  };
  const bubble = (m, joined) => {
    const mine = m.author === state.me.user;
    const read = mine && [...reads].some(([user, number]) => user !== state.me.user && number >= m.number);
    return h('li', {class: `bubble ${mine ? 'mine' : ''} ${joined ? 'joined' : ''}`, 'data-number': String(m.number)},
             joined || mine ? null : h('span', {class: 'author'}, m.author_name),
             h('div', {class: 'words'}, m.recalled ? h('em', {}, t('chat.recalled')) : m.text),
             h('span', {class: 'meta'}, h('time', {datetime: m.at, title: absolute(m.at, 'long')}, clock(m.at)), m.edited_at ? ` · ${t('chat.edited')}` : null,
               read ? ` · ${t('chat.read')}` : null,
               mine && !m.recalled ? [h('button', {class: 'tiny', type: 'button', onclick: () => edit(m)}, t('chat.edit')),
                                      actionButton(t('chat.recall'), () => change('chat.recall', {chat: id, number: m.number}), {class: 'tiny'})] : null));
  };
  const take = message => { messages.set(message.number, message); draw(); };

  const load = async after => {
    const page = await ask('chat.history', {chat: id, after, limit: PAGE});
    page.items.forEach(m => messages.set(m.number, m));
    older = page.next;
    draw();
    if (!after)
      log.scrollTop = log.scrollHeight;
  };
  const markRead = () => {
    const last = Math.max(0, ...messages.keys());
    if (last > (reads.get(state.me.user) ?? 0) && document.visibilityState === 'visible') {
      reads.set(state.me.user, last);
      change('chat.read', {chat: id, number: last}).then(countChats).catch(() => {});
    }
  };
  const loadMembers = async () => {
    const found = await ask('chat.members', {chat: id});
    found.members.forEach(m => reads.set(m.user, Math.max(m.read, reads.get(m.user) ?? 0)));
    return found;
  };
  const begin = () => Promise.all([load(), loadMembers()]).then(() => { draw(); markRead(); name(); }).catch(refusal => replace(log, h('li', {}, refusalBox(refusal))));
  const name = () => {
    chat = state.chats.find(c => c.chat === id) ?? chat;
    replace(heading, chat ? chatName(chat) : '');
  };
  begin();
  name();

  on(events, 'chats', name);
  on(events, 'chat', ({detail}) => {
    if (detail.chat !== id)
      return;
    if (detail.message) {
      take(detail.message);
      if (detail.message.author !== state.me.user)
        announce(t('chat.announce', {name: detail.message.author_name, text: detail.message.text}));
      markRead();
    } else if (detail.number) {
      reads.set(detail.user, detail.number);
      draw();
    }
  });
  on(events, 'gap', ({detail: stream}) => stream === id && begin());
  on(document, 'visibilitychange', markRead);

  // -- writing
  const text = h('textarea', {rows: '1', 'aria-label': t('chat.message'), placeholder: t('chat.message'), maxlength: '8000'});
  const trouble = h('div', {class: 'trouble'});
  const editing = h('div', {class: 'editing', hidden: true});
  let edited = null;
  const edit = m => {
    edited = m;
    editing.hidden = !m;
    replace(editing, m ? [t('chat.editing'), h('button', {class: 'tiny', type: 'button', onclick: () => edit(null)}, t('cancel'))] : null);
    text.value = m?.text ?? '';
    text.focus();
  };
  const send = async () => {
    const words = text.value.trim();
    if (!words)
      return;
    replace(trouble);
    text.value = '';
    const target = edited;
    edit(null);
    try {
      if (target)
        await change('chat.edit', {chat: id, number: target.number, text: words});
      else
        await change('chat.send', {chat: id, text: words});
    } catch (refusal) {
      text.value = words;
      replace(trouble, refusalBox(refusal));
    }
  };
  text.addEventListener('keydown', event => {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      send();
    } else if (event.key === 'Escape' && edited)
      edit(null);
  });
  const toggle = h('button', {class: 'quiet', type: 'button', 'aria-expanded': 'false', onclick: () => {
    panel.hidden = !panel.hidden;
    toggle.setAttribute('aria-expanded', String(!panel.hidden));
    if (!panel.hidden)
      fill(panel, loadMembers().then(found => details(id, chat, found, () => toggle.click())));
  }}, t('chat.details'));

  return h('div', {class: 'conversation'},
           h('header', {class: 'bar'}, back(), heading, toggle), panel, log, trouble, editing,
           h('form', {class: 'writer', onsubmit: e => { e.preventDefault(); send(); }}, text,
             h('button', {class: 'primary', type: 'submit', 'aria-label': t('chat.send')}, icon('send'))));
}

// -- members, blocking ----------------------------------------------------------------------

function details(id, chat, {members, invited}, close) {
  const owner = members.some(m => m.owner && m.user === state.me.user);
  const done = async () => { await countChats(); close(); };
  if (chat?.kind !== 'group') {
    const peer = members.find(m => m.user !== state.me.user);
    return [h('p', {}, t('chat.block_text')), h('div', {class: 'submit'},
      peer ? actionButton(t('chat.block'), async () => { await change('user.block', {user: peer.user}); announce(t('chat.blocked')); close(); }, {class: 'quiet danger'}) : null,
      peer ? actionButton(t('chat.unblock'), async () => { await change('user.unblock', {user: peer.user}); close(); }, {class: 'quiet'}) : null)];
  }
  return [h('h3', {}, t('chat.members', {count: members.length})),
          h('ul', {class: 'rows'},
            members.map(m => h('li', {}, avatar(m.pseudonym, true), h('span', {class: 'grow'}, m.pseudonym, m.owner ? h('span', {class: 'meta'}, ` · ${t('chat.owner')}`) : null),
              owner && m.user !== state.me.user ? actionButton(t('chat.remove'), async () => { await change('chat.remove', {chat: id, user: m.user}); await done(); }, {class: 'quiet'}) : null)),
            invited.map(u => h('li', {class: 'meta'}, avatar(u.pseudonym, true), h('span', {class: 'grow'}, u.pseudonym, ` · ${t('chat.is_invited')}`)))),
          peopleFinder(t('chat.invite_find'), t('chat.invite'), async u => { await change('chat.invite', {chat: id, user: u.user}); await done(); }),
          h('div', {class: 'submit'}, actionButton(t('chat.leave'), async () => { await change('chat.leave', {chat: id}); await countChats(); location.hash = '#/chat'; }, {class: 'quiet danger'}))];
}
