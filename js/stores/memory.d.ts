import type { TokenStore } from '../types.js';

/**
 * A store within one process, for clients that share a token there, and for tests.
 *
 * @param options `limit`: the most records that it keeps; default: 1000. Beyond the limit, the
 *   record that was set longest ago is dropped
 *
 * @example
 * ```js
 * import { createClient } from 'fetchtoken';
 * import { memoryStore } from 'fetchtoken/stores/memory';
 *
 * const store = memoryStore();
 * const [one, two] = [createClient(config, { store }), createClient(config, { store })];
 * await Promise.all([one.getToken(), two.getToken()]); // sends one request
 * ```
 */
export function memoryStore(options?: {
  limit?: number;
}): TokenStore & Pick<Required<TokenStore>, 'lease'>;
