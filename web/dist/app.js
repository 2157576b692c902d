// The page's frame: where one is, how one gets elsewhere, and which view is shown.

import {h, icon, replace} from './dom.js';
import {language, setLanguage, t} from './messages.js';
import {change, events, start, state} from './state.js';
import {accountView, discoverView, postView, sanctionView} from './views/accounts.js';
import {chatView} from './views/chat.js';
import {agreementView, registerView, signInView, welcome} from './views/entry.js';
import {feedView} from './views/feed.js';
import {applyView, mineView} from './views/mine.js';
import {noticesView} from './views/notices.js';
import {loading, refusalBox} from './views/parts.js';
import {settingsView} from './views/settings.js';

const OFFLINE_SHOWN_AFTER_MS = 1500; // a reconnect that is quicker needs no words

/** `who`: "user" leads to the sign-in first, "guest" leads those who are in to their feed. */
const routes = {
  '': {view: welcome, who: 'guest', title: 'app.name'},
  signin: {view: signInView, who: 'guest', title: 'signin.title'},
  register: {view: registerView, who: 'guest', title: 'register.title'},
  agreement: {view: agreementView, title: 'agreement.title'},
  feed: {view: feedView, who: 'user', title: 'feed.title', nav: 'feed'},
  discover: {view: discoverView, title: 'discover.title', nav: 'discover'},
  account: {view: accountView, title: 'account.title', nav: 'discover'},
  post: {view: postView, title: 'post.title', nav: 'feed'},
  sanction: {view: sanctionView, title: 'sanction.title', nav: 'notices'},
  mine: {view: mineView, who: 'user', title: 'mine.title', nav: 'mine'},
  apply: {view: applyView, who: 'user', title: 'apply.title', nav: 'mine'},
  chat: {view: chatView, who: 'user', title: 'chat.title', nav: 'chat'},
  notices: {view: noticesView, who: 'user', title: 'notices.title', nav: 'notices'},
  settings: {view: settingsView, who: 'user', title: 'settings.title', nav: 'settings'},
};

const app = document.getElementById('app');
const main = h('main', {id: 'main'});
const banner = h('div', {class: 'banner', role: 'status'});
let leave = new AbortController(); // ends the listeners of the view that is shown
let shownHash = null;

// -- routes ---------------------------------------------------------------------------------

function place() {
  const [, name = '', id] = location.hash.split('/');
  return {name, id: id && decodeURIComponent(id), route: routes[name] ?? routes['']};
}

function show({keepFocus = false} = {}) {
  const {id, route} = place();
  if (!state.ready)
    return replace(main, loading());
  if (route.who === 'user' && !state.me)
    return go(location.hash && location.hash !== '#/feed' ? '#/signin' : '#/');
  if (route.who === 'guest' && state.me)
    return go('#/feed');
  leave.abort();
  leave = new AbortController();
  const {signal} = leave;
  const on = (target, event, handler) => target.addEventListener(event, handler, {signal});
  main.className = route.nav === 'chat' ? 'wide' : '';
  replace(main, route.view(on, id));
  document.title = route.title === 'app.name' ? t('app.name') : `${t(route.title)} · ${t('app.name')}`;
  drawFrame();
  if (!keepFocus && shownHash !== null && shownHash !== location.hash) {
    scrollTo({top: 0});
    focusHeading();
  }
  shownHash = location.hash;
}

// A view that has yet to ask for its content has no heading: then the region itself is where the reader goes.
function focusHeading() {
  const heading = main.querySelector('.chat-pane h2, h1');
  if (heading)
    heading.focus({preventScroll: true});
  else {
    main.setAttribute('tabindex', '-1');
    main.focus({preventScroll: true});
  }
}

function go(hash) {
  if (location.hash === hash)
    return show();
  location.replace(hash);
}

// -- frame ----------------------------------------------------------------------------------

const sidebar = h('aside', {class: 'side'});
const tabs = h('nav', {class: 'tabbar'});

function links() {
  const current = place().route.nav;
  const counts = {notices: state.unreadNotices, chat: state.unreadChats};
  const names = state.me ? ['feed', 'discover', 'chat', 'mine', 'notices', 'settings'] : ['discover'];
  return names.map(name => h('a', {href: `#/${name}`, 'aria-current': current === name ? 'page' : undefined, class: name},
    icon(name), h('span', {class: 'label'}, name === 'settings' ? state.me.pseudonym : t(`nav.${name}`)),
    counts[name] > 0 ? h('span', {class: 'count'}, h('span', {'aria-hidden': 'true'}, String(counts[name])), h('span', {class: 'visually-hidden'}, t('nav.waiting', {count: counts[name]}))) : null));
}

function drawFrame() {
  replace(sidebar, h('a', {class: 'brand', href: '#/'}, h('img', {src: '/seal.svg', alt: '', width: '32', height: '32'}), h('span', {}, 'Charter')),
          h('nav', {'aria-label': t('nav.title')}, links()),
          h('div', {class: 'foot'}, state.me ? null : h('a', {class: 'button primary', href: '#/signin'}, t('signin.title')),
            h('div', {class: 'switches'},
              h('button', {class: 'quiet', type: 'button', lang: language() === 'en' ? 'zh-CN' : 'en', onclick: switchLanguage}, language() === 'en' ? '中文' : 'English'),
              h('button', {class: 'quiet', type: 'button', onclick: switchTheme, 'aria-label': t('theme.label', {theme: t(`theme.${theme()}`)})}, t(`theme.${theme()}`)))));
  replace(tabs, links());
  tabs.setAttribute('aria-label', t('nav.title'));
  document.querySelector('.skip').textContent = t('nav.skip');
}

function drawCounts() {
  for (const nav of [sidebar.querySelector('nav'), tabs])
    if (nav && !nav.contains(document.activeElement))
      replace(nav, links());
}

function switchLanguage() {
  setLanguage(language() === 'en' ? 'zh-CN' : 'en');
  if (state.me)
    change('user.update', {language: language()}).catch(() => {});
  show({keepFocus: true});
  sidebar.querySelector('.switches button').focus();
}

const THEMES = ['auto', 'light', 'dark'];
const theme = () => localStorage.getItem('theme') ?? 'auto';

function applyTheme() {
  document.documentElement.dataset.theme = theme();
}

function switchTheme() {
  localStorage.setItem('theme', THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length]);
  applyTheme();
  drawFrame();
  sidebar.querySelector('.switches button:last-child').focus();
}

// -- start ----------------------------------------------------------------------------------

let offlineTimer = 0;
events.addEventListener('link', () => {
  clearTimeout(offlineTimer);
  if (state.online)
    replace(banner);
  else
    offlineTimer = setTimeout(() => replace(banner, t('link.lost')), OFFLINE_SHOWN_AFTER_MS);
});
events.addEventListener('trouble', ({detail}) => {
  console.warn(detail);
  if (!state.ready)
    replace(main, refusalBox(detail));
});
// A reconnect finds the same person: what is shown stays, and the streams have caught up by themselves.
let shownUser;
events.addEventListener('session', () => {
  const user = state.me?.user ?? null;
  if (user !== shownUser || shownUser === undefined)
    show();
  shownUser = user;
});
events.addEventListener('counts', drawCounts);
addEventListener('hashchange', () => show());

setLanguage(language());
applyTheme();
replace(app, h('a', {class: 'skip', href: '#main', onclick: e => { e.preventDefault(); focusHeading(); }}), sidebar, h('div', {class: 'page'}, banner, main), tabs);
drawFrame();
show();
start();
