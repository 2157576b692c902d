// What several views show: badges, posts, rules, refusals, fields of forms.

import {avatar, h, icon, replace} from '../dom.js';
import {has, language, local, t} from '../messages.js';
import {ask, change, state} from '../state.js';
import {absolute, localTimes, time} from '../time.js';
import {complain} from './complaint.js';

export const accountPath = id => `#/account/${id}`;
export const postPath = id => `#/post/${id}`;

export const named = (table, key) => local(state.book?.[table]?.find(entry => entry.key === key)?.name) || key;
export const stepName = step => local(state.book?.sanctions.steps.find(s => s.step === step)?.name) || step;

// -- rules ----------------------------------------------------------------------------------

/** "Article 6.2, Truthfulness" */
export function ruleName(rule) {
  if (!rule?.article)
    return '';
  const item = state.book?.agreement.items.find(i => i.key === rule.item);
  return t('rule.article', {article: rule.article}) + (item ? t('rule.item', {item: local(item.title)}) : '');
}

/** A rule that can be unfolded: its title, what it says, and the item of the agreement. */
export function ruleBox(rule) {
  if (!rule?.article)
    return null;
  const article = state.book?.articles.find(a => a.number === rule.article);
  const item = state.book?.agreement.items.find(i => i.key === rule.item);
  return h('details', {class: 'rule'},
           h('summary', {}, ruleName(rule), article && !item ? ` · ${local(article.title)}` : null),
           item ? h('p', {}, t('rule.you_signed', {text: local(item.text)})) : null,
           article ? h('p', {}, local(article.summary)) : null,
           h('p', {class: 'meta'}, local(state.book?.title)));
}

/** What a refusal cites stands open, for it is what the reader asks for. */
function ruleCited(rule) {
  const box = ruleBox(rule);
  box?.setAttribute('open', '');
  return box;
}

// -- refusals -------------------------------------------------------------------------------

function sentence(refusal) {
  const known = `detail.${refusal.detail}`;
  if (has(known))
    return t(known);
  if (refusal.field)
    return t('refusal.field', {field: has(`field.${refusal.field}`) ? t(`field.${refusal.field}`) : refusal.field});
  return has(`refusal.${refusal.type}`) ? t(`refusal.${refusal.type}`) : t('refusal.internal');
}

const links = {
  sanctioned: refusal => ({href: `#/notices/${refusal.sanction}`, text: t('refusal.see_sanction')}),
  agreement_required: () => ({href: '#/agreement', text: t('refusal.sign')}),
  unauthenticated: () => ({href: '#/signin', text: t('signin.title')}),
  identity_required: () => ({href: '#/register', text: t('register.title')}),
};

/** A refusal as a person wants to read it: a sentence, the article, and what to do. */
export function refusalBox(refusal) {
  const box = h('div', {class: 'refusal', role: 'alert', tabindex: '-1'});
  const todo = refusal.retryAfter ? t('refusal.wait', {seconds: Math.ceil(refusal.retryAfter / 1000)})
    : has(`todo.${refusal.type}`) ? t(`todo.${refusal.type}`) : null;
  const link = links[refusal.type]?.(refusal);
  const facts = h('div', {});
  const serverSays = refusal.detail && !has(`detail.${refusal.detail}`) &&
    !['sanctioned', 'unauthenticated', 'not_entitled'].includes(refusal.type);
  replace(box, icon('stop'),
          h('div', {},
            h('p', {class: 'sentence'}, sentence(refusal)),
            serverSays ? h('p', {class: 'meta', lang: 'en'}, localTimes(refusal.detail)) : null,
            facts, ruleCited(refusal.rule),
            todo || link ? h('p', {class: 'todo'}, todo, ' ', link ? h('a', {href: link.href}, link.text) : null) : null));
  if (refusal.type === 'sanctioned' && refusal.sanction)
    ask('sanction.get', {sanction: refusal.sanction}).then(s => replace(facts, h('p', {}, sanctionLine(s)))).catch(() => {});
  return box;
}

/** "Suspension: no new posts, until 9 December, 23:50" */
export function sanctionLine(s) {
  const measure = s.measure ?? s;
  return stepName(measure.step) + t('sanction.colon') +
    t(`scope.${measure.scope}`, {count: measure.posts_per_day ?? 1}) +
    (s.until ? t('sanction.until', {when: absolute(s.until)}) : measure.step === 'warn' ? '' : t('sanction.no_end'));
}

