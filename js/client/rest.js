// What a refusal leaves behind: the same configuration is not worth asking again for a while,
// whoever asks.

import { tagOf } from '../lib/tag.js';
import { canonicalOf } from '../module/wire.js';

/** @typedef {import('../module/wire.js').Fields} Fields */

/** How many refusals are remembered: beyond that, the oldest goes. */
const MOST = 1000;

/**
 * @typedef {{ error: unknown, since: number, ticks: number, until: number, passed: boolean }} Held
 */

/**
 * The refusals of all clients by their clock, which says until when; then by the digest of their
 * configuration.
 *
 * @type {WeakMap<object, Map<string, Held>>}
 */
const refusals = new WeakMap();

/**
 * Told apart by nothing but themselves: keys that never leave WebCrypto.
 *
 * @type {WeakMap<object, number>}
 */
const keys = new WeakMap();
let lastKey = 0;

/**
 * So that a digest in memory is nothing that a guess could be checked against elsewhere.
 *
 * @type {Uint8Array<ArrayBuffer> | undefined}
 */
let salt;

/**
 * The refusal of a configuration, which all clients of it share that have one clock. Without a
 * configuration it is this client's own.
 */
export class Rest {
  #clock;
  /** @type {Map<string, Held>} */ #held = new Map();
  #key = '';
  #fields;
  #hidden;

  /**
   * @param {import('../lib/clock.js').Clock} clock
   * @param {Fields} [fields] the configuration
   * @param {unknown} [hidden] its private key
   */
  constructor(clock, fields, hidden) {
    this.#clock = clock;
    this.#fields = fields;
    this.#hidden = tagOf(hidden) === 'CryptoKey' ? numberOf(/** @type {object} */ (hidden)) : 0;
  }

  /**
   * Joins the other clients, before the first request: WebCrypto takes its time. Where it is
   * missing, a page by http, each client is alone.
   */
  async open() {
    if (this.#fields !== undefined && globalThis.crypto?.subtle !== undefined) {
      const key = await digestOf(this.#fields, this.#hidden);
      this.#fields = undefined;
      this.#key = key;
      const shared = refusals.get(this.#clock.origin) ?? new Map();
      refusals.set(this.#clock.origin, shared);
      const own = this.#held.get('');
      const current = shared.get(key);
      if (
        own !== undefined &&
        !(current !== undefined && this.#clock.isBefore(current, current.until))
      ) {
        // that of a store, which was known before
        shared.set(key, own);
      }
      this.#held = shared;
    }
  }

  /** What is remembered now, if anything, and for how many milliseconds. */
  get now() {
    const held = this.#held.get(this.#key);
    return held !== undefined && this.#clock.isBefore(held, held.until)
      ? { error: held.error, left: held.until - this.#clock.now() }
      : undefined;
  }

  /**
   * Throws what is remembered, unless a person decides to ask all the same, which one can once.
   *
   * @param {boolean} force
   */
  check(force) {
    const { now } = this;
    const held = this.#held.get(this.#key);
    if (now === undefined || held === undefined) {
      return;
    }
    if (!force || held.passed) {
      throw now.error;
    }
    held.passed = true;
  }

  /**
   * Remembers an error. One that came by force leaves no room for another by force.
   *
   * @param {unknown} error
   * @param {number} ms
   */
  hold(error, ms) {
    if (!(ms > 0)) {
      return;
    }
    const passed = this.now !== undefined && this.#held.get(this.#key)?.passed === true;
    const mark = this.#clock.mark();
    this.#held.delete(this.#key); // so that the first of the map is the oldest
    this.#held.set(this.#key, { error, ...mark, until: mark.since + ms, passed });
    for (const [key, held] of this.#held) {
      if (this.#held.size <= MOST && this.#clock.isBefore(held, held.until)) {
        break;
      }
      this.#held.delete(key);
    }
  }

  /** Forgets it: there is a token. */
  forget() {
    this.#held.delete(this.#key);
  }

  /** Is no longer of that configuration. */
  close() {
    this.#held = new Map();
    this.#fields = undefined;
  }
}

/** @param {object} key */
function numberOf(key) {
  const number = keys.get(key) ?? ++lastKey;
  keys.set(key, number);
  return number;
}

/**
 * Returns what stands for a configuration in this process.
 *
 * @param {Fields} fields
 * @param {number} hidden
 */
async function digestOf(fields, hidden) {
  salt ??= crypto.getRandomValues(new Uint8Array(32));
  const bytes = canonicalOf(fields, ['a', 'salt', salt, 'a', 'hidden', String(hidden)]);
  return String.fromCharCode(...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}
