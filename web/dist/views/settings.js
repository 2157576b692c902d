// Oneself: the name that others see, password, sessions, blocked people, everything that is kept.

import {h, replace, toast} from '../dom.js';
import {t} from '../messages.js';
import {ask, change, refreshMe, signOut, state} from '../state.js';
import {absolute, time} from '../time.js';
import {actionButton, field, fill, form, restrictionNotes} from './parts.js';

export function settingsView() {
  return h('div', {class: 'column'}, h('h1', {tabindex: '-1'}, state.me.pseudonym),
           h('p', {class: 'meta'}, t('settings.since', {when: absolute(state.me.registered_at)}), ' · ', h('a', {href: '#/agreement'}, t('settings.agreement', {version: state.me.agreement_version}))),
           restrictionNotes(state.me.restrictions), profile(), password(), sessions(), blocks(), kept());
}

const section = (title, ...content) => h('section', {class: 'card'}, h('h2', {}, title), content);

function profile() {
  const pseudonym = h('input', {type: 'text', value: state.me.pseudonym, maxlength: '64'});
  const about = h('textarea', {rows: '2', value: state.me.about, maxlength: '2000'});
  return section(t('settings.profile'), form({submit: t('save'), done: t('saved'), act: () => change('user.update',
    {pseudonym: pseudonym.value === state.me.pseudonym ? undefined : pseudonym.value, about: about.value}), after: refreshMe},
    field(t('field.pseudonym'), pseudonym, {hint: t('register.name_hint'), name: 'pseudonym'}), field(t('field.about'), about, {name: 'about'})));
}

function password() {
  const old = h('input', {type: 'password', autocomplete: 'current-password'});
  const fresh = h('input', {type: 'password', autocomplete: 'new-password'});
  return section(t('settings.password'), form({submit: t('save'), done: t('settings.password_done'),
    act: () => ask('auth.change_password', {old_password: old.value, new_password: fresh.value}), after: e => e.reset()},
    field(t('field.old_password'), old, {name: 'old_password'}), field(t('field.new_password'), fresh, {name: 'new_password'})));
}

function sessions() {
  const list = h('div', {});
  const show = () => fill(list, ask('auth.sessions').then(({sessions, current}) => h('ul', {class: 'rows'}, sessions.map(s =>
    h('li', {}, h('span', {class: 'grow'}, s.device, ' ', h('span', {class: 'meta'}, time(s.at))),
      s.session === current ? h('span', {class: 'meta'}, t('settings.this_session'))
        : actionButton(t('settings.end_session'), async () => { await change('auth.revoke', {session: s.session}); show(); }, {class: 'quiet'}))))));
  show();
  return section(t('settings.sessions'), list, h('div', {class: 'submit'}, actionButton(t('signout'), async () => { await signOut(); location.hash = '#/'; })));
}

function blocks() {
  const list = h('div', {}, actionButton(t('settings.show_blocks'), () => show(), {class: 'quiet'}));
  const show = () => fill(list, ask('user.export').then(async ({blocks}) => {
    if (blocks.length === 0)
      return h('p', {class: 'meta'}, t('settings.no_blocks'));
    const users = await Promise.all(blocks.map(user => ask('user.profile', {user})));
    return h('ul', {class: 'rows'}, users.map(u => h('li', {}, h('span', {class: 'grow'}, u.pseudonym),
      actionButton(t('chat.unblock'), async () => { await change('user.unblock', {user: u.user}); show(); }, {class: 'quiet'}))));
  }));
  return section(t('settings.blocks'), list);
}

function kept() {
  return section(t('settings.kept'), h('p', {}, t('settings.kept_text')), actionButton(t('settings.export'), async () => {
    const everything = await ask('user.export');
    const url = URL.createObjectURL(new Blob([JSON.stringify(everything, null, 1)], {type: 'application/json'}));
    h('a', {href: url, download: `charter-${state.me.pseudonym}.json`}).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
    toast(t('settings.exported'));
  }));
}
