// A complaint about a public post or account, by anyone, signed in or not.

import {h, replace} from '../dom.js';
import {local, t} from '../messages.js';
import {ask, change, state} from '../state.js';
import {absolute} from '../time.js';
import {field, form, loading, refusalBox} from './parts.js';

/** `about`: {post} or {account}. */
export function complain(about, name) {
  const back = document.activeElement;
  const body = h('div', {}, loading());
  const dialog = h('dialog', {'aria-labelledby': 'complain-title', onclose: () => { dialog.remove(); back?.focus(); }},
                   h('header', {}, h('h2', {id: 'complain-title'}, t(about.post ? 'complain.post' : 'complain.account', {name})),
                     h('button', {class: 'quiet close', type: 'button', 'aria-label': t('close'), onclick: () => dialog.close()}, '×')),
                   body);
  document.body.append(dialog);
  dialog.showModal();
  ask('complaint.reasons').then(({reasons}) => replace(body, complaintForm(about, reasons, dialog)))
    .catch(refusal => replace(body, refusalBox(refusal)));
}

function complaintForm(about, reasons, dialog) {
  const statement = h('textarea', {rows: '4', maxlength: '5000'});
  const contact = h('input', {type: 'text', autocomplete: 'email'});
  const choices = h('fieldset', {class: 'choices', 'data-field': 'reason', tabindex: '-1'}, h('legend', {}, t('complain.reason')),
    reasons.map(r => h('label', {class: 'choice'}, h('input', {type: 'radio', name: 'reason', value: r.key}),
                       h('span', {}, h('strong', {}, local(r.title)), h('span', {class: 'meta'}, local(r.explanation))))));
  return form({submit: t('complain.submit'),
    act: () => change('complaint.file', {...about, reason: choices.querySelector(':checked')?.value ?? '', statement: statement.value,
                                         contact: state.me ? undefined : contact.value || undefined}),
    after: (element, result) => {
      const done = h('div', {tabindex: '-1'},
                     h('p', {}, t('complain.received', {when: absolute(result.deadline)})),
                     h('p', {class: 'meta'}, t('complain.receipt')), h('output', {class: 'receipt'}, result.receipt),
                     h('div', {class: 'submit'}, h('button', {class: 'primary', type: 'button', onclick: () => dialog.close()}, t('close'))));
      element.replaceWith(done);
      done.focus();
    }},
    choices, field(t('complain.statement'), statement, {hint: t('complain.statement_hint'), name: 'statement'}),
    state.me ? null : field(t('complain.contact'), contact, {hint: t('complain.contact_hint'), name: 'contact'}));
}
