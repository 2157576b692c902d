// One's own public accounts: applying, how the application stands, posting, correcting, withdrawing.

import {avatar, h, replace, toast} from '../dom.js';
import {local, t} from '../messages.js';
import {ask, change, events, refreshMe, state} from '../state.js';
import {absolute, localTimes, time} from '../time.js';
import {composer, correctForm} from './compose.js';
import {accountFacts, accountPath, actionButton, badge, empty, field, fill, form, pager, postArticle, restrictionNotes, ruleBox} from './parts.js';

export function mineView(on, which) {
  const place = h('div', {class: 'column'});
  const show = () => fill(place, Promise.all([ask('account.mine'), refreshMe()]).then(([mine]) => {
    if (mine.accounts.some(a => !a.active)) // one's standing is on its way, for a moment
      setTimeout(() => place.isConnected && !place.contains(document.activeElement) && show(), 1500);
    return page(on, mine, which);
  }));
  show();
  on(events, 'notices', ({detail}) => ['decision', 'sanction'].includes(detail.notice.kind) && !place.contains(document.activeElement) && show());
  return place;
}

function page(on, {accounts, applications}, which) {
  const chosen = accounts.find(a => a.account.account === which) ?? accounts[0];
  const open = applications.filter(a => a.status !== 'decided' || a.verdict !== 'approve');
  return [h('div', {class: 'title'}, h('h1', {tabindex: '-1'}, t('mine.title')), h('a', {class: 'button', href: '#/apply'}, t('apply.title'))),
          open.map(applicationCard),
          accounts.length > 1 ? h('nav', {class: 'tabs', 'aria-label': t('mine.title')}, accounts.map(a =>
            h('a', {href: `#/mine/${a.account.account}`, 'aria-current': a === chosen ? 'page' : undefined}, a.account.name))) : null,
          chosen ? accountSection(on, chosen) : open.length === 0 ? empty(t('mine.empty'), h('p', {class: 'meta'}, t('mine.empty_text'))) : null];
}

function accountSection(on, {account, active}) {
  const tools = post => post.state === 'visible' ? [
    h('button', {class: 'quiet', type: 'button', onclick: e => correctForm(post, e.target.closest('article'))}, t('correct.button')),
    actionButton(t('withdraw.button'), async button => {
      if (button.dataset.sure)
        await change('account.withdraw_post', {post: post.post}).then(() => toast(t('withdraw.done')));
      else {
        button.dataset.sure = 'yes';
        button.textContent = t('withdraw.sure');
      }
    }, {class: 'quiet danger'})] : [];
  const draw = post => postArticle(post, {tools: tools(post)});
  const posts = pager(after => ask('account.posts', {account: account.account, after, limit: 30}), draw, empty(t('account.no_posts')));
  const again = async number => {
    const {items: [post]} = await ask('account.posts', {account: account.account, from: number, to: number});
    const shown = posts.querySelector(`[data-post="${CSS.escape(post.post)}"]`);
    posts.querySelector('.empty')?.remove();
    shown ? shown.replaceWith(draw(post)) : posts.querySelector('.stack').prepend(draw(post));
  };
  // Pushes come for accounts that one follows; one's own changes show at once in any case.
  on(events, 'own', ({detail: post}) => posts.isConnected && post.startsWith(account.account.replace('acc_', 'pst_')) && again(Number(post.split('-').at(-1))));
  on(events, 'posts', ({detail: {post}}) => posts.isConnected && post.account === account.account && again(post.number));
  return [h('header', {class: 'card profile'}, avatar(account.name),
            h('div', {class: 'grow'}, h('h2', {}, h('a', {href: accountPath(account.account)}, account.name), ' ', badge(account.badge)),
              h('p', {class: 'text'}, account.description), h('p', {class: 'meta'}, accountFacts(account)),
              active ? null : h('p', {class: 'note'}, t('mine.inactive'))), restrictionNotes(account.restrictions)),
          composer(account.account), posts];
}

// -- applications ---------------------------------------------------------------------------

function applicationCard(a) {
  const waiting = ['open', 'opening', 'waiting', 'second'].includes(a.status);
  return h('article', {class: 'card application', 'data-case': a.case},
           h('div', {class: 'title'}, h('h2', {}, a.title), h('span', {class: `status ${a.status}`}, t(`application.${a.verdict === 'reject' && a.status === 'decided' ? 'rejected' : a.status}`))),
           h('p', {class: 'meta'}, t('application.sent'), ' ', time(a.opened_at),
             waiting && a.deadline ? ` · ${t(a.status === 'waiting' ? 'application.answer_by' : 'application.decided_by', {when: absolute(a.deadline)})}` : null),
           a.reason ? h('p', {class: 'text'}, localTimes(a.reason)) : null,
           a.verdict ? ruleBox(a.rule) : null,
           a.status === 'waiting' ? amendForm(a) : null,
           ['open', 'waiting'].includes(a.status) ? actionButton(t('application.withdraw'), async () => {
             await change('account.withdraw_application', {case: a.case});
             toast(t('application.withdrawn'));
             dispatchEvent(new HashChangeEvent('hashchange'));
           }, {class: 'quiet danger'}) : null);
}

