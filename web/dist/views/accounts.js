// Public accounts: the directory, one account's page, one post's, one sanction's public facts.

import {avatar, h, replace} from '../dom.js';
import {local, t} from '../messages.js';
import {ask, events, follow, state, unfollow} from '../state.js';
import {absolute, time} from '../time.js';
import {complain} from './complaint.js';
import {accountCard, accountFacts, accountPath, actionButton, badge, empty, field, fill, named, pager, postArticle, postPath,
        restrictionNotes, ruleBox, sanctionLine, stepName} from './parts.js';

export function followButton(account) {
  if (!state.me)
    return h('a', {class: 'button', href: '#/signin'}, t('follow'));
  const button = actionButton('', async () => {
    await (state.following.has(account.account) ? unfollow(account) : follow(account));
    show();
  }, {class: 'follow'});
  const show = () => {
    const on = state.following.has(account.account);
    const inner = button.querySelector('button');
    inner.textContent = t(on ? 'following' : 'follow');
    inner.setAttribute('aria-pressed', String(on));
    inner.setAttribute('aria-label', t(on ? 'unfollow_name' : 'follow_name', {name: account.name}));
    inner.classList.toggle('primary', !on);
  };
  show();
  return button;
}

export function discoverView() {
  const text = h('input', {type: 'search'});
  const select = (table, label) => h('select', {onchange: () => show()}, h('option', {value: ''}, label),
    (state.book?.[table] ?? []).map(e => h('option', {value: e.key}, local(e.name))));
  const kind = select('organisations', t('discover.any_kind'));
  const category = select('categories', t('discover.any_category'));
  const region = select('regions', t('discover.any_region'));
  const results = h('div', {});
  const show = () => {
    const search = text.value.trim();
    const filter = {kind: kind.value || undefined, category: category.value || undefined, region: region.value || undefined};
    replace(results, pager(after => search ? ask('account.search', {text: search, after, limit: 30})
                                           : ask('account.directory', {...filter, after, limit: 30}),
                           a => accountCard(a, followButton(a)), empty(t('discover.empty'))));
  };
  let typing = 0;
  text.addEventListener('input', () => { clearTimeout(typing); typing = setTimeout(show, 250); });
  show();
  return h('div', {class: 'column'}, h('h1', {tabindex: '-1'}, t('discover.title')),
           h('form', {class: 'filters', role: 'search', onsubmit: e => { e.preventDefault(); show(); }},
             field(t('discover.search'), text), field(t('field.kind'), kind), field(t('field.category'), category), field(t('field.region'), region)),
           results);
}

export function accountView(on, id) {
  const place = h('div', {class: 'column'});
  fill(place, ask('account.get', {account: id}).then(({account}) => {
    const posts = pager(after => ask('account.posts', {account: id, after, limit: 30}), post => postArticle(post), empty(t('account.no_posts')));
    on(events, 'posts', ({detail: {post, fresh}}) => {
      if (post.account !== id)
        return;
      const shown = posts.querySelector(`[data-post="${CSS.escape(post.post)}"]`);
      if (shown)
        shown.replaceWith(postArticle(post));
      else if (fresh) {
        posts.querySelector('.empty')?.remove();
        posts.querySelector('.stack').prepend(postArticle(post));
      }
    });
    const mine = state.me?.accounts.some(a => a.account.account === id);
    return [h('header', {class: 'card profile'}, avatar(account.name),
              h('div', {class: 'grow'}, h('h1', {tabindex: '-1'}, account.name, ' ', badge(account.badge)),
                h('p', {class: 'text'}, account.description), h('p', {class: 'meta'}, accountFacts(account)),
                h('p', {class: 'meta'}, t('account.opened'), ' ', time(account.opened_at, false)),
                account.organisation ? organisationLine(account.organisation) : null,
                h('div', {class: 'submit'}, followButton(account),
                  mine ? h('a', {class: 'button', href: '#/mine'}, t('mine.title'))
                       : h('button', {class: 'quiet', type: 'button', onclick: () => complain({account: id}, account.name)}, t('complain.button')),
                  h('a', {class: 'button quiet', href: `/@${encodeURIComponent(account.name)}/feed.atom`}, 'Atom'))),
              restrictionNotes(account.restrictions)), posts];
  }));
  return place;
}

function organisationLine(id) {
  const line = h('p', {class: 'meta'});
  ask('org.get', {organisation: id}).then(o => replace(line, `${named('organisations', o.kind)}${t('sanction.colon')}${o.name}`,
    o.confirmed.map(c => ` · ${named('organisation_credentials', c.kind)} ${c.number}`))).catch(() => {});
  return line;
}

export function postView(on, id) {
  const place = h('div', {class: 'column'});
  const account = id.replace(/^pst_/, 'acc_').replace(/-\d+$/, '');
  const number = Number(id.split('-').at(-1));
  const show = post => [h('h1', {class: 'visually-hidden', tabindex: '-1'}, t('post.title')), postArticle(post, {whole: true})];
  fill(place, ask('account.posts', {account, from: number, to: number}).then(({items}) =>
    items.length > 0 ? show(items[0]) : empty(t('post.none'))));
  on(events, 'posts', ({detail: {post}}) => post.post === id && replace(place, show(post)));
  return place;
}

/** What anyone may know of a sanction. */
export function sanctionFacts(s, {headed = false} = {}) {
  const target = typeof s.target === 'string' && s.target.startsWith('acc_') ? h('a', {href: accountPath(s.target)}, t('sanction.the_account')) : null;
  if (target)
    ask('account.get', {account: s.target}).then(({account}) => target.textContent = account.name).catch(() => {});
  return h('dl', {class: 'facts'},
           headed ? null : [h('dt', {}, t('sanction.what')), h('dd', {}, sanctionLine(s))],
           target ? [h('dt', {}, t('sanction.target')), h('dd', {}, target)] : null,
           h('dt', {}, t('sanction.why')), h('dd', {class: 'text'}, s.reasons.facts),
           s.reasons.evidence.length > 0 ? [h('dt', {}, t('sanction.evidence')), h('dd', {}, h('ul', {class: 'plain'}, s.reasons.evidence.map(e => h('li', {}, evidence(e)))))] : null,
           h('dt', {}, t('sanction.rule')), h('dd', {}, ruleBox(s.reasons.rule)),
           s.recommended !== s.measure.step ? [h('dt', {}, t('sanction.recommended')), h('dd', {}, stepName(s.recommended), s.reasons.differs_because ? `${t('sanction.differs')}${s.reasons.differs_because}` : null)] : null,
           h('dt', {}, t('sanction.since')), h('dd', {}, time(s.at)),
           s.lifted_at ? [h('dt', {}, t(s.overturned ? 'sanction.overturned' : 'sanction.lifted')), h('dd', {}, time(s.lifted_at), ' ', s.lift_reason)] : null);
}

export function evidence(reference) {
  if (reference.startsWith('pst_'))
    return h('a', {href: postPath(reference)}, t('sanction.the_post', {number: reference.split('-').at(-1)}));
  return /^https?:\/\//.test(reference) ? h('a', {href: reference, rel: 'noopener'}, reference) : reference;
}

export function sanctionView(_, id) {
  const place = h('div', {class: 'column'});
  fill(place, ask('sanction.get', {sanction: id}).then(s => h('article', {class: 'card'}, h('h1', {tabindex: '-1'}, stepName(s.measure.step)), sanctionFacts(s),
    h('p', {class: 'meta'}, t('appeal.open_until', {when: absolute(s.appeal_until)})))));
  return place;
}
