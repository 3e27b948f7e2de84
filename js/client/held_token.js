// Keeps one token, shares it among all callers, and renews it with one request. A client has one
// HeldToken for each different token request. The HeldTokens don't know each other.

import { BrokeredToken } from './brokered_token.js';
import { currentConfig } from './configuration.js';
import { Grant } from './grant.js';
import { race } from '../lib/in_time.js';
import { ownOf } from '../lib/own.js';
import { lasts } from './record.js';
import { runtime } from './runtime.js';
import { Session } from './session.js';
import { JITTER } from './token_endpoint.js';
import { TokenError } from '../lib/token_error.js';
import { configFor, keyOf, OWN } from './token_request.js';
import { TokenSource } from './token_source.js';

/** @typedef {import('./client_options.js').Settings} Settings */
/** @typedef {import('./token_endpoint.js').Record} Record */
/** @typedef {import('./token_endpoint.js').Renewed} Renewed */
/** @typedef {import('./token_endpoint.js').Wanted} Wanted */
/** @typedef {import('./token_request.js').Canonical} Canonical */
/** @typedef {import('../types.js').Config} Config */
/** @typedef {import('../types.js').TokenEvent} TokenEvent */
/** @typedef {import('../types.js').TokenResponse} TokenResponse */

/** Milliseconds after a failed early renewal before the next attempt; the old token still lives. */
const REST = 5_000;
/**
 * Least milliseconds between two renewals that an API's refusal causes. Without this limit, an API
 * that refuses every token would cause a token request for every call.
 */
const REFUSAL_REST = 10_000;
/** Milliseconds between two signs of life of the request in which a renewal runs. */
const BEAT = 250;
/** How many signs of life a waiting caller misses, one after the other, before it takes over. */
const MISSED = 4;
/** Milliseconds without a sign of life after which new callers no longer wait for a renewal. */
const SILENCE = 4_000;

/**
 * A kept token. `since` and `ticks` are the time by both clocks when it was kept; `renewAt` is when
 * it should be renewed; `until` is when it ends; `seenAt` is when it was last found good; `whole`
 * is its full lifetime, if known. All are milliseconds.
 *
 * @typedef {{ token: TokenResponse, promise: Promise<TokenResponse>, since: number, ticks: number,
 *   renewAt: number, until: number, margin: number, whole: number | undefined, seenAt: number,
 *   served: number }} Kept
 */

/**
 * One renewal, which callers share. `since` and `ticks` are its start by both clocks; `until` is
 * when it must have ended; `least` is how long its token should last; `beatAt` is its last sign of
 * life. All are milliseconds. `beats` counts the signs of life; `isCut` says that a caller has
 * missed them.
 *
 * @typedef {{ promise: Promise<TokenResponse>, controller: AbortController, behind: boolean, least:
 *   number, waiting: number, beats: number, beatAt: number, isCut: boolean, since: number, ticks:
 *   number, until: number }} Flight
 */

/**
 * The settings that all tokens of a client share. The tokens differ only in their requests.
 * `config` is null if a broker has the configuration, and undefined if `ask` returns the current
 * one.
 *
 * @typedef {{ settings: Settings, config: Config | null | undefined, ask: (() => Config |
 *   Promise<Config>) | undefined, grant: Grant, isClosed: boolean }} Common
 */

export class HeldToken {
  #common;
  #settings;
  #clock;
  #request;
  /**
   * The part of an event that names the token.
   *
   * @type {{ request?: TokenEvent['request'] }}
   */
  #mark;
  /**
   * The sources of the token: store, broker and token endpoint. If a function returns the
   * configuration, these are the sources of the configuration that it returned last.
   *
   * @type {TokenSource | undefined}
   */
  #source;
  /** @type {BrokeredToken | undefined} */ #broker;
  /** @type {Kept | undefined} */ #kept;
  /**
   * The access token that was refused: no source may return it again.
   *
   * @type {string | undefined}
   */
  #refused;
  /** @type {Flight | undefined} */ #flight;
  /** When the next early renewal may start after one has failed. */ #restUntil = 0;
  /**
   * When an API's refusal last caused a renewal.
   *
   * @type {{ since: number, ticks: number } | undefined}
   */
  #refusedAt;

