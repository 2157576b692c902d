// Writing a post. The author declares what it is; the notice says what that means (articles 7.2, 8.1).

import {h, replace, toast} from '../dom.js';
import {local, t} from '../messages.js';
import {change, state} from '../state.js';
import {accountSelect, field, form, postPath, ruleName} from './parts.js';

export function composer(account) {
  const as = account ? h('input', {type: 'hidden', value: account}) : accountSelect();
  const title = h('input', {type: 'text', maxlength: '200'});
  const text = h('textarea', {rows: '3', maxlength: '20000', required: true, placeholder: t('compose.placeholder')});
  const link = h('input', {type: 'url', inputmode: 'url', placeholder: 'https://'});
  const kinds = h('fieldset', {class: 'segments'}, h('legend', {}, t('compose.kind')),
    ['general', 'news_repost', 'news_original'].map(kind => h('label', {}, h('input', {type: 'radio', name: 'kind', value: kind, checked: kind === 'general'}), h('span', {}, t(`kind.${kind}`)))));
  const news = h('p', {class: 'hint', hidden: true}, local(state.book?.news.definition), ' ', ruleName(state.book?.news.rule));
  kinds.addEventListener('change', () => news.hidden = kinds.querySelector(':checked').value === 'general');
  const textField = field(t('field.text'), text, {name: 'text'});
  textField.classList.add('text-field');
  // Above the feed it is one line until somebody wants to write.
  return form({class: account ? 'card composer' : 'card composer folded', onfocusin: event => event.currentTarget.classList.remove('folded'),
    'aria-label': t('compose.title'), submit: t('compose.publish'),
    extra: h('a', {class: 'meta', href: '#/agreement'}, t('compose.rules')),
    act: () => change('account.publish', {account: as.value, text: text.value, title: title.value || undefined,
                                          link: link.value || undefined, kind: kinds.querySelector(':checked').value}),
    after: (element, {post}) => {
      element.reset();
      news.hidden = true;
      toast(t('compose.published'), h('a', {href: postPath(post)}, t('compose.see')));
    }},
    account ? null : field(t('compose.as'), as, {name: 'account'}),
    textField, kinds, news,
    h('details', {}, h('summary', {}, t('compose.more')), field(t('field.title'), title, {name: 'title'}), field(t('field.link'), link, {name: 'link'})));
}

/** In the place of the article's text: new words, with the old ones kept for readers. */
export function correctForm(post, article) {
  const title = h('input', {type: 'text', value: post.title, maxlength: '200'});
  const text = h('textarea', {rows: '6', maxlength: '20000', value: post.text});
  const element = form({class: 'inline', submit: t('correct.submit'),
    extra: h('button', {class: 'quiet', type: 'button', onclick: () => { element.remove(); article.focus(); }}, t('cancel')),
    act: () => change('account.correct', {post: post.post, text: text.value, title: title.value || undefined}),
    after: () => { element.remove(); toast(t('correct.done')); }},
    field(t('field.title'), title, {name: 'title'}), field(t('field.text'), text, {hint: t('correct.hint'), name: 'text'}));
  article.querySelector('form.inline')?.remove();
  article.append(element);
  text.focus();
}
