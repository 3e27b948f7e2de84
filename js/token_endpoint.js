// Where a token comes from: the token endpoint, which is asked again where that may help.

import { ask, exchange, identityOf } from './fetch_token.js';
import { forget, perform } from './module.js';
import { ownOf } from './own.js';
import { Rest } from './rest.js';
import { send } from './send.js';
import { forgetKeys } from './signer.js';
import { TokenError } from './token_error.js';
import { PLAN, TIME } from './wire.js';

/** @typedef {import('./client_options.js').Settings} Settings */
/** @typedef {import('./types.js').TokenEvent} TokenEvent */

/**
 * A token, when it ends and how long before it is renewed, in milliseconds.
 *
 * @typedef {{ token: import('./types.js').TokenResponse, until: number, margin: number }} Record
 */

/**
 * A token that was asked for now, or that somebody else had asked for.
 *
 * @typedef {Record & { type: 'renewed' | 'shared' }} Renewed
 */

/**
 * What a renewal is to bring: another token than the one that was refused, if there is one, though an error may be remembered, by `force`. It is
 * urgent while callers wait for it. `left` says for how many milliseconds it may still go on, with all that it does. `accept` has the
 * token as soon as it is there, and returns it.
 *
 * @typedef {{ refused: string | undefined, force: boolean, isUrgent: () => boolean, left: () => number, signal: AbortSignal,
 *   accept: (renewed: Renewed) => Renewed }} Wanted
 */

/**
 * The token endpoint, a store before it, or a broker. `rest` is an error that is still remembered, so that nobody need be asked, and for how many
 * milliseconds; `hold` has it remember one. `discard` removes a token from wherever others would take it.
 *
 * @typedef {{ renew(wanted: Wanted): Promise<Renewed>, readonly rest: { error: unknown, left: number } | undefined, hold(error: unknown, ms: number): void,
 *   discard(token: string): Promise<void>, forget(): void }} Source
 */

/** A token is renewed this many milliseconds before its end, or a quarter of its lifetime before, whichever is later. */
const MARGIN = 60_000;
/** By what part of it the margin of a client is longer or shorter, so that not all who hold a token renew it at once. */
export const JITTER = 0.1;
/** Milliseconds for which a token without expires_in is kept: as long as the shortest lives that are common. */
const UNKNOWN_LIFETIME = 300_000;

/** The most bytes that a server may take to tell its time. */
const MOST_TIME = 4096;

/** By how many milliseconds a server's clock may differ from ours: core.MaxAhead, which has the reason. */
const MOST_AHEAD = 26 * 3_600_000;

/** By how many milliseconds the clock of a host is ahead of ours, where one said so. @type {Map<string, number>} */
const offsets = new Map();

/** @implements {Source} */
export class TokenEndpoint {
  #identity;
  #host;
  #settings;
  #report;
  #rest;

  /**
   * @param {import('./types.js').Config} config
   * @param {Settings} settings
   * @param {(event: TokenEvent) => void} report
   */
  constructor(config, settings, report) {
    const { tokenEndpoint, provider, environment } = Object(config);
    this.#host = URL.canParse(tokenEndpoint) ? new URL(tokenEndpoint).origin : `${provider} ${environment}`;
    this.#identity = identityOf(config);
    this.#settings = settings;
    this.#rest = new Rest(settings.clock, this.#identity.configuration, Object(config).privateKey);
    this.#report = report;
    if (settings.dpop !== undefined) {
      settings.dpop.offset = () => this.offset;
    }
  }

  get rest() {
    return this.#rest.now;
  }

  /** @param {unknown} error @param {number} ms */
  hold(error, ms) {
    this.#rest.hold(error, ms);
  }

