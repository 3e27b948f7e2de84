// Where a token comes from: a broker, which asks once for all. One that can't be reached is asked
// again, and where nobody waits for the token left alone for a while: it may be overloaded by those
// who all want the next token at once. Only for callers who wait, and if there is a configuration,
// it has no answer, and the token endpoint is asked instead.

import { foreignError } from '../token/foreign_error.js';
import { inTime } from '../lib/in_time.js';
import { ownOf } from '../lib/own.js';
import { within } from './record.js';
import { Rest } from './rest.js';
import { TokenError } from '../lib/token_error.js';

/** @typedef {import('./token_endpoint.js').Renewed} Renewed */
/** @typedef {import('../types.js').TokenBrokerStub} TokenBrokerStub */

/** How often a broker is asked before it counts as unreachable. */
const ATTEMPTS = 3;
/** Milliseconds before the second attempt, at most, doubled for each further one. */
const BACKOFF = 250;
/**
 * Milliseconds, on average, for which an error that the broker answers is remembered: it has tried
 * all that helps.
 */
const REST = 5_000;

export class BrokeredToken {
  #broker;
  #isAlone;
  #settings;
  #report;
  #rest;

  /**
   * @param {() => TokenBrokerStub} broker
   * @param {boolean} isAlone whether nobody else can be asked
   * @param {import('./client_options.js').Settings} settings
   * @param {(event: import('../types.js').TokenEvent) => void} report
   */
  constructor(broker, isAlone, settings, report) {
    this.#broker = broker;
    this.#isAlone = isAlone;
    this.#settings = settings;
    this.#rest = new Rest(settings.clock);
    this.#report = report;
  }

  /** The error that is still remembered, if there is one. */
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
   * Returns the token of the broker, which is told which one was refused; or undefined if it can't
   * be reached, and another is to be asked.
   *
   * @param {import('./token_endpoint.js').Wanted} wanted
   * @returns {Promise<Renewed | undefined>}
   */
  async get({ refused, force, least, isUrgent, left, signal }) {
    const { deadline, random, clock } = this.#settings;
    this.#rest.check(force);
    for (let attempt = 1; ; attempt++) {
      try {
        const asked = this.#stub().getToken({ refused, ...(least > 0 && { minLifetime: least }) });
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
        } else if (isUrgent() && !this.#isAlone && left() > 0) {
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

  /** Returns the broker, in the caller's own request: the stub of another one could not be used. */
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
   * @param {import('../types.js').TokenBrokerAnswer} answer
   * @returns {Renewed}
   */
  #renewedBy(answer) {
    const { error, record } = ownOf(answer);
    if (record !== undefined) {
      this.#rest.forget();
      return { type: 'shared', ...within(record, this.#settings.clock.now(), ownOf(record).left) };
    }
    const { code, message, ...rest } = /** @type {NonNullable<typeof error>} */ (error);
    const refusal = Object.assign(new TokenError(code, message), rest);
    this.#rest.hold(refusal, REST * (0.5 + this.#settings.random(1)[0] / 256));
    throw refusal;
  }
}
