// Tokens that another machine has handed on: its clock may differ from ours.

import { ownOf } from '../lib/own.js';

/** @typedef {import('./token_endpoint.js').Record} Record */

/** Milliseconds that a lifetime may seem to differ by the way of its record. */
const SLACK = 1_000;

/** By how many milliseconds the writer's clock may be ahead of ours. */
const MOST_AHEAD = 300_000;
/**
 * How many milliseconds a token is kept whose end the server doesn't tell, by default:
 * unknownLifetime of package renewal.
 */
const UNKNOWN_LIFETIME = 300_000;

/**
 * How many milliseconds a token lives, as the server said.
 *
 * @param {Record} record
 * @param {number} unknown if it didn't
 */
function lifetimeOf({ token }, unknown) {
  const { expires_in } = ownOf(token);
  return typeof expires_in === 'number' && expires_in > 0 ? expires_in * 1000 : unknown;
}

/**
 * Says whether a token is of a time that is still to come: the writer's clock was ahead, or ours
 * was set back. How old the token is can't be known then, and it would be good for as long as the
 * clocks differ.
 *
 * @param {Record} record
 * @param {number} now
 * @param {number} [unknown] how many milliseconds it lives if the server didn't say
 */
export const isOfTheFuture = (record, now, unknown = UNKNOWN_LIFETIME) =>
  isAhead(record.until - lifetimeOf(record, unknown), now);

/**
 * Says whether a moment of another clock is too far ahead of ours.
 *
 * @param {number} moment
 * @param {number} now
 */
export const isAhead = (moment, now) => moment > now + MOST_AHEAD;

/**
 * Returns a record with its times by our clock. It lives no longer than expires_in says, whatever
 * the writer's clock was. Where it is known how much is left, as a store may tell that counts by a
 * clock of its own, that counts alone.
 *
 * @param {Record} record
 * @param {number} now
 * @param {number} [left] in milliseconds
 * @returns {Record}
 */
export function within(record, now, left = record.until - now) {
  const { token, until, margin } = record;
  const { expires_at } = ownOf(token);
  const end = now + Math.min(left, lifetimeOf(record, Infinity));
  const shift = end - until;
  if (Math.abs(shift) <= SLACK) { // the clocks agree
    return { token, until, margin };
  }
  return {
    token:
      expires_at === undefined
        ? token
        : { ...token, expires_at: Math.floor(expires_at + shift / 1000) },
    until: end,
    margin,
  };
}

/**
 * Says whether a token lasts as long as is wanted. Where it could not even when it was new, for the
 * server issues none that does, it does as long as little of its life has gone: a new one would be
 * no better.
 *
 * @param {Record} record
 * @param {number} now
 * @param {number} least milliseconds
 * @param {number} [whole] its life when it was new, in milliseconds
 */
export function lasts(
  { token, until, margin },
  now,
  least,
  whole = Number(ownOf(token).expires_in) * 1000,
) {
  const left = until - now;
  return left >= least || (whole < least && whole - left < margin);
}
