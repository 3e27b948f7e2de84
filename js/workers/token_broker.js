// A Durable Object that holds one token, for Workers in all their isolates and places. It is a
// client like any other, whose store is the object's own storage; what it adds is that it renews
// the token before anyone wants the next.
//
// Whoever has the binding may call every public method and read every public property of an object,
// so there are none but getToken: what is to be overridden is static.

import { DurableObject } from 'cloudflare:workers';

import { foreignError } from '../token/foreign_error.js';
import { JITTER } from '../client/token_endpoint.js';
import { TokenError } from '../lib/token_error.js';
import { kvStore } from '../stores/kv.js';
import { createClient, loadCredentials } from '../workerd.js';

/** @typedef {import('../client/client.js').TokenClient} TokenClient */

/** Milliseconds before the first client can be due, whose margin is the longest. */
const AHEAD = 1_000;
/** Milliseconds that a token in KV takes to be seen everywhere. */
const KV_DELAY = 60_000;
/**
 * Milliseconds for which a token is renewed after somebody came, if there is KV, for then few come.
 */
const KV_USE = 86_400_000;
/** Milliseconds between two renewals because a token was refused, at least. */
const MIN_RENEWAL = 10_000;
/** Milliseconds before a renewal that failed is tried again. */
const RETRY = 10_000;

/**
 * What the storage has: a sealed record, for which store key, and when it was put there and ends.
 *
 * @typedef {{ key: string, record: string, since: number, until: number }} Stored
 */

/** @extends {DurableObject<any>} */
export class TokenBroker extends DurableObject {
  /** @type {Promise<TokenClient> | undefined} */ #client;
  /** The end of the token for whose renewal the alarm is set; 0 if it isn't. */ #alarmFor = 0;
  /**
   * Takes a token that was refused back from KV, until another has replaced it there.
   *
   * @type {(() => void) | undefined}
   */
  #withdraw;

  /**
   * Returns what to ask with. token_broker.d.ts describes this and the other two.
   *
   * @param {any} env
   * @param {string} [name]
   * @returns {import('../types.js').Config | Promise<import('../types.js').Config>}
   */
  static configOf(env, name) {
    return loadCredentials(env);
  }

  /** @param {any} env @returns {import('../stores/kv.js').KVNamespace | undefined} */
  static kvOf(env) {
    return env.TOKENS_KV;
  }

  /** @param {any} env @returns {import('./token_broker.d.ts').TokenBrokerOptions} */
  static optionsOf(env) {
    return {};
  }

  /**
   * Answers a client. A TokenError is an answer, too; anything else is thrown.
   *
   * @param {{ refused?: string, minLifetime?: number }} [options]
   * @returns {Promise<import('../types.js').TokenBrokerAnswer>}
   */
  async getToken({ refused, minLifetime } = {}) {
    try {
      const client = await this.#open();
      let record = await client.record({ minLifetime });
      if (record.token.access_token === refused) {
        if (this.#mayRenew()) {
          await client.invalidate(record.token);
        }
        record = await client.record(); // another caller may have had it renewed
      }
      this.#noteUse();
      await this.#schedule(record);
      // by our clock: the caller's may differ
      return { record: { ...record, left: record.until - Date.now() } };
    } catch (error) {
      this.#withdraw?.();
      this.#withdraw = undefined;
      if (!(error instanceof TokenError)) {
        throw error;
      }
      return { error: { ...error, code: error.code, message: error.message } };
    }
  }

