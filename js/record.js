// Tokens that another machine has handed on: its clock may differ from ours.

import { ownOf } from './own.js';

/** @typedef {import('./token_endpoint.js').Record} Record */

/** Milliseconds that a lifetime may seem to differ by the way of its record. */
const SLACK = 1_000;

/**
 * Returns a record with its times by our clock. It lives no longer than expires_in says, whatever the writer's clock was. Where it is known how much is
 * left, as a store may tell that counts by a clock of its own, that counts alone.
 *
 * @param {Record} record
 * @param {number} now
 * @param {number} [left] in milliseconds
 * @returns {Record}
 */
export function within({ token, until, margin }, now, left = until - now) {
  const { expires_in, expires_at } = ownOf(token);
  const lifetime = typeof expires_in === 'number' && expires_in > 0 ? expires_in * 1000 : Infinity;
  const end = now + Math.min(left, lifetime);
  const shift = end - until;
  if (Math.abs(shift) <= SLACK) { // the clocks agree
    return { token, until, margin };
  }
  return { token: expires_at === undefined ? token : { ...token, expires_at: Math.floor(expires_at + shift / 1000) }, until: end, margin };
}