export function restrictionNotes(restrictions) {
  return restrictions.map(r => h('div', {class: 'note stop'}, h('p', {}, sanctionLine(r)), ruleBox(r.rule)));
}

// -- badges and accounts --------------------------------------------------------------------

let popovers = 0;

/** Article 7.3: in every place where the account is shown, with what it stands for. */
export function badge(right) {
  const found = state.book?.news.badges.find(b => b.right === right);
  if (!found)
    return null;
  const id = `badge-${++popovers}`;
  const card = h('span', {class: 'popover', popover: 'auto', id, role: 'note'},
                 h('strong', {}, local(found.label)), h('span', {}, local(found.explanation)),
                 h('span', {class: 'meta'}, ruleName(found.rule)));
  return h('span', {class: 'badge-holder'},
           h('button', {class: 'badge', type: 'button', popovertarget: id, title: local(found.explanation),
                        'aria-label': t('badge.label', {label: local(found.label)})},
             icon('badge'), local(found.label)), card);
}

export function accountCard(account, ...actions) {
  return h('article', {class: 'card account'}, avatar(account.name),
           h('div', {class: 'grow'},
             h('h3', {}, h('a', {href: accountPath(account.account)}, account.name), ' ', badge(account.badge)),
             h('p', {class: 'clamp'}, account.description),
             h('p', {class: 'meta'}, accountFacts(account))),
           h('div', {class: 'actions'}, actions));
}

export function accountFacts(account) {
  return [named('organisations', account.kind), named('categories', account.category), named('regions', account.region),
          t('account.followers', {count: account.followers}), t('account.posts', {count: account.posts})].join(' · ');
}

// -- posts ----------------------------------------------------------------------------------

