// Where a token comes from: the token endpoint, which is asked again where that may help.

import { ask, identityOf } from '../fetch_token.js';
import { forget } from '../module/module.js';
import { ownOf } from '../lib/own.js';
import { Rest } from './rest.js';
import { renew } from '../token/renew.js';
import { forgetKeys } from '../token/signer.js';
import { TokenError } from '../lib/token_error.js';

/** @typedef {import('./client_options.js').Settings} Settings */
/** @typedef {import('../types.js').TokenEvent} TokenEvent */
/** @typedef {import('../module/wire.js').Answer} Answer */

/**
 * A token, when it ends and how long before it is renewed, in milliseconds.
 *
 * @typedef {{ token: import('../types.js').TokenResponse, until: number, margin: number }} Record
 */

/**
 * A token that was asked for now, or that somebody else had asked for.
 *
 * @typedef {Record & { type: 'renewed' | 'shared' }} Renewed
 */

/**
 * What a renewal is to bring: another token than the one that was refused, if there is one, though
 * an error may be remembered, by `force`. It should last for `least` milliseconds. It is urgent
 * while callers wait for it. `left` says for how many milliseconds the renewal may still go on,
 * with all that it does.
 *
 * @typedef {{ refused: string | undefined, force: boolean, least: number, isUrgent: () => boolean,
 *   left: () => number, signal: AbortSignal }} Wanted
 */

/**
 * By what part of it the margin of a client is longer or shorter, so that not all who hold a token
 * renew it at once.
 */
export const JITTER = 0.1;

/** How often a request is sent that may work later. */
const ATTEMPTS = 3;

/**
 * By how many milliseconds the clock of a host is ahead of ours, where one said so.
 *
 * @type {Map<string, number>}
 */
const offsets = new Map();

export class TokenEndpoint {
  #identity;
  #host;
  #settings;
  #report;
  #rest;
  #isClosed = false;
  /**
   * What has become of a grant that the server takes once: package renewal says. It is secret.
   */
  #grant = '';

  /**
   * @param {import('../types.js').Config} config
   * @param {import('../fetch_token.js').Identity} identity the same, as the module takes it
   * @param {Settings} settings
   * @param {(event: TokenEvent) => void} report
   */
  constructor(config, identity, settings, report) {
    const { tokenEndpoint, provider, environment } = Object(config);
    this.#host = URL.canParse(tokenEndpoint)
      ? new URL(tokenEndpoint).origin
      : `${provider} ${environment}`;
    this.#identity = identity;
    this.#settings = settings;
    this.#rest = new Rest(settings.clock, identity.configuration, Object(config).privateKey);
    this.#report = report;
    if (settings.dpop !== undefined) {
      settings.dpop.offset = () => this.offset;
    }
  }

  /** The error that is still remembered, if there is one. */
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
    forget();
    forgetKeys();
    this.#identity = identityOf({});
    this.#grant = '';
    this.#isClosed = true;
    this.#rest.close();
  }

  /**
   * Asks for a token.
   *
   * @param {Wanted} wanted
   * @returns {Promise<Renewed>}
   */
  async get({ signal, force, left: whole }) {
    const { fetch, random, maxBody, timeout, deadline, lifetime, clock, dpop } = this.#settings;
    await this.#rest.open();
    this.#rest.check(force);
    if (whole() === 0) {
      throw Object.assign(
        new TokenError(
          'timeout',
          `there was no token in ${deadline} ms, and no time to ask for one`,
        ),
        { retryable: true },
      );
    }
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
    let grant = this.#grant;
    limits.push('a', 'grant', grant);
    const hear = (/** @type {Answer} */ answer) => {
      const { do: what, grant: now = '' } = answer.values;
      if (!this.#isClosed && (what === 'keep' || this.#grant === grant)) {
        // else another renewal has gone on with it
        grant = this.#grant = now;
      }
      this.#hear(answer, ahead);
      ahead = Number(answer.values.ahead);
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
    if (ahead !== 0) { // a server's word about the time counts for others once it has got a token
      offsets.set(this.#host, ahead);
    }
    this.#rest.forget();
    return { type: 'renewed', token, until, margin };
  }

  /**
   * Tells what the core says, and remembers what it says to remember.
   *
   * @param {Answer} answer
   * @param {number} before by how many milliseconds the server's clock was ahead until now
   */
  #hear({ values, error }, before) {
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
      });
    } else if (values.do === 'fail') {
      this.#rest.hold(error, Number(values.hold));
    }
  }
}