  get offset() {
    return offsets.get(this.#host) ?? 0;
  }

  async discard() {}

  forget() {
    forget();
    forgetKeys();
    this.#identity = identityOf({});
    this.#rest.close();
  }

  /** @param {Wanted} wanted */
  async renew({ signal, accept, force, left: whole }) {
    const { fetch, random, maxBody, timeout, deadline, clock, dpop } = this.#settings;
    const left = () => Math.max(1, Math.ceil(Math.min(timeout, whole())));
    await this.#rest.open();
    this.#rest.check(force);
    if (whole() === 0) {
      throw Object.assign(new TokenError('timeout', `there was no token in ${deadline} ms, and no time to ask for one`), { retryable: true });
    }
    let { offset } = this; // of this renewal: for others it counts once it has got a token
    let corrected = 0;
    let takesNonce = dpop !== undefined;
    for (let attempt = 1; ; attempt++) {
      const ahead = offset;
      const theirs = { now: () => clock.now() + ahead };
      this.#report({ type: 'requested', attempt });
      try {
        const { token, clockOffset } = await exchange(ask(this.#identity, { fetch, random, maxBody, clock: theirs, signal, timeout: left() }), dpop);
        const renewed = this.#renewedBy(token, ahead);
        const told = ahead + clockOffset * 1000;
        if (clockOffset !== 0 && Math.abs(told) <= MOST_AHEAD) {
          offset = told;
          corrected = clockOffset * 1000;
          this.#report({ type: 'clock_corrected', offset: told / 1000 });
        }
        if (corrected !== 0) {
          offsets.set(this.#host, offset);
        }
        return accept(renewed);
      } catch (error) {
        if (!(error instanceof TokenError) || signal.aborted) {
          throw error;
        }
        const planNow = (/** @type {object} */ e) =>
          planFor(e, { attempt, elapsed: Math.ceil(deadline - whole()), deadline, offset: corrected, ahead, takesNonce, random: random(4) });
        let plan = await planNow(error);
        if (plan.askTime) {
          const { timeEndpoint } = /** @type {any} */ (error);
          plan = await planNow({ ...error, timeEndpoint: '', clockOffset: await this.#askTime(timeEndpoint, theirs, left(), signal) });
        }
        if (!plan.retry) {
          this.#rest.hold(error, plan.hold);
          throw error;
        }
        takesNonce &&= /** @type {any} */ (ownOf(error)).error !== 'use_dpop_nonce';
        if (plan.offset !== 0) {
          corrected = plan.offset;
          offset += plan.offset;
          this.#report({ type: 'clock_corrected', offset: offset / 1000 });
        } else {
          this.#report({ type: 'retried', attempt, wait: plan.wait, error: /** @type {any} */ (error) });
          await clock.sleep(plan.wait, signal);
        }
      }
    }
  }

  /**
   * Asks a server for its time. It returns by how many seconds its clock is ahead of ours, or 0 if it doesn't tell.
   *
   * @param {string} url
   * @param {{ now(): number }} clock
   * @param {number} timeout
   * @param {AbortSignal} signal
   */
  async #askTime(url, clock, timeout, signal) {
    const sentAt = Math.floor(clock.now());
    const request = { method: 'GET', url, headers: /** @type {[string, string][]} */ ([['Accept', 'application/json']]), timeout, maxBody: MOST_TIME };
    const outcome = await send(request, this.#settings.fetch ?? globalThis.fetch, signal);
    const { values } = await perform(TIME, this.#identity.configuration.concat('a', 'sentAt', String(sentAt), outcome));
    return Number(values.clockOffset);
  }

  /**
   * @param {import('./types.js').TokenResponse} token
   * @param {number} offset by which its times are ahead of ours, in milliseconds
   * @returns {Renewed}
   */
  #renewedBy(token, offset) {
    if (this.#settings.dpop !== undefined && token.token_type.toLowerCase() !== 'dpop') {
      const why = 'its token_type is not DPoP: it may not support DPoP, or not for this client';
      throw new TokenError('invalid_response', `the server answered a DPoP proof with a token that is bound to no key (${why})`);
    }
    const now = this.#settings.clock.now();
    let until = now + UNKNOWN_LIFETIME;
    if (Object.hasOwn(token, 'expires_at') && token.expires_at !== undefined) {
      token.expires_at -= Math.round(offset / 1000);
      until = token.expires_at * 1000;
    }
    this.#rest.forget();
    return { type: 'renewed', token, until, margin: Math.min(MARGIN, (until - now) / 4) };
  }
}

/**
 * Asks the module what to do about an error.
 *
 * @param {object} error
 * @param {{ attempt: number, elapsed: number, deadline: number, offset: number, ahead: number, takesNonce: boolean, random: Uint8Array }} circumstances
 */
async function planFor(error, { random, ...circumstances }) {
  const { code, error: name = '', status = 0, retryable, retryAfter = -1, clockOffset = 0, timeEndpoint = '' } = /** @type {any} */ (ownOf(error));
  const { values } = await perform(PLAN, [
    ...Object.entries({ code, error: name, status, retryable, retryAfter, clockOffset, timeEndpoint, ...circumstances })
      .flatMap(([name, value]) => ['a', name, String(value)]),
    'a', 'random', random,
  ]);
  const { retry, wait, offset, hold, askTime } = values;
  return { retry: retry === 'true', wait: Number(wait), offset: Number(offset), hold: Number(hold), askTime: askTime === 'true' };
}
