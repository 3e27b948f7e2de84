// One token in a store for all who have the same configuration. A store that fails is reported, and everybody works on alone.

import { sealerOf, storeKeyOf } from './seal.js';

/**
 * A token, when it ends and how long before it is renewed, in milliseconds.
 *
 * @typedef {{ token: import('./types.js').TokenResponse, until: number, margin: number }} Record
 */
/** @typedef {(error: unknown) => void} Report */

/** Milliseconds for which one asks while the others wait, at most: if it dies, they wait no longer. */
const LONGEST_LEASE = 10_000;
/** Milliseconds that a store may take for one thing. */
const STORE_TIMEOUT = 2_000;
/** Milliseconds between two looks at the store, on average. */
const LOOK = 150;

export class SharedToken {
  #store;
  #config;
  #sealingKey;
  /** @type {Promise<{ key: string, seal: (value: object) => Promise<string>, open: (record: string) => Promise<object | undefined> }> | undefined} */
  #opened;
  /** @type {import('./types.js').TokenLease | undefined} */
  #lease;

  /**
   * @param {import('./types.js').TokenStore} store
   * @param {import('./types.js').Config} config
   * @param {string | Uint8Array} [sealingKey]
   */
  constructor(store, config, sealingKey) {
    this.#store = store;
    this.#config = config;
    this.#sealingKey = sealingKey;
  }

  /** Derives the keys when they are first needed: a Worker may not do that in its global scope. */
  #open() {
    this.#opened ??= (async () => {
      const key = await storeKeyOf(this.#config);
      return { key, ...(await sealerOf(this.#config, key, this.#sealingKey)) };
    })();
    return this.#opened;
  }

  /**
   * Returns a record that may be used, or undefined: then the caller is the one to ask, and must put() and release().
   *
   * @param {(record: Record) => boolean} isUsable
   * @param {{ ms: number, patience: number, random: (size: number) => Uint8Array, sleep: (ms: number, signal: AbortSignal) => unknown, signal: AbortSignal }} wait
   * @param {Report} failed
   * @returns {Promise<Record | undefined>}
   */
  async take(isUsable, { ms, patience, random, sleep, signal }, failed) {
    const { key, open } = await this.#open(); // a configuration that can't be shared is the caller's mistake, and no failure of the store
    try {
      for (let waited = 0; ; ) {
        const text = await inTime(this.#store.get(key));
        const record = /** @type {Record | undefined} */ (text === undefined ? undefined : await open(text));
        if (record !== undefined && isUsable(record)) {
          return record;
        }
        if (this.#store.lease === undefined || waited >= patience) {
          return undefined;
        }
        this.#lease = await inTime(this.#store.lease(key, Math.min(ms, LONGEST_LEASE)));
        if (this.#lease !== undefined) {
          return undefined;
        }
        const pause = LOOK * (0.5 + random(1)[0] / 256);
        await sleep(pause, signal);
        waited += pause;
      }
    } catch (error) {
      if (signal.aborted) {
        throw signal.reason;
      }
      failed(error);
      return undefined;
    }
  }

  /** @param {Record} record @param {number} ttl @param {Report} failed */
  async put(record, ttl, failed) {
    try {
      const { key, seal } = await this.#open();
      await inTime(this.#store.set(key, await seal(record), Math.ceil(ttl)));
    } catch (error) {
      failed(error);
    }
  }

  /** @param {Report} failed */
  async release(failed) {
    const lease = this.#lease;
    this.#lease = undefined;
    try {
      await (lease && inTime(lease.release()));
    } catch (error) {
      failed(error);
    }
  }
}

/**
 * Waits for a store, but not for ever.
 *
 * @template T
 * @param {Promise<T>} promise
 * @returns {Promise<T>}
 */
async function inTime(promise) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the store did not answer in ${STORE_TIMEOUT} ms`)), STORE_TIMEOUT);
  });
  try {
    return await /** @type {Promise<T>} */ (Promise.race([promise, late]));
  } finally {
    clearTimeout(timer);
  }
}
