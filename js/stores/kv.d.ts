import type { TokenStore } from '../types.js';

/** The members of a Workers KV namespace that the store uses. */
export interface KVNamespace {
  get(key: string): Promise<string | null>;
  put(key: string, value: string, options?: { expirationTtl?: number }): Promise<void>;
  delete(key: string): Promise<void>;
}

/**
 * A store in Cloudflare Workers KV, without guarantees: a token may take a minute to appear in
 * other places, and there are no leases.
 *
 * @param options `prefix` of the keys; default: `fetchtoken:`
 */
export function kvStore(namespace: KVNamespace, options?: { prefix?: string }): TokenStore;
