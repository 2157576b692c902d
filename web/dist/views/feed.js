// The feed, live: what the accounts that one follows publish, correct and withdraw.

import {announce, h, replace} from '../dom.js';
import {t} from '../messages.js';
import {ask, events, state} from '../state.js';
import {composer} from './compose.js';
import {actionButton, empty, loading, postArticle, refusalBox} from './parts.js';

const NEAR_TOP_PX = 240; // a reader further down isn't pushed about: new posts wait behind a button

/** `on(event, handler)` listens until the view is left. */
export function feedView(on) {
  const list = h('div', {class: 'stack', role: 'feed', 'aria-label': t('feed.title'), 'aria-busy': 'false'});
  const more = h('div', {class: 'more'});
  const waiting = [];
  const pill = h('button', {class: 'pill', type: 'button', hidden: true, onclick: () => { showWaiting(); scrollTo({top: 0}); }});

  const find = post => list.querySelector(`[data-post="${CSS.escape(post.post)}"]`);
  const place = post => {
    const before = [...list.children].find(c => c.dataset.at && c.dataset.at <= post.at);
    const article = postArticle(post);
    article.dataset.at = post.at;
    list.querySelector('.empty')?.remove();
    before ? before.before(article) : list.append(article);
    return article;
  };
  const showWaiting = () => {
    waiting.splice(0).forEach(post => find(post) ?? place(post).classList.add('fresh'));
    pill.hidden = true;
  };

  let older;
  const load = async () => {
    const page = await ask('feed.sync', {limit: 30, older});
    list.querySelector('.loading')?.remove();
    page.items.forEach(post => find(post) ?? place(post));
    older = page.older ?? older;
    replace(more, page.more && older ? actionButton(t('more'), load, {class: 'quiet'}) : null);
    if (list.children.length === 0)
      list.append(empty(t('feed.empty'), h('a', {class: 'button', href: '#/discover'}, t('discover.title'))));
  };
  const reload = () => {
    older = undefined;
    replace(list, loading());
    load().catch(refusal => replace(list, refusalBox(refusal)));
  };
  reload();

  on(events, 'posts', ({detail: {post, fresh}}) => {
    const shown = find(post);
    if (shown) {
      const article = postArticle(post);
      article.dataset.at = post.at;
      shown.replaceWith(article);
      const queued = waiting.findIndex(w => w.post === post.post);
      if (queued >= 0)
        waiting[queued] = post;
    } else if (fresh && state.following.has(post.account)) {
      waiting.push(post);
      if (scrollY < NEAR_TOP_PX)
        showWaiting();
      else {
        pill.hidden = false;
        replace(pill, t('feed.new', {count: waiting.length}));
      }
      announce(t('feed.announce', {account: post.account_name}));
    }
  });
  on(events, 'gap', ({detail: stream}) => stream.startsWith('acc_') && reload());

  return h('div', {class: 'column'}, h('h1', {tabindex: '-1'}, t('feed.title')),
           state.me.accounts.length > 0 ? composer() : null, pill, list, more);
}
