import type { TokenStore } from '../types.js';

/**
 * A connected client of node-redis (version 4 or later), its cluster, or a client or cluster of
 * ioredis.
 */
export type RedisClient =
  | { call(command: string, ...args: string[]): Promise<unknown> }
  | { sendCommand(args: string[]): Promise<unknown> }
  | {
      sendCommand(firstKey: string, isReadonly: boolean, args: string[]): Promise<unknown>;
      getSlotRandomNode(slot: number): unknown;
    };

/**
 * A store in Redis (2.6.12 or later) or Valkey. You connect the client, close it, and listen to its
 * errors. Set it up to refuse commands while it has no connection (`disableOfflineQueue: true` in
 * node-redis, `enableOfflineQueue: false` in ioredis). Otherwise each command waits for the
 * time-out, and is still sent when the server is back.
 *
 * @param options `prefix` of the keys; default: `fetchtoken:`. `timeout`: milliseconds until a
 *   command without an answer fails; default: 1000
 *
 * @example
 * ```js
 * import { createClient } from 'fetchtoken';
 * import { redisStore } from 'fetchtoken/stores/redis';
 *
 * const client = createClient(config, { store: redisStore(redis) }); // redis is connected
 * ```
 */
export function redisStore(
  client: RedisClient,
  options?: { prefix?: string; timeout?: number },
): Required<TokenStore>;
