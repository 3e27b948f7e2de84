// Tokens that came from another machine, whose clock may differ from ours.

import { ownOf } from '../lib/own.js';

/** @typedef {import('./token_endpoint.js').Record} Record */

/** A difference of this many milliseconds counts as the time that the record took to arrive. */
const SLACK = 1_000;

/** The most milliseconds that the writer's clock may be ahead of ours. */
const MOST_AHEAD = 300_000;
/**
 * The default lifetime in milliseconds of a token whose server doesn't say when it ends. It is
 * unknownLifetime of package renewal.
 */
const UNKNOWN_LIFETIME = 300_000;

/**
 * Returns the lifetime of a token in milliseconds, as the server said.
 *
 * @param {Record} record
 * @param {number} unknown the lifetime if the server said none
 */
function lifetimeOf({ token }, unknown) {
  const { expires_in } = ownOf(token);
  return typeof expires_in === 'number' && expires_in > 0 ? expires_in * 1000 : unknown;
}

/**
 * Says whether a token seems to be issued in the future: the writer's clock was ahead, or ours was
 * set back. The age of such a token is unknown, so it would be used too long.
 *
 * @param {Record} record
 * @param {number} now
 * @param {number} [unknown] the lifetime in milliseconds if the server said none
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
 * Returns a record with its times by our clock. The token lives no longer than its expires_in,
 * whatever the writer's clock was. If the store says how much time is left, only that counts.
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
 * Says whether a token lasts as long as the caller wants. If the server issues only shorter tokens,
 * one whose age is below its margin is enough: a new one would be no better.
 *
 * @param {Record} record
 * @param {number} now
 * @param {number} least milliseconds
 * @param {number} [whole] its full lifetime in milliseconds
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
