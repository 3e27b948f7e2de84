import type { TokenStore } from '../types.js';

/**
 * A connected client of node-redis (version 4 or later), a cluster of it, or a client or a cluster
 * of ioredis.
 */
export type RedisClient =
  | { call(command: string, ...args: string[]): Promise<unknown> }
  | { sendCommand(args: string[]): Promise<unknown> }
  | {
      sendCommand(firstKey: string, isReadonly: boolean, args: string[]): Promise<unknown>;
      getSlotRandomNode(slot: number): unknown;
    };

/**
 * A store in Redis (2.6.12 or later) or Valkey. The client stays yours: connect it, close it, and
 * listen to its errors. Have it refuse commands while it has no connection (`disableOfflineQueue:
 * true` of node-redis, `enableOfflineQueue: false` of ioredis): else each waits for the time-out,
 * and is carried out when the server is back.
 *
 * @param options `prefix` of the keys; default: `fetchtoken:`. `timeout`: milliseconds until a
 *   command without an answer fails; default: 1000
 */
export function redisStore(
  client: RedisClient,
  options?: { prefix?: string; timeout?: number },
): Required<TokenStore>;
