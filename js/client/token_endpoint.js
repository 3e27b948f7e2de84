// Gets a token from the token endpoint, and asks again if that may help.

import { ask, identityOf } from '../fetch_token.js';
import { ownOf } from '../lib/own.js';
import { Rest } from './rest.js';
import { busy } from './session.js';
import { renew } from '../token/renew.js';
import { TokenError } from '../lib/token_error.js';

/** @typedef {import('./client_options.js').Settings} Settings */
/** @typedef {import('../types.js').TokenEvent} TokenEvent */
/** @typedef {import('../module/wire.js').Answer} Answer */

/**
 * A token, its end, and its margin: how long before its end it is renewed. Both in milliseconds.
 *
 * @typedef {{ token: import('../types.js').TokenResponse, until: number, margin: number }} Record
 */

/**
 * A token that this client has just requested, or that another client had requested.
 *
 * @typedef {Record & ({ type: 'renewed', duration: number } | { type: 'shared', source: 'store' |
 *   'broker' })} Renewed
 */

/**
 * The task of a renewal. `refused`: the token that it must not return. `force`: get past a
 * remembered error. `least`: milliseconds that the token should last. `isUrgent`: whether callers
 * wait. `left`: milliseconds that the renewal, with all of its steps, may still take. `hold`: makes
 * sure that no other client uses the session, before a request with it.
 *
 * @typedef {{ refused: string | undefined, force: boolean, least: number, isUrgent: () => boolean,
 *   left: () => number, signal: AbortSignal, hold?: (() => Promise<void>) | undefined }} Wanted
 */

/**
 * The share by which a client lengthens or shortens its margin at random, so that the clients that
 * share a token don't all renew it at once.
 */
export const JITTER = 0.1;

/** How often a request is sent if it may succeed later. */
const ATTEMPTS = 3;

/**
 * How many milliseconds the clock of a host is ahead of ours, where a response showed it.
 *
 * @type {Map<string, number>}
 */
const offsets = new Map();

/**
 * The metadata of each client's server, as package renewal wrote them. All tokens of the client
 * share them.
 *
 * @type {WeakMap<Settings, string>}
 */
const metadataOf = new WeakMap();

export class TokenEndpoint {
  #identity;
  #host;
  #settings;
  #report;
  #rest;
  #isClosed = false;
  #grant;

  /**
   * @param {import('../types.js').Config} config
   * @param {import('../fetch_token.js').Identity} identity the same configuration, in the module's
   *   form
   * @param {Settings} settings
   * @param {import('./grant.js').Grant} grant the grant of the configuration
   * @param {(event: TokenEvent) => void} report
   */
  constructor(config, identity, settings, grant, report) {
    const { issuer, tokenEndpoint = issuer, provider, environment } = Object(config);
    this.#host = URL.canParse(tokenEndpoint)
      ? new URL(tokenEndpoint).origin
      : `${provider} ${environment}`;
    this.#identity = identity;
    this.#settings = settings;
    this.#grant = grant;
    this.#rest = new Rest(settings.clock, identity.configuration, config);
    this.#report = report;
    if (settings.dpop !== undefined) {
      settings.dpop.offset = () => this.offset;
    }
  }

  /** The remembered error, if there is one. */
  get rest() {
    return this.#rest.now;
  }

  /** Remembers an error. @param {unknown} error @param {number} ms */
  hold(error, ms) {
    this.#rest.hold(error, ms);
  }

