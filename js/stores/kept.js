// A record and its time as one text, for stores that keep texts and don't let go of them in time by
// themselves.

import { jsonOf, ownOf } from '../lib/own.js';

/** Milliseconds by which the clock of whoever wrote a record may be ahead. */
const SLACK = 1_000;

/**
 * @param {string} record
 * @param {number} ttl in milliseconds
 */
export const kept = (record, ttl) =>
  /** @type {string} */ (jsonOf({ since: Date.now(), until: Date.now() + ttl, record }));

/**
 * Returns the record, and since when and until when it is kept, in milliseconds since the epoch;
 * undefined if the text is none of kept().
 *
 * @param {string} text
 * @returns {{ since: number, until: number, record: string } | undefined}
 */
export function readKept(text) {
  try {
    const { since = -Infinity, until, record } = ownOf(JSON.parse(text));
    return typeof since === 'number' && typeof until === 'number' && typeof record === 'string'
      ? { since, until, record }
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Returns the record of a text, unless it is over or the text is none of kept(). One of the future
 * is from before the clock was set back: when it ends is not known any more.
 *
 * @param {string | null} text
 */
export function recordOf(text) {
  const found = text === null ? undefined : readKept(text);
  const now = Date.now();
  return found !== undefined && found.since - SLACK <= now && now < found.until
    ? found.record
    : undefined;
}
