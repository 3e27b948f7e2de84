// A session is a refresh token that changes (RFC 6749 section 6). A store keeps the current one.
// Many servers take a refresh token once, and end the whole session when an old one comes again
// (RFC 9700 section 4.14). Therefore the client writes a record before it sends a refresh token,
// and writes the next refresh token before it returns the access token. If the process is killed in
// between, the record shows it: the next process sends nothing, and says that a user has to sign in
// again.
//
// The record has its own key in the store, because a client with a new secret or another scope
// continues the same session. The grant that began the session seals it. Only the holder of the
// lease on that key reads and writes it. A TokenBroker is its only client, and needs no lease.

import { identityOf } from '../fetch_token.js';
import { foreignError } from '../token/foreign_error.js';
import { inTime } from '../lib/in_time.js';
import { ownOf } from '../lib/own.js';
import { isAhead } from './record.js';
import { sealerOf, sessionOf, storeKeyOf } from './seal.js';
import { answerOf, STORE_TIMEOUT } from './store_answer.js';
import { TokenError } from '../lib/token_error.js';

/** @typedef {import('../module/wire.js').Fields} Fields */

/**
 * The context of a grant's new state. `sends` is how many milliseconds the following request may
 * take, or 0 if none follows. `token` is the response as JSON text, if it contains a token.
 *
 * @typedef {{ sends: number, token?: string | undefined, report: (event:
 *   import('../types.js').TokenEvent) => void }} Note
 */

/**
 * A record. `by` identifies the client that wrote it. While a request with the grant is under way,
 * `until` is the moment at which that client gives up. If it is too far ahead, the clock of that
 * client is wrong, and nobody waits.
 *
 * @typedef {{ grant: string, by: string, until?: number }} Kept
 */

/**
 * Keeps the sessions of one client, which no other client uses. If it holds a record of a request
 * under way, that request's process has ended.
 *
 * @typedef {Pick<import('../types.js').TokenStore, 'get' | 'set'>} OwnSessions
 */

/** Milliseconds that a store keeps a record, unless the server says how long a session lasts. */
const LIFETIME = 90 * 86_400_000;
/** A request of a process that has ended may have arrived. */
const LOST = 'l';

export class Session {
  #store;
  #configuration;
  #settings;
  /** A Worker has no randomness before its first request. @type {string | undefined} */ #id;
  /** @type {{ key: string } & Awaited<ReturnType<typeof sealerOf>> | undefined} */ #opened;
  /** The state of the grant, as package renewal wrote it. It is secret. */ state = '';
  /** Resolves when the last write has ended. @type {Promise<unknown> | undefined} */ #last;
  /** Milliseconds that the store was to keep the last write. */ #ttl = LIFETIME;
  /** Whether the last write failed, under the lease that this client has now. */ #isUnsure = false;

  /**
   * @param {OwnSessions} store
   * @param {Fields} configuration as sessionOf returns it
   * @param {import('./client_options.js').Settings} settings
   */
  constructor(store, configuration, settings) {
    this.#store = store;
    this.#configuration = configuration;
    this.#settings = settings;
  }

  /**
   * Returns the session of a configuration; undefined if the configuration has none, or if there is
   * no store with leases.
   *
   * @param {import('../types.js').Config | null} config
   * @param {import('./client_options.js').Settings} settings
   */
  static of(config, settings) {
    const { store, sessions = store } = settings;
    const session =
      config === null || store?.lease === undefined
        ? undefined
        : sessionOf(identityOf(config).configuration);
    return sessions && session && new Session(sessions, session, settings);
  }

  /** Identifies the client in its records. */
  get #by() {
    return (this.#id ??= crypto.randomUUID());
  }

  /** Drops the secrets. */
  forget() {
    this.#opened = undefined;
    this.#configuration = /** @type {Fields} */ (['c', '', []]);
    this.state = '';
    this.setSure();
  }

  /** Forgets that the last write failed. Under another lease the memory may be out of date. */
  setSure() {
    this.#isUnsure = false;
  }

