// The page's catalogues say the same things, and everything that the page asks for.

import assert from 'node:assert/strict';
import {readdir, readFile} from 'node:fs/promises';
import {test} from 'node:test';

const root = new URL('../../web/dist/', import.meta.url);
// The page has no package.json, so that the files are read here as what a browser takes them for.
const load = async name => {
  const text = await readFile(new URL(`messages/${name}.js`, root), 'utf8');
  return (await import(`data:text/javascript;base64,${Buffer.from(text).toString('base64')}`)).default.messages;
};
const [en, zh] = [await load('en'), await load('zh-CN')];

test('page: both catalogues have the same keys and the same variables', () => {
  assert.deepEqual(Object.keys(zh).sort(), Object.keys(en).sort());
  const variables = text => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort().filter(v => v !== '{count}');
  for (const key of Object.keys(en))
    assert.deepEqual(variables(zh[key]), variables(en[key]), key);
});

test('page: every key that the page names is in the catalogues', async () => {
  const files = (await readdir(root, {recursive: true})).filter(f => f.endsWith('.js') && !f.startsWith('messages/'));
  for (const file of files) {
    const text = await readFile(new URL(file, root), 'utf8');
    for (const [, key] of text.matchAll(/\bt\('([^']+)'/g))
      assert.ok(key in en, `${file} asks for "${key}"`);
  }
});
