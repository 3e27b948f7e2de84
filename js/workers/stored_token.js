// Holds one token of a TokenBroker, with its entries in the object's storage. It is the token of
// the configuration or of a request. An ordinary client gets the token; its store is this storage.

import { createClient } from '../client/client.js';
import { settingsOf } from '../client/client_options.js';
import { Grant } from '../client/grant.js';
import { JITTER } from '../client/token_endpoint.js';
import { configFor, keyOf, OWN, plainRequest } from '../client/token_request.js';
import { TokenError } from '../lib/token_error.js';
import { kvStore } from '../stores/kv.js';
import { foreignError } from '../token/foreign_error.js';
import { storedSessions } from './stored_sessions.js';

/** @typedef {import('../client/token_request.js').Canonical} Canonical */
/** @typedef {import('../client/token_endpoint.js').Record} Record */

/**
 * Milliseconds before the earliest renewal of a client, which is the client with the longest
 * margin.
 */
const AHEAD = 1_000;
/** Milliseconds until a token in KV is visible everywhere. */
const KV_DELAY = 60_000;
/**
 * With KV few clients ask the object. It renews the token for this many milliseconds after a client
 * has asked for it.
 */
const KV_USE = 86_400_000;
/** The least milliseconds between two renewals that a refused token causes. */
const MIN_RENEWAL = 10_000;
/** Milliseconds before a failed renewal is tried again. */
const RETRY = 10_000;

/**
 * The entry in the storage: a sealed record, its store key, and when it was written and ends, in
 * milliseconds since the epoch.
 *
 * @typedef {{ key: string, record: string, since: number, until: number }} Stored
 */

/**
 * The parts of the object that its tokens use: its context with the storage, its configuration, its
 * options and its KV namespace.
 *
 * @typedef {{ ctx: any, configOf: () => import('../types.js').Config |
 *   Promise<import('../types.js').Config>, options:
 *   import('./token_broker.d.ts').TokenBrokerOptions, namespace:
 *   import('../stores/kv.js').KVNamespace | undefined }} Host
 */

/**
 * The names of the entries of one token. The alarm needs the entry `request`. A request with
 * parameters has no such entry.
 */
const ENTRIES = ['token', 'usedAt', 'refusedAt', 'request'];

/** Returns the end of the names of a request's entries. @param {Canonical} request */
export async function suffixOf(request) {
  const key = keyOf(request);
  if (key === OWN) {
    return '';
  }
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key));
  return `:${Array.from(new Uint8Array(digest), (b) => b.toString(16).padStart(2, '0')).join('')}`;
}

/**
 * Returns the requests whose tokens an alarm may have to renew.
 *
 * @param {any} kv
 * @returns {import('../types.js').TokenRequest[]}
 */
export const storedRequests = (kv) =>
  [...kv.list({ prefix: 'request:' })].map(([, request]) => request);

export class StoredToken {
  #host;
  #kv;
  #request;
  #suffix;
  #client;
  /** The end of the token for which the alarm is set; 0 if no alarm is set. */ #alarmFor = 0;
  /**
   * Removes a refused token from KV. It is unset once the next token has replaced that one.
   *
   * @type {(() => void) | undefined}
   */
  #withdraw;

