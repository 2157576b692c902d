// Elements without markup: text can only ever be text.

const SVG = 'http://www.w3.org/2000/svg';

/** h('button', {class: 'quiet', onclick: f, 'aria-label': 'x'}, 'text', child, [children], null) */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false)
      continue;
    if (name.startsWith('on'))
      element.addEventListener(name.slice(2), value);
    else if (name === 'value' || name === 'checked')
      element[name] = value;
    else if (name === 'hue')
      element.style.setProperty('--hue', value); // an attribute would be inline style, which the policy forbids
    else
      element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...flat(children));
  return element;
}

function flat(children) {
  return children.flat(Infinity).filter(c => c !== null && c !== undefined && c !== false);
}

export function replace(element, ...children) {
  element.replaceChildren(...flat(children));
  return element;
}

const paths = {
  feed: 'M4 5h16M4 10h16M4 15h10M4 20h7',
  discover: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M15.500 8.500l-2 5-5 2 2-5z',
  chat: 'M4 5h16v11H10l-4 4v-4H4z',
  mine: 'M4 20l1-4L16 5l3 3L8 19zM14 7l3 3',
  notices: 'M6 17V11a6 6 0 0 1 12 0v6l1.500 1.500h-15zM10 21h4',
  settings: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4 21c0-4 3.500-6 8-6s8 2 8 6',
  back: 'M15 5l-7 7 7 7',
  badge: 'M5 12.500l4.500 4.500L19 7.500',
  lock: 'M7 11V8a5 5 0 0 1 10 0v3M5 11h14v9H5z',
  send: 'M4 12l16-8-6 16-3-7z',
  stop: 'M12 4l9 16H3zM12 10v4M12 17v.5',
};

export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', paths[name]);
  svg.append(path);
  return svg;
}

/** A coloured square with the name's first character; the same name has the same colour. */
export function avatar(name, round = false) {
  let sum = 0;
  for (const c of name ?? '')
    sum = Math.imul(sum ^ c.codePointAt(0), 0x9e3779b1) >>> 0;
  return h('span', {class: round ? 'avatar round' : 'avatar', 'aria-hidden': 'true', hue: String((sum >>> 8) % 360)},
           [...(name || '·')][0].toUpperCase());
}

export function announce(text) {
  document.getElementById('announcer').textContent = text;
}

/** A short note at the edge of the screen; `link` is an element beside it. */
export function toast(text, link) {
  const note = h('div', {class: 'toast'}, h('span', {}, text), link);
  document.getElementById('toasts').replaceChildren(note); // the newest one only
  announce(text);
  setTimeout(() => note.remove(), 5000);
}