  /**
   * @param {Common} common
   * @param {Canonical} request the fields that replace fields of the configuration
   */
  constructor(common, request) {
    const { settings, config, ask } = (this.#common = common);
    this.#settings = settings;
    this.#clock = settings.clock;
    this.#request = request;
    this.#mark = markOf(request);
    this.#broker =
      settings.broker &&
      new BrokeredToken(
        settings.broker,
        request,
        () => common.config === null || common.grant.exists, // the broker has used the grant
        settings,
        (event) => this.#report(event),
      );
    this.#source = ask === undefined ? this.#sourceOf(configFor(config, request)) : undefined;
  }

  /** @param {Config | null | undefined} config the configuration with the fields of the request */
  #sourceOf(config) {
    const { settings, grant } = this.#common;
    return new TokenSource(config, settings, grant, this.#broker, (event) => this.#report(event));
  }

  /**
   * The remembered error, and how many milliseconds it is still remembered. While there is one, the
   * client asks neither the broker nor the server.
   */
  get #rest() {
    // the function may already return another configuration, with which the client may ask at once
    const { ask } = this.#common;
    return this.#broker?.rest ?? (ask === undefined ? this.#source?.endpoint?.rest : undefined);
  }

  /**
   * Returns the promise of the kept token, if the token needs no renewal and no check.
   *
   * @returns {Promise<TokenResponse> | undefined}
   */
  get fresh() {
    const kept = this.#kept;
    if (kept === undefined) {
      return undefined;
    }
    const now = this.#clock.now();
    // within one millisecond the clocks need no second look
    if (now !== kept.seenAt && !this.#clock.isBefore(kept, kept.renewAt)) {
      return undefined;
    }
    kept.seenAt = now;
    kept.served++;
    return kept.promise;
  }

  /** Whether a renewal is running, for which callers may wait. */
  get isBusy() {
    return this.#living() !== undefined;
  }

