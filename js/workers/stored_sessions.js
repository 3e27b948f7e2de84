// Keeps sessions in the storage of a Durable Object, each in an entry of its own. The tokens don't
// replace them, and KV doesn't get them.

const PREFIX = 'session:';

/**
 * A sealed record, and when it ends, in milliseconds since the epoch.
 *
 * @typedef {{ record: string, until: number }} Entry
 */

/**
 * @param {any} storage
 * @returns {import('../client/session.js').OwnSessions}
 */
export function storedSessions(storage) {
  const { kv } = storage;
  return {
    async get(key) {
      const entry = /** @type {Entry | undefined} */ (kv.get(PREFIX + key));
      return entry !== undefined && Date.now() < entry.until ? entry.record : undefined;
    },

    /** Resolves when the storage has confirmed the write: the client sends nothing before that. */
    async set(key, record, ttl) {
      const now = Date.now();
      for (const [name, { until }] of /** @type {[string, Entry][]} */ ([
        ...kv.list({ prefix: PREFIX }),
      ])) {
        if (until <= now) {
          kv.delete(name);
        }
      }
      kv.put(PREFIX + key, { record, until: now + ttl });
      await storage.sync();
    },
  };
}
