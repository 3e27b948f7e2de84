import { authorizedFetch } from './authorized_fetch.js';
import { ask, exchange, identityOf } from './fetch_token.js';
import { forget, perform } from './module.js';
import { randomBytes } from './random.js';
import { SharedToken } from './shared_token.js';
import { TokenError } from './token_error.js';
import { PLAN } from './wire.js';

/** @typedef {import('./types.js').Config} Config */
/** @typedef {import('./types.js').TokenClientOptions} TokenClientOptions */
/** @typedef {import('./types.js').TokenEvent} TokenEvent */
/** @typedef {import('./types.js').TokenResponse} TokenResponse */

/** Milliseconds that one renewal may take, all of its requests and waits together. */
const DEADLINE = 60_000;
/** Milliseconds that one request may take. */
const TIMEOUT = 30_000;
/** A token is renewed this many milliseconds before its end, or a quarter of its lifetime before, whichever is later. */
const MARGIN = 60_000;
/** Milliseconds for which a token without expires_in is kept: as long as the shortest lives that are common. */
const UNKNOWN_LIFETIME = 300_000;
/** Milliseconds before a renewal that failed behind a token that still lives is tried again. */
const REST = 5_000;
/** How often, in milliseconds, a renewal shows that the request in which it runs is still there. */
const BEAT = 250;

/** What a runtime adds. */
const runtime = {
  /** Whether what a request began ends with it, as in Cloudflare Workers: a promise that others wait for may then never settle. */
  requestsEnd: false,
  /** @type {(event: TokenEvent) => void} */
  publish: () => {},
};

/** Says what this runtime is like. @param {Partial<typeof runtime>} particulars */
export function clientsIn(particulars) {
  Object.assign(runtime, particulars);
}

/** By how many milliseconds the clock of a host is ahead of ours, where one said so. @type {Map<string, number>} */
const offsets = new Map();

/**
 * Makes what an application holds for its lifetime. types.d.ts describes the arguments.
 *
 * @param {Config} config
 * @param {TokenClientOptions} [options]
 */
export function createClient(config, options = {}) {
  return new TokenClient(config, options);
}

/**
 * A token and its times, in milliseconds. The clock of the system can be set, so one that only runs forward is asked too; that one may stand
 * still while a laptop sleeps, so neither is enough.
 *
 * @typedef {{ token: TokenResponse, promise: Promise<TokenResponse>, since: number, renewAt: number, until: number, margin: number, ticks: number }} Kept
 */

/**
 * One renewal, which callers share. `beat` is when it last showed life.
 *
 * @typedef {{ promise: Promise<TokenResponse>, controller: AbortController, behind: boolean, waiting: number, beat: number }} Flight
 */

export class TokenClient {
  #options;
  #identity;
  #shared;
  #host;
  #now;
  #ticks;
  #sleep;
  /** @type {Kept | undefined} */ #kept;
  /** The token that must not be taken again, whoever has it. @type {string | undefined} */ #refused;
  /** @type {Flight | undefined} */ #flight;
  /** A refusal, remembered. @type {{ error: unknown, until: number } | undefined} */ #refusal;
  /** When a renewal that failed behind a living token may be tried again. */ #restUntil = 0;
  #closed = false;

  /** @param {Config} config @param {TokenClientOptions} options */
  constructor(config, options) {
    const { clock, store, sealingKey } = (this.#options = withDefaults(options));
    this.#identity = identityOf(config);
    const { tokenEndpoint, provider, environment } = Object(config);
    this.#host = URL.canParse(tokenEndpoint) ? new URL(tokenEndpoint).origin : `${provider} ${environment}`;
    this.#now = clock === undefined ? Date.now : () => clock.now();
    this.#ticks = clock === undefined ? () => performance.now() : this.#now;
    this.#sleep = clock?.sleep === undefined ? pause : (/** @type {number} */ ms, /** @type {AbortSignal} */ signal) => clock.sleep?.(ms, signal);
    this.#shared = store && new SharedToken(store, { ...config }, sealingKey);
  }

  /**
   * Returns a token that lives. types.d.ts describes the options.
   *
   * @param {{ signal?: AbortSignal, force?: boolean }} [options]
   * @returns {Promise<TokenResponse>}
   */
  getToken(options) {
    const kept = this.#kept;
    if (options === undefined && kept !== undefined && this.#isGood(kept, kept.renewAt)) {
      return kept.promise;
    }
    return this.#getToken(options);
  }

  /** @param {{ signal?: AbortSignal, force?: boolean }} [options] */
  async #getToken({ signal, force = false } = {}) {
    this.#mustBeOpen();
    if (signal?.aborted) {
      throw signal.reason;
    }
    const kept = this.#kept;
    if (kept !== undefined && !force && this.#isGood(kept, kept.until)) {
      if (!this.#isGood(kept, kept.renewAt)) {
        this.#renewBehind(kept);
      }
      return kept.token;
    }
    if (force) {
      this.#refused = kept?.token.access_token;
    }
    if (this.#refusal !== undefined && this.#now() < this.#refusal.until) {
      throw this.#refusal.error;
    }
    return this.#join(signal);
  }

