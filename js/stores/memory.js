// A store within one process, for clients that share a token there, and for tests.

import { Clock } from '../lib/clock.js';
import { COUNT, readOptions } from '../lib/options.js';

/** @typedef {{ since: number, ticks: number, until: number }} Timed */

/**
 * @param {{ limit?: number }} [options]
 * @returns {import('../types.js').TokenStore & Pick<Required<import('../types.js').TokenStore>,
 *   'lease'>}
 */
export function memoryStore(options) {
  const { limit = 1000 } = readOptions(options, { limit: COUNT });
  const clock = new Clock();
  /** @type {Map<string, Timed & { record: string }>} */
  const records = new Map();
  /** @type {Map<string, Timed>} */
  const leases = new Map();
  /**
   * The start and end of an entry. It has also ended if the clock was set back before its start.
   *
   * @param {number} ttl
   * @returns {Timed}
   */
  const timed = (ttl) => {
    const mark = clock.mark();
    return { ...mark, until: mark.since + ttl };
  };
  const isOver = (/** @type {Timed} */ thing) => !clock.isBefore(thing, thing.until);
  /** Removes the ended entries. @param {Map<string, Timed>} map */
  const sweep = (map) => {
    for (const [key, thing] of map) {
      if (isOver(thing)) {
        map.delete(key);
      }
    }
  };

  return {
    async get(key) {
      const found = records.get(key);
      if (found !== undefined && isOver(found)) {
        records.delete(key);
        return undefined;
      }
      return found?.record;
    },

    async set(key, record, ttl) {
      records.delete(key); // so that the map's first entry is the one that was set longest ago
      records.set(key, { ...timed(ttl), record });
      if (records.size > limit) {
        sweep(records);
      }
      for (const oldest of records.keys()) {
        if (records.size <= limit) {
          break;
        }
        records.delete(oldest);
      }
    },

    async delete(key) {
      records.delete(key);
    },

    async lease(key, ttl) {
      sweep(leases);
      if (leases.has(key)) {
        return undefined;
      }
      const lease = timed(ttl);
      leases.set(key, lease);
      return {
        async release() {
          if (leases.get(key) === lease) {
            leases.delete(key);
          }
        },
      };
    },
  };
}
