import type { TokenStore } from '../types.js';

/**
 * A store within one process: for clients that share a token there, and for tests.
 *
 * @param options `limit`: how many records it keeps; default: 1000. Beyond that, what was set
 *   longest ago goes
 */
export function memoryStore(options?: {
  limit?: number;
}): TokenStore & Pick<Required<TokenStore>, 'lease'>;
