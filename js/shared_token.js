// Where a token comes from: a store, and for one of all who have the same configuration, who then puts it there, another source. A store that
// fails is reported, and everybody works on alone.

import { foreignError } from './foreign_error.js';
import { inTime } from './in_time.js';
import { ownOf } from './own.js';
import { isAhead, isOfTheFuture, within } from './record.js';
import { sealerOf, storeKeyOf } from './seal.js';
import { JITTER } from './token_endpoint.js';
import { TokenError } from './token_error.js';

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
/** How often it is looked whether a token that was discarded has been replaced, before it is removed while another holds the lease. */
const DISCARD_LOOKS = 10;
/** How many of 256 renewals go past the store to the broker, which would otherwise not see that its token is in use. */
const LOOK_PAST = 3;

/**
 * What is sealed: a token with its times by the clock of whoever put it there, a refusal, or both.
 *
 * @typedef {Partial<Record> & { refusal?: { until: number, hold: number, code: string, message: string, members: object } }} Stored
 */

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

  get rest() {
    return this.#source.rest;
  }

  /** @param {unknown} error @param {number} ms */
  hold(error, ms) {
    this.#source.hold(error, ms);
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
        await this.#put(renewed, wanted.left());
      }
      return renewed;
    } finally {
      await this.#release(wanted.left());
    }
  }

  /** Renews the token. If that fails, the one of the store serves until its end. @param {Wanted} wanted */
  async #renewOrSeen(wanted) {
    const known = this.#source.rest?.error;
    try {
      return await this.#source.renew(wanted);
    } catch (error) {
      const seen = this.#seen;
      const { rest } = this.#source;
      if (rest !== undefined && rest.error === error && error !== known && this.#settings.broker === undefined) {
        await this.#putRefusal(rest, seen, wanted);
      }
      const now = this.#settings.clock.now();
      if (wanted.signal.aborted || seen === undefined || now >= seen.until || isOfTheFuture(seen, now)
        || (await this.#isRefused(seen.token, wanted.refused))) {
        throw error;
      }
      this.#report({ type: 'renewal_failed', error, expiresAt: ownOf(seen.token).expires_at });
      return wanted.accept({ ...seen, type: 'shared' });
    }
  }

  /**
   * Returns a record that may be used, or undefined: then the caller is the one to ask, or knows of a refusal.
   *
   * @param {Wanted} wanted
   * @returns {Promise<Record | undefined>}
   */
  async #take({ refused, isUrgent, signal, left }) {
    const { random, clock, deadline, broker } = this.#settings;
    if (broker !== undefined && !isUrgent() && random(1)[0] < LOOK_PAST) {
      return undefined;
    }
    try {
      await this.#release(left()); // what a renewal has left that was given up
      for (;;) {
        const record = await this.#look(refused, left());
        // Half of the time is for whoever has the lease, the other for a request of one's own.
        if (record !== undefined || this.#store.lease === undefined || this.#source.rest !== undefined || left() <= deadline / 2) {
          return record;
        }
        this.#lease = await this.#takeLease(left());
        if (this.#lease !== undefined) {
          const latest = await this.#look(refused, left()); // somebody may have put one between our look and the lease
          if (latest !== undefined) {
            await this.#release(left());
          }
          return latest;
        }
        await clock.sleep(Math.min(LOOK * (0.5 + random(1)[0] / 256), left()), signal);
      }
    } catch (error) {
      if (signal.aborted) {
        throw signal.reason;
      }
      this.#report({ type: 'store_failed', error: foreignError(error) });
      return undefined;
    }
  }

  /**
   * Returns the record of the store, if it may be used. A refusal that stands there is remembered.
   *
   * @param {string | undefined} refused
   * @param {number} ms that it may take
   */
  async #look(refused, ms) {
    const { now } = this.#settings.clock;
    const { key, open } = await this.#open();
    const found = await this.#read(key, ms);
    const stored = /** @type {Stored} */ (ownOf(found === undefined ? undefined : await open(found.record)));
    if (stored.refusal !== undefined && !isAhead(stored.refusal.until - stored.refusal.hold, now())) {
      const { until, hold, code, message, members } = stored.refusal; // sealed, so it is what a client has put there
      this.#source.hold(Object.assign(new TokenError(code, message), members), Math.min(until - now(), hold));
    }
    const left = stored.refusal === undefined ? found?.left : undefined;
    if (stored.token === undefined || (left === undefined && isOfTheFuture(/** @type {Record} */ (stored), now()))) {
      return undefined;
    }
    const seen = (this.#seen = within(/** @type {Record} */ (stored), now(), left));
    // Not within anybody's margin, or all would come back for the next one at the same moment.
    return now() < seen.until - (1 + JITTER) * seen.margin && !(await this.#isRefused(seen.token, refused)) ? seen : undefined;
  }

  /**
   * Says whether a token must not be taken: this client was refused with it, or one of the process has discarded it.
   *
   * @param {{ access_token: string }} token
   * @param {string | undefined} refused
   */
  async #isRefused({ access_token }, refused) {
    const { key } = await this.#open();
    return access_token === refused || discarded.get(this.#store)?.get(key)?.includes(access_token) === true;
  }

  /** Reads a record, and how much of its time is left, if the store tells. @param {string} key @param {number} ms */
  async #read(key, ms) {
    if (this.#store.find !== undefined) {
      return answerOf(this.#store.find(key), ms);
    }
    const record = await answerOf(this.#store.get(key), ms);
    return record === undefined ? undefined : { record, left: undefined };
  }

  /** @param {number} most milliseconds that it may take */
  async #takeLease(most) {
    const { key } = await this.#open();
    const ms = Math.min(this.#settings.timeout, LONGEST_LEASE, Math.max(SHORTEST_LEASE, this.#seen?.margin ?? LONGEST_LEASE));
    const lease = /** @type {Required<import('./types.js').TokenStore>} */ (this.#store).lease(key, ms);
    return answerOf(lease, most, (late) => late?.release());
  }

  /** Puts a token into the store, unless it is over. @param {Record} record @param {number} ms that it may take */
  async #put({ token, until, margin }, ms) {
    const ttl = Math.ceil(until - this.#settings.clock.now());
    if (ttl > 0) {
      await this.#write({ token, until, margin }, ttl, ms);
    }
  }

  /**
   * Puts a refusal into the store, so that many processes with one wrong secret don't lock the account. A token that still lives stays beside it.
   *
   * @param {{ error: unknown, left: number }} rest
   * @param {Record | undefined} seen
   * @param {Wanted} wanted
   */
  async #putRefusal({ error, left: hold }, seen, { refused, left }) {
    const now = this.#settings.clock.now();
    const { name: _, code, message, ...members } = Object.assign({ message: '' }, /** @type {any} */ (error), { message: /** @type {any} */ (error).message });
    const refusal = { until: now + hold, hold, code, message, members: JSON.parse(JSON.stringify({ ...members, cause: undefined })) };
    const token = seen !== undefined && now < seen.until && seen.token.access_token !== refused ? seen : undefined;
    await this.#write({ ...token, refusal }, Math.ceil(Math.max(hold, (token?.until ?? 0) - now)), left());
  }

  /** @param {object} record @param {number} ttl @param {number} ms that it may take */
  async #write(record, ttl, ms) {
    try {
      const { key, seal } = await this.#open();
      await answerOf(this.#store.set(key, await seal(record), ttl), ms);
    } catch (error) {
      this.#report({ type: 'store_failed', error: foreignError(error) });
    }
  }

  /**
   * Removes a token from the store, if it is still there: what another has put there meanwhile stays. It never rejects.
   *
   * @param {string} token
   */
  async discard(token) {
    try {
      const { key, open } = await this.#open();
      noteDiscarded(this.#store, key, token); // the other clients of this process know at once
      const holds = async () => {
        const found = await answerOf(this.#store.get(key), STORE_TIMEOUT);
        const stored = /** @type {Stored} */ (ownOf(found === undefined ? undefined : await open(found)));
        return stored.token?.access_token === token;
      };
      for (let looks = 0; await holds(); looks++) {
        const lease = await this.#leaseToDiscard(key);
        if (lease === undefined && this.#store.lease !== undefined && looks < DISCARD_LOOKS) {
          await pause(LOOK); // whoever has it may put another there, or fail
          continue;
        }
        try {
          if (lease === undefined || (await holds())) { // it may have been replaced before we had the lease
            await answerOf(this.#store.delete(key), STORE_TIMEOUT);
          }
        } finally {
          await answerOf(lease?.release() ?? Promise.resolve(), STORE_TIMEOUT);
        }
        return;
      }
    } catch (error) {
      this.#report({ type: 'store_failed', error: foreignError(error) });
    }
  }

  /** @param {string} key */
  async #leaseToDiscard(key) {
    return this.#store.lease && answerOf(this.#store.lease(key, SHORTEST_LEASE), STORE_TIMEOUT, (late) => late?.release());
  }

  /** @param {number} ms that it may take */
  async #release(ms) {
    const lease = this.#lease;
    this.#lease = undefined;
    try {
      await (lease && answerOf(lease.release(), ms));
    } catch (error) {
      this.#report({ type: 'store_failed', error: foreignError(error) });
    }
  }
}

/**
 * The tokens that were discarded last, by their store and key. A store that tells late what was changed in it may show an older one than the last.
 *
 * @type {WeakMap<object, Map<string, string[]>>}
 */
const discarded = new WeakMap();

/** How many tokens of a key, and how many keys of a store, are remembered. */
const MOST_TOKENS = 8;
const MOST_KEYS = 1000;

/** @param {object} store @param {string} key @param {string} token */
function noteDiscarded(store, key, token) {
  const known = discarded.get(store) ?? /** @type {Map<string, string[]>} */ (new Map());
  const tokens = (known.get(key) ?? []).filter((other) => other !== token);
  known.delete(key); // so that the first of the map is the oldest
  discarded.set(store, known.set(key, [token, ...tokens].slice(0, MOST_TOKENS)));
  for (const oldest of known.keys()) {
    if (known.size <= MOST_KEYS) {
      break;
    }
    known.delete(oldest);
  }
}

/** @param {number} ms @returns {Promise<void>} */
const pause = (ms) => new Promise((resolve) => void setTimeout(resolve, ms));

/**
 * Waits for a store, for two seconds at the most.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {number} ms
 * @param {(value: T) => unknown} [onLate]
 */
function answerOf(promise, ms, onLate) {
  const most = Math.max(1, Math.min(ms, STORE_TIMEOUT));
  return inTime(promise, most, `the store did not answer in ${Math.round(most)} ms`, { onLate });
}
