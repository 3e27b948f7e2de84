// Where a token comes from: a store, and for one of all who have the same configuration, who then puts it there, another source. A store that
// fails is reported, and everybody works on alone.

import { inTime } from './in_time.js';
import { ownOf } from './own.js';
import { sealerOf, storeKeyOf } from './seal.js';
import { JITTER } from './token_endpoint.js';

/** @typedef {import('./client_options.js').Settings} Settings */
/** @typedef {import('./token_endpoint.js').Record} Record */
/** @typedef {import('./token_endpoint.js').Renewed} Renewed */
/** @typedef {import('./token_endpoint.js').Source} Source */
/** @typedef {import('./token_endpoint.js').Wanted} Wanted */

/**
 * Milliseconds for which one asks while the others wait: if it dies, they wait no longer. That is as long as they have a token to go on with, which
 * is the margin, between these two.
 */
const LONGEST_LEASE = 10_000;
const SHORTEST_LEASE = 3_000;
/** Milliseconds that a store may take for one thing. */
const STORE_TIMEOUT = 2_000;
/** Milliseconds between two looks at the store, on average. */
const LOOK = 150;
/** How many of 256 renewals go past the store to the broker, which would otherwise not see that its token is in use. */
const LOOK_PAST = 3;

/** @implements {Source} */
export class SharedToken {
  #source;
  #store;
  #config;
  #settings;
  #report;
  /** @type {({ key: string } & Awaited<ReturnType<typeof sealerOf>>) | undefined} */
  #opened;
  /** @type {import('./types.js').TokenLease | undefined} */ #lease;
  /** The last token, of the store or for it. @type {Record | undefined} */ #seen;

  /**
   * @param {Source} source
   * @param {import('./types.js').TokenStore} store
   * @param {import('./types.js').Config} config
   * @param {Settings} settings
   * @param {(event: import('./types.js').TokenEvent) => void} report
   */
  constructor(source, store, config, settings, report) {
    this.#source = source;
    this.#store = store;
    this.#config = { ...config };
    this.#settings = settings;
    this.#report = report;
  }

  get refusal() {
    return this.#source.refusal;
  }

  get offset() {
    return this.#source.offset;
  }

  forgive() {
    this.#source.forgive();
  }

  forget() {
    this.#source.forget();
    this.#opened = this.#seen = undefined;
    this.#config = {};
  }

  /**
   * Derives the keys when they are first needed: a Worker may not do that in its global scope. What is kept is no promise, for one that belongs to a
   * request that is cut off never settles.
   */
  async #open() {
    if (this.#opened === undefined) {
      const key = await storeKeyOf(this.#config);
      this.#opened = { key, ...(await sealerOf(this.#config, key, this.#settings.sealingKey)) };
    }
    return this.#opened;
  }

  /**
   * @param {Wanted} wanted
   * @returns {Promise<Renewed>}
   */
  async renew(wanted) {
    await this.#open(); // a configuration that can't be shared is the caller's mistake, and no failure of the store
    const found = await this.#take(wanted);
    if (found !== undefined) {
      return wanted.accept({ type: 'shared', ...found });
    }
    try {
      const renewed = await this.#renewOrSeen(wanted);
      this.#seen = renewed; // what came before it is not taken up again
      if (renewed.type === 'renewed') { // a broker publishes by itself what it has
        await this.#put(renewed);
      }
      return renewed;
    } finally {
      await this.#release();
    }
  }

  /** Renews the token. If that fails, the one of the store serves until its end. @param {Wanted} wanted */
  async #renewOrSeen(wanted) {
    try {
      return await this.#source.renew(wanted);
    } catch (error) {
      const seen = this.#seen;
      if (wanted.signal.aborted || seen === undefined || seen.token.access_token === wanted.refused || this.#settings.clock.now() >= seen.until) {
        throw error;
      }
      this.#report({ type: 'renewal_failed', error, expiresAt: ownOf(seen.token).expires_at });
      return wanted.accept({ ...seen, type: 'shared' });
    }
  }

  /**
   * Returns a record that may be used, or undefined: then the caller is the one to ask.
   *
   * @param {Wanted} wanted
   * @returns {Promise<Record | undefined>}
   */
  async #take({ refused, isUrgent, signal }) {
    const { random, clock, deadline, broker } = this.#settings;
    if (broker !== undefined && !isUrgent() && random(1)[0] < LOOK_PAST) {
      return undefined;
    }
    await this.#release(); // what a renewal has left that was given up
    try {
      for (let waited = 0; ; ) {
        const record = await this.#look(refused);
        if (record !== undefined || this.#store.lease === undefined || waited >= deadline) {
          return record;
        }
        this.#lease = await this.#takeLease();
        if (this.#lease !== undefined) {
          const latest = await this.#look(refused); // somebody may have put one between our look and the lease
          if (latest !== undefined) {
            await this.#release();
          }
          return latest;
        }
        const pause = LOOK * (0.5 + random(1)[0] / 256);
        await clock.sleep(pause, signal);
        waited += pause;
      }
    } catch (error) {
      if (signal.aborted) {
        throw signal.reason;
      }
      this.#report({ type: 'store_failed', error });
      return undefined;
    }
  }

  /** Returns the record of the store, if it may be used. @param {string | undefined} refused */
  async #look(refused) {
    const { key, open } = await this.#open();
    const text = await answerOf(this.#store.get(key));
    const record = /** @type {Record | undefined} */ (text === undefined ? undefined : await open(text));
    if (record === undefined) {
      return undefined;
    }
    const seen = (this.#seen = shifted(record, -this.#source.offset));
    // Not within anybody's margin, or all would come back for the next one at the same moment.
    return this.#settings.clock.now() < seen.until - (1 + JITTER) * seen.margin && seen.token.access_token !== refused ? seen : undefined;
  }

  async #takeLease() {
    const { key } = await this.#open();
    const ms = Math.min(this.#settings.timeout, LONGEST_LEASE, Math.max(SHORTEST_LEASE, this.#seen?.margin ?? LONGEST_LEASE));
    const lease = /** @type {Required<import('./types.js').TokenStore>} */ (this.#store).lease(key, ms);
    return answerOf(lease, (late) => late?.release());
  }

  /** Puts a token into the store, unless it is over. @param {Record} record */
  async #put({ token, until, margin }) {
    const ttl = Math.ceil(until - this.#settings.clock.now());
    if (ttl <= 0) {
      return;
    }
    try {
      const { key, seal } = await this.#open();
      await answerOf(this.#store.set(key, await seal(shifted({ token, until, margin }, this.#source.offset)), ttl));
    } catch (error) {
      this.#report({ type: 'store_failed', error });
    }
  }

  async #release() {
    const lease = this.#lease;
    this.#lease = undefined;
    try {
      await (lease && answerOf(lease.release()));
    } catch (error) {
      this.#report({ type: 'store_failed', error });
    }
  }
}

/**
 * Returns a record with its times by another clock. A store has them by the server's, as far as that is known: a writer whose own is off would
 * mislead the others.
 *
 * @param {Record} record
 * @param {number} offset in milliseconds
 * @returns {Record}
 */
function shifted({ token, until, margin }, offset) {
  const { expires_at } = ownOf(token);
  return { token: expires_at === undefined ? token : { ...token, expires_at: expires_at + Math.round(offset / 1000) }, until: until + offset, margin };
}

/**
 * @template T
 * @param {Promise<T>} promise
 * @param {(value: T) => unknown} [onLate]
 */
const answerOf = (promise, onLate) => inTime(promise, STORE_TIMEOUT, `the store did not answer in ${STORE_TIMEOUT} ms`, { onLate });
