import { authorizedFetch } from './authorized_fetch.js';
import { BrokeredToken } from './brokered_token.js';
import { settingsOf } from './client_options.js';
import { identityOf } from '../fetch_token.js';
import { race } from '../lib/in_time.js';
import { BOOLEAN, MILLISECONDS, readOptions, SIGNAL } from '../lib/options.js';
import { copyOf, ownOf } from '../lib/own.js';
import { lasts } from './record.js';
import { SharedToken } from './shared_token.js';
import { JITTER, TokenEndpoint } from './token_endpoint.js';
import { TokenError } from '../lib/token_error.js';

/** @typedef {import('./token_endpoint.js').Record} Record */
/** @typedef {import('./token_endpoint.js').Renewed} Renewed */
/** @typedef {import('../types.js').Config} Config */
/** @typedef {import('../types.js').TokenClientOptions} TokenClientOptions */
/** @typedef {import('../types.js').TokenEvent} TokenEvent */
/** @typedef {import('../types.js').TokenResponse} TokenResponse */

/** Milliseconds before a renewal that failed behind a token that still lives is tried again. */
const REST = 5_000;
/**
 * Milliseconds between two renewals because an API refused the token, at least: one that refuses
 * every token would have one asked for with each call.
 */
const REFUSAL_REST = 10_000;
/** How often, in milliseconds, a renewal shows that the request in which it runs is still there. */
const BEAT = 250;

/** What each option of getToken must be. @type {import('../lib/options.js').Known} */
const GET_TOKEN = { signal: SIGNAL, force: BOOLEAN, minLifetime: MILLISECONDS };

/** What a runtime adds. */
const runtime = {
  /**
   * Whether what a request began ends with it, as in Cloudflare Workers: a promise that others wait
   * for may then never settle.
   */
  requestsEnd: false,
  /** @type {(event: TokenEvent) => void} */
  publish: () => {},
  /**
   * Keeps what a request began going after its end.
   *
   * @type {((promise: Promise<unknown>) => void) | undefined}
   */
  waitUntil: undefined,
};

/** Says what this runtime is like. @param {Partial<typeof runtime>} particulars */
export function clientsIn(particulars) {
  Object.assign(runtime, particulars);
}

/**
 * Makes what an application holds for its lifetime. types.d.ts describes the arguments.
 *
 * @param {Config | null} config
 * @param {TokenClientOptions} [options]
 */
export function createClient(config, options) {
  return new TokenClient(config, options);
}

/**
 * A token, since when it is kept, by both clocks, when it is to be renewed, when it ends, and when
 * it was last seen to be good. `whole` is its life when it was new, if that is known.
 *
 * @typedef {{ token: TokenResponse, promise: Promise<TokenResponse>, since: number, ticks: number,
 *   renewAt: number, until: number, margin: number, whole: number | undefined, seenAt: number }}
 *   Kept
 */

/**
 * One renewal, which callers share: when it began, by both clocks, and until when it may go on; for
 * how many milliseconds its token should last. `beat` is when it last showed life.
 *
 * @typedef {{ promise: Promise<TokenResponse>, controller: AbortController, behind: boolean, least:
 *   number, waiting: number, beat: number, since: number, ticks: number, until: number }} Flight
 */

export class TokenClient {
  #settings;
  #clock;
  #isClosed = false;
  /** Whoever has a token: the first that is there. @type {SharedToken | undefined} */ #store;
  /** @type {BrokeredToken | undefined} */ #broker;
  /** @type {TokenEndpoint | undefined} */ #endpoint;
  /** @type {Kept | undefined} */ #kept;
  /**
   * The token that must not be taken again, whoever has it.
   *
   * @type {string | undefined}
   */
  #refused;
  /** @type {Flight | undefined} */ #flight;
  /** When a renewal that failed behind a living token may be tried again. */ #restUntil = 0;
  /**
   * When a token was renewed last because an API refused it.
   *
   * @type {{ since: number, ticks: number } | undefined}
   */
  #refusedAt;

  /** @param {Config | null} given null, if a broker has it @param {TokenClientOptions} [options] */
  constructor(given, options) {
    const config = copyOf(given);
    for (const name of /** @type {const} */ (['getToken', 'fetch', 'invalidate', 'close'])) {
      // each works without its client beside it
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
    const settings = (this.#settings = settingsOf(options));
    this.#clock = settings.clock;
    const report = (/** @type {TokenEvent} */ event) => this.#report(event);
    const { broker, store } = settings;
    if (config === null && (broker === undefined || store !== undefined)) {
      throw new TokenError(
        'invalid_config',
        'config may be null only for a client with options.broker, and without options.store, ' +
        'whose records are of one configuration',
      );
    }
    const identity = identityOf(/** @type {Config} */ (config));
    const endpoint = (this.#endpoint =
      config === null ? undefined : new TokenEndpoint(config, identity, settings, report));
    const brokered = (this.#broker =
      broker && new BrokeredToken(broker, endpoint === undefined, settings, report));
    const rest = () => this.#rest;
    this.#store = store && new SharedToken(store, identity.configuration, settings, {
      get now() {
        return rest();
      },
      hold: (error, ms) => (brokered ?? endpoint)?.hold(error, ms),
    }, report);
  }

