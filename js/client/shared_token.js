// Gets a token from a store. Of all clients with the same configuration, one client asks the next
// source and puts the token into the store. If the store fails, the client reports it and goes on
// alone.

import { foreignError } from '../token/foreign_error.js';
import { inTime } from '../lib/in_time.js';
import { ownOf } from '../lib/own.js';
import { isAhead, isOfTheFuture, lasts, within } from './record.js';
import { sealerOf, storeKeyOf } from './seal.js';
import { busy } from './session.js';
import { answerOf, STORE_TIMEOUT } from './store_answer.js';
import { JITTER } from './token_endpoint.js';
import { TokenError } from '../lib/token_error.js';

/** @typedef {import('./client_options.js').Settings} Settings */
/** @typedef {import('./token_endpoint.js').Record} Record */
/** @typedef {import('./token_endpoint.js').Renewed} Renewed */
/** @typedef {import('./token_endpoint.js').Wanted} Wanted */

/**
 * The least and most milliseconds of a lease. While one client asks, the others wait as long as the
 * lease lasts, even if that client dies. Between these limits a lease lasts as long as the token's
 * margin: for that time the other clients still have a token.
 */
const LONGEST_LEASE = 10_000;
const SHORTEST_LEASE = 3_000;
/** Average milliseconds between two looks at the store. */
const LOOK = 150;
/**
 * How often a client checks, before it removes a discarded token, whether the holder of the lease
 * has already replaced it.
 */
const DISCARD_LOOKS = 10;
/**
 * How many of 256 early renewals skip the store and ask the broker, so that the broker sees that
 * its token is in use.
 */
const LOOK_PAST = 3;

/**
 * The contents of a record: a token with its times by the writer's clock, a refusal, or both.
 *
 * @typedef {Partial<Record> & { refusal?: { until: number, hold: number, code: string, message:
 *   string, members: object } }} Stored
 */

/**
 * The key of the record, and the functions that seal and open it.
 *
 * @typedef {{ key: string } & Awaited<ReturnType<typeof sealerOf>>} Opened
 */

/**
 * A lease. `since` and `ticks` are the time by both clocks before it was taken; `until` is when it
 * ends. All are milliseconds.
 *
 * @typedef {{ lease: import('../types.js').TokenLease, since: number, ticks: number, until: number
 *   }} Leased
 */

/**
 * The errors that the next source, a broker or the token endpoint, remembers.
 *
 * @typedef {{ readonly now: { error: unknown, left: number } | undefined, hold(error: unknown, ms:
 *   number): void }} Held
 */

export class SharedToken {
  #store;
  #configuration;
  #session;
  #settings;
  #held;
  #report;
  /** @type {Opened | undefined} */ #opened;
  /**
   * The lease, the renewal that took it, and the moment from which another client may take it.
   *
   * @type {Leased & { wanted: Wanted } | undefined}
   */
  #lease;
  /** The last token that was read or written. @type {Record | undefined} */ #seen;
  /** The error that was remembered before the next source was asked. @type {unknown} */ #known;
  /** Resolves when all writing has ended. @type {Promise<void>} */ #writing = Promise.resolve();

  /**
   * @param {import('../types.js').TokenStore} store
   * @param {import('../module/wire.js').Fields} configuration as fieldsOf returns it
   * @param {import('./session.js').Session | undefined} session
   * @param {Settings} settings
   * @param {Held} held
   * @param {(event: import('../types.js').TokenEvent) => void} report
   */
  constructor(store, configuration, session, settings, held, report) {
    this.#store = store;
    this.#configuration = configuration;
    this.#session = session;
    this.#settings = settings;
    this.#held = held;
    this.#report = report;
  }

  /** Drops all secrets, except for a record that is being written. */
  forget() {
    this.#opened = this.#seen = undefined;
    this.#configuration = ['c', '', []];
  }

