// A store in a page's sessionStorage or localStorage. Every script on the page's origin can read
// it. The records are sealed, but with a secret of the same page.

import { readOptions, TEXT } from '../lib/options.js';
import { TokenError } from '../lib/token_error.js';
import { kept, readKept, recordOf } from './kept.js';

/**
 * @param {import('./web_storage.d.ts').WebStorage} [storage]
 * @param {{ prefix?: string }} [options]
 * @returns {import('../types.js').TokenStore}
 */
export function webStorageStore(storage = globalThis.sessionStorage, options) {
  const { prefix = 'fetchtoken:' } = readOptions(options, { prefix: TEXT });
  if (typeof storage?.getItem !== 'function') {
    throw new TokenError(
      'invalid_config',
      'webStorageStore needs a Storage: sessionStorage or localStorage of a page',
    );
  }

  /** Removes the ended records, because a browser never removes them. */
  const sweep = () => {
    const names = Array.from({ length: storage.length }, (_, i) => storage.key(i) ?? '').filter(
      (name) => name.startsWith(prefix),
    );
    for (const name of names) {
      const found = readKept(storage.getItem(name) ?? '');
      if (found !== undefined && Date.now() >= found.until) {
        storage.removeItem(name);
      }
    }
  };

  /** @type {import('../types.js').TokenStore} */
  const store = {
    get: async (key) => recordOf(storage.getItem(prefix + key)),
    set: async (key, record, ttl) => {
      sweep();
      storage.setItem(prefix + key, kept(record, ttl));
    },
    delete: async (key) => storage.removeItem(prefix + key),
  };

  // Pages of one origin share localStorage, so it has locks. A sessionStorage belongs to one tab
  // and needs none.
  const locks = globalThis.navigator?.locks;
  if (locks !== undefined && storage !== globalThis.sessionStorage) {
    store.lease = (key, ttl) => leaseOf(locks, prefix + key, ttl);
  }
  return store;
}

/**
 * Takes a Web Lock if nobody holds it. The browser frees it when the page is closed.
 *
 * @param {LockManager} locks
 * @param {string} name
 * @param {number} ttl
 * @returns {Promise<import('../types.js').TokenLease | undefined>}
 */
function leaseOf(locks, name, ttl) {
  return new Promise((resolve, reject) => {
    const request = locks.request(name, { ifAvailable: true }, (lock) => {
      if (lock === null) {
        resolve(undefined);
        return undefined;
      }
      return new Promise((free) => {
        const timer = setTimeout(free, ttl);
        resolve({
          async release() {
            clearTimeout(timer);
            free(undefined);
            await request;
          },
        });
      });
    });
    request.catch(reject);
  });
}