  /**
   * Sends a request with the token. types.d.ts describes it.
   *
   * @param {RequestInfo | URL} input
   * @param {RequestInit} [init]
   */
  async fetch(input, init) {
    this.#mustBeOpen();
    const { fetch = globalThis.fetch, origins } = this.#options;
    return authorizedFetch(this, fetch, origins, input, init);
  }

  /**
   * Forgets the token, or that token if it is still the one.
   *
   * @param {TokenResponse} [token]
   */
  invalidate(token) {
    const kept = this.#kept;
    if (token !== undefined && token.access_token !== kept?.token.access_token) {
      return;
    }
    this.#refused = kept?.token.access_token;
    this.#kept = this.#refusal = undefined;
    this.#report({ type: 'invalidated' });
  }

  /** Ends it: what is under way is aborted, and nothing is kept. */
  close() {
    if (!this.#closed) {
      this.#closed = true;
      this.#flight?.controller.abort(new TokenError('closed', 'the client was closed'));
      forget(this.#identity.configuration);
      this.#kept = this.#flight = this.#refusal = this.#shared = undefined;
      this.#identity = identityOf({});
    }
  }

  #mustBeOpen() {
    if (this.#closed) {
      throw new TokenError('closed', 'the client is closed: make a new one with createClient');
    }
  }