  /**
   * Resolves when all writing has ended or failed. It never rejects, and waits no longer than a
   * store may take.
   */
  async flush() {
    // If a request was cut off, its writing never ends.
    await inTime(this.#writing, 3 * STORE_TIMEOUT, '').catch(() => {});
  }

  /**
   * Derives the keys when they are first needed, because a Worker may not do that in its global
   * scope. The result is kept rather than its promise: the promise of a request that is cut off
   * never settles.
   */
  async #open() {
    if (this.#opened === undefined) {
      const configuration = this.#configuration; // close() drops it
      const key = await storeKeyOf(configuration);
      const sealer = await sealerOf(configuration, key, this.#settings.sealingKey);
      this.#opened = { key, ...sealer };
    }
    return this.#opened;
  }

  /**
   * Returns a usable token from the store. It returns undefined if the caller must ask the next
   * source; a store with leases then makes all other clients wait. Afterwards put() or giveUp()
   * must be called, which also frees the lease. It rejects if the configuration can't be shared:
   * that is the caller's mistake, and no failure of the store.
   *
   * @param {Wanted} wanted
   * @returns {Promise<Renewed | undefined>}
   */
  async take(wanted) {
    await this.#open();
    wanted.hold = this.#session && (() => this.#hold(wanted));
    const record = await this.#find(wanted);
    this.#known = this.#held.now?.error;
    return record && { type: 'shared', source: 'store', ...record };
  }

  /** @param {Wanted} wanted @returns {Promise<Record | undefined>} */
  async #find(wanted) {
    const { refused, force, least, isUrgent, signal, left } = wanted;
    const { random, clock, deadline, broker } = this.#settings;
    const session = this.#session;
    if (broker !== undefined && !isUrgent() && random(1)[0] < LOOK_PAST) {
      return undefined;
    }
    try {
      // This client may still be writing under its own lease.
      await answerOf(this.#writing, left()).catch(() => {});
      // An abandoned renewal may have left its lease.
      await this.#release(this.#takeOver(this.#lease?.wanted)?.lease, left());
      for (;;) {
        const record = await this.#look(refused, least, left());
        // Half of the time is spent waiting for the holder of the lease; the rest is for our own
        // request.
        const isOver = left() <= deadline / 2;
        const refusal = this.#held.now;
        if (
          record !== undefined ||
          this.#store.lease === undefined ||
          (session === undefined && (refusal !== undefined || isOver))
        ) {
          return record;
        }
        if (refusal !== undefined && !force) {
          this.#known = refusal.error;
          throw refusal.error;
        }
        const leased = isOver ? undefined : await this.#takeLease(left());
        if (leased !== undefined) {
          this.#lease = { ...leased, wanted };
          // Another client may have written a token since our last look.
          const found = await this.#look(refused, least, left());
          if (found !== undefined || session === undefined || (await session.read(left()))) {
            return found;
          }
          await this.#release(this.#takeOver(wanted)?.lease, left());
        }
        if (isOver) {
          throw busy();
        }
        await clock.sleep(Math.min(LOOK * (0.5 + random(1)[0] / 256), left()), signal);
      }
    } catch (error) {
      if (signal.aborted) {
        throw signal.reason;
      }
      if (session !== undefined && error instanceof TokenError) {
        throw error;
      }
      const failed = this.#failed(error);
      if (session !== undefined) {
        throw failed;
      }
      return undefined;
    }
  }

  /**
   * Reports that the store failed, and returns the error for a session that only the store knows.
   *
   * @param {unknown} error
   */
  #failed(error) {
    const cause = foreignError(error);
    this.#report({ type: 'store_failed', error: cause });
    return unknown(cause);
  }

  /**
   * Makes sure that a renewal holds the lease of its session while the store writes that a request
   * follows. A server that asks to wait may outlast the lease. Then another client may have renewed
   * the session, so this takes a new lease and reads the record again.
   *
   * @param {Wanted} wanted
   * @throws {TokenError} if another client renews the session, or if the store fails
   */
  async #hold(wanted) {
    const { clock } = this.#settings;
    const { left } = wanted;
    const held = this.#lease?.wanted === wanted ? this.#lease : undefined;
    if (held !== undefined && clock.leftOf(held, held.until) > STORE_TIMEOUT) {
      return;
    }
    await this.#release(this.#takeOver(wanted)?.lease, left());
    let isFree = false;
    try {
      const leased = await this.#takeLease(left());
      this.#lease = leased && { ...leased, wanted };
      isFree = leased !== undefined && (await this.#session?.read(left())) === true;
    } catch (error) {
      throw this.#failed(error);
    }
    if (!isFree) {
      throw busy();
    }
  }

