// A remembered refusal: for a while, no client of this process asks again with the same
// configuration. If the server refused the client itself (invalid_client), the refusal holds for
// every scope, audience and resource.

import { SOURCES } from '../lib/config_fields.js';
import { tagOf } from '../lib/tag.js';
import { canonicalOf } from '../module/wire.js';

/** @typedef {import('../module/wire.js').Fields} Fields */

/** How many refusals are remembered. The oldest is dropped first. */
const MOST = 1000;

/**
 * @typedef {{ error: unknown, since: number, ticks: number, until: number, passed: boolean }} Held
 */

/**
 * The refusals of all clients, by clock and then by the digest of a configuration. The clock says
 * when a refusal ends.
 *
 * @type {WeakMap<object, Map<string, Held>>}
 */
const refusals = new WeakMap();

/**
 * Numbers that tell CryptoKeys and functions apart, whose contents can't be read.
 *
 * @type {WeakMap<object, number>}
 */
const keys = new WeakMap();
let lastKey = 0;

/**
 * Makes a digest useless outside this process: nobody can check a guess against it.
 *
 * @type {Uint8Array<ArrayBuffer> | undefined}
 */
let salt;

/** The fields of a configuration that don't matter when the server authenticates the client. */
const REQUESTED = ['scope', 'audience', 'resource'];

/** The refusals of one configuration: of its client, and of its request. */
export class Rest {
  #client;
  #request;

  /**
   * @param {import('../lib/clock.js').Clock} clock
   * @param {Fields} [fields] the configuration
   * @param {any} [config] the same configuration, as the caller gave it
   */
  constructor(clock, fields, config) {
    const hidden = hiddenOf(Object(config));
    this.#client = new Refusal('client', clock, fields && clientOf(fields), hidden);
    this.#request = new Refusal('request', clock, fields, hidden);
  }

  /** Joins the other clients with this configuration before the first request. */
  async open() {
    await Promise.all([this.#client.open(), this.#request.open()]);
  }

  /** The remembered error and the milliseconds that are left, or undefined. */
  get now() {
    return this.#client.now ?? this.#request.now;
  }

  /**
   * Throws the remembered error. `force`, a person's decision, gets past it once.
   *
   * @param {boolean} force
   */
  check(force) {
    this.#client.check(force);
    this.#request.check(force);
  }

  /**
   * Remembers an error. If a forced request brought it, `force` does not get past it again.
   *
   * @param {any} error
   * @param {number} ms
   */
  hold(error, ms) {
    (error?.error === 'invalid_client' ? this.#client : this.#request).hold(error, ms);
  }

  /** Forgets the errors, because there is a token. */
  forget() {
    this.#client.forget();
    this.#request.forget();
  }

  /** Leaves the shared refusals. */
  close() {
    this.#client.close();
    this.#request.close();
  }
}

/** Returns a configuration without the fields of its request. @param {Fields} configuration */
function clientOf([whole, , fields]) {
  const kept = /** @type {Fields} */ (fields).filter(
    (_, i) => !REQUESTED.includes(/** @type {string} */ (fields[3 * Math.floor(i / 3) + 1])),
  );
  return [whole, '', kept];
}

/**
 * Returns numbers of the CryptoKey and the functions in a configuration, which its fields don't
 * describe.
 *
 * @param {Record<string, any>} config
 */
function hiddenOf(config) {
  const { privateKey } = config;
  return [
    tagOf(privateKey) === 'CryptoKey' ? numberOf(privateKey) : 0,
    ...SOURCES.map((name) => (typeof config[name] === 'function' ? numberOf(config[name]) : 0)),
  ].join();
}

/**
 * The refusal of one configuration. All clients with that configuration and the same clock share
 * it. Without a configuration it belongs to one client.
 */
class Refusal {
  #of;
  #clock;
  /** @type {Map<string, Held>} */ #held = new Map();
  #key = '';
  #fields;
  #hidden;

  /**
   * @param {'client' | 'request'} of
   * @param {import('../lib/clock.js').Clock} clock
   * @param {Fields | undefined} fields
   * @param {string} hidden what tells two configurations apart with the same fields
   */
  constructor(of, clock, fields, hidden) {
    this.#of = of;
    this.#clock = clock;
    this.#fields = fields;
    this.#hidden = hidden;
  }

  /** Where WebCrypto is missing, as in a page over http, each client stays alone. */
  async open() {
    if (this.#fields !== undefined && globalThis.crypto?.subtle !== undefined) {
      const key = await digestOf(this.#of, this.#fields, this.#hidden);
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
        // The refusal came from a store before this client had joined.
        shared.set(key, own);
      }
      this.#held = shared;
    }
  }

  get now() {
    const held = this.#held.get(this.#key);
    return held !== undefined && this.#clock.isBefore(held, held.until)
      ? { error: held.error, left: held.until - this.#clock.now() }
      : undefined;
  }

  /** @param {boolean} force */
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

  /** @param {unknown} error @param {number} ms */
  hold(error, ms) {
    if (!(ms > 0)) {
      return;
    }
    const passed = this.now !== undefined && this.#held.get(this.#key)?.passed === true;
    const mark = this.#clock.mark();
    this.#held.delete(this.#key); // so that the map's first entry is the oldest
    this.#held.set(this.#key, { error, ...mark, until: mark.since + ms, passed });
    for (const [key, held] of this.#held) {
      if (this.#held.size <= MOST && this.#clock.isBefore(held, held.until)) {
        break;
      }
      this.#held.delete(key);
    }
  }

  forget() {
    this.#held.delete(this.#key);
  }

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
 * Returns a digest that identifies a configuration in this process.
 *
 * @param {string} of
 * @param {Fields} fields
 * @param {string} hidden
 */
async function digestOf(of, fields, hidden) {
  salt ??= crypto.getRandomValues(new Uint8Array(32));
  const others = ['a', 'of', of, 'a', 'salt', salt, 'a', 'hidden', hidden];
  const bytes = canonicalOf(fields, others);
  return String.fromCharCode(...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}