  /**
   * @param {Host} host
   * @param {Canonical} request
   * @param {string} suffix as suffixOf returns it
   */
  constructor(host, request, suffix) {
    this.#host = host;
    this.#kv = host.ctx.storage.kv;
    this.#request = request;
    this.#suffix = suffix;
    const { minRenewal: _, maxTokens: __, ...options } = host.options;
    const waitUntil = (/** @type {Promise<unknown>} */ promise) => host.ctx.waitUntil(promise);
    const config = async () => this.#configFor(await host.configOf());
    const settings = settingsOf(
      { ...options, waitUntil, store: this.#store() },
      storedSessions(host.ctx.storage),
    );
    this.#client = createClient(config, /** @type {any} */ (settings));
  }

  /** Whether callers may be waiting for the token. */
  get isBusy() {
    return this.#client.isBusy;
  }

  /** @param {import('../types.js').Config} config */
  #configFor(config) {
    if (this.#suffix !== '' && Grant.textOf(config) !== '') {
      throw new TokenError(
        'invalid_config',
        'a grant that works once has one token in a TokenBroker: ask for it without scope, ' +
        'audience, resource and parameters',
      );
    }
    return configFor(config, this.#request);
  }

  /**
   * Returns the token. If an API refused it, the object renews it first, if a renewal is allowed
   * now. `alarmAt` is when the alarm should renew it, in milliseconds since the epoch; undefined if
   * the alarm need not be set.
   *
   * @param {{ refused?: string | undefined, minLifetime?: number | undefined }} options
   * @returns {Promise<{ record: Record, alarmAt: number | undefined }>}
   */
  async get({ refused, minLifetime }) {
    try {
      const client = this.#client;
      let record = await client.record(undefined, { minLifetime });
      if (record.token.access_token === refused) {
        if (this.#mayRenew()) {
          await client.invalidate(record.token);
        }
        record = await client.record(); // another caller may have renewed it
      }
      this.#noteUse();
      return { record, alarmAt: this.#schedule(record) };
    } catch (error) {
      this.#withdraw?.();
      this.#withdraw = undefined;
      throw error;
    }
  }

  /**
   * Renews the token if it is due and in use. A token that nobody uses is left to end.
   *
   * @returns {Promise<number>} when to renew it again, in milliseconds since the epoch, or Infinity
   */
  async renew() {
    this.#alarmFor = 0;
    const stored = this.#stored;
    if (stored === undefined || !this.#isInUse(stored)) {
      return Infinity;
    }
    try {
      if (this.#renewalOf(await this.#client.record()) <= Date.now()) {
        await this.#client.renew();
      }
      return this.#schedule(await this.#client.record()) ?? Infinity;
    } catch (error) {
      this.#report({ type: 'renewal_failed', error, expiresAt: Math.floor(stored.until / 1000) });
      return Date.now() + RETRY < stored.until ? Date.now() + RETRY : Infinity;
    }
  }

  /**
   * Says whether a refused token may be renewed now, and notes the renewal. Without this limit, an
   * API that refuses every token would make each of its callers cause a token request. In the
   * meantime the callers get the current token, and the API's response to it.
   */
  #mayRenew() {
    const { minRenewal = MIN_RENEWAL } = this.#host.options;
    const since = Date.now() - (this.#read('refusedAt') ?? -Infinity);
    if (since >= 0 && since < minRenewal) {
      return false;
    }
    this.#write('refusedAt', Date.now());
    return true;
  }

  /**
   * The object's own storage. Tokens that are put there are also published in KV.
   *
   * @returns {import('../types.js').TokenStore}
   */
  #store() {
    const { namespace, ctx } = this.#host;
    const published = namespace && kvStore(namespace);
    const inKV = (/** @type {Promise<void> | undefined} */ done) =>
      ctx.waitUntil(
        Promise.resolve(done).catch((error) =>
          this.#report({ type: 'store_failed', error: foreignError(error) }),
        ),
      );
    return {
      get: async (key) => {
        const stored = this.#stored;
        const now = Date.now();
        // a record of the future means that the clock was set back
        return stored?.key === key && stored.since <= now && now < stored.until
          ? stored.record
          : undefined;
      },
      set: async (key, record, ttl) => {
        const since = Date.now();
        this.#makeRoom(since);
        this.#write('token', { key, record, since, until: since + ttl });
        this.#withdraw = undefined;
        inKV(published?.set(key, record, ttl));
      },
      delete: async (key) => {
        this.#kv.delete(`token${this.#suffix}`);
        this.#kv.delete(`request${this.#suffix}`);
        // KV takes one write of a key per second, and the next token usually comes at once
        this.#withdraw = () => inKV(published?.delete(key));
      },
      lease: async () => ({ release: async () => {} }), // no other client uses this storage
    };
  }

  /**
   * Removes the entries of other requests whose tokens have ended, and the entries of the oldest
   * tokens beyond maxTokens.
   *
   * @param {number} now
   */
  #makeRoom(now) {
    if (this.#suffix === '' || this.#stored !== undefined) {
      return;
    }
    const { parameters } = this.#request;
    const others = /** @type {[string, Stored][]} */ ([...this.#kv.list({ prefix: 'token:' })])
      .sort(([, a], [, b]) => b.since - a.since);
    const most = this.#host.options.maxTokens ?? MAX_TOKENS;
    others.forEach(([name, { until }], i) => {
      if (i >= most - 1 || until <= now) {
        ENTRIES.forEach((entry) => this.#kv.delete(entry + name.slice('token'.length)));
      }
    });
    for (const entry of ['usedAt', 'refusedAt']) {
      for (const [name, time] of [...this.#kv.list({ prefix: `${entry}:` })]) {
        const token = `token${name.slice(entry.length)}`;
        if (time < now - KV_USE && this.#kv.get(token) === undefined) {
          this.#kv.delete(name);
        }
      }
    }
    if (parameters === undefined) { // parameters may be secret, and this entry is not sealed
      this.#write('request', plainRequest(this.#request));
    }
  }

  /** @returns {Stored | undefined} */
  get #stored() {
    return this.#read('token');
  }

  /** @param {string} entry */
  #read(entry) {
    return this.#kv.get(entry + this.#suffix);
  }

  /** @param {string} entry @param {unknown} value */
  #write(entry, value) {
    this.#kv.put(entry + this.#suffix, value);
  }

  /**
   * When a client last asked for a new token, in milliseconds since the epoch.
   *
   * @returns {number}
   */
  get #usedAt() {
    return this.#read('usedAt') ?? 0;
  }

  /** Notes that a client asked, once for each token, because each note is a write. */
  #noteUse() {
    if (this.#usedAt < (this.#stored?.since ?? 0)) {
      this.#write('usedAt', Date.now());
    }
  }

  /** @param {Stored} stored */
  #isInUse({ since }) {
    return (
      this.#usedAt >= since ||
      (this.#host.namespace !== undefined && Date.now() - this.#usedAt < KV_USE)
    );
  }

  /**
   * Returns when the alarm should renew a token; undefined if the alarm is already set. The alarm
   * can't renew the token of a request with parameters, because the storage doesn't have that
   * request.
   *
   * @param {Record} record
   */
  #schedule(record) {
    if (record.until === this.#alarmFor || this.#request.parameters !== undefined) {
      return undefined;
    }
    this.#alarmFor = record.until;
    return this.#renewalOf(record);
  }

  /**
   * Returns when to renew a token: before the earliest client renews it, with KV also before the
   * delay of KV, but not in the first half of its life.
   *
   * @param {Record} record
   */
  #renewalOf({ until, margin }) {
    const delay = this.#host.namespace === undefined ? 0 : KV_DELAY;
    return Math.ceil(
      Math.max(
        until - (1 + JITTER) * margin - AHEAD - delay,
        (until + (this.#stored?.since ?? Date.now())) / 2,
      ),
    );
  }

  /** @param {import('../types.js').TokenEvent} event */
  #report(event) {
    this.#host.options.onEvent?.(event);
  }
}

/** How many tokens of requests an object keeps by default. */
export const MAX_TOKENS = 100;
