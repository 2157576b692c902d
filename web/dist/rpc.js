// JSON-RPC over one WebSocket that comes back by itself. The session travels in an HttpOnly cookie, so signing in and out
// go over HTTP, and the socket's upgrade carries the cookie.
//
// A call that changes something has a command id: sent again after a lost connection, it takes effect once.

const ANSWER_WITHIN_MS = 30_000;
const TRIES_MAX = 5; // of a call that the server says is safe to send again
const RECONNECT_FIRST_MS = 400;
const RECONNECT_MAX_MS = 15_000;

export class Refusal extends Error {
  constructor(error) {
    super(error?.data?.detail || error?.message || 'refused');
    this.type = error?.data?.type ?? 'internal';
    this.detail = error?.data?.detail ?? '';
    this.field = error?.data?.field;
    this.rule = error?.data?.rule;
    this.sanction = error?.data?.sanction;
    this.retryAfter = error?.data?.retry_after_ms;
  }
}

const offline = () => new Refusal({data: {type: 'offline', detail: ''}});

/** RFC 9562, version 7: the time first, then chance. */
export function uuid7(now = Date.now()) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let i = 0; i < 6; ++i)
    bytes[i] = Math.floor(now / 2 ** (8 * (5 - i))) & 0xff;
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const hex = [...bytes].map(b => b.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** One call over HTTP, for what sets or clears the cookie. */
export async function post(method, params = {}) {
  let response;
  try {
    response = await fetch('/v1/rpc', {
      method: 'POST',
      credentials: 'same-origin',
      headers: {'content-type': 'application/json'},
      body: JSON.stringify({jsonrpc: '2.0', id: 1, method, params}),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
  } catch {
    throw offline();
  }
  const answer = await response.json().catch(() => ({error: {data: {type: 'internal'}}}));
  if (answer.error)
    throw new Refusal(answer.error);
  return answer.result;
}

/** Events: `open`, `lost`, and `push` with {method, params} as detail. */
export class Connection extends EventTarget {
  #socket = null;
  #waiting = new Map(); // by request id
  #next = 1;
  #failures = 0;
  #timer = 0;

  start() {
    clearTimeout(this.#timer);
    const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(`${scheme}//${location.host}/v1/ws`, ['charter.v1.json']);
    this.#socket = socket;
    socket.onopen = () => {
      this.#failures = 0;
      this.dispatchEvent(new Event('open'));
      for (const call of [...this.#waiting.values()])
        this.#send(call);
    };
    socket.onmessage = event => this.#receive(event.data);
    socket.onclose = () => {
      if (this.#socket !== socket)
        return; // given up in favour of another
      this.#socket = null;
      this.dispatchEvent(new Event('lost'));
      this.#startLater(Math.min(RECONNECT_MAX_MS, RECONNECT_FIRST_MS * 2 ** this.#failures++));
    };
  }

  /** A new socket, for the cookie has changed. What waits is sent again. */
  restart() {
    const old = this.#socket;
    this.#socket = null;
    old?.close(1000);
    this.start();
  }

  get isOpen() { return this.#socket?.readyState === WebSocket.OPEN; }

  ask(method, params = {}) { return this.#call(method, params); }
  change(method, params = {}) { return this.#call(method, {...params, command_id: uuid7()}); }

  // Everybody who lost this server at the same time must not come back at the same time.
  #startLater(delay) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.start(), delay * (0.5 + Math.random()));
  }

  #call(method, params) {
    return new Promise((resolve, reject) => {
      const call = {id: this.#next++, method, params, resolve, reject, tries: 0};
      call.timer = setTimeout(() => this.#settle(call, () => reject(offline())), ANSWER_WITHIN_MS);
      this.#waiting.set(call.id, call);
      this.#send(call);
    });
  }

  #send(call) {
    if (!this.isOpen || !this.#waiting.has(call.id))
      return;
    const {id, method, params} = call;
    this.#socket.send(JSON.stringify({jsonrpc: '2.0', id, method, params}));
  }

  #settle(call, then) {
    clearTimeout(call.timer);
    this.#waiting.delete(call.id);
    then();
  }

  #receive(text) {
    const message = JSON.parse(text);
    if (message.id === undefined || message.id === null) {
      if (message.method === 'server.draining') {
        const old = this.#socket;
        this.#socket = null;
        old?.close(1000);
        this.#startLater(2000);
        return;
      }
      this.dispatchEvent(new CustomEvent('push', {detail: {method: message.method, params: message.params}}));
      return;
    }
    const call = this.#waiting.get(message.id);
    if (!call)
      return;
    if (!message.error)
      return this.#settle(call, () => call.resolve(message.result));
    const refusal = new Refusal(message.error);
    if (refusal.type === 'unavailable' && ++call.tries < TRIES_MAX) {
      const delay = refusal.retryAfter ?? 300 * 2 ** call.tries;
      setTimeout(() => this.#send(call), delay * (0.75 + Math.random() / 2));
      return;
    }
    this.#settle(call, () => call.reject(refusal));
  }
}
