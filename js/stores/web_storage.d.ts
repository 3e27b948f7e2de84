import type { TokenStore } from '../types.js';

/** What the store needs of a `Storage`. */
export interface WebStorage {
  readonly length: number;
  key(index: number): string | null;
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
  removeItem(name: string): void;
}

/**
 * A store in a page. It has leases in `localStorage`, which pages share, where the browser has Web
 * Locks. A full storage rejects `set`.
 *
 * @param storage default: `sessionStorage`, which lives as long as the tab
 * @param options `prefix` of the names in the storage; default: `fetchtoken:`
 */
export function webStorageStore(storage?: WebStorage, options?: { prefix?: string }): TokenStore;
