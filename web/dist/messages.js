// Every string of the page, in both languages. `{name}` stands for a variable; `one|other` for a count.

import en from './messages/en.js';
import zh from './messages/zh-CN.js';

const catalogues = {en, 'zh-CN': zh};
const KEY = 'language';

let current = localStorage.getItem(KEY) ?? (navigator.language.startsWith('zh') ? 'zh-CN' : 'en');

export const language = () => current;

export function setLanguage(to) {
  current = catalogues[to] ? to : 'en';
  localStorage.setItem(KEY, current);
  document.documentElement.lang = current;
}

export const has = key => key in catalogues[current].messages;

export function t(key, variables = {}) {
  let text = catalogues[current].messages[key] ?? key;
  if (text.includes('|') && 'count' in variables) {
    const [one, other] = text.split('|');
    text = variables.count === 1 ? one : other;
  }
  return text.replace(/\{(\w+)\}/g, (_, name) => variables[name] ?? '');
}

/** A text that the charter has in both languages. */
export const local = text => !text ? '' : current === 'zh-CN' ? text.zh_cn || text.en : text.en || text.zh_cn;

/** A notice's sentence in the reader's language; undefined when the catalogue doesn't know it. */
export function notice(text) {
  for (const [pattern, words] of catalogues[current].notices) {
    const found = pattern.exec(text);
    if (found)
      return words.replace(/\$(\d)/g, (_, n) => found[n] ?? '');
  }
  return undefined;
}
