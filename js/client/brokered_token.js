// Gets a token from a broker, which asks the token endpoint once for all clients. While callers
// wait for the token, an unreachable broker is asked again; after that, a client with a
// configuration asks the token endpoint itself. While no caller waits, an unreachable broker is
// left alone for a while, because many clients may be overloading it.

import { foreignError } from '../token/foreign_error.js';
import { inTime } from '../lib/in_time.js';
import { jsonOf, ownOf } from '../lib/own.js';
import { within } from './record.js';
import { Rest } from './rest.js';
import { TokenError } from '../lib/token_error.js';
import { keyOf, OWN, plainRequest } from './token_request.js';

/** @typedef {import('./token_endpoint.js').Renewed} Renewed */
/** @typedef {import('../types.js').TokenBrokerStub} TokenBrokerStub */

/** After this many failed attempts the broker counts as unreachable. */
const ATTEMPTS = 3;
/** Most milliseconds before the second attempt; doubled before each further one. */
const BACKOFF = 250;
/**
 * How long, in milliseconds on average, an error that the broker returned is remembered. The broker
 * has already retried.
 */
const REST = 5_000;

export class BrokeredToken {
  #broker;
  #request;
  #isAlone;
  #settings;
  #report;
  #rest;

  /**
   * @param {() => TokenBrokerStub} broker
   * @param {import('./token_request.js').Canonical} request
   * @param {() => boolean} isAlone whether the client has no token endpoint to ask instead
   * @param {import('./client_options.js').Settings} settings
   * @param {(event: import('../types.js').TokenEvent) => void} report
   */
  constructor(broker, request, isAlone, settings, report) {
    this.#broker = broker;
    this.#request = keyOf(request) === OWN ? undefined : plainRequest(request);
    this.#isAlone = isAlone;
    this.#settings = settings;
    this.#rest = new Rest(settings.clock);
    this.#report = report;
  }

  /** The remembered error, if there is one. */
  get rest() {
    return this.#rest.now;
  }

  /** Remembers an error. @param {unknown} error @param {number} ms */
  hold(error, ms) {
    this.#rest.hold(error, ms);
  }

  forget() {
    this.#rest.close();
  }

  /**
   * Returns the broker's token and tells the broker which token was refused. It returns undefined
   * if the broker is unreachable and the client should ask the token endpoint.
   *
   * @param {import('./token_endpoint.js').Wanted} wanted
   * @returns {Promise<Renewed | undefined>}
   */
  async get({ refused, force, least, isUrgent, left, signal }) {
    const { deadline, random, clock } = this.#settings;
    this.#rest.check(force);
    for (let attempt = 1; ; attempt++) {
      try {
        const asked = this.#stub().getToken({
          refused,
          ...(least > 0 && { minLifetime: least }),
          ...(this.#request && { request: this.#request }),
        });
        return this.#renewedBy(
          await inTime(
            asked,
            Math.max(1, left()),
            `the broker did not answer in the ${deadline} ms of a renewal`,
            { signal },
          ),
        );
      } catch (error) {
        if (signal.aborted || error instanceof TokenError) {
          throw error;
        }
        const cause = foreignError(error);
        this.#report({ type: 'broker_failed', error: cause });
        if (isUrgent() && attempt < ATTEMPTS && left() > 0) {
          await clock.sleep(
            Math.min(BACKOFF * 2 ** (attempt - 1) * (random(1)[0] / 256), left()),
            signal,
          );
        } else if (isUrgent() && !this.#isAlone() && left() > 0) {
          return undefined;
        } else {
          throw Object.assign(
            new TokenError('network', 'the broker of the token could not be reached', { cause }),
            { retryable: true },
          );
        }
      }
    }
  }

  /**
   * Returns the broker's stub. It is made in the current request, because Workers forbid the stub
   * of another request.
   */
  #stub() {
    let stub;
    try {
      stub = this.#broker();
    } catch (error) {
      const name = error instanceof Error ? error.name : typeof error;
      throw new TokenError(
        'invalid_config',
        `options.broker throws a ${name}: is the binding in wrangler.jsonc, and its name right?`,
      );
    }
    if (typeof stub?.getToken !== 'function') {
      throw new TokenError(
        'invalid_config',
        'options.broker must return what has getToken, such as ' +
          "env.TOKENS.getByName('default'): not the namespace, and no promise",
      );
    }
    return stub;
  }

  /**
   * Checks that the broker answered this client's request. A broker of an older version ignores
   * requests and returns another token.
   *
   * @param {unknown} answered
   */
  #checkRequest(answered) {
    if (this.#request !== undefined && jsonOf(answered) !== jsonOf(this.#request)) {
      throw new TokenError(
        'invalid_config',
        "the broker doesn't know scope, audience, resource and parameters of getToken, or what " +
        'passes its getToken on leaves the option request out: deploy both anew with this version',
      );
    }
  }

  /**
   * @param {import('../types.js').TokenBrokerAnswer} answer
   * @returns {Renewed}
   */
  #renewedBy(answer) {
    const { error, record, request } = /** @type {any} */ (ownOf(answer));
    if (record !== undefined) {
      this.#checkRequest(request);
      this.#rest.forget();
      const ours = within(record, this.#settings.clock.now(), ownOf(record).left);
      return { type: 'shared', source: 'broker', ...ours };
    }
    const { code, message, ...rest } = /** @type {NonNullable<typeof error>} */ (error);
    const refusal = Object.assign(new TokenError(code, message), rest);
    this.#rest.hold(refusal, REST * (0.5 + this.#settings.random(1)[0] / 256));
    throw refusal;
  }
}