  /**
   * Says whether a token that was refused may be renewed already, and notes that it is. An API that
   * refuses every token would else have each of its callers ask for another. Until then they get
   * the current one, and with it the answer of the API.
   */
  #mayRenew() {
    const { kv } = this.ctx.storage;
    const { minRenewal = MIN_RENEWAL } = this.#settings.optionsOf(this.env);
    const since = Date.now() - (kv.get('refusedAt') ?? -Infinity);
    if (since >= 0 && since < minRenewal) {
      return false;
    }
    kv.put('refusedAt', Date.now());
    return true;
  }

  /**
   * Renews the token if it is in use. Otherwise it is left to end, and whoever comes sets the alarm
   * again.
   */
  async alarm() {
    this.#alarmFor = 0;
    const stored = this.#stored;
    if (stored === undefined || !this.#isInUse(stored)) {
      return;
    }
    try {
      const client = await this.#open();
      if (this.#renewalOf(await client.record()) <= Date.now()) {
        await client.renew();
      }
      await this.#schedule(await client.record());
    } catch (error) {
      this.#report({ type: 'renewal_failed', error, expiresAt: Math.floor(stored.until / 1000) });
      if (Date.now() + RETRY < stored.until) {
        await this.ctx.storage.setAlarm(Date.now() + RETRY);
      }
    }
  }

  get #settings() {
    return /** @type {typeof TokenBroker} */ (this.constructor);
  }

  /**
   * Makes the client when it is first needed, and anew after a configuration that could not be
   * read.
   */
  #open() {
    this.#client ??= this.#connect().catch((error) => {
      this.#client = undefined;
      throw error;
    });
    return this.#client;
  }

  async #connect() {
    const config = await this.#settings.configOf(this.env, this.ctx.id.name);
    const waitUntil = (/** @type {Promise<unknown>} */ promise) => this.ctx.waitUntil(promise);
    const { minRenewal: _, ...options } = this.#settings.optionsOf(this.env);
    return createClient(config, { ...options, waitUntil, store: this.#store() });
  }

  /**
   * The object's own storage. What is put there is published, too.
   *
   * @returns {import('../types.js').TokenStore}
   */
  #store() {
    const { kv } = this.ctx.storage;
    const namespace = this.#settings.kvOf(this.env);
    const published = namespace && kvStore(namespace);
    const inKV = (/** @type {Promise<void> | undefined} */ done) =>
      this.ctx.waitUntil(
        Promise.resolve(done).catch((error) =>
          this.#report({ type: 'store_failed', error: foreignError(error) }),
        ),
      );
    return {
      get: async (key) => {
        const stored = this.#stored;
        const now = Date.now();
        // or the clock was set back
        return stored?.key === key && stored.since <= now && now < stored.until
          ? stored.record
          : undefined;
      },
      set: async (key, record, ttl) => {
        const since = Date.now();
        kv.put('token', { key, record, since, until: since + ttl });
        this.#withdraw = undefined;
        inKV(published?.set(key, record, ttl));
      },
      delete: async (key) => {
        kv.delete('token');
        // KV takes one write in a second, and most often the next token comes at once
        this.#withdraw = () => inKV(published?.delete(key));
      },
    };
  }

  /** @returns {Stored | undefined} */
  get #stored() {
    return this.ctx.storage.kv.get('token');
  }

  /**
   * When somebody came last for another token than before, in milliseconds since the epoch.
   *
   * @returns {number}
   */
  get #usedAt() {
    return this.ctx.storage.kv.get('usedAt') ?? 0;
  }

  /** Notes that somebody came: once for each token, for every note is a write. */
  #noteUse() {
    if (this.#usedAt < (this.#stored?.since ?? 0)) {
      this.ctx.storage.kv.put('usedAt', Date.now());
    }
  }

  /** @param {Stored} stored */
  #isInUse({ since }) {
    return (
      this.#usedAt >= since ||
      (this.#settings.kvOf(this.env) !== undefined && Date.now() - this.#usedAt < KV_USE)
    );
  }

  /**
   * Sets the alarm for the renewal of a token.
   *
   * @param {import('../client/token_endpoint.js').Record} record
   */
  async #schedule(record) {
    if (record.until !== this.#alarmFor) {
      this.#alarmFor = record.until;
      await this.ctx.storage.setAlarm(this.#renewalOf(record));
    }
  }

  /**
   * Returns when to renew a token: before the first client can be due, and with KV as much earlier
   * as it takes to be seen everywhere, but not in the first half of its life.
   *
   * @param {import('../client/token_endpoint.js').Record} record
   */
  #renewalOf({ until, margin }) {
    const delay = this.#settings.kvOf(this.env) === undefined ? 0 : KV_DELAY;
    return Math.ceil(
      Math.max(
        until - (1 + JITTER) * margin - AHEAD - delay,
        (until + (this.#stored?.since ?? Date.now())) / 2,
      ),
    );
  }

  /** @param {import('../types.js').TokenEvent} event */
  #report(event) {
    this.#settings.optionsOf(this.env).onEvent?.(event);
  }
}
