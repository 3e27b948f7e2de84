// Where a token comes from: a broker, which asks once for all. One that can't be reached is asked again, and where nobody waits for the token
// left alone for a while: it may be overloaded by those who all want the next token at once. Only for callers who wait, and if there is a
// configuration, the token endpoint is asked instead.

import { inTime } from './in_time.js';
import { ownOf } from './own.js';
import { Refusal } from './refusal.js';
import { TokenError } from './token_error.js';

/** @typedef {import('./token_endpoint.js').Renewed} Renewed */
/** @typedef {import('./token_endpoint.js').Source} Source */
/** @typedef {import('./types.js').TokenBrokerStub} TokenBrokerStub */

/** How often a broker is asked before it counts as unreachable. */
const ATTEMPTS = 3;
/** Milliseconds before the second attempt, at most, doubled for each further one. */
const BACKOFF = 250;
/** Milliseconds, on average, for which an error that the broker answers is remembered: it has tried all that helps. */
const REST = 5_000;

/** @implements {Source} */
export class BrokeredToken {
  #broker;
  #endpoint;
  #settings;
  #report;
  #refusal;

  /**
   * @param {() => TokenBrokerStub} broker
   * @param {Source | undefined} endpoint
   * @param {import('./client_options.js').Settings} settings
   * @param {(event: import('./types.js').TokenEvent) => void} report
   */
  constructor(broker, endpoint, settings, report) {
    this.#broker = broker;
    this.#endpoint = endpoint;
    this.#settings = settings;
    this.#refusal = new Refusal(settings.clock);
    this.#report = report;
  }

  get refusal() {
    return this.#refusal.error ?? this.#endpoint?.refusal;
  }

  get offset() {
    return this.#endpoint?.offset ?? 0;
  }

  forgive() {
    this.#refusal.forget();
    this.#endpoint?.forgive();
  }

  forget() {
    this.#refusal.forget();
    this.#endpoint?.forget();
  }

  /**
   * @param {import('./token_endpoint.js').Wanted} wanted
   * @returns {Promise<Renewed>}
   */
  async renew(wanted) {
    const { refused, isUrgent, signal, accept } = wanted;
    const { deadline, random, clock } = this.#settings;
    for (let attempt = 1; ; attempt++) {
      try {
        const asked = this.#stub().getToken({ refused });
        return accept(this.#renewedBy(await inTime(asked, deadline, `the broker did not answer in ${deadline} ms`, { signal })));
      } catch (error) {
        if (signal.aborted || error instanceof TokenError) {
          throw error;
        }
        this.#report({ type: 'broker_failed', error });
        if (isUrgent() && attempt < ATTEMPTS) {
          await clock.sleep(BACKOFF * 2 ** (attempt - 1) * (random(1)[0] / 256), signal);
        } else if (isUrgent() && this.#endpoint !== undefined) {
          return this.#endpoint.renew(wanted);
        } else {
          throw Object.assign(new TokenError('network', 'the broker of the token could not be reached', { cause: error }), { retryable: true });
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
      throw new TokenError('invalid_config', `options.broker throws a ${name}: is the binding in wrangler.jsonc, and its name right?`);
    }
    if (typeof stub?.getToken !== 'function') {
      throw new TokenError('invalid_config', "options.broker must return what has getToken, such as env.TOKENS.getByName('default'): not the namespace, and no promise");
    }
    return stub;
  }

  /**
   * @param {import('./types.js').TokenBrokerAnswer} answer
   * @returns {Renewed}
   */
  #renewedBy(answer) {
    const { error, record } = ownOf(answer);
    if (record !== undefined) {
      return { type: 'shared', ...record };
    }
    const { code, message, ...rest } = /** @type {NonNullable<typeof error>} */ (error);
    const refusal = Object.assign(new TokenError(code, message), rest);
    this.#refusal.hold(refusal, REST * (0.5 + this.#settings.random(1)[0] / 256));
    throw refusal;
  }
}
