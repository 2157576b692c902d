// Before one is in: welcome, signing in, registering with a verified identity and the seven items.

import {h, replace} from '../dom.js';
import {local, t} from '../messages.js';
import {ask, change, refreshMe, signIn, state} from '../state.js';
import {field, form, loading, refusalBox, ruleBox} from './parts.js';

export function welcome() {
  return h('div', {class: 'welcome'},
           h('h1', {tabindex: '-1'}, t('welcome.title')),
           h('p', {class: 'lead'}, t('welcome.lead')),
           h('p', {class: 'submit'}, h('a', {class: 'button primary', href: '#/register'}, t('register.title')),
             h('a', {class: 'button', href: '#/signin'}, t('signin.title')),
             h('a', {class: 'button quiet', href: '#/discover'}, t('welcome.look'))),
           h('ul', {class: 'points'}, ['name', 'chat', 'rules', 'appeal'].map(p =>
             h('li', {}, h('strong', {}, t(`welcome.${p}`)), h('span', {}, t(`welcome.${p}_text`))))));
}

export function signInView() {
  const pseudonym = h('input', {type: 'text', autocomplete: 'username', required: true});
  const password = h('input', {type: 'password', autocomplete: 'current-password', required: true});
  return h('div', {class: 'narrow card'}, h('h1', {tabindex: '-1'}, t('signin.title')),
           form({submit: t('signin.title'), act: () => signIn(pseudonym.value, password.value), after: () => location.hash = '#/feed'},
                field(t('field.pseudonym'), pseudonym, {name: 'pseudonym'}), field(t('field.password'), password, {name: 'password'})),
           h('p', {class: 'meta'}, t('signin.new'), ' ', h('a', {href: '#/register'}, t('register.title'))));
}

// -- registering ----------------------------------------------------------------------------

const STEPS = ['identity', 'agreement', 'name'];

function progress(current) {
  return h('ol', {class: 'progress', 'aria-label': t('register.progress')}, STEPS.map((step, i) =>
    h('li', {'aria-current': i === current ? 'step' : undefined, class: i < current ? 'past' : ''}, t(`register.step_${step}`))));
}

export function registerView() {
  const place = h('div', {class: 'narrow card'}, loading());
  const show = (current, ...content) => {
    replace(place, h('h1', {tabindex: '-1'}, t('register.title')), progress(current), content);
    place.querySelector('h2')?.focus();
  };
  Promise.all([ask('identity.providers'), ask('agreement.current')])
    .then(([{providers}, agreement]) => identityStep({show, providers, agreement}))
    .catch(refusal => replace(place, refusalBox(refusal)));
  return place;
}

const heading = key => h('h2', {tabindex: '-1'}, t(key));

function identityStep(flow) {
  const provider = h('select', {}, flow.providers.map(p => h('option', {value: p.key}, local(p.name))));
  const subject = h('input', {type: 'text', autocomplete: 'off', required: true});
  const label = () => t(`register.subject_${flow.providers.find(p => p.key === provider.value)?.kind}`);
  const subjectField = field(label(), subject, {name: 'subject'});
  provider.addEventListener('change', () => subjectField.querySelector('label').textContent = label());
  flow.show(0, heading('register.identity_title'), h('p', {}, t('register.identity_text')),
            form({submit: t('next'), act: () => ask('identity.begin', {provider: provider.value, subject: subject.value.trim()}),
                  after: (_, begun) => answerStep(flow, begun, flow.providers.find(p => p.key === provider.value))},
                 field(t('register.provider'), provider, {name: 'provider'}), subjectField));
}

function answerStep(flow, begun, provider) {
  const secret = provider?.kind === 'registry';
  const answer = h('input', {type: secret ? 'password' : 'text', autocomplete: secret ? 'off' : 'one-time-code', required: true});
  flow.show(0, heading('register.identity_title'),
            form({submit: t('next'), act: () => ask('identity.complete', {attempt: begun.attempt, answer: answer.value.trim()}),
                  after: (_, completed) => agreementStep({...flow, ticket: completed.ticket})},
                 field(t(`register.answer_${provider?.kind}`), answer, {hint: begun.prompt, name: 'answer'})));
  answer.focus();
}

/** The items one by one: the next shows when the one before is confirmed. */
export function itemsForm(agreement, submit, act, after) {
  const {items} = agreement;
  const list = h('ol', {class: 'items'});
  const count = h('p', {class: 'meta', role: 'status'});
  const element = form({submit, act: () => act(items.map(i => i.key)), after}, list, count);
  const button = element.querySelector('button[type=submit]');
  button.hidden = true;
  const add = index => {
    const item = items[index];
    const box = h('input', {type: 'checkbox', value: item.key, onchange: () => {
      const signed = list.querySelectorAll(':checked').length;
      replace(count, t('agreement.count', {done: signed, all: items.length}));
      if (box.checked && index + 1 < items.length && index + 1 === list.children.length)
        add(index + 1);
      button.hidden = signed < items.length;
      (index + 1 < list.children.length ? list.children[index + 1].querySelector('input') : button).focus();
    }});
    list.append(h('li', {class: 'item'}, h('label', {}, box, h('span', {}, h('strong', {}, local(item.title)), h('span', {}, local(item.text))))));
  };
  add(0);
  replace(count, t('agreement.count', {done: 0, all: items.length}));
  return element;
}

function agreementStep(flow) {
  const {agreement} = flow;
  flow.show(1, h('h2', {tabindex: '-1'}, local(agreement.title)), h('p', {}, local(agreement.preamble)),
            itemsForm(agreement, t('agreement.sign_all'), async keys => keys,
                      (_, items) => nameStep({...flow, signature: {version: agreement.version, digest: agreement.digest, items}})),
            ruleBox(agreement.rule));
}

function nameStep(flow) {
  const pseudonym = h('input', {type: 'text', autocomplete: 'username', required: true, maxlength: '64'});
  const password = h('input', {type: 'password', autocomplete: 'new-password', required: true});
  flow.show(2, heading('register.name_title'), h('p', {}, t('register.name_text')),
            form({submit: t('register.title'), act: async () => {
              await change('auth.register', {ticket: flow.ticket, pseudonym: pseudonym.value.trim(), password: password.value,
                                             signature: flow.signature, language: document.documentElement.lang});
              await signIn(pseudonym.value.trim(), password.value);
            }, after: () => location.hash = '#/feed'},
                 field(t('field.pseudonym'), pseudonym, {hint: t('register.name_hint'), name: 'pseudonym'}),
                 field(t('field.password'), password, {hint: t('register.password_hint'), name: 'password'})));
  pseudonym.focus();
}

/** A new version of the agreement, for who is registered. */
export function agreementView() {
  const place = h('div', {class: 'narrow card'}, loading());
  ask('agreement.current').then(agreement => {
    if (state.me?.agreement_current)
      return replace(place, h('h1', {tabindex: '-1'}, local(agreement.title)), h('p', {}, t('agreement.signed')),
                     h('ol', {class: 'items'}, agreement.items.map(i => h('li', {class: 'item'}, h('strong', {}, local(i.title)), ' ', local(i.text)))));
    replace(place, h('h1', {tabindex: '-1'}, local(agreement.title)), h('p', {}, local(agreement.preamble)),
            itemsForm(agreement, t('agreement.sign_all'),
                      items => change('agreement.sign', {version: agreement.version, digest: agreement.digest, items}),
                      async () => { await refreshMe(); location.hash = '#/feed'; }), ruleBox(agreement.rule));
  }).catch(refusal => replace(place, refusalBox(refusal)));
  return place;
}
