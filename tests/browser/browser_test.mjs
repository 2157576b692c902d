// The web page in headless Chromium, against a server of its own: registering, the feed live, posting, a refusal, chat,
// a sanction and its appeal. Run with `node --test --test-reporter=tap`; each test builds on those before it.

import assert from 'node:assert/strict';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {chromium} from 'playwright-core';

import {approve, Client, makeDesk, startServer} from './server.mjs';

const WAIT_MS = 45_000; // for anything that is to appear: only a failure takes so long
const PASSWORD = 'a sentence for a password';
const SHOTS = process.env.SHOTS; // a folder to take pictures into, for people

let server, browser, profile, desk, publisher, account, xiaoyu, friend;
const complaints = []; // of the browser: errors on its console

async function openPage(options = {}) {
  const context = await browser.newContext({viewport: {width: 1280, height: 860}, locale: 'en-GB', ...options});
  context.setDefaultTimeout(WAIT_MS);
  const page = await context.newPage();
  page.on('pageerror', error => complaints.push(String(error.stack)));
  page.on('console', message => message.type() === 'error' && complaints.push(message.text()));
  return page;
}

const go = (page, place) => page.goto(`${server.url}/#/${place}`);
const shoot = (page, name) => SHOTS && page.screenshot({path: join(SHOTS, `${name}.png`)});
const post = (page, text) => page.locator('article.post').filter({hasText: text});

async function signIn(page, pseudonym) {
  await go(page, 'signin');
  await page.getByLabel('Name', {exact: true}).fill(pseudonym);
  await page.getByLabel('Password', {exact: true}).fill(PASSWORD);
  await page.locator('main').getByRole('button', {name: 'Sign in'}).click();
  await page.getByRole('heading', {name: 'Feed', level: 1}).waitFor();
}

before(async () => {
  server = await startServer();
  desk = await makeDesk(server, [11, 12]);
  publisher = await Client.register(server, 13, '编辑部', PASSWORD);
  const {organisation} = await publisher.call('org.register', {kind: 'news_unit', name: '晨报社', region: '31', credentials: [
    {kind: 'press', number: 'P-1', issuer: 'trial authority', scope: 'news', valid_from: '2020-01-01T00:00:00.000Z', valid_until: '2099-01-01T00:00:00.000Z'}]});
  await publisher.call('account.apply', {name: '晨报', description: '每日新闻', category: 'news', kind: 'news_unit', region: '31',
                                         organisation, news: 'original', statement: '新闻'});
  account = await approve(desk, '晨报');
  profile = await mkdtemp(join(tmpdir(), 'charter-chromium-'));
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', timeout: 120_000,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
           '--disable-component-update', '--disable-sync', `--disk-cache-dir=${profile}`]});
}, {timeout: 240_000});

after(async () => {
  await browser?.close();
  await server?.stop();
  if (profile)
    await rm(profile, {recursive: true, force: true});
});

test('page: a person registers with a verified identity and signs the seven items one by one [I7]', async () => {
  const page = xiaoyu = await openPage();
  await page.goto(server.url);
  await shoot(page, 'welcome');
  await page.getByRole('link', {name: 'Register'}).first().click();
  await page.getByLabel('Number of the trial identity', {exact: false}).fill('T-0002');
  await page.getByRole('button', {name: 'Next'}).click();
  await page.getByLabel('Secret of this identity', {exact: false}).fill('trial-0002');
  await page.getByRole('button', {name: 'Next'}).click();
  const items = page.locator('.items input');
  const sign = page.getByRole('button', {name: 'Sign all items'});
  await items.first().waitFor();
  for (let i = 0; i < 7; ++i) {
    assert.equal(await items.count(), i + 1, 'the next item shows when the one before is confirmed');
    assert.equal(await sign.isVisible(), false, 'nothing can be signed before all seven are confirmed');
    await items.nth(i).check();
  }
  await shoot(page, 'agreement');
  await sign.click();
  await page.getByLabel('Name', {exact: true}).fill('林小雨');
  await page.getByLabel('Password', {exact: true}).fill(PASSWORD);
  await page.locator('main').getByRole('button', {name: 'Register'}).click();
  await page.getByRole('heading', {name: 'Feed', level: 1}).waitFor();
});

test('page: a wrong password is refused in plain words, and the right one signs in with a cookie that scripts cannot read', async () => {
  const page = await openPage();
  await go(page, 'signin');
  await page.getByLabel('Name', {exact: true}).fill('林小雨');
  await page.getByLabel('Password', {exact: true}).fill('not this');
  await page.locator('main').getByRole('button', {name: 'Sign in'}).click();
  await page.getByRole('alert').getByText('The name or the password is wrong.').waitFor();
  await signIn(page, '林小雨');
  const [cookie] = await page.context().cookies();
  assert.equal(cookie.httpOnly, true);
  assert.equal(cookie.sameSite, 'Strict');
  assert.equal(await page.evaluate(() => document.cookie), '');
  await page.reload();
  await page.getByRole('heading', {name: 'Feed', level: 1}).waitFor();
  await page.context().close();
});