  /** Says whether a token is the kept one or the last refused one. @param {TokenResponse} token */
  isOf({ access_token }) {
    return access_token === (this.#kept?.token.access_token ?? this.#refused);
  }

  /**
   * Returns a token that has not ended. The options are already checked; types.d.ts describes them.
   *
   * @param {{ signal?: AbortSignal, force?: boolean, minLifetime?: number }} options
   * @returns {Promise<TokenResponse>}
   */
  async getToken({ signal, force = false, minLifetime: least = 0 }) {
    this.#checkOpen();
    if (signal?.aborted) {
      throw signal.reason;
    }
    const kept = this.#kept;
    if (kept !== undefined && !force && this.#clock.isBefore(kept, kept.until)) {
      const isShort = !lasts(kept, this.#clock.now(), least, kept.whole);
      if (isShort || !this.#clock.isBefore(kept, kept.renewAt)) {
        this.#renewBehind(kept, least);
      }
      if (isShort && this.#living() !== undefined) {
        return this.#join(signal, false, least, kept);
      }
      kept.served++;
      return kept.token;
    }
    if (force) {
      this.#refused = kept?.token.access_token ?? this.#refused;
    }
    const rest = this.#rest;
    if (rest !== undefined && !force) {
      throw rest.error;
    }
    return this.#join(signal, force, least);
  }

  /**
   * Gets a token other than the kept one. Unlike `force`, it respects a remembered refusal, because
   * no person asked for the renewal.
   *
   * @returns {Promise<TokenResponse>}
   */
  async renew() {
    this.#checkOpen();
    const rest = this.#rest;
    if (rest !== undefined) {
      throw rest.error;
    }
    this.#refused = this.#kept?.token.access_token ?? this.#refused;
    return this.#join(undefined, false, 0);
  }

  /**
   * Returns the token with its times, for a caller that passes it on. It first waits until the
   * store has the token.
   *
   * @param {{ minLifetime?: number }} options
   * @returns {Promise<Record>}
   */
  async record(options) {
    const token = await this.getToken(options);
    await this.#source?.store?.flush();
    const { until, margin } =
      this.#kept?.token === token ? this.#kept : { until: this.#clock.now(), margin: 0 };
    return { token, until, margin };
  }

  /**
   * Forgets the kept token. Given a token, it forgets that one only.
   *
   * @param {TokenResponse} [token]
   * @returns {Promise<void>} resolves when the store has forgotten the token, too
   */
  async invalidate(token = this.#kept?.token) {
    const refused = token?.access_token;
    if (
      this.#kept === undefined
        ? refused !== undefined && refused === this.#refused
        : refused !== this.#kept.token.access_token
    ) {
      return; // it was forgotten before
    }
    // A second call without a token keeps the value of the first.
    this.#refused = refused ?? this.#refused;
    const served = this.#kept?.served ?? 0;
    this.#kept = undefined;
    this.#report({ type: 'invalidated', served });
    const store = this.#source?.store;
    if (refused !== undefined && store !== undefined && !this.#common.isClosed) {
      // The next renewal tells the broker which token was refused.
      const discarded = store.discard(refused);
      this.#outlive(discarded);
      await discarded;
    }
  }

  /**
   * Forgets a token that an API refused. If this happened a moment ago, it forgets nothing: the API
   * refuses the new token as well, and the caller gets the API's response.
   *
   * @param {TokenResponse} token
   * @returns {boolean} whether the request should be sent again with another token
   */
  refuse(token) {
    if (this.#kept?.token.access_token === token.access_token) {
      const last = this.#refusedAt;
      if (last !== undefined && this.#clock.isBefore(last, last.since + REFUSAL_REST)) {
        return false;
      }
      this.#refusedAt = this.#clock.mark();
      this.invalidate(token);
    }
    return true;
  }

  /**
   * Aborts the renewal, and drops the kept token. The client is closed.
   *
   * @returns {Promise<void>} resolves when all writing to the store has ended
   */
  async close() {
    const flight = this.#flight;
    this.#kept = this.#flight = undefined;
    flight?.controller.abort(new TokenError('closed', 'the client was closed'));
    this.#broker?.forget();
    this.#source?.forget();
    await this.flush();
  }

  /** Resolves when all writing to the store has ended or failed. It never rejects. */
  async flush() {
    await this.#source?.store?.flush();
  }

  #checkOpen() {
    checkOpen(this.#common);
  }

  // ---- One renewal for many callers

  /**
   * Waits for the running renewal, or begins one.
   *
   * @param {AbortSignal | undefined} signal
   * @param {boolean} force
   * @param {number} least milliseconds that the token should last
   * @param {Kept} [spare] a living token, which is returned if the renewal fails
   * @returns {Promise<TokenResponse>}
   */
  async #join(signal, force, least, spare) {
    let again = 0;
    for (const joined = Date.now(); ; ) {
      this.#checkOpen(); // the client may have been closed since the last turn
      const flight = this.#living() ?? this.#launch(false, force, least);
      flight.waiting++;
      try {
        const simple = signal === undefined && !runtime.requestsEnd;
        const token = simple ? await flight.promise : await this.#outcome(flight, signal, joined);
        this.#checkOpen();
        if (token !== undefined && !this.#hasEnded(token)) {
          const now = this.#kept;
          if (
            flight.least < least &&
            now?.token === token &&
            now !== spare &&
            !lasts(now, this.#clock.now(), least, now.whole)
          ) {
            // another caller wanted a shorter lifetime, and the store's token was enough for that
            // caller: try once more
            spare = now;
            continue;
          }
          return token;
        }
        if (token !== undefined && again++ > 0) {
          // The machine slept, or the server takes longer than its tokens live.
          throw Object.assign(new TokenError('timeout', 'the token had ended when it came'), {
            retryable: true,
          });
        }
        const kept = this.#kept;
        if (kept !== undefined && this.#clock.isBefore(kept, kept.renewAt)) {
          return kept.token; // another caller has already taken over
        }
      } catch (error) {
        if (signal?.aborted && flight.waiting === 1 && !flight.behind) { // nobody else waits for it
          if (this.#common.grant.session === undefined) {
            this.#drop(flight);
            flight.controller.abort(signal.reason);
          } else {
            this.#outlive(flight.promise.catch(() => {})); // it has the next refresh token
          }
        }
        if (
          spare === undefined ||
          signal?.aborted ||
          this.#common.isClosed ||
          !this.#clock.isBefore(spare, spare.until)
        ) {
          throw error;
        }
        return spare.token;
      } finally {
        flight.waiting--;
      }
    }
  }

  /**
   * Returns the token of a renewal, or undefined when the renewal shows no sign of life: then the
   * caller takes over. It rejects with the reason of the caller's signal, and after the caller has
   * waited for the whole deadline.
   *
   * @param {Flight} flight
   * @param {AbortSignal | undefined} signal
   * @param {number} joined
   * @returns {Promise<TokenResponse | undefined>}
   */
  async #outcome(flight, signal, joined) {
    const { deadline } = this.#settings;
    let [seen, missed] = [flight.beats, 0];
    return race(flight.promise, signal, (resolve, reject) =>
      // This timer belongs to the caller's request and ends with it. It counts signs of life, not
      // time: on a busy machine both timers are late.
      runtime.requestsEnd
        ? setInterval(() => {
            missed = flight.beats === seen ? missed + 1 : 0;
            seen = flight.beats;
            if (Date.now() - joined > deadline) {
              reject(new TokenError('timeout', `there was no token in ${deadline} ms`));
            } else if (missed >= MISSED) {
              flight.isCut = true;
              resolve(undefined);
            }
          }, BEAT)
        : undefined,
    );
  }

  /** Says whether a token has an end that has passed. @param {TokenResponse} token */
  #hasEnded(token) {
    const { expires_in = 0, expires_at = 0 } = ownOf(token);
    return expires_in > 0 && this.#clock.now() >= expires_at * 1000;
  }

