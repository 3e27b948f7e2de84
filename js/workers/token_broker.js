// A Durable Object that holds the tokens of one configuration for Workers in all isolates and
// places, and renews each before the first Worker needs the next one.
//
// A Worker with the binding can call every public method and read every public property of an
// object. Therefore getToken is the only method for Workers, and the methods that a subclass
// overrides are static.

import { DurableObject } from 'cloudflare:workers';

import { LeastUsed } from '../client/least_used.js';
import { plainRequest, readTokenRequest } from '../client/token_request.js';
import { ownOf } from '../lib/own.js';
import { TokenError } from '../lib/token_error.js';
import { MAX_TOKENS, StoredToken, storedRequests, suffixOf } from './stored_token.js';
import { loadCredentials } from '../workerd.js';

/** @extends {DurableObject<any>} */
export class TokenBroker extends DurableObject {
  /** The token of the configuration. @type {StoredToken | undefined} */ #own;
  /** The tokens of requests. @type {LeastUsed<StoredToken> | undefined} */ #others;

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
   * @param {{ refused?: string, minLifetime?: number, request?:
   *   import('../types.js').TokenRequest }} [options]
   * @returns {Promise<import('../types.js').TokenBrokerAnswer>}
   */
  async getToken(options) {
    const { refused, minLifetime, request } = ownOf(options ?? {});
    try {
      const wanted = readTokenRequest(request);
      const held = await this.#tokenOf(wanted);
      const { record, alarmAt } = await held.get({ refused, minLifetime });
      if (alarmAt !== undefined) {
        await this.#setAlarm(alarmAt);
      }
      // `left` is by our clock, because the client's clock may differ
      const answer = { record: { ...record, left: record.until - Date.now() } };
      return request === undefined ? answer : { ...answer, request: plainRequest(wanted) };
    } catch (error) {
      if (!(error instanceof TokenError)) {
        throw error;
      }
      return { error: { ...error, code: error.code, message: error.message } };
    }
  }

  /**
   * Renews the tokens that are in use. The others are left to end, and the next client sets the
   * alarm again.
   */
  async alarm() {
    const requests = [undefined, ...storedRequests(this.ctx.storage.kv)];
    const next = await Promise.all(
      requests.map(async (request) => (await this.#tokenOf(readTokenRequest(request))).renew()),
    );
    const first = Math.min(...next);
    if (first < Infinity) {
      await this.#setAlarm(first);
    }
  }

  /** Sets the alarm, unless an earlier one is set. @param {number} time */
  async #setAlarm(time) {
    const set = await this.ctx.storage.getAlarm();
    if (set === null || set > time) {
      await this.ctx.storage.setAlarm(time);
    }
  }

  /**
   * Returns the StoredToken of a request. It is made when it is first needed.
   *
   * @param {import('../client/token_request.js').Canonical} request
   */
  async #tokenOf(request) {
    const suffix = await suffixOf(request);
    const make = () => new StoredToken(this.#host(), request, suffix);
    if (suffix === '') {
      return (this.#own ??= make());
    }
    const { maxTokens = MAX_TOKENS } = this.#host().options;
    this.#others ??= new LeastUsed(maxTokens);
    return this.#others.get(suffix, make);
  }

  /** @returns {import('./stored_token.js').Host} */
  #host() {
    const { ctx, env } = this;
    const settings = /** @type {typeof TokenBroker} */ (this.constructor);
    return {
      ctx,
      configOf: () => settings.configOf(env, ctx.id.name),
      options: settings.optionsOf(env),
      namespace: settings.kvOf(env),
    };
  }
}