  /**
   * The error that is remembered, so that nobody need be asked, and for how many milliseconds it
   * still is; undefined if there is none.
   */
  get #rest() {
    return this.#broker?.rest ?? this.#endpoint?.rest;
  }

  /**
   * Returns a token that lives. types.d.ts describes the options.
   *
   * @param {{ signal?: AbortSignal, force?: boolean, minLifetime?: number }} [options]
   * @returns {Promise<TokenResponse>}
   */
  getToken(options) {
    const kept = this.#kept;
    if (options === undefined && kept !== undefined) {
      const now = this.#clock.now();
      if (now === kept.seenAt || this.#clock.isBefore(kept, kept.renewAt)) {
        // within a millisecond one look at the clocks will do
        kept.seenAt = now;
        return kept.promise;
      }
    }
    return this.#getToken(options);
  }

  /** @param {{ signal?: AbortSignal, force?: boolean, minLifetime?: number }} [options] */
  async #getToken(options) {
    const { signal, force = false, minLifetime: least = 0 } = readOptions(options, GET_TOKEN);
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
      return isShort && this.#living() !== undefined
        ? this.#join(signal, false, least, kept)
        : kept.token;
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
   * Gets another token than the kept one, but passes no refusal that is remembered: no person
   * decides.
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
   * Returns the token with its times, for whoever hands it on, once the store has it.
   *
   * @param {{ minLifetime?: number }} [options]
   * @returns {Promise<Record>}
   */
  async record(options) {
    const token = await this.getToken(options);
    await this.#store?.flush();
    const { until, margin } =
      this.#kept?.token === token ? this.#kept : { until: this.#clock.now(), margin: 0 };
    return { token, until, margin };
  }

  /**
   * Sends a request with the token. types.d.ts describes it.
   *
   * @param {RequestInfo | URL} input
   * @param {RequestInit} [init]
   */
  async fetch(input, init) {
    this.#checkOpen();
    return authorizedFetch(this, this.#settings, input, init);
  }

  /**
   * Forgets the token, or that token if it is still the one.
   *
   * @param {TokenResponse} [token]
   * @returns {Promise<void>} resolves when the store has forgotten it, too
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
    // a second call forgets no more, and takes nothing back
    this.#refused = refused ?? this.#refused;
    this.#kept = undefined;
    this.#report({ type: 'invalidated' });
    if (refused !== undefined && this.#store !== undefined && !this.#isClosed) {
      // a broker is told with the next call
      const discarded = this.#store.discard(refused);
      this.#outlive(discarded);
      await discarded;
    }
  }

  /**
   * Forgets the token, for an API refused it. It doesn't if that happened a moment ago: then the
   * API refuses the new one as well, and the caller gets its answer.
   *
   * @param {TokenResponse} token
   * @returns {boolean} whether another token is to be had
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
   * Ends it at once: what is under way is aborted, and nothing is kept.
   *
   * @returns {Promise<void>} resolves when what was on its way to the store is there, or has failed
   */
  async close() {
    const flight = this.#flight;
    this.#isClosed = true;
    this.#kept = this.#flight = undefined;
    flight?.controller.abort(new TokenError('closed', 'the client was closed'));
    this.#broker?.forget();
    this.#endpoint?.forget();
    this.#store?.forget();
    await this.#store?.flush();
  }

  #checkOpen() {
    if (this.#isClosed) {
      throw new TokenError('closed', 'the client is closed: make a new one with createClient');
    }
  }

  // ---- One renewal for many callers

  /**
   * Waits for the renewal that is under way, or begins one.
   *
   * @param {AbortSignal | undefined} signal
   * @param {boolean} force
   * @param {number} least milliseconds that the token should last
   * @param {Kept} [spare] what serves if nobody gets one, for it lives
   * @returns {Promise<TokenResponse>}
   */
  async #join(signal, force, least, spare) {
    let again = 0;
    for (const joined = Date.now(); ; ) {
      this.#checkOpen(); // it may have been closed since the last time
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
            spare = now; // from the store, by a renewal for somebody who wanted less: once more
            continue;
          }
          return token;
        }
        if (token !== undefined && again++ > 0) {
          // the machine slept, or the server is slower than its tokens live
          throw Object.assign(new TokenError('timeout', 'the token had ended when it came'), {
            retryable: true,
          });
        }
        const kept = this.#kept;
        if (kept !== undefined && this.#clock.isBefore(kept, kept.renewAt)) {
          return kept.token; // another one has noticed before
        }
      } catch (error) {
        if (signal?.aborted && flight.waiting === 1 && !flight.behind) { // nobody else waits for it
          this.#drop(flight);
          flight.controller.abort(signal.reason);
        }
        if (
          spare === undefined ||
          signal?.aborted ||
          this.#isClosed ||
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
   * Returns the token of a renewal, or undefined once it shows no life any more: whoever notices
   * takes over. It rejects with the reason of the caller's signal, and when the caller has waited
   * for as long as a renewal may take.
   *
   * @param {Flight} flight
   * @param {AbortSignal | undefined} signal
   * @param {number} joined
   * @returns {Promise<TokenResponse | undefined>}
   */
  async #outcome(flight, signal, joined) {
    const { deadline } = this.#settings;
    return race(flight.promise, signal, (resolve, reject) =>
      // this timer is the caller's own, and lives as long as its request does
      runtime.requestsEnd
        ? setInterval(() => {
            if (Date.now() - joined > deadline) {
              reject(new TokenError('timeout', `there was no token in ${deadline} ms`));
            } else if (!isAlive(flight)) {
              resolve(undefined);
            }
          }, BEAT)
        : undefined,
    );
  }

  /** Says whether a token has an end, and that is over. @param {TokenResponse} token */
  #hasEnded(token) {
    const { expires_in = 0, expires_at = 0 } = ownOf(token);
    return expires_in > 0 && this.#clock.now() >= expires_at * 1000;
  }

  /**
   * Returns the renewal that is under way, if its request still lives and its time is not over, as
   * it is when the machine slept.
   */
  #living() {
    const flight = this.#flight;
    if (flight !== undefined && !(isAlive(flight) && this.#clock.isBefore(flight, flight.until))) {
      this.#flight = undefined;
      if (flight.behind) { // it was cut off, and so would be the next one
        this.#restUntil = this.#clock.now() + REST;
      }
    }
    return this.#flight;
  }

  /**
   * Begins a renewal.
   *
   * @param {boolean} behind a token that still lives, so that nobody needs to wait for it
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
      beat: Date.now(),
      promise: /** @type {any} */ (undefined),
      ...mark,
      until: mark.since + this.#settings.deadline,
    };
    // ended at once when it is aborted, however slow what it waits for is
    flight.promise = race(this.#renew(flight, force), controller.signal);
    const beating = runtime.requestsEnd
      ? setInterval(() => (flight.beat = Date.now()), BEAT)
      : undefined;
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
   * Begins a renewal for which nobody need wait, unless one has just failed, or the server is to be
   * left alone.
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
   * Has a promise go on after the request in which it began. It says whether that is so.
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
        // the caller's may have lost its context
      }
    }
    return !runtime.requestsEnd;
  }

  /**
   * Gets a token: from the store, from the broker, or from the token endpoint, whichever has one
   * first. The callers have it before the store does.
   *
   * @param {Flight} flight
   * @param {boolean} force
   */
  async #renew(flight, force) {
    const [store, broker, endpoint] = [this.#store, this.#broker, this.#endpoint];
    /** @type {import('./token_endpoint.js').Wanted} */
    const wanted = {
      refused: this.#refused, force, least: flight.least, signal: flight.controller.signal,
      isUrgent: () => !flight.behind || flight.waiting > 0,
      left: () =>
        this.#clock.isBefore(flight, flight.until) ? flight.until - this.#clock.now() : 0,
    };
    try {
      const renewed =
        (await store?.take(wanted)) ??
        (await broker?.get(wanted)) ??
        (await /** @type {TokenEndpoint} */ (endpoint).get(wanted));
      this.#keep(renewed);
      await this.#afterwards(store?.put(renewed, wanted));
      return renewed.token;
    } catch (error) {
      const spare = wanted.signal.aborted ? undefined : store?.spare(wanted);
      await this.#afterwards(store?.giveUp(error, wanted));
      if (spare === undefined) {
        throw error;
      }
      this.#report({ type: 'renewal_failed', error, expiresAt: ownOf(spare.token).expires_at });
      this.#keep({ ...spare, type: 'shared' });
      return spare.token;
    }
  }

  /**
   * Leaves the store to itself, and waits for it only where it would end with the request.
   *
   * @param {Promise<void> | undefined} writing
   */
  async #afterwards(writing) {
    if (writing !== undefined && !this.#outlive(writing)) {
      await writing;
    }
  }

  /** Keeps a token, if it may be used for more than this moment. @param {Renewed} renewed */
  #keep({ type, token, until, margin }) {
    if (this.#isClosed) {
      return; // nobody gets it
    }
    const mark = this.#clock.mark();
    Object.freeze(token); // every caller gets this one
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
    };
    if (until > mark.since) {
      // one that has ended replaces none
      this.#kept = kept;
    }
    // one that is due already is all there is
    this.#restUntil = mark.since < kept.renewAt ? 0 : mark.since + REST;
    if (type === 'renewed') {
      this.#refused = undefined; // a server may send the same one again
    }
    this.#report({ type, expiresAt: ownOf(token).expires_at });
  }

  /** @param {TokenEvent} event */
  #report(event) {
    try {
      runtime.publish(event);
      const heard = /** @type {any} */ (this.#settings.onEvent?.(event));
      heard?.catch?.(() => {});
    } catch {
      // whoever listens can't make a token fail
    }
  }
}

/** What ends a block with `using` and `await using`, where the runtime knows these. */
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

/** Says whether the request that a renewal runs in still lives. @param {Flight} flight */
const isAlive = ({ beat }) => !runtime.requestsEnd || Date.now() - beat <= 4 * BEAT;