  /**
   * Writes the state again if the last write failed. A store may do a write later than anybody
   * waits for it. So this waits until the writes have ended, as long as this client has the lease:
   * no other client reads the record before. It never rejects.
   *
   * @param {() => number} left milliseconds that the lease still lasts
   */
  async mend(left) {
    const ended = () => inTime(/** @type {Promise<unknown>} */ (this.#last), left(), '');
    try {
      if (this.#isUnsure) {
        await ended();
        if (left() >= 2 * STORE_TIMEOUT && this.#isUnsure) { // close() may have dropped the state
          await this.#write({ grant: this.state, by: this.#by }, this.#ttl);
        }
      }
    } catch { // the failure before was reported
      await ended().catch(() => {});
    }
  }

  /** The key of the record, and of the lease. */
  async key() {
    return (await this.#open()).key;
  }

  /**
   * Reads the record.
   *
   * @param {number} ms milliseconds that the store may take
   * @returns {Promise<boolean>} false while another client sends a request with the grant
   */
  async read(ms) {
    const { key, open } = await this.#open();
    const record = await answerOf(this.#store.get(key), ms);
    if (record === undefined) {
      return true;
    }
    const { grant, by, until } = /** @type {Partial<Kept>} */ (ownOf(await open(record)));
    if (by === this.#by) {
      return true; // the store may have failed when this client wrote last, so memory is newer
    }
    const { sessions, clock } = this.#settings;
    const now = clock.now();
    const isPending = until !== undefined && now < until && !isAhead(until, now);
    if (isPending && sessions === undefined) {
      return false;
    }
    this.state = until !== undefined || grant === undefined ? LOST : grant;
    return true;
  }

  /**
   * Changes the state, and writes the record.
   *
   * @param {string} state
   * @param {Note} note
   * @throws {TokenError} if a request follows and the store fails: later nobody could know whether
   *   the request was sent
   */
  async note(state, { sends, token, report }) {
    const before = this.state;
    if (state === before) {
      return;
    }
    this.state = state;
    try {
      await this.#write(
        sends > 0
          ? { grant: before, by: this.#by, until: this.#settings.clock.now() + sends }
          : { grant: state, by: this.#by },
        lifetimeOf(token),
      );
    } catch (error) {
      const cause = foreignError(error);
      report({ type: 'store_failed', error: cause });
      if (sends > 0) {
        this.state = before;
        throw notKept(cause);
      }
    }
  }

  /**
   * Writes a record. It first waits for the write before, which must not come after this one.
   *
   * @param {Kept} kept
   * @param {number} ttl
   */
  async #write(kept, ttl) {
    const { key, seal } = await this.#open();
    const sealed = await seal(kept);
    if (this.#last !== undefined) {
      await answerOf(this.#last, STORE_TIMEOUT);
    }
    [this.#ttl, this.#isUnsure] = [ttl, true];
    const writing = this.#store.set(key, sealed, ttl);
    this.#last = Promise.resolve(writing).catch(() => {});
    await answerOf(writing, STORE_TIMEOUT);
    this.setSure();
  }

  async #open() {
    if (this.#opened === undefined) {
      const configuration = this.#configuration; // close() drops it
      const key = await storeKeyOf(configuration, 'session');
      this.#opened = { key, ...(await sealerOf(configuration, key, this.#settings.sealingKey)) };
    }
    return this.#opened;
  }
}

/** Returns the error for a session that another client renews. */
export const busy = () =>
  Object.assign(new TokenError('timeout', 'another client of the store still renews the session'), {
    retryable: true,
  });

/** @param {unknown} cause */
const notKept = (cause) =>
  Object.assign(
    new TokenError(
      'network',
      'nothing was sent: the store failed, and must know before a refresh token is sent',
      { cause },
    ),
    { retryable: true },
  );

/**
 * Returns how many milliseconds a session lasts from now on. Several servers say so, in
 * `refresh_token_expires_in` or `refresh_expires_in`.
 *
 * @param {string} [token]
 */
function lifetimeOf(token = '{}') {
  const { refresh_token_expires_in: some, refresh_expires_in: others } = ownOf(JSON.parse(token));
  const seconds = Number(some ?? others);
  return seconds > 0 && seconds < 1e9 ? seconds * 1000 : LIFETIME;
}
