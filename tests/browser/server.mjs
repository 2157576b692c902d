// A server of one's own on a free port, in a directory that goes again, and what a test does behind the page's back: over
// the protocol, as any client.

import {spawn} from 'node:child_process';
import {mkdtemp, rm} from 'node:fs/promises';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

const READY_WITHIN_MS = 60_000;
const STOPPED_WITHIN_MS = 15_000; // then it isn't asked any more
const ANSWER_WITHIN_MS = 30_000;
const SOURCE = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../..');

const freePort = () => new Promise((resolve, reject) => {
  const probe = createServer().once('error', reject).listen(0, '127.0.0.1', () => {
    const {port} = probe.address();
    probe.close(() => resolve(port));
  });
});

export async function startServer(binary = process.env.CHARTERD ?? join(SOURCE, 'build/dev/apps/charterd')) {
  const directory = await mkdtemp(join(tmpdir(), 'charter-browser-'));
  const port = await freePort();
  const process_ = spawn(binary, ['--config', 'config/trial.toml', '--trial', '--data', join(directory, 'node'), '--port', String(port)],
                         {cwd: SOURCE, stdio: ['ignore', 'pipe', 'pipe']});
  let log = '';
  for (const stream of [process_.stdout, process_.stderr])
    stream.on('data', text => log += text);
  const ended = new Promise(resolve => process_.once('exit', resolve));
  const server = {
    url: `http://localhost:${port}`,
    directory,
    log: () => log,
    async stop() {
      process_.kill('SIGTERM');
      const late = setTimeout(() => process_.kill('SIGKILL'), STOPPED_WITHIN_MS);
      await ended;
      clearTimeout(late);
      await rm(directory, {recursive: true, force: true});
    },
  };
  const until = Date.now() + READY_WITHIN_MS;
  // It answers a moment before the trial's provider is founded; the line in its log comes after.
  while (!log.includes(`serving on port ${port}`)) {
    if (process_.exitCode !== null || Date.now() > until) {
      await server.stop();
      throw new Error(`charterd didn't come up:\n${log}`);
    }
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  return server;
}

/** A client of the server: `call` throws what was refused. */
export class Client {
  constructor(server, token) {
    this.server = server;
    this.token = token;
  }

  async call(method, params = {}) {
    const response = await fetch(`${this.server.url}/v1/rpc`, {
      method: 'POST',
      headers: {'content-type': 'application/json', ...(this.token ? {authorization: `Bearer ${this.token}`} : {})},
      body: JSON.stringify({jsonrpc: '2.0', id: 1, method, params}),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    }).catch(cause => { throw new Error(`${method}: no answer`, {cause}); });
    const answer = await response.json();
    if (answer.error)
      throw Object.assign(new Error(`${method}: ${JSON.stringify(answer.error)}`), answer.error.data);
    return answer.result;
  }

  static async logIn(server, pseudonym, password) {
    const {token, user} = await new Client(server).call('auth.login', {pseudonym, password});
    return Object.assign(new Client(server, token), {user, pseudonym, password});
  }

  /** By the trial identity with this number. */
  static async register(server, number, pseudonym, password = 'a sentence for a password') {
    const anyone = new Client(server);
    const subject = `T-${String(number).padStart(4, '0')}`;
    const {attempt} = await anyone.call('identity.begin', {provider: 'registry', subject});
    const {ticket} = await anyone.call('identity.complete', {attempt, answer: subject.replace('T-', 'trial-')});
    const {version, digest, items} = await anyone.call('agreement.current');
    const {token, user} = await anyone.call('auth.register', {ticket, pseudonym, password, signature: {version, digest, items: items.map(i => i.key)}});
    return Object.assign(new Client(server, token), {user, pseudonym, password});
  }
}

/** Two senior moderators: what one decides alone, and what needs the other pair of eyes. */
export async function makeDesk(server, numbers) {
  const operator = await Client.logIn(server, 'operator', 'operator on trial');
  const desk = [];
  for (const number of numbers) {
    const moderator = await Client.register(server, number, `moderator ${number}`);
    for (const role of ['moderator', 'senior_moderator'])
      await operator.call('admin.grant_role', {user: moderator.user, role});
    desk.push(moderator);
  }
  return desk;
}

/** Approves the application with this name; the second moderator agrees where four eyes are needed. */
export async function approve([first, second], name) {
  const {items} = await first.call('desk.queue', {queue: 'application'});
  const case_ = items.find(item => item.title === name).case;
  await first.call('desk.claim', {case: case_});
  const found = await first.call('desk.case', {case: case_});
  const {needs_second} = await first.call('desk.decide_application', {
    case: case_, verdict: 'approve', checklist: found.checklist.map(item => item.key), confirms: found.declared});
  if (needs_second)
    await second.call('desk.second', {case: case_, agree: true});
  const account = found.view.account;
  for (let tries = 0; tries < 100; ++tries) {
    if (await first.call('account.get', {account}).then(() => true, () => false))
      return account;
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  throw new Error(`the account "${name}" didn't open`);
}
