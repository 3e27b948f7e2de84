import type { TokenStore } from '../types.js';

/** The members of a `Storage` that the store uses. */
export interface WebStorage {
  readonly length: number;
  key(index: number): string | null;
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
  removeItem(name: string): void;
}

/**
 * A store in a page. `localStorage`, which pages share, has leases if the browser has Web Locks. If
 * the storage is full, `set` rejects.
 *
 * @param storage default: `sessionStorage`, which lives as long as the tab
 * @param options `prefix` of the names in the storage; default: `fetchtoken:`
 *
 * @example
 * ```js
 * import { createClient } from 'fetchtoken';
 * import { webStorageStore } from 'fetchtoken/stores/web-storage';
 *
 * const client = createClient(config, { store: webStorageStore(localStorage) });
 * ```
 */
export function webStorageStore(storage?: WebStorage, options?: { prefix?: string }): TokenStore;
