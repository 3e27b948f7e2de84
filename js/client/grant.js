// A grant that a server may take only once. All tokens of a client use the one grant of its
// configuration, so their requests run one after another: each uses the refresh token of the
// response before it.

import { race } from '../lib/in_time.js';
import { jsonOf, ownOf } from '../lib/own.js';

/**
 * The parameters that contain such a grant. Exchange.TakesOnce of core/grant.go has the same list.
 */
export const GRANTS = ['code', 'device_code', 'refresh_token', 'assertion'];

export class Grant {
  /**
   * The session in the store, if the store can keep one.
   *
   * @type {import('./session.js').Session | undefined}
   */
  session;
  #state = '';
  /** The parameters of the grant as text; '' if there are none. It is secret. */
  #text;
  /** @type {{ owner: object, over: Promise<void> } | undefined} */ #last;

  /**
   * @param {string} text the text that textOf returns
   * @param {import('./session.js').Session} [session]
   */
  constructor(text, session) {
    this.#text = text;
    this.session = session;
  }

  /** The state of the grant, as package renewal wrote it. It is secret. */
  get state() {
    return this.session?.state ?? this.#state;
  }

  /**
   * Changes the state. If the store keeps the grant, the caller must wait for the write.
   *
   * @param {string} state
   * @param {import('./session.js').Note} note
   * @returns {Promise<void> | void}
   */
  note(state, note) {
    if (this.session !== undefined) {
      return this.session.note(state, note);
    }
    this.#state = state;
  }

  /** Returns the grant of a configuration as text. @param {unknown} config */
  static textOf(config) {
    const { parameters: given = {} } = /** @type {any} */ (ownOf(config ?? {}));
    const parameters = ownOf(given ?? {});
    const grants = GRANTS.filter((name) => parameters[name] !== undefined);
    return grants.length === 0
      ? ''
      : /** @type {string} */ (jsonOf(grants.map((name) => [name, parameters[name]])));
  }

  /** Whether the configuration has such a grant. */
  get exists() {
    return this.#text !== '';
  }

  /** Says whether this is the grant of a configuration. @param {unknown} config */
  isOf(config) {
    return Grant.textOf(config) === this.#text;
  }

  /**
   * Resolves when no request with a kept session is under way, which could have used the session
   * up. It is undefined if none was.
   */
  get settled() {
    return this.session && this.#last?.over;
  }

  /** Drops the secrets. */
  forget() {
    this.#state = this.#text = '';
    this.session?.forget();
  }

  /**
   * Waits until no other token is requested with this grant, or until the time is over. It returns
   * a function that ends the turn.
   *
   * @param {object} owner the token that wants a turn. It doesn't wait for its own last turn,
   *   because a renewal that was cut off never ends
   * @param {import('./token_endpoint.js').Wanted} wanted
   * @returns {Promise<() => void>}
   */
  async turn(owner, { signal, left }) {
    if (!this.exists) {
      return () => {};
    }
    const before = this.#last;
    let end = () => {};
    this.#last = { owner, over: new Promise((resolve) => (end = resolve)) };
    if (before !== undefined && before.owner !== owner) {
      try {
        await race(before.over, signal, (resolve) =>
          setTimeout(/** @type {(value?: any) => void} */ (resolve), left()),
        );
      } catch (reason) {
        end();
        throw reason;
      }
    }
    return end;
  }
}
