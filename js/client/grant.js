// A grant that a server may take only once. All tokens of a client come from the one grant of its
// configuration, so their requests take turns: the refresh token that one brings is the next one's.

import { race } from '../lib/in_time.js';
import { jsonOf, ownOf } from '../lib/own.js';

/** The parameters that hold such a grant: Exchange.TakesOnce of core/grant.go. */
export const GRANTS = ['code', 'device_code', 'refresh_token', 'assertion'];

export class Grant {
  /** Keeps it in the store, if the store can. @type {import('./session.js').Session | undefined} */
  session;
  #state = '';
  /** The parameters that it came in, as text; '' if there are none. It is secret. */
  #text;
  /** @type {{ owner: object, over: Promise<void> } | undefined} */ #last;

  /**
   * @param {string} text as textOf returns it
   * @param {import('./session.js').Session} [session]
   */
  constructor(text, session) {
    this.#text = text;
    this.session = session;
  }

  /** The fate of the grant, as package renewal wrote it. It is secret. */
  get state() {
    return this.session?.state ?? this.#state;
  }

  /**
   * Changes the state. If the store keeps the grant, the caller waits until it does.
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

  /** Says whether it is the grant of a configuration. @param {unknown} config */
  isOf(config) {
    return Grant.textOf(config) === this.#text;
  }

  /** Drops what is secret. */
  forget() {
    this.#state = this.#text = '';
    this.session?.forget();
  }

  /**
   * Waits until no other token is being asked for with this grant, or the time is up. It returns
   * what ends the turn.
   *
   * @param {object} owner who asks. It doesn't wait for itself: a renewal that was cut off never
   *   ends
   * @param {import('./token_endpoint.js').Wanted} wanted
   * @returns {Promise<() => void>}
   */
  async turn(owner, { signal, left }) {
    if (this.#text === '') {
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