/** `tools`: further buttons, for its editors. */
export function postArticle(post, {tools = [], whole = false} = {}) {
  const head = h('header', {},
                 avatar(post.account_name),
                 h('div', {class: 'grow'},
                   h('p', {class: 'byline'}, h('a', {href: accountPath(post.account)}, post.account_name), ' ', badge(post.badge)),
                   h('p', {class: 'meta'}, h('a', {href: postPath(post.post)}, time(post.at)),
                     post.kind === 'general' ? null : h('span', {class: 'kind'}, t(`kind.${post.kind}`)))));
  const article = h('article', {class: 'card post', 'data-post': post.post, tabindex: '0',
                                'aria-label': t('post.label', {account: post.account_name, when: absolute(post.at)})}, head);
  if (post.state !== 'visible') {
    article.classList.add('gone');
    const withheld = post.state === 'withheld';
    article.append(h('div', {class: withheld ? 'note stop' : 'note'},
                     h('p', {}, withheld ? local(state.book?.sanctions.withholding.notice) : t('post.withdrawn')),
                     withheld ? ruleBox(post.rule) : null,
                     post.sanction ? h('p', {}, h('a', {href: `#/sanction/${post.sanction}`}, t('post.see_sanction'))) : null));
    return article;
  }
  if (post.title)
    article.append(h(whole ? 'h2' : 'h3', {}, post.title));
  article.append(h('div', {class: 'text'}, post.text));
  if (post.source)
    article.append(h('blockquote', {}, h('p', {class: 'meta'}, h('a', {href: postPath(post.source.post)}, t('post.from', {account: post.source.account_name}))),
                     h('p', {class: 'text'}, post.source.excerpt)));
  if (/^https?:\/\//.test(post.link))
    article.append(h('p', {class: 'meta'}, h('a', {href: post.link, rel: 'nofollow noopener', target: '_blank'}, new URL(post.link).host)));
  if (post.earlier.length > 0)
    article.append(h('details', {class: 'earlier', open: whole},
                     h('summary', {}, t('post.corrected', {count: post.earlier.length}), ' · ', time(post.earlier.at(-1).at, false)),
                     post.earlier.toReversed().map(e => h('div', {}, h('p', {class: 'meta'}, t('post.until', {when: absolute(e.at)})),
                                                           h('blockquote', {class: 'text'}, e.text ?? t('post.erased'))))));
  const mine = state.me?.accounts.some(a => a.account.account === post.account);
  article.append(h('footer', {}, tools,
                   state.me?.accounts.length > 0 && !mine ? repostButton(post, article) : null,
                   mine ? null : h('button', {class: 'quiet', type: 'button', onclick: () => complain({post: post.post}, post.account_name)}, t('complain.button'))));
  return article;
}

function repostButton(post, article) {
  return h('button', {class: 'quiet', type: 'button', onclick: () => {
    article.querySelector('form.inline')?.remove();
    article.append(repostForm(post));
    article.querySelector('form.inline select, form.inline textarea').focus();
  }}, t('repost.button'));
}

function repostForm(post) {
  const account = accountSelect();
  const comment = h('textarea', {rows: '2', maxlength: '4000'});
  return form({class: 'inline', submit: t('repost.button'), done: t('repost.done'), act: () =>
    change('account.repost', {account: account.value, source: post.post, comment: comment.value || undefined}),
    after: (f) => f.remove()},
    field(t('compose.as'), account), field(t('repost.comment'), comment));
}

export function accountSelect() {
  return h('select', {}, state.me.accounts.map(a => h('option', {value: a.account.account}, a.account.name)));
}

// -- forms ----------------------------------------------------------------------------------

let fields = 0;

/** A label above its control; `name` is the parameter that a refusal may point at. */
export function field(label, control, {hint, name} = {}) {
  control.id ||= `field-${++fields}`;
  if (name)
    control.dataset.field = name;
  if (hint)
    control.setAttribute('aria-describedby', `${control.id}-hint`);
  return h('div', {class: 'field'}, h('label', {for: control.id}, label), control,
           hint ? h('p', {class: 'hint', id: `${control.id}-hint`}, hint) : null);
}

/** Runs `act` once at a time, shows its refusal under the fields and marks the field that it names. */
export function form({submit, act, after, done, extra, ...attributes}, ...children) {
  const trouble = h('div', {});
  const button = h('button', {class: 'primary', type: 'submit'}, submit);
  const said = h('p', {class: 'said', role: 'status'});
  const element = h('form', {novalidate: true, ...attributes, onsubmit: async event => {
    event.preventDefault();
    if (button.disabled)
      return;
    button.disabled = true;
    replace(trouble);
    replace(said);
    element.querySelectorAll('[aria-invalid]').forEach(c => c.removeAttribute('aria-invalid'));
    try {
      const result = await act();
      if (done)
        replace(said, done);
      await after?.(element, result);
    } catch (refusal) {
      if (!refusal.type)
        throw refusal;
      const box = refusalBox(refusal);
      replace(trouble, box);
      const culprit = refusal.field && element.querySelector(`[data-field="${CSS.escape(refusal.field)}"]`);
      culprit?.setAttribute('aria-invalid', 'true');
      (culprit ?? box).focus();
    } finally {
      button.disabled = false;
    }
  }}, ...children, trouble, h('div', {class: 'submit'}, button, extra, said));
  return element;
}

/** A button that does one thing and shows a refusal beside itself. */
export function actionButton(label, act, attributes = {}) {
  const holder = h('span', {class: 'action'});
  const button = h('button', {type: 'button', ...attributes, onclick: async () => {
    button.disabled = true;
    holder.querySelector('.refusal')?.remove();
    try {
      await act(button);
    } catch (refusal) {
      if (!refusal.type)
        throw refusal;
      const box = refusalBox(refusal);
      holder.append(box);
      box.focus();
    } finally {
      button.disabled = false;
    }
  }}, label);
  holder.append(button);
  return holder;
}

export const loading = () => h('p', {class: 'meta loading', 'aria-busy': 'true'}, t('loading'));
export const empty = (text, ...more) => h('div', {class: 'empty'}, h('p', {}, text), more);

/** Fills `place` from a promise; shows what went wrong in its stead. */
export async function fill(place, work) {
  replace(place, loading());
  try {
    replace(place, await work);
  } catch (refusal) {
    if (!refusal.type)
      throw refusal;
    replace(place, refusalBox(refusal));
  }
}

/** Items page by page: `next(after)` gives {items, next}. */
export function pager(next, show, nothing) {
  const list = h('div', {class: 'stack'});
  const more = h('div', {class: 'more'});
  const load = async after => {
    const page = await next(after);
    list.append(...page.items.map(show));
    replace(more, page.next ? actionButton(t('more'), () => load(page.next), {class: 'quiet'}) : null);
    if (!after && page.items.length === 0)
      replace(list, nothing);
  };
  replace(list, loading());
  load().then(() => list.querySelector(':scope > .loading')?.remove())
    .catch(refusal => replace(list, refusalBox(refusal)));
  return h('div', {}, list, more);
}

export const isZh = () => language() === 'zh-CN';