  /**
   * Returns the token of the store if it is usable. It remembers a refusal that it finds there.
   *
   * @param {string | undefined} refused
   * @param {number} least milliseconds that the token should last
   * @param {number} ms milliseconds that the store may take
   */
  async #look(refused, least, ms) {
    const { now } = this.#settings.clock;
    const { key, open } = await this.#open();
    const found = await this.#read(key, ms);
    const stored = /** @type {Stored} */ (
      ownOf(found === undefined ? undefined : await open(found.record))
    );
    if (
      stored.refusal !== undefined &&
      !isAhead(stored.refusal.until - stored.refusal.hold, now())
    ) {
      // The record is sealed, so a client with the same secrets wrote it.
      const { until, hold, code, message, members } = stored.refusal;
      this.#held.hold(
        Object.assign(new TokenError(code, message), members),
        Math.min(until - now(), hold),
      );
    }
    const left = stored.refusal === undefined ? found?.left : undefined;
    if (
      stored.token === undefined ||
      (left === undefined &&
        isOfTheFuture(/** @type {Record} */ (stored), now(), this.#settings.lifetime))
    ) {
      return undefined;
    }
    const seen = (this.#seen = within(/** @type {Record} */ (stored), now(), left));
    // A token within its margin is not taken: all clients would come back for the next one at once.
    return now() < seen.until - (1 + JITTER) * seen.margin &&
      !this.#isRefused(seen.token, refused) &&
      lasts(seen, now(), least)
      ? seen
      : undefined;
  }

  /**
   * Says whether a token must not be used: an API refused it, or a client of this process discarded
   * it.
   *
   * @param {{ access_token: string }} token
   * @param {string | undefined} refused
   */
  #isRefused({ access_token }, refused) {
    return access_token === refused || isDiscarded(this.#store, this.#opened?.key, access_token);
  }

  /**
   * Reads a record, and the time that is left if the store tells it.
   *
   * @param {string} key
   * @param {number} ms
   */
  async #read(key, ms) {
    if (this.#store.find !== undefined) {
      return answerOf(this.#store.find(key), ms);
    }
    const record = await answerOf(this.#store.get(key), ms);
    return record === undefined ? undefined : { record, left: undefined };
  }

  /**
   * @param {number} most milliseconds that it may take
   * @returns {Promise<Leased | undefined>} undefined if another client has the lease
   */
  async #takeLease(most) {
    const { timeout, clock } = this.#settings;
    const key = (await this.#session?.key()) ?? (await this.#open()).key;
    const ms = Math.min(
      this.#session === undefined ? timeout : Math.max(timeout, SHORTEST_LEASE),
      LONGEST_LEASE,
      Math.max(SHORTEST_LEASE, this.#seen?.margin ?? LONGEST_LEASE),
    );
    const mark = clock.mark();
    const { lease: take } = /** @type {Required<import('../types.js').TokenStore>} */ (this.#store);
    const lease = await answerOf(take(key, ms), most, (late) => late?.release());
    if (lease !== undefined) {
      this.#session?.setSure();
    }
    return lease && { lease, ...mark, until: mark.since + ms };
  }

  /**
   * Puts a token into the store and frees the lease. A token that did not come from the token
   * endpoint is already there. It never rejects.
   *
   * @param {Renewed} renewed
   * @param {Wanted} wanted
   */
  put(renewed, wanted) {
    this.#seen = renewed; // an older token is not used again
    return this.#settle(
      wanted,
      renewed.type === 'renewed' ? (opened) => this.#putToken(opened, renewed) : undefined,
    );
  }

  /**
   * Writes a new error into the store if it holds for other clients as well, and frees the lease.
   * It never rejects.
   *
   * @param {unknown} error
   * @param {Wanted} wanted
   */
  giveUp(error, wanted) {
    const rest = this.#held.now;
    const isNew =
      rest !== undefined &&
      rest.error === error &&
      error !== this.#known &&
      this.#settings.broker === undefined;
    const seen = this.spare(wanted);
    return this.#settle(
      wanted,
      isNew ? (opened) => this.#putRefusal(opened, rest, seen) : undefined,
    );
  }

  /**
   * Returns the last token if it still lives and was not refused. It can be used until its end.
   *
   * @param {Wanted} wanted
   * @returns {Record | undefined}
   */
  spare({ refused }) {
    const seen = this.#seen;
    const now = this.#settings.clock.now();
    const isGood =
      seen !== undefined &&
      now < seen.until &&
      !isOfTheFuture(seen, now, this.#settings.lifetime) &&
      !this.#isRefused(seen.token, refused);
    return isGood ? seen : undefined;
  }

  /**
   * Writes after all earlier writing, then frees the lease. close() doesn't stop it.
   *
   * @param {Wanted} wanted
   * @param {((opened: Opened) => Promise<void>) | undefined} write
   * @returns {Promise<void>}
   */
  #settle(wanted, write) {
    const [before, opened, leased] = [this.#writing, this.#opened, this.#takeOver(wanted)];
    const settle = async () => {
      if (write !== undefined && opened !== undefined) {
        await answerOf(before, STORE_TIMEOUT).catch(() => {});
        await write(opened);
      }
      if (leased !== undefined) {
        await this.#session?.mend(() => this.#settings.clock.leftOf(leased, leased.until));
      }
      await this.#release(leased?.lease, STORE_TIMEOUT);
    };
    return (this.#writing = settle());
  }

  /**
   * Puts a token into the store, unless it has ended or was discarded meanwhile.
   *
   * @param {Opened} opened
   * @param {Record} record
   */
  async #putToken(opened, { token, until, margin }) {
    const ttl = Math.ceil(until - this.#settings.clock.now());
    if (ttl > 0 && !isDiscarded(this.#store, opened.key, token.access_token)) {
      await this.#write(opened, { token, until, margin }, ttl);
    }
  }

  /**
   * Puts a refusal into the store, so that many processes with one wrong secret don't lock the
   * account. A living token stays beside it.
   *
   * @param {Opened} opened
   * @param {{ error: unknown, left: number }} rest
   * @param {Record | undefined} seen
   */
  async #putRefusal(opened, { error, left: hold }, seen) {
    const now = this.#settings.clock.now();
    const {
      name: _,
      code,
      message,
      ...members
    } = Object.assign({ message: '' }, /** @type {any} */ (error), {
      message: /** @type {any} */ (error).message,
    });
    const refusal = {
      until: now + hold,
      hold,
      code,
      message,
      members: JSON.parse(JSON.stringify({ ...members, cause: undefined })),
    };
    await this.#write(
      opened,
      { ...seen, refusal },
      Math.ceil(Math.max(hold, (seen?.until ?? 0) - now)),
    );
  }

  /** @param {Opened} opened @param {object} record @param {number} ttl */
  async #write({ key, seal }, record, ttl) {
    try {
      await answerOf(this.#store.set(key, await seal(record), ttl), STORE_TIMEOUT);
    } catch (error) {
      this.#report({ type: 'store_failed', error: foreignError(error) });
    }
  }

  /**
   * Removes a token from the store. A token that another client has put there stays. It never
   * rejects.
   *
   * @param {string} token
   */
  async discard(token) {
    try {
      const { key, open } = await this.#open();
      noteDiscarded(this.#store, key, token); // all clients of this process know it at once
      await this.flush(); // the token may still be on its way to the store
      const holds = async () => {
        const found = await answerOf(this.#store.get(key), STORE_TIMEOUT);
        const stored = /** @type {Stored} */ (
          ownOf(found === undefined ? undefined : await open(found))
        );
        return stored.token?.access_token === token;
      };
      for (let looks = 0; await holds(); looks++) {
        const lease = await this.#leaseToDiscard(key);
        if (lease === undefined && this.#store.lease !== undefined && looks < DISCARD_LOOKS) {
          await pause(LOOK); // the holder may put another token there, or fail
          continue;
        }
        try {
          if (lease === undefined || (await holds())) {
            // Another client may have replaced the token before we got the lease.
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
    return (
      this.#store.lease &&
      answerOf(this.#store.lease(key, SHORTEST_LEASE), STORE_TIMEOUT, (late) => late?.release())
    );
  }

  /**
   * Returns the lease of a renewal, which the caller must release.
   *
   * @param {Wanted | undefined} wanted
   */
  #takeOver(wanted) {
    if (this.#lease === undefined || this.#lease.wanted !== wanted) {
      // The lease belongs to a later renewal.
      return undefined;
    }
    const leased = this.#lease;
    this.#lease = undefined;
    return leased;
  }

  /**
   * @param {import('../types.js').TokenLease | undefined} lease
   * @param {number} ms milliseconds that it may take
   */
  async #release(lease, ms) {
    try {
      await (lease && answerOf(lease.release(), ms));
    } catch (error) {
      this.#report({ type: 'store_failed', error: foreignError(error) });
    }
  }
}

/**
 * Returns the error for a store that fails while only it knows the current refresh token.
 *
 * @param {unknown} cause
 */
const unknown = (cause) =>
  Object.assign(
    new TokenError(
      'network',
      'nothing was sent: the store failed, and only the store knows the current refresh token',
      { cause },
    ),
    { retryable: true },
  );

/**
 * The last discarded tokens, by store and key. An eventually consistent store may still show one of
 * them.
 *
 * @type {WeakMap<object, Map<string, string[]>>}
 */
const discarded = new WeakMap();

/** The most tokens of a key, and the most keys of a store, that are remembered. */
const MOST_TOKENS = 8;
const MOST_KEYS = 1000;

/** @param {object} store @param {string | undefined} key @param {string} token */
const isDiscarded = (store, key, token) =>
  key !== undefined && discarded.get(store)?.get(key)?.includes(token) === true;

/** @param {object} store @param {string} key @param {string} token */
function noteDiscarded(store, key, token) {
  const known = discarded.get(store) ?? /** @type {Map<string, string[]>} */ (new Map());
  const tokens = (known.get(key) ?? []).filter((other) => other !== token);
  known.delete(key); // so that the map's first entry is the oldest
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