function amendForm(a) {
  const description = h('textarea', {rows: '2'});
  const statement = h('textarea', {rows: '4'});
  const category = options('categories');
  return form({submit: t('application.amend'), done: t('application.amended'),
    act: () => change('account.amend', {application: a.case, description: description.value, statement: statement.value, category: category.value}),
    after: () => dispatchEvent(new HashChangeEvent('hashchange'))},
    field(t('field.description'), description, {name: 'description'}), field(t('field.category'), category, {name: 'category'}),
    field(t('field.statement'), statement, {name: 'statement'}));
}

const options = (table, filter = () => true, value) =>
  h('select', {}, (state.book?.[table] ?? []).filter(filter).map(e => h('option', {value: e.key, selected: e.key === value}, local(e.name))));

export function applyView() {
  const name = h('input', {type: 'text', maxlength: '64', required: true});
  const description = h('textarea', {rows: '2', required: true});
  const statement = h('textarea', {rows: '3', required: true});
  const kind = options('organisations', () => true, 'individual');
  const category = options('categories', () => true, 'culture');
  const region = options('regions', () => true, '31');
  const news = h('select', {}, ['none', 'repost', 'original'].map(r => h('option', {value: r}, t(`right.${r}`))));
  const organisation = h('input', {type: 'text'});
  const credentialKind = options('organisation_credentials', () => true, 'registration');
  const credentialNumber = h('input', {type: 'text'});
  const credentialIssuer = h('input', {type: 'text'});
  const until = h('input', {type: 'date', value: new Date(Date.now() + 365 * 864e5).toISOString().slice(0, 10)});
  const behind = h('fieldset', {class: 'group', hidden: true}, h('legend', {}, t('apply.organisation')),
                   field(t('field.organisation_name'), organisation), field(t('field.credential'), credentialKind),
                   field(t('field.credential_number'), credentialNumber), field(t('field.credential_issuer'), credentialIssuer),
                   field(t('field.credential_until'), until), h('p', {class: 'hint'}, t('apply.organisation_hint')));
  const lane = h('p', {class: 'hint'});
  const update = () => {
    const chosen = state.book.organisations.find(o => o.key === kind.value);
    behind.hidden = chosen.personal;
    const found = state.book.review.lanes.find(l => l.key === chosen.lane);
    replace(lane, t('apply.lane', {lane: local(found.name), days: Math.round(found.deadline / 864e5)}), chosen.encouraged ? ` ${t('apply.encouraged')}` : null);
  };
  kind.addEventListener('change', update);
  if (state.book)
    update();
  let registered; // the organisation, when a later step was refused
  return h('div', {class: 'narrow card'}, h('h1', {tabindex: '-1'}, t('apply.title')), h('p', {}, t('apply.text')),
    form({submit: t('apply.submit'), act: async () => {
      if (!behind.hidden && registered?.kind !== kind.value) {
        const {organisation: id} = await change('org.register', {kind: kind.value, name: organisation.value, region: region.value,
          credentials: credentialNumber.value ? [{kind: credentialKind.value, number: credentialNumber.value, issuer: credentialIssuer.value, scope: '',
                                                  valid_from: new Date(Date.now() - 864e5).toISOString(), valid_until: new Date(until.value).toISOString()}] : []});
        registered = {kind: kind.value, id};
      }
      return change('account.apply', {name: name.value.trim(), description: description.value, category: category.value, kind: kind.value,
        region: region.value, organisation: behind.hidden ? undefined : registered.id, news: news.value === 'none' ? undefined : news.value, statement: statement.value});
    }, after: () => { toast(t('apply.done')); location.hash = '#/mine'; }},
    field(t('field.account_name'), name, {name: 'name'}), field(t('field.description'), description, {name: 'description'}),
    h('div', {class: 'pair'}, field(t('field.kind'), kind, {name: 'kind'}), field(t('field.category'), category, {name: 'category'})), lane, behind,
    h('div', {class: 'pair'}, field(t('field.region'), region, {name: 'region'}), field(t('field.news'), news, {name: 'news'})),
    field(t('field.statement'), statement, {hint: t('apply.statement_hint'), name: 'statement'})),
    ruleBox({charter: state.book?.id, article: '7.1'}));
}
