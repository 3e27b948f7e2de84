import { authorizedFetch } from './authorized_fetch.js';
import { settingsOf } from './client_options.js';
import { Grant } from './grant.js';
import { checkOpen, grantOf, HeldToken } from './held_token.js';
import { LeastUsed } from './least_used.js';
import { forget } from '../module/module.js';
import { race } from '../lib/in_time.js';
import { BOOLEAN, MILLISECONDS, readOptions, SIGNAL } from '../lib/options.js';
import { copyOf, ownOf } from '../lib/own.js';
import { TokenError } from '../lib/token_error.js';
import {
  keyOf, merged, NOTHING, OWN, requestOf, TOKEN_REQUEST, wantedRequest,
} from './token_request.js';
import { forgetKeys } from '../token/signer.js';

/** @typedef {import('./token_request.js').Canonical} Canonical */
/** @typedef {import('../types.js').Config} Config */
/** @typedef {import('../types.js').GetTokenOptions} GetTokenOptions */
/** @typedef {import('../types.js').TokenClientOptions} TokenClientOptions */
/** @typedef {Config | null | (() => Config | Promise<Config>)} Given */
/** @typedef {import('../types.js').TokenResponse} TokenResponse */

/** Milliseconds that close() waits for the answer to a request with a kept session. */
const LAST_ANSWER = 6_000;

/** The type of each option of getToken. @type {import('../lib/options.js').Known} */
const GET_TOKEN = {
  signal: SIGNAL, force: BOOLEAN, minLifetime: MILLISECONDS, ...TOKEN_REQUEST,
};

/**
 * Makes a client, which an application keeps for its lifetime. types.d.ts describes the arguments.
 *
 * @param {Given} config
 * @param {TokenClientOptions} [options]
 */
export function createClient(config, options) {
  return new TokenClient(config, options);
}

export class TokenClient {
  /** @type {import('./held_token.js').Common} */ #common;
  /** The token of the configuration's own request. @type {HeldToken} */ #own;
  /** The tokens of other requests. @type {LeastUsed<HeldToken>} */ #others;
  /** The configuration's own request. @type {Canonical | undefined} */ #request;

  /**
   * @param {Given} given null if a broker has the configuration
   * @param {TokenClientOptions} [options]
   */
  constructor(given, options) {
    const ask = typeof given === 'function' ? given : undefined;
    const config = typeof given === 'function' ? undefined : copyOf(given);
    for (const name of /** @type {const} */ (['getToken', 'fetch', 'invalidate', 'close'])) {
      // so that each method also works detached from its client
      Object.defineProperty(
        this,
        name,
        ownOf({
          value: /** @type {any} */ (this[name]).bind(this),
          configurable: true,
          writable: true,
        }),
      );
    }
    const settings = settingsOf(options);
    const { broker, store } = settings;
    if (config === null && (broker === undefined || store !== undefined)) {
      throw new TokenError(
        'invalid_config',
        'config may be null only for a client with options.broker, and without options.store, ' +
        'whose records are of one configuration',
      );
    }
    const grant = ask === undefined ? grantOf(config, settings) : new Grant('');
    this.#common = { settings, config, ask, grant, isClosed: false };
    this.#own = new HeldToken(this.#common, NOTHING);
    this.#others = new LeastUsed(settings.maxTokens);
  }

