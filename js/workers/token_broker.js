// A Durable Object that holds one token for Workers in all isolates and places. It uses an ordinary
// client, whose store is the object's own storage, and renews the token before the first Worker
// needs the next one.
//
// A Worker with the binding can call every public method and read every public property of an
// object. So getToken is the only one, and the methods that a subclass overrides are static.

import { DurableObject } from 'cloudflare:workers';

import { foreignError } from '../token/foreign_error.js';
import { JITTER } from '../client/token_endpoint.js';
import { NOTHING } from '../client/token_request.js';
import { TokenError } from '../lib/token_error.js';
import { kvStore } from '../stores/kv.js';
import { createClient, loadCredentials } from '../workerd.js';

/** @typedef {import('../client/client.js').TokenClient} TokenClient */

/** Milliseconds before the earliest renewal of a client, the one with the longest margin. */
const AHEAD = 1_000;
/** Milliseconds until a token in KV is visible everywhere. */
const KV_DELAY = 60_000;
/**
 * With KV few clients come here. For this many milliseconds after a client came, the token is
 * renewed.
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

/** @extends {DurableObject<any>} */
export class TokenBroker extends DurableObject {
  /** @type {Promise<TokenClient> | undefined} */ #client;
  /** The end of the token for which the alarm is set; 0 if no alarm is set. */ #alarmFor = 0;
  /**
   * Removes a refused token from KV. It is unset once the next token has replaced that one.
   *
   * @type {(() => void) | undefined}
   */
  #withdraw;

  /**
   * Returns the configuration. token_broker.d.ts describes this method and the next two.
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
   * Answers a client. A TokenError is returned as an answer; other errors are thrown.
   *
   * @param {{ refused?: string, minLifetime?: number }} [options]
   * @returns {Promise<import('../types.js').TokenBrokerAnswer>}
   */
  async getToken({ refused, minLifetime } = {}) {
    try {
      const client = await this.#open();
      let record = await client.record(NOTHING, { minLifetime });
      if (record.token.access_token === refused) {
        if (this.#mayRenew()) {
          await client.invalidate(record.token);
        }
        record = await client.record(NOTHING); // another caller may have renewed it
      }
      this.#noteUse();
      await this.#schedule(record);
      // The time left is counted by our clock, because the caller's may differ.
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
   * Says whether a refused token may be renewed now, and notes the renewal. An API that refuses
   * every token would otherwise cause one token request per caller. Until then callers get the
   * current token, and with it the API's response.
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
   * Renews the token if it is in use. An unused token ends, and the next caller sets the alarm
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
      if (this.#renewalOf(await client.record(NOTHING)) <= Date.now()) {
        await client.renew(NOTHING);
      }
      await this.#schedule(await client.record(NOTHING));
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

  /** Makes the client at its first use, and again after the configuration could not be read. */
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
   * The object's own storage. Each record is also published in KV.
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
        // a record from the future means that the clock was set back
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
        // KV takes one write per second, and the next token usually follows at once
        this.#withdraw = () => inKV(published?.delete(key));
      },
    };
  }

  /** @returns {Stored | undefined} */
  get #stored() {
    return this.ctx.storage.kv.get('token');
  }

  /**
   * When a client last came for a token, in milliseconds since the epoch. It is noted once per
   * token.
   *
   * @returns {number}
   */
  get #usedAt() {
    return this.ctx.storage.kv.get('usedAt') ?? 0;
  }

  /** Notes that a client came. It does so once per token, because each note is a write. */
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
   * Returns when to renew a token: before the first client is due, and with KV earlier by KV_DELAY,
   * but not in the first half of the token's life.
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