  /**
   * Says whether a token may be used now, up to a moment of its life. A clock that was set back makes it unusable too.
   *
   * @param {Kept} kept
   * @param {number} before
   */
  #isGood({ since, ticks }, before) {
    const now = this.#now();
    return now < before && now >= since && this.#ticks() - ticks < before - since;
  }

  // ---- One renewal for many callers

  /**
   * Waits for the renewal that is under way, or begins one.
   *
   * @param {AbortSignal | undefined} signal
   * @returns {Promise<TokenResponse>}
   */
  async #join(signal) {
    for (const joined = Date.now(); ; ) {
      const flight = this.#living() ?? this.#launch(false);
      flight.waiting++;
      try {
        if (signal === undefined && !runtime.requestsEnd) {
          return await flight.promise;
        }
        const token = await this.#outcome(flight, signal, joined);
        if (token !== undefined) {
          return token;
        }
        const kept = this.#kept;
        if (kept !== undefined && this.#isGood(kept, kept.renewAt)) {
          return kept.token; // another one has noticed before
        }
      } catch (error) {
        if (signal?.aborted && flight.waiting === 1 && !flight.behind) { // nobody else waits for it
          this.#drop(flight);
          flight.controller.abort(signal.reason);
        }
        throw error;
      } finally {
        flight.waiting--;
      }
    }
  }

  /**
   * Returns the token of a renewal, or undefined once it shows no life any more: whoever notices takes over. It rejects with the reason of the
   * caller's signal, and when the caller has waited for as long as a renewal may take.
   *
   * @param {Flight} flight
   * @param {AbortSignal | undefined} signal
   * @param {number} joined
   * @returns {Promise<TokenResponse | undefined>}
   */
  async #outcome(flight, signal, joined) {
    /** @type {ReturnType<typeof setInterval> | undefined} */
    let watch;
    /** @type {() => void} */
    let onAbort = () => {};
    /** @type {Promise<undefined>} */
    const interrupted = new Promise((resolve, reject) => {
      onAbort = () => reject(/** @type {AbortSignal} */ (signal).reason);
      signal?.addEventListener('abort', onAbort);
      if (runtime.requestsEnd) { // this timer is the caller's own, and lives as long as its request does
        watch = setInterval(() => {
          if (Date.now() - joined > this.#options.deadline) {
            reject(new TokenError('timeout', `there was no token in ${this.#options.deadline} ms`));
          } else if (!isAlive(flight)) {
            resolve(undefined);
          }
        }, BEAT);
      }
    });
    try {
      return await Promise.race([flight.promise, interrupted]);
    } finally {
      clearInterval(watch);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Returns the renewal that is under way, if its request still lives. */
  #living() {
    if (this.#flight !== undefined && !isAlive(this.#flight)) {
      this.#flight = undefined;
    }
    return this.#flight;
  }

  /** Begins a renewal. @param {boolean} behind a token that still lives, so that nobody needs to wait for it */
  #launch(behind) {
    const controller = new AbortController();
    /** @type {Flight} */
    const flight = { behind, controller, waiting: 0, beat: Date.now(), promise: this.#renew(controller.signal) };
    const beating = runtime.requestsEnd ? setInterval(() => (flight.beat = Date.now()), BEAT) : undefined;
    const landed = () => {
      clearInterval(beating);
      this.#drop(flight);
    };
    flight.promise.then(landed, landed);
    return (this.#flight = flight);
  }

  /** @param {Flight} flight */
  #drop(flight) {
    if (this.#flight === flight) {
      this.#flight = undefined;
    }
  }

  /** Begins a renewal for which nobody waits, unless one has just failed. @param {Kept} kept */
  #renewBehind({ token }) {
    if (this.#living() !== undefined || this.#now() < this.#restUntil) {
      return;
    }
    const { promise, controller } = this.#launch(true);
    const done = promise.then(() => {}, (error) => {
      if (!controller.signal.aborted) {
        this.#restUntil = this.#now() + REST;
        this.#report({ type: 'renewal_failed', error, expiresAt: token.expires_at });
      }
    });
    this.#options.waitUntil?.(done);
  }

  // ---- What one renewal does

  /**
   * Gets a token from the store, or from the server for all who share the store.
   *
   * @param {AbortSignal} signal
   * @returns {Promise<TokenResponse>}
   */
  async #renew(signal) {
    const shared = this.#shared;
    if (shared === undefined) {
      return this.#request(signal);
    }
    const isUsable = (/** @type {import('./shared_token.js').Record} */ { token, until, margin }) =>
      this.#now() < until - margin && token.access_token !== this.#refused;
    const failed = (/** @type {unknown} */ error) => this.#report({ type: 'store_failed', error });
    const { timeout, deadline, random } = this.#options;
    const lease = { ms: timeout, patience: deadline, random, sleep: this.#sleep, signal };
    const record = await shared.take(isUsable, lease, failed);
    if (record !== undefined) {
      this.#accept(record);
      this.#report({ type: 'shared', expiresAt: record.token.expires_at });
      return record.token;
    }
    try {
      const token = await this.#request(signal);
      if (this.#kept?.token === token) {
        const { until, margin } = this.#kept;
        await shared.put({ token, until, margin }, until - this.#now(), failed);
      }
      return token;
    } finally {
      await shared.release(failed);
    }
  }

  /**
   * Asks the server, again where that may help.
   *
   * @param {AbortSignal} signal
   * @returns {Promise<TokenResponse>}
   */
  async #request(signal) {
    const { fetch, random, maxBody, timeout, deadline } = this.#options;
    const began = this.#now();
    for (let attempt = 1; ; attempt++) {
      const offset = offsets.get(this.#host) ?? 0;
      const elapsed = this.#now() - began;
      const clock = { now: () => this.#now() + offset };
      this.#report({ type: 'requested', attempt });
      try {
        const left = Math.max(1, Math.min(timeout, deadline - elapsed));
        return this.#keep(await exchange(ask(this.#identity, { fetch, random, maxBody, clock, signal, timeout: left })), offset);
      } catch (error) {
        if (!(error instanceof TokenError) || signal.aborted) {
          throw error;
        }
        const plan = await planFor(error, { attempt, elapsed: this.#now() - began, deadline, offset, random: random(4) });
        if (!plan.retry) {
          this.#refusal = plan.hold > 0 ? { error, until: this.#now() + plan.hold } : undefined;
          throw error;
        }
        if (plan.offset !== 0) {
          offsets.set(this.#host, offset + plan.offset);
          this.#report({ type: 'clock_corrected', offset: (offset + plan.offset) / 1000 });
        } else {
          this.#report({ type: 'retried', attempt, wait: plan.wait, error: /** @type {any} */ (error) });
          await this.#sleep(plan.wait, signal);
        }
      }
    }
  }

  /**
   * Keeps a token that the server sent.
   *
   * @param {TokenResponse} token
   * @param {number} offset by which its times are ahead of ours, in milliseconds
   */
  #keep(token, offset) {
    const now = this.#now();
    let until = now + UNKNOWN_LIFETIME;
    if (token.expires_at !== undefined) {
      token.expires_at -= Math.round(offset / 1000);
      until = token.expires_at * 1000;
    }
    this.#accept({ token, until, margin: Math.min(MARGIN, (until - now) / 4) });
    this.#refused = this.#refusal = undefined;
    this.#restUntil = 0;
    this.#report({ type: 'renewed', expiresAt: token.expires_at });
    return token;
  }

  /** Takes a token, if it may be used for more than this moment. @param {import('./shared_token.js').Record} record */
  #accept({ token, until, margin }) {
    const since = this.#now();
    Object.freeze(token); // every caller gets this one
    const spread = 0.9 + 0.2 * (this.#options.random(1)[0] / 256); // so that not all who hold this token renew at once
    const kept = { token, promise: Promise.resolve(token), since, renewAt: until - spread * margin, until, margin, ticks: this.#ticks() };
    this.#kept = this.#closed || until <= since ? undefined : kept;
  }

  /** @param {TokenEvent} event */
  #report(event) {
    runtime.publish(event);
    try {
      this.#options.onEvent?.(event);
    } catch {
      // whoever listens can't make a token fail
    }
  }
}

/** Says whether the request that a renewal runs in still lives. @param {Flight} flight */
const isAlive = ({ beat }) => !runtime.requestsEnd || Date.now() - beat <= 4 * BEAT;

/**
 * Asks the module what to do about an error.
 *
 * @param {TokenError} error
 * @param {{ attempt: number, elapsed: number, deadline: number, offset: number, random: Uint8Array }} circumstances
 */
async function planFor(error, { random, ...circumstances }) {
  const { code, status = 0, retryable, retryAfter = -1, clockOffset = 0 } = /** @type {any} */ (error);
  const { values } = await perform(PLAN, [
    ...Object.entries({ code, status, retryable, retryAfter, clockOffset, ...circumstances }).flatMap(([name, value]) => ['a', name, String(value)]),
    'a', 'random', random,
  ]);
  return { retry: values.retry === 'true', wait: Number(values.wait), offset: Number(values.offset), hold: Number(values.hold) };
}

/** Waits in the request's own context. @param {number} ms @param {AbortSignal} [signal] @returns {Promise<void>} */
function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort);
  });
}