  /**
   * Returns a token that has not ended. types.d.ts describes the options.
   *
   * @param {GetTokenOptions} [options]
   * @returns {Promise<TokenResponse>}
   */
  getToken(options) {
    return (options === undefined ? this.#own.fresh : undefined) ?? this.#getToken(options);
  }

  /** @param {GetTokenOptions} [options] */
  async #getToken(options) {
    const given = readOptions(options, GET_TOKEN);
    checkOpen(this.#common);
    return this.#tokenOf(wantedRequest(given)).getToken(given);
  }

  /** Whether callers may be waiting for one of its tokens. */
  get isBusy() {
    return this.#all().some(({ isBusy }) => isBusy);
  }

  /**
   * Returns the token of a request, which may be the client's own token.
   *
   * @param {Canonical} request
   * @returns {HeldToken}
   */
  #tokenOf(request) {
    if (keyOf(request) === OWN) {
      return this.#own;
    }
    const own = (this.#request ??= requestOf(this.#common.config));
    const key = keyOf(merged(own, request));
    return key === keyOf(own)
      ? this.#own
      : this.#others.get(key, () => new HeldToken(this.#common, request));
  }

  /**
   * Gets a token other than the kept one. Unlike `force`, it respects a remembered refusal, because
   * no person asked for the renewal.
   *
   * @param {Canonical} [request]
   * @returns {Promise<TokenResponse>}
   */
  async renew(request = NOTHING) {
    checkOpen(this.#common);
    return this.#tokenOf(request).renew();
  }

  /**
   * Returns the token with its times, for a caller that passes it on. It first waits until the
   * store has the token.
   *
   * @param {Canonical} [request]
   * @param {{ minLifetime?: number | undefined }} [options]
   */
  async record(request = NOTHING, options) {
    checkOpen(this.#common);
    return this.#tokenOf(request).record(readOptions(options, GET_TOKEN));
  }

  /**
   * Sends a request with the token. types.d.ts describes the arguments.
   *
   * @param {RequestInfo | URL} input
   * @param {RequestInit} [init]
   * @param {{ token?: import('../types.js').TokenRequest }} [options]
   */
  async fetch(input, init, options) {
    checkOpen(this.#common);
    const tokenOf = (/** @type {Canonical} */ request) => this.#tokenOf(request);
    return authorizedFetch(tokenOf, this.#common.settings, input, init, options);
  }

  /**
   * Forgets all kept tokens. Given a token, it forgets that one only.
   *
   * @param {TokenResponse} [token]
   * @returns {Promise<void>} resolves when the store has forgotten it, too
   */
  async invalidate(token) {
    if (token !== undefined && typeof Object(token).access_token !== 'string') {
      throw new TokenError(
        'invalid_config',
        'invalidate takes a token as getToken returns it, or nothing for all tokens',
      );
    }
    if (token === undefined) {
      await Promise.all(this.#all().map((held) => held.invalidate()));
      return;
    }
    const holder = this.#all().find((held) => held.isOf(token)) ?? this.#own;
    await holder.invalidate(token);
  }

  /**
   * Ends the client at once: it aborts all renewals and keeps nothing. Only a request with a kept
   * session may end, for some seconds: its answer has the next refresh token.
   *
   * @returns {Promise<void>} resolves when all writing to the store has ended
   */
  async close() {
    const common = this.#common;
    const closing = this.#all();
    this.#others.clear();
    common.isClosed = true;
    common.config = null;
    const { settled } = common.grant;
    if (settled !== undefined) {
      await race(settled, undefined, (resolve) =>
        setTimeout(/** @type {(value?: any) => void} */ (resolve), LAST_ANSWER),
      );
    }
    if (common.grant.session !== undefined) { // the next refresh token may have to be written again
      await Promise.all(closing.map((held) => held.flush()));
    }
    common.grant.forget();
    forget();
    forgetKeys();
    await Promise.all(closing.map((held) => held.close()));
  }

  #all() {
    return [this.#own, ...this.#others.all()];
  }
}

/** The methods that `using` and `await using` call, in runtimes that know them. */
const endings = {
  /** @this {TokenClient} */
  dispose() {
    this.close();
  },
  /** @this {TokenClient} */
  async asyncDispose() {
    await this.close();
  },
};
for (const name of /** @type {const} */ (['dispose', 'asyncDispose'])) {
  if (typeof Symbol[name] === 'symbol') {
    Object.defineProperty(
      TokenClient.prototype,
      Symbol[name],
      ownOf({ value: endings[name], configurable: true, writable: true }),
    );
  }
}
