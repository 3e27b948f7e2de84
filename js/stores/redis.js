// A store in Redis or Valkey. It uses the commands GET, PTTL, SET, DEL and EVAL with options that
// Redis has since 2.6.12.

import { inTime } from '../lib/in_time.js';
import { MILLISECONDS, readOptions, TEXT } from '../lib/options.js';
import { TokenError } from '../lib/token_error.js';

/**
 * Deletes a key if it still has that value, in one step. An expired lease may belong to another
 * client by now.
 */
const DELETE_IF_EQUAL = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', ` +
  `KEYS[1]) end return 0`;

/**
 * @param {import('./redis.d.ts').RedisClient} client
 * @param {{ prefix?: string, timeout?: number }} [options]
 * @returns {Required<import('../types.js').TokenStore>}
 */
export function redisStore(client, options) {
  const { prefix = 'fetchtoken:', timeout = 1000 } = readOptions(options, {
    prefix: TEXT,
    timeout: MILLISECONDS,
  });
  const send = senderOf(client);
  /**
   * Sends a command on one key. It fails after the time-out, because a client without a connection
   * may wait for the server as long as that takes.
   */
  const run = (/** @type {string} */ key, /** @type {string[]} */ ...args) =>
    inTime(send(key, args), timeout, `Redis hasn't answered ${args[0]} for ${timeout} ms`);

  const get = async (/** @type {string} */ key) => {
    const record = await run(prefix + key, 'GET', prefix + key);
    // some clients are set up to return a Buffer
    return record === null || record === undefined ? undefined : String(record);
  };

  return {
    get,

    async find(key) {
      // In this order the time can't belong to a newer record.
      const [left, record] = await Promise.all([run(prefix + key, 'PTTL', prefix + key), get(key)]);
      return record === undefined ? undefined : { record, left: Math.max(0, Number(left)) };
    },

    async set(key, record, ttl) {
      await run(prefix + key, 'SET', prefix + key, record, 'PX', milliseconds(ttl));
    },

    async delete(key) {
      await run(prefix + key, 'DEL', prefix + key);
    },

    async lease(key, ttl) {
      const name = `${prefix}${key}:lease`;
      const holder = crypto.randomUUID();
      const release = async () => {
        await run(name, 'EVAL', DELETE_IF_EQUAL, '1', name, holder);
      };
      try {
        const taken = await run(name, 'SET', name, holder, 'PX', milliseconds(ttl), 'NX');
        return taken === null || taken === undefined ? undefined : { release };
      } catch (error) {
        release().catch(() => {}); // the lease may be taken after all, and nobody would free it
        throw error;
      }
    },
  };
}

/**
 * Returns the way in which the client takes a command on one key: node-redis, its cluster, or
 * ioredis.
 *
 * @param {any} client
 * @returns {(key: string, args: string[]) => Promise<unknown>}
 */
function senderOf(client) {
  if (typeof client?.call === 'function') {
    return async (_, [command, ...args]) => client.call(command, ...args);
  }
  if (typeof client?.sendCommand !== 'function') {
    throw new TokenError(
      'invalid_config',
      'redisStore needs a client of redis (node-redis) or of ioredis, connected by you',
    );
  }
  if (typeof client.getSlotRandomNode === 'function') {
    return async (key, args) => client.sendCommand(key, false, args);
  }
  return async (_, args) => client.sendCommand(args);
}

/** @param {number} ttl */
const milliseconds = (ttl) => String(Math.max(1, Math.ceil(ttl)));