  /**
   * Returns the running renewal. A renewal whose request ended, or whose deadline passed while the
   * machine slept, doesn't count.
   */
  #living() {
    const flight = this.#flight;
    if (flight !== undefined && !(isAlive(flight) && this.#clock.isBefore(flight, flight.until))) {
      this.#flight = undefined;
      if (flight.behind) { // the request's end cut it off, and would cut off the next one
        this.#restUntil = this.#clock.now() + REST;
      }
    }
    return this.#flight;
  }

  /**
   * Begins a renewal.
   *
   * @param {boolean} behind whether the kept token still lives, so that nobody waits
   * @param {boolean} force
   * @param {number} least
   */
  #launch(behind, force, least) {
    const controller = new AbortController();
    const mark = this.#clock.mark();
    /** @type {Flight} */
    const flight = {
      behind,
      controller,
      least,
      waiting: 0,
      beats: 0,
      beatAt: Date.now(),
      isCut: false,
      promise: /** @type {any} */ (undefined),
      ...mark,
      until: mark.since + this.#settings.deadline,
    };
    // The race ends at once on abort, however slow the sources are.
    flight.promise = race(this.#renew(flight, force), controller.signal);
    const beat = () => {
      flight.beats++;
      flight.beatAt = Date.now();
    };
    const beating = runtime.requestsEnd ? setInterval(beat, BEAT) : undefined;
    const landed = () => {
      clearInterval(beating);
      this.#drop(flight);
    };
    flight.promise.then(landed, landed);
    return (this.#flight = flight);
  }

  /** @param {Flight} flight */
  #drop(flight) {
    if (this.#flight === flight) {
      this.#flight = undefined;
    }
  }

