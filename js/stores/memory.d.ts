import type { TokenStore } from '../types.js';

/**
 * A store within one process, for clients that share a token there, and for tests.
 *
 * @param options `limit`: the most records that it keeps; default: 1000. Beyond the limit, the
 *   record that was set longest ago is dropped
 */
export function memoryStore(options?: {
  limit?: number;
}): TokenStore & Pick<Required<TokenStore>, 'lease'>;
