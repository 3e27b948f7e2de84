// The session of a user who signed in once, for many processes: it keeps the first token as a
// client keeps it, and it ends the session. In between, clients of the same configuration use it.

import { identityOf } from '../fetch_token.js';
import { ownOf } from '../lib/own.js';
import { settingsOf } from './client_options.js';
import { sealerOf, storeKeyOf } from './seal.js';
import { busy, Session } from './session.js';
import { SharedToken } from './shared_token.js';
import { answerOf, STORE_TIMEOUT } from './store_answer.js';

/** Milliseconds of the lease under which a session ends: its token is revoked meanwhile. */
const LEASE = 60_000;
/** Milliseconds between two attempts to get that lease. */
const LOOK = 150;

/** No error is remembered yet. */
const NO_REST = { now: undefined, hold() {} };

export class KeptSession {
  #settings;
  #configuration;
  #session;
  #grant;

  /**
   * @param {import('../types.js').Config} config a configuration with the grant of the session
   * @param {import('../types.js').TokenClientOptions & { store:
   *   Required<Pick<import('../types.js').TokenStore, 'lease'>> }} options
   */
  constructor(config, options) {
    this.#settings = settingsOf(options);
    this.#configuration = identityOf(config).configuration;
    this.#session = /** @type {Session} */ (Session.of(config, this.#settings));
    this.#grant = ownOf(config.parameters ?? {});
  }

  get #store() {
    return /** @type {import('../types.js').TokenStore} */ (this.#settings.store);
  }

  /**
   * Keeps the first token.
   *
   * @param {import('./token_endpoint.js').Record} record
   * @param {string} [state] of the grant, as package renewal writes it
   */
  async keep(record, state = '') {
    const { clock, deadline } = this.#settings;
    const end = clock.now() + deadline;
    const report = () => {}; // a token that isn't kept is requested again
    const wanted = {
      refused: undefined,
      force: false,
      least: 0,
      isUrgent: () => true,
      left: () => Math.max(end - clock.now(), 0),
      signal: new AbortController().signal,
    };
    const shared = new SharedToken(
      this.#store, this.#configuration, this.#session, this.#settings, NO_REST, report,
    );
    await shared.take(wanted);
    await this.#session.note(state, { sends: 0, token: JSON.stringify(record.token), report });
    await shared.put({ type: 'renewed', duration: 0, ...record }, wanted);
  }

  /**
   * Ends the session: the caller revokes the newest refresh token, or the access token if there is
   * none. Then the records are removed, even if the caller fails. Meanwhile nobody can renew the
   * session.
   *
   * @param {(token: string | undefined, hint: 'refresh_token' | 'access_token') => Promise<void>}
   *   revoke
   * @throws {TokenError} `timeout` if another process renews the session: then nothing has changed
   */
  async end(revoke) {
    const lease = await this.#lease(await this.#session.key());
    try {
      if (!(await this.#session.read(STORE_TIMEOUT))) {
        throw busy();
      }
      try {
        const refresh = this.#refreshToken();
        await (refresh === undefined
          ? revoke(await this.#accessToken(), 'access_token')
          : revoke(refresh, 'refresh_token'));
      } finally {
        await this.forget();
      }
    } finally {
      await answerOf(lease.release(), STORE_TIMEOUT);
    }
  }

  /** Removes the records. */
  async forget() {
    for (const key of [await this.#session.key(), await storeKeyOf(this.#configuration)]) {
      await answerOf(this.#store.delete(key), STORE_TIMEOUT);
    }
  }

  /** Returns the newest refresh token, if it is known. Without a state the grant is unused. */
  #refreshToken() {
    const { state } = this.#session;
    const text = state === '' ? this.#grant.refresh_token : /^[rs](.+)$/s.exec(state)?.[1];
    return typeof text === 'string' ? text : undefined;
  }

  async #accessToken() {
    const key = await storeKeyOf(this.#configuration);
    const { open } = await sealerOf(this.#configuration, key, this.#settings.sealingKey);
    const record = await answerOf(this.#store.get(key), STORE_TIMEOUT);
    const { token } = /** @type {any} */ (ownOf(record && (await open(record))));
    const { access_token } = ownOf(token ?? {});
    return typeof access_token === 'string' ? access_token : undefined;
  }

  /** Waits for the lease of the session. @param {string} key */
  async #lease(key) {
    const { clock, timeout } = this.#settings;
    const { lease } = /** @type {Required<import('../types.js').TokenStore>} */ (this.#store);
    for (const end = clock.now() + timeout; clock.now() < end; ) {
      const taken = await answerOf(lease(key, LEASE), STORE_TIMEOUT, (late) => late?.release());
      if (taken !== undefined) {
        return taken;
      }
      await clock.sleep(LOOK, new AbortController().signal);
    }
    throw busy();
  }
}
