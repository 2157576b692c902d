// Times as people say them, relative and absolute, in the reader's own zone.

import {language, t} from './messages.js';
import {h} from './dom.js';

const MINUTE = 60, HOUR = 3600, DAY = 86_400;

/** The reader's own variety of the page's language, for the order of day and month and the clock. */
const locale = () => {
  const [prefix] = language().split('-');
  return navigator.languages.find(l => l.startsWith(prefix)) ?? (prefix === 'en' ? 'en-GB' : language());
};

export function relative(at, now = Date.now()) {
  const seconds = Math.round((new Date(at) - now) / 1000);
  const size = Math.abs(seconds);
  if (size < 45)
    return t('time.now');
  const say = new Intl.RelativeTimeFormat(locale(), {numeric: 'auto'});
  if (size < 45 * MINUTE)
    return say.format(Math.round(seconds / MINUTE), 'minute');
  if (size < 22 * HOUR)
    return say.format(Math.round(seconds / HOUR), 'hour');
  if (size < 26 * DAY)
    return say.format(Math.round(seconds / DAY), 'day');
  if (size < 320 * DAY)
    return say.format(Math.round(seconds / (30.4 * DAY)), 'month');
  return say.format(Math.round(seconds / (365.25 * DAY)), 'year');
}

export function absolute(at, form = 'short') {
  const date = new Date(at);
  const year = date.getFullYear() === new Date().getFullYear() && form === 'short' ? undefined : 'numeric';
  return new Intl.DateTimeFormat(locale(), {year, month: form === 'short' ? 'short' : 'long', day: 'numeric',
                                              hour: '2-digit', minute: '2-digit',
                                              timeZoneName: form === 'long' ? 'short' : undefined}).format(date);
}

export const clock = at =>
  new Intl.DateTimeFormat(locale(), {hour: '2-digit', minute: '2-digit'}).format(new Date(at));
export const day = at =>
  new Intl.DateTimeFormat(locale(), {weekday: 'long', month: 'long', day: 'numeric'}).format(new Date(at));

/** "3 minutes ago · 24 Nov, 23:47"; the first half keeps itself true. */
export function time(at, both = true) {
  return h('time', {datetime: at, title: absolute(at, 'long')}, h('span', {'data-relative': at}, relative(at)),
           both ? h('span', {class: 'absolute'}, ' · ' + absolute(at)) : null);
}

/** Times in a sentence of the server's, as the reader's own. */
export const localTimes = text =>
  text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, found => absolute(found));

setInterval(() => {
  for (const element of document.querySelectorAll('[data-relative]'))
    element.textContent = relative(element.dataset.relative);
}, 20_000);