/** What each option must be. @type {Record<string, [(value: any) => boolean, string]>} */
const OPTIONS = {
  fetch: [(f) => typeof f === 'function', 'a function like the global fetch'],
  timeout: [isDuration, 'a whole number of milliseconds'],
  deadline: [isDuration, 'a whole number of milliseconds'],
  maxBody: [isDuration, 'a whole number of bytes'],
  clock: [(c) => typeof c?.now === 'function', 'an object with a function now and, perhaps, sleep'],
  random: [(f) => typeof f === 'function', 'a function that returns as many random bytes as it is asked for'],
  origins: [(o) => Array.isArray(o) && o.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin), "a list of origins such as 'https://api.example.com'"],
  store: [(s) => ['get', 'set', 'delete'].every((name) => typeof s?.[name] === 'function'), 'an object with the functions get, set and delete'],
  sealingKey: [(k) => typeof k === 'string' || k instanceof Uint8Array, 'a string or a Uint8Array'],
  onEvent: [(f) => typeof f === 'function', 'a function'],
  waitUntil: [(f) => typeof f === 'function', 'a function that takes a promise'],
};

/** @param {unknown} n */
function isDuration(n) {
  return Number.isSafeInteger(n) && /** @type {number} */ (n) > 0 && /** @type {number} */ (n) < 2 ** 31;
}

/** Checks the options, which the module, being asleep, can't. @param {TokenClientOptions} options */
function withDefaults(options) {
  if (typeof options !== 'object' || options === null) {
    throw new TokenError('invalid_config', 'options must be an object');
  }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(OPTIONS, name)) {
      throw new TokenError('invalid_config', `unknown option ${JSON.stringify(name.slice(0, 60))}: known are ${Object.keys(OPTIONS).join(', ')}`);
    }
    const [isRight, what] = OPTIONS[name];
    if (value !== undefined && !isRight(value)) {
      throw new TokenError('invalid_config', `options.${name} must be ${what}`);
    }
  }
  const { deadline = DEADLINE, timeout = TIMEOUT, random = randomBytes, origins = [], ...rest } = options;
  return { deadline, timeout, random, origins, ...rest };
}
