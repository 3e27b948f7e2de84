import type { TokenStore } from '../types.js';

/** What the store needs of a Workers KV namespace. */
export interface KVNamespace {
  get(key: string): Promise<string | null>;
  put(key: string, value: string, options?: { expirationTtl?: number }): Promise<void>;
  delete(key: string): Promise<void>;
}

/**
 * A store in Cloudflare Workers KV, best effort: a token may take a minute to show up in other
 * places, and there are no leases.
 *
 * @param options `prefix` of the keys; default: `fetchtoken:`
 */
export function kvStore(namespace: KVNamespace, options?: { prefix?: string }): TokenStore;
