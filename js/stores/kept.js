// A record and its times as one text, for stores that keep texts and don't remove them in time.

import { jsonOf, ownOf } from '../lib/own.js';

/** The most milliseconds by which the writer's clock may be ahead. */
const SLACK = 1_000;

/**
 * @param {string} record
 * @param {number} ttl in milliseconds
 */
export const kept = (record, ttl) =>
  /** @type {string} */ (jsonOf({ since: Date.now(), until: Date.now() + ttl, record }));

/**
 * Returns the record and its start and end in milliseconds since the epoch; undefined if kept()
 * didn't write the text.
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
 * Returns the record of a text; undefined if it has ended or kept() didn't write the text. A record
 * from the future also counts as ended: the clock was set back, so its end is unknown.
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