test('page: a followed account\'s post appears live, with the badge and what it stands for [I8]', async () => {
  const page = xiaoyu;
  await go(page, `account/${account}`);
  await page.getByRole('button', {name: 'Follow 晨报'}).click();
  await page.getByRole('button', {name: 'Stop following 晨报'}).waitFor();
  await go(page, 'feed');
  await page.getByText('Nothing here yet', {exact: false}).waitFor();
  await publisher.call('account.publish', {account, title: '地铁新线开通', text: '新线今晨六点开通，首日客流平稳。', kind: 'news_original'});
  const shown = post(page, '地铁新线开通');
  await shown.waitFor();
  await shown.getByText('Political news, original').waitFor();
  const badge = shown.getByRole('button', {name: 'News: publishes', exact: false});
  await badge.click();
  await shown.getByText('may publish and repost current political news', {exact: false}).waitFor();
  await shown.getByText('Article 7.3').waitFor();
  await page.keyboard.press('Escape');
  await shoot(page, 'feed');
});

test('page: a correction shows at once and keeps the earlier words, a withdrawal takes them away', async () => {
  const page = xiaoyu;
  const {post: first} = await publisher.call('account.publish', {account, text: '明天晴，二十度。'});
  await post(page, '明天晴，二十度。').waitFor();
  await publisher.call('account.correct', {post: first, text: '明天多云，十八度。'});
  const shown = page.locator(`[data-post="${first}"]`);
  await shown.getByText('明天多云，十八度。').waitFor();
  await shown.getByText('Corrected', {exact: false}).click();
  await shown.getByText('明天晴，二十度。').waitFor();
  await publisher.call('account.withdraw_post', {post: first});
  await shown.getByText('The account has withdrawn this post.').waitFor();
  assert.equal(await shown.getByText('明天多云').count(), 0);
});

test('page: a push that was lost is noticed by its number and asked for [I4]', async () => {
  const page = await openPage();
  let dropped = 0;
  await page.routeWebSocket(/\/v1\/ws$/, socket => {
    const upstream = socket.connectToServer();
    upstream.onMessage(message => {
      if (String(message).includes('"post.published"') && String(message).includes('会丢的一条'))
        return void ++dropped;
      socket.send(message);
    });
  });
  await signIn(page, '林小雨');
  await publisher.call('account.publish', {account, text: '会丢的一条'});
  await publisher.call('account.publish', {account, text: '随后的一条'});
  await post(page, '随后的一条').waitFor();
  await post(page, '会丢的一条').waitFor();
  assert.equal(dropped, 1);
  await page.context().close();
});

test('page: who applies and is approved posts from the page', async () => {
  const page = xiaoyu;
  await go(page, 'apply');
  await page.getByLabel('Name of the account').fill('唐诗每日一首');
  await page.getByLabel('Description, for readers').fill('每天一首唐诗。');
  await page.getByLabel('Purpose').fill('分享唐诗');
  await page.getByRole('button', {name: 'Send the application'}).click();
  await page.locator('.application').getByText('In review').waitFor();
  await shoot(page, 'application');
  await approve(desk, '唐诗每日一首');
  await page.getByRole('form', {name: 'New post'}).waitFor();
  await page.getByLabel('Text', {exact: true}).fill('床前明月光，疑是地上霜。\n举头望明月，低头思故乡。');
  await page.getByText('Title and link').click();
  await page.getByLabel('Title', {exact: true}).fill('静夜思');
  await page.getByRole('button', {name: 'Publish'}).click();
  await post(page, '静夜思').waitFor();
  await shoot(page, 'mine');
});

test('page: news that an account is not entitled to is refused with the article and what to do [I8]', async () => {
  const page = xiaoyu;
  await page.getByLabel('Text', {exact: true}).fill('市长今天宣布……');
  await page.getByRole('radio', {name: 'Political news, original'}).check();
  await page.getByRole('button', {name: 'Publish'}).click();
  const refusal = page.getByRole('alert');
  await refusal.getByText('This account may not publish this kind of current political news.').waitFor();
  await refusal.getByText('Article 7.2', {exact: false}).waitFor();
  await refusal.getByText('declare it as general', {exact: false}).waitFor();
  assert.equal(await page.getByLabel('Text', {exact: true}).inputValue(), '市长今天宣布……', 'what was written stays');
  await shoot(page, 'refusal');
});

