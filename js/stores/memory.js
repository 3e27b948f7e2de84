// A store within one process, for clients that share a token there, and for tests.

import { COUNT, readOptions } from '../options.js';

/**
 * @param {{ limit?: number }} [options]
 * @returns {import('../types.js').TokenStore & Pick<Required<import('../types.js').TokenStore>, 'lease'>}
 */
export function memoryStore(options) {
  const { limit = 1000 } = readOptions(options, { limit: COUNT });
  /** @type {Map<string, { until: number, record: string }>} */
  const records = new Map();
  /** @type {Map<string, { until: number }>} */
  const leases = new Map();

  return {
    async get(key) {
      const found = records.get(key);
      if (found !== undefined && Date.now() >= found.until) {
        records.delete(key);
        return undefined;
      }
      return found?.record;
    },

    async set(key, record, ttl) {
      records.delete(key); // so that the first of the map is what was set longest ago
      records.set(key, { until: Date.now() + ttl, record });
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
      const lease = { until: Date.now() + ttl };
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

/** Removes what is over. @param {Map<string, { until: number }>} map */
function sweep(map) {
  for (const [key, { until }] of map) {
    if (Date.now() >= until) {
      map.delete(key);
    }
  }
}
