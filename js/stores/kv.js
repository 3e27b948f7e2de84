// A store in Workers KV, without guarantees: a write may take a minute to appear elsewhere, and
// there are no leases. It doesn't return an expired record, although KV keeps every entry for at
// least a minute.

import { readOptions, TEXT } from '../lib/options.js';
import { TokenError } from '../lib/token_error.js';
import { kept, recordOf } from './kept.js';

/** The shortest time that KV keeps an entry, in seconds. */
const SHORTEST = 60;

/**
 * @param {import('./kv.d.ts').KVNamespace} namespace
 * @param {{ prefix?: string }} [options]
 * @returns {import('../types.js').TokenStore}
 */
export function kvStore(namespace, options) {
  const { prefix = 'fetchtoken:' } = readOptions(options, { prefix: TEXT });
  if (typeof namespace?.get !== 'function' || typeof namespace.put !== 'function') {
    throw new TokenError(
      'invalid_config',
      'kvStore needs a KV namespace, as the binding of a Worker is one (env.TOKENS_KV)',
    );
  }
  return {
    get: async (key) => recordOf(await namespace.get(prefix + key)),
    set: async (key, record, ttl) => {
      await namespace.put(prefix + key, kept(record, ttl), {
        expirationTtl: Math.max(SHORTEST, Math.ceil(ttl / 1000)),
      });
    },
    delete: async (key) => namespace.delete(prefix + key),
  };
}
