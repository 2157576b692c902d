// Notices: sanctions with reasons, rule, evidence and a way to appeal; decisions; deadlines; security.

import {h, icon, replace} from '../dom.js';
import {has, notice as noticeText, t} from '../messages.js';
import {ask, change, events, noticesRead, state} from '../state.js';
import {absolute, localTimes, time} from '../time.js';
import {evidence, sanctionFacts} from './accounts.js';
import {empty, field, form, pager, ruleBox, sanctionLine} from './parts.js';

/** `focus`: a sanction ("snc_…") that a refusal or a link spoke of. */
export function noticesView(on, focus) {
  const seen = new Set();
  const show = item => {
    seen.add(item.number);
    return noticeCard(item, focus);
  };
  const list = pager(async after => {
    const page = await ask('user.notices', {after, limit: 30});
    if (!after && page.items.length > 0)
      noticesRead(page.items[0].number);
    return page;
  }, show, empty(t('notices.empty')));
  on(events, 'notices', ({detail}) => {
    if (seen.has(detail.number))
      return;
    list.querySelector('.empty')?.remove();
    list.querySelector('.stack').prepend(show(detail));
    setTimeout(() => noticesRead(detail.number), 1500);
  });
  return h('div', {class: 'column'}, h('h1', {tabindex: '-1'}, t('notices.title')), list);
}

function noticeCard({number, at, notice}, focus) {
  const sanction = notice.kind === 'sanction' ? String(notice.about).replace(/^cas_/, 'snc_') : null;
  const body = h('div', {class: 'grow'});
  const card = h('article', {class: `card notice ${notice.kind}`, 'data-notice': String(number), id: sanction ?? undefined, tabindex: '-1'},
                 h('span', {class: 'sign'}, icon(notice.kind === 'sanction' ? 'stop' : notice.kind === 'security' ? 'lock' : 'notices')), body);
  const head = [h('p', {class: 'meta'}, h('strong', {}, t(`notice.${notice.kind}`)), ' · ', time(at))];
  const text = noticeText(notice.text) ?? notice.text;
  replace(body, head, h('p', {class: 'text', lang: text === notice.text ? 'en' : undefined}, localTimes(text)), ruleBox(notice.rule),
          notice.evidence ? h('p', {}, t('sanction.evidence'), t('sanction.colon'), evidence(notice.evidence)) : null, next(notice));
  if (notice.expects === 'appeal.file')
    ask('sanction.get', {sanction}).then(s => replace(body, head, h('h2', {}, sanctionLine(s)), sanctionFacts(s, {headed: true}), appealPart(s)))
      .catch(() => body.append(appealForm({sanction, appeal_until: notice.appeal_until})))
      .then(() => {
        if (sanction === focus) {
          card.scrollIntoView({block: 'start'});
          card.focus({preventScroll: true});
        }
      });
  return card;
}

const nextLinks = {'account.amend': '#/mine', 'agreement.sign': '#/agreement', 'chat.join': '#/chat', 'account.remove_editor': '#/mine'};

function next(notice) {
  const href = nextLinks[notice.expects];
  return href && has(`next.${notice.expects}`) ? h('p', {}, h('a', {class: 'button', href}, t(`next.${notice.expects}`))) : null;
}

// -- appeals --------------------------------------------------------------------------------

function appealPart(s) {
  if (s.lifted_at)
    return null;
  if (s.appealed)
    return appealState(s.sanction);
  if (new Date(s.appeal_until) < Date.now())
    return h('p', {class: 'meta'}, t('appeal.over', {when: absolute(s.appeal_until)}));
  return appealForm(s);
}

function appealState(sanction) {
  const place = h('div', {class: 'note'});
  ask('appeal.get', {appeal: sanction.replace('snc_', 'apl_')}).then(view => {
    const a = view.appeal ?? view;
    replace(place, h('p', {}, a.verdict ? t(a.verdict === 'uphold' ? 'appeal.upheld' : 'appeal.dismissed') : t('appeal.waiting', {when: absolute(a.deadline)})),
            a.reason ? h('p', {class: 'text'}, a.reason) : null,
            h('details', {}, h('summary', {}, t('appeal.yours')), h('p', {class: 'text'}, a.statement)));
  }).catch(() => replace(place, h('p', {}, t('appeal.filed'))));
  return place;
}

function appealForm(s) {
  const statement = h('textarea', {rows: '4', maxlength: '5000', required: true});
  return form({class: 'appeal', 'aria-label': t('appeal.title'), submit: t('appeal.submit'),
    act: () => change('appeal.file', {sanction: s.sanction, statement: statement.value}),
    after: element => element.replaceWith(appealState(s.sanction))},
    h('h3', {}, t('appeal.title')), h('p', {}, t('appeal.text', {when: absolute(s.appeal_until)})),
    field(t('appeal.statement'), statement, {name: 'statement'}));
}
