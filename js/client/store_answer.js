// A store is the caller's, and may never answer.

import { inTime } from '../lib/in_time.js';

/** Milliseconds that one call of the store may take. */
export const STORE_TIMEOUT = 2_000;

/**
 * Waits for a store, at most two seconds.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {number} ms
 * @param {(value: T) => unknown} [onLate]
 */
export function answerOf(promise, ms, onLate) {
  const most = Math.max(1, Math.min(ms, STORE_TIMEOUT));
  return inTime(promise, most, `the store did not answer in ${Math.round(most)} ms`, { onLate });
}