test('page: two people chat live, from first contact to a block', async () => {
  const other = await Client.register(server, 14, '周远', PASSWORD);
  friend = await openPage();
  await signIn(friend, other.pseudonym);
  const page = xiaoyu;
  await go(page, 'chat/new');
  await page.getByLabel('Find somebody by name').fill('周远');
  await page.getByRole('button', {name: 'Write: 周远'}).click();
  await page.getByPlaceholder('Message').fill('周末去看展吗？');
  await page.keyboard.press('Enter');
  await page.locator('.bubble.mine').getByText('周末去看展吗？').waitFor();
  await go(friend, 'chat');
  await friend.getByRole('link', {name: /林小雨/}).click();
  await friend.locator('.bubble').getByText('周末去看展吗？').waitFor();
  await friend.getByPlaceholder('Message').fill('好，周六上午？');
  await friend.getByRole('button', {name: 'Send'}).click();
  await page.locator('.bubble').getByText('好，周六上午？').waitFor();
  await page.locator('.bubble.mine').getByText('read').waitFor();
  await shoot(page, 'chat');
  await friend.getByRole('button', {name: 'Details'}).click();
  await friend.getByRole('button', {name: 'Block', exact: true}).click();
  await friend.getByRole('button', {name: 'Details', expanded: false}).waitFor();
  await page.getByPlaceholder('Message').fill('那就周六。');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText('one of you has blocked the other', {exact: false}).waitFor();
});

test('page: anyone complains about a post with the charter\'s reasons, and gets a receipt', async () => {
  const page = friend;
  await go(page, `account/${account}`);
  await post(page, '地铁新线开通').getByRole('button', {name: 'Complain'}).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('radio', {name: 'Falsehood', exact: false}).check();
  await dialog.getByLabel('In your words').fill('首班车是五点半。');
  await shoot(page, 'complaint');
  await dialog.getByRole('button', {name: 'Send the complaint'}).click();
  await dialog.getByText('Received.', {exact: false}).waitFor();
  assert.match(await dialog.locator('output').textContent(), /^\S{20,}$/);
  await dialog.locator('.submit').getByRole('button', {name: 'Close'}).click();
  await dialog.waitFor({state: 'detached'});
});

test('page: a sanction comes as a notice with reasons, rule, evidence and an appeal form [I9]', async () => {
  const page = xiaoyu;
  await go(page, 'notices');
  const mine = await page.locator('.notice').first().waitFor().then(() =>
    new Client(server).call('account.search', {text: '唐诗'})).then(({items}) => items[0].account);
  const {items: [evidence]} = await desk[0].call('account.posts', {account: mine});
  await desk[0].call('sanction.impose', {target: {account: mine}, measure: {step: 'suspend'}, reasons: {
    facts: 'The poem was signed with a false name.', evidence: [evidence.post], differs_because: 'it happened before',
    rule: {charter: 'cn-2014', article: '6.2', item: 'truthfulness'}}});
  const notice = page.locator('.notice.sanction');
  await notice.getByRole('heading', {name: 'Suspension: no new posts', exact: false}).waitFor(); // live
  await notice.getByText('The poem was signed with a false name.').waitFor();
  await notice.getByText('Article 6.2, Truthfulness').waitFor();
  await notice.getByRole('link', {name: 'Post 1'}).waitFor();
  await notice.getByRole('form', {name: 'Appeal'}).waitFor();
  await shoot(page, 'sanction');
});

test('page: a suspended account cannot publish, and the refusal leads to the reasons and the appeal [I2]', async () => {
  const page = xiaoyu;
  await go(page, 'mine');
  await page.getByLabel('Text', {exact: true}).fill('春眠不觉晓');
  await page.getByRole('button', {name: 'Publish'}).click();
  const refusal = page.getByRole('alert');
  await refusal.getByText('A sanction on this account stops this.').waitFor();
  await refusal.getByText('Article 6.2, Truthfulness').waitFor();
  await shoot(page, 'sanctioned');
  await refusal.getByRole('link', {name: 'Read the reasons and appeal'}).click();
  const notice = page.locator('.notice.sanction');
  await notice.getByLabel('Why was this decision wrong?').fill('The name is a pen name.');
  await notice.getByRole('button', {name: 'File the appeal'}).click();
  await notice.getByText('somebody else decides about it', {exact: false}).waitFor();
});

test('page: every string is there in Chinese, too, and the choice stays', async () => {
  const page = xiaoyu;
  await page.getByRole('button', {name: '中文'}).first().click();
  await page.getByRole('heading', {name: '通知', level: 1}).waitFor();
  assert.equal(await page.locator('html').getAttribute('lang'), 'zh-CN');
  await page.reload();
  await page.getByRole('heading', {name: '通知', level: 1}).waitFor();
  await page.locator('.notice.sanction').getByText('暂停更新', {exact: false}).first().waitFor();
});

test('page: an account can be read without scripts, in good shape and with its badge [I8]', async () => {
  const page = await openPage({javaScriptEnabled: false});
  await page.goto(`${server.url}/@${encodeURIComponent('晨报')}`);
  await page.locator('.badge').first().getByText('News: publishes', {exact: false}).waitFor();
  assert.ok((await page.locator('main').boundingBox()).width < 800, 'its style sheet is applied');
  await shoot(page, 'server-page');
  await page.context().close();
});

test('page: the browser had nothing to complain of, the security policy included', () => {
  assert.deepEqual(complaints.filter(text => !/ERR_CONNECTION|status of 4/.test(text)), []);
});