  get offset() {
    return offsets.get(this.#host) ?? 0;
  }

  forget() {
    this.#identity = identityOf({});
    this.#isClosed = true;
    this.#rest.close();
  }

  /**
   * Requests a token.
   *
   * @param {Wanted} wanted
   * @returns {Promise<Renewed>}
   */
  async get(wanted) {
    await this.#rest.open();
    const end = await this.#grant.turn(this, wanted);
    try {
      return await this.#get(wanted);
    } finally {
      end();
    }
  }

  /** @param {Wanted} wanted @returns {Promise<Renewed>} */
  async #get({ signal, force, left: whole, hold }) {
    const { fetch, random, maxBody, timeout, deadline, lifetime, clock, dpop } = this.#settings;
    this.#rest.check(force);
    const checkTime = () => {
      if (whole() === 0) {
        throw Object.assign(
          new TokenError(
            'timeout',
            `there was no token in ${deadline} ms, and no time to ask for one`,
          ),
          { retryable: true },
        );
      }
    };
    checkTime();
    const asked = ask(this.#identity, ownOf({ fetch, random, maxBody, timeout, clock, signal }));
    const limits = [
      'a',
      'attempts',
      String(ATTEMPTS),
      'a',
      'deadline',
      String(Math.ceil(whole())),
      'a',
      'ahead',
      String(this.offset),
      'a',
      'lifetime',
      String(lifetime ?? 0),
    ];
    const proves = dpop === undefined ? [] : ['a', 'proves', 'true'];
    let ahead = this.offset;
    let [sentAt, duration] = [NaN, NaN]; // of the last request
    let grant = this.#grant.state;
    limits.push('a', 'grant', grant, 'a', 'metadata', metadataOf.get(this.#settings) ?? '');
    const hear = (/** @type {Answer} */ answer) => {
      const { do: what, grant: now = '' } = answer.values;
      // The core's next decision comes when a request was answered, or has failed.
      metadataOf.set(this.#settings, answer.values.metadata ?? '');
      const { ticks } = clock.mark();
      duration = Math.max(0, ticks - sentAt);
      this.#hear(answer, ahead, duration);
      sentAt = what === 'send' ? ticks : NaN;
      ahead = Number(answer.values.ahead);
      if (this.#isClosed) {
        return;
      }
      if (what === 'send' && now !== grant) {
        return use(now);
      }
      if (what !== 'keep' && this.#grant.state !== grant) {
        return; // another renewal has already used the grant
      }
      grant = now;
      const { token } = answer.values;
      return this.#grant.note(now, { sends: 0, token, report: this.#report });
    };
    // Before a request with a grant that the server may take only once.
    const use = async (/** @type {string} */ now) => {
      await hold?.();
      checkTime();
      if (this.#grant.state !== grant) {
        throw busy(); // another renewal has used the grant meanwhile
      }
      grant = now;
      await this.#grant.note(now, { sends: whole(), report: this.#report });
    };
    const { token, until, margin } = await renew(
      asked,
      limits.concat(proves),
      ownOf({ sleep: (/** @type {number} */ ms) => clock.sleep(ms, signal), hear, dpop }),
    );
    if (dpop !== undefined && token.token_type.toLowerCase() !== 'dpop') {
      const why = 'its token_type is not DPoP: it may not support DPoP, or not for this client';
      throw new TokenError(
        'invalid_response',
        `the server answered a DPoP proof with a token that is bound to no key (${why})`,
      );
    }
    // a time correction counts for other clients only after it has led to a token
    if (ahead !== 0) {
      offsets.set(this.#host, ahead);
    }
    this.#rest.forget();
    return { type: 'renewed', token: this.#shared(token), until, margin, duration };
  }

  /**
   * Returns the token without its refresh token if the sessions are this client's own: others get
   * the token, and must not use its session.
   *
   * @param {import('../types.js').TokenResponse} token
   */
  #shared(token) {
    const { refresh_token: _, ...access } = token;
    return this.#settings.sessions === undefined ? token : access;
  }

  /**
   * Reports the core's decisions to the listener, and remembers an error if the core says so.
   *
   * @param {Answer} answer
   * @param {number} before how many milliseconds the server's clock was ahead before this step
   * @param {number} duration of the answered request in milliseconds; NaN if there is none
   */
  #hear({ values, error }, before, duration) {
    const ahead = Number(values.ahead);
    if (ahead !== before) {
      this.#report({ type: 'clock_corrected', offset: ahead / 1000 });
    }
    if (values.do === 'send' && values.attempt !== '0') {
      this.#report({ type: 'requested', attempt: Number(values.attempt) });
    } else if (values.do === 'wait') {
      this.#report({
        type: 'retried',
        attempt: Number(values.attempt),
        wait: Number(values.wait),
        error: /** @type {any} */ (error),
        duration,
      });
    } else if (values.do === 'fail') {
      if (!Number.isNaN(duration)) {
        this.#report({ type: 'request_failed', error: /** @type {any} */ (error), duration });
      }
      this.#rest.hold(error, Number(values.hold));
    }
  }
}
