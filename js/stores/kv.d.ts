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
 *
 * @example
 * ```js
 * import { createClient, loadCredentials } from 'fetchtoken';
 * import { kvStore } from 'fetchtoken/stores/kv';
 *
 * let client;
 * export default {
 *   async fetch(request, env) {
 *     client ??= createClient(await loadCredentials(env), {
 *       store: kvStore(env.TOKENS_KV),
 *       origins: ['https://api.example.com'],
 *     });
 *     return client.fetch('https://api.example.com/v1/things');
 *   },
 * };
 * ```
 */
export function kvStore(namespace: KVNamespace, options?: { prefix?: string }): TokenStore;