  /**
   * Begins an early renewal, for which nobody waits. It does nothing if such a renewal has just
   * failed, or if a refusal is remembered.
   *
   * @param {Kept} kept
   * @param {number} least
   */
  #renewBehind({ token }, least) {
    if (
      this.#living() !== undefined ||
      this.#clock.now() < this.#restUntil ||
      this.#rest !== undefined
    ) {
      return;
    }
    const { promise, controller } = this.#launch(true, false, least);
    const done = promise.then(() => {}, (error) => {
      if (!controller.signal.aborted) {
        this.#restUntil = this.#clock.now() + REST;
        this.#report({ type: 'renewal_failed', error, expiresAt: ownOf(token).expires_at });
      }
    });
    this.#outlive(done);
  }

  /**
   * Keeps a promise going after the request in which it began, and says whether that works.
   *
   * @param {Promise<unknown>} promise
   */
  #outlive(promise) {
    for (const keep of [this.#settings.waitUntil, runtime.waitUntil]) {
      try {
        if (keep !== undefined) {
          keep(promise);
          return true;
        }
      } catch {
        // the caller's waitUntil throws if its request has ended
      }
    }
    return !runtime.requestsEnd;
  }

  /**
   * Gets a token from the store, the broker or the token endpoint, in this order. Callers get the
   * token before the store does.
   *
   * @param {Flight} flight
   * @param {boolean} force
   */
  async #renew(flight, force) {
    /** @type {Wanted} */
    const wanted = {
      refused: this.#refused, force, least: flight.least, signal: flight.controller.signal,
      isUrgent: () => !flight.behind || flight.waiting > 0,
      left: () =>
        this.#clock.isBefore(flight, flight.until) ? flight.until - this.#clock.now() : 0,
    };
    const { ask } = this.#common;
    const source = ask === undefined ? this.#source : await this.#current(ask, wanted);
    return this.#renewFrom(/** @type {TokenSource} */ (source), wanted, ask);
  }

  /**
   * Returns the source of the current configuration. As long as the configuration stays the same,
   * the source stays the same.
   *
   * @param {NonNullable<Common['ask']>} ask
   * @param {Wanted} wanted
   */
  async #current(ask, wanted) {
    const given = await currentConfig(ask, wanted);
    this.#checkOpen();
    const common = this.#common;
    if (!common.grant.isOf(given)) {
      common.grant = grantOf(given, common.settings);
    }
    const config = configFor(given, this.#request);
    if (this.#source?.isOf(config) !== true) {
      this.#source = this.#sourceOf(config);
    }
    return /** @type {TokenSource} */ (this.#source);
  }

  /**
   * Returns the source of the current configuration, if the server refused the client and the
   * configuration has changed since.
   *
   * @param {any} error
   * @param {TokenSource} source the source whose client the server refused
   * @param {Wanted} wanted
   * @param {Common['ask']} ask
   */
  async #changed(error, source, wanted, ask) {
    if (ask === undefined || wanted.signal.aborted || !isOfClient(error)) {
      return undefined;
    }
    const current = await this.#current(ask, wanted).catch(() => source);
    return current === source ? undefined : current;
  }

  /**
   * @param {TokenSource} source
   * @param {Wanted} wanted
   * @param {Common['ask']} ask undefined if the function must not be called again
   * @returns {Promise<TokenResponse>}
   */
  async #renewFrom(source, wanted, ask) {
    const { store, endpoint } = source;
    const known = endpoint?.rest?.error;
    try {
      const renewed =
        (await store?.take(wanted)) ??
        (await this.#broker?.get(wanted)) ??
        (await /** @type {import('./token_endpoint.js').TokenEndpoint} */ (endpoint).get(wanted));
      this.#keep(renewed);
      await this.#afterwards(store?.put(renewed, wanted));
      return renewed.token;
    } catch (error) {
      const other = error === known ? undefined : await this.#changed(error, source, wanted, ask);
      const spare = wanted.signal.aborted ? undefined : store?.spare(wanted);
      await this.#afterwards(store?.giveUp(error, wanted));
      if (other !== undefined) {
        return this.#renewFrom(other, wanted, undefined);
      }
      if (spare === undefined) {
        throw error;
      }
      this.#report({ type: 'renewal_failed', error, expiresAt: ownOf(spare.token).expires_at });
      this.#keep({ ...spare, type: 'shared', source: 'store' });
      return spare.token;
    }
  }

  /**
   * Lets the store write in the background. If the writing would end with the request, it is
   * awaited.
   *
   * @param {Promise<void> | undefined} writing
   */
  async #afterwards(writing) {
    if (writing !== undefined && !this.#outlive(writing)) {
      await writing;
    }
  }

  /** Keeps a token if it still lives. @param {Renewed} renewed */
  #keep({ type, token, until, margin, ...how }) {
    if (this.#common.isClosed) {
      return; // no caller gets the token
    }
    const mark = this.#clock.mark();
    Object.freeze(token); // all callers share this object
    const spread = 1 - JITTER + 2 * JITTER * (this.#settings.random(1)[0] / 256);
    const whole = type === 'renewed' ? until - mark.since : undefined;
    const kept = {
      token,
      promise: Promise.resolve(token),
      ...mark,
      renewAt: until - spread * margin,
      until,
      margin,
      whole,
      seenAt: NaN,
      served: 0,
    };
    const served = this.#kept?.served ?? 0;
    if (until > mark.since) {
      // A token that has ended replaces no other token.
      this.#kept = kept;
    }
    // If the new token is due for renewal at once, the next attempt waits.
    this.#restUntil = mark.since < kept.renewAt ? 0 : mark.since + REST;
    if (type === 'renewed') {
      this.#refused = undefined; // a server may return the same token again
    }
    const { expires_at: expiresAt } = ownOf(token);
    this.#report(/** @type {TokenEvent} */ ({ type, expiresAt, served, ...how }));
  }

  /** @param {TokenEvent} event */
  #report(event) {
    try {
      const marked = { ...event, ...this.#mark };
      runtime.publish(marked);
      const heard = /** @type {any} */ (this.#settings.onEvent?.(marked));
      heard?.catch?.(() => {});
    } catch {
      // The caller's listener may throw. The token request goes on.
    }
  }
}

/**
 * Says whether an error is about the client's credentials (RFC 6749 section 5.2).
 *
 * @param {any} error
 */
const isOfClient = (error) => error?.error === 'invalid_client' || error?.status === 401;

/**
 * Returns the grant of a configuration, with its session if a store keeps one.
 *
 * @param {any} config
 * @param {Settings} settings
 */
export const grantOf = (config, settings) =>
  new Grant(Grant.textOf(config), Session.of(config, settings));

/** @param {Common} common */
export function checkOpen({ isClosed }) {
  if (isClosed) {
    throw new TokenError('closed', 'the client is closed: make a new one with createClient');
  }
}

/**
 * Returns the part of an event that names a request. The parameters are left out, because they may
 * be secret.
 *
 * @param {Canonical} request
 */
function markOf(request) {
  const { parameters: _, ...shown } = request;
  return keyOf(request) === OWN ? {} : { request: Object.freeze(shown) };
}

/** Says whether the request that runs a renewal still lives. @param {Flight} flight */
const isAlive = ({ isCut, beatAt }) =>
  !runtime.requestsEnd || (!isCut && Date.now() - beatAt <= SILENCE);
