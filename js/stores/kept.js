// A record and its end as one text, for stores that keep texts and don't let go of them in time by themselves.

import { jsonOf, ownOf } from '../own.js';

/**
 * @param {string} record
 * @param {number} ttl in milliseconds
 */
export const kept = (record, ttl) => /** @type {string} */ (jsonOf({ until: Date.now() + ttl, record }));

/**
 * Returns the record, and until when it is kept, in milliseconds since the epoch; undefined if the text is none of kept().
 *
 * @param {string} text
 * @returns {{ until: number, record: string } | undefined}
 */
export function readKept(text) {
  try {
    const { until, record } = ownOf(JSON.parse(text));
    return typeof until === 'number' && typeof record === 'string' ? { until, record } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Returns the record of a text, unless it is over or the text is none of kept().
 *
 * @param {string | null} text
 */
export function recordOf(text) {
  const found = text === null ? undefined : readKept(text);
  return found !== undefined && Date.now() < found.until ? found.record : undefined;
}
