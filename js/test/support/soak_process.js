// The Node process of js/test/soak.js: many callers, two clients, one Redis. After its time it
// prints what the callers got, as JSON. Times are in milliseconds since the epoch.

import { setTimeout } from 'node:timers/promises';

import { createClient as createRedis } from 'redis';

import { createClient } from '../../node.js';
import { redisStore } from '../../stores/redis.js';

const { redis: address, configs, callers, seconds } = JSON.parse(process.argv[2]);
const redis = createRedis({ url: `redis://${address}`, disableOfflineQueue: true });
redis.on('error', () => {}); // without a listener, a lost connection ends the process
await redis.connect();

const tally = {
  calls: 0,
  /** Tokens whose life was over when they were asked for. */
  ended: 0,
  /** @type {{ kind: string, start: number, end: number, error: string }[]} */
  failed: [],
  /** @type {string[]} */
  tokens: [],
  /** @type {Record<string, number>} */
  events: {},
  /** The longest call, in milliseconds. */
  longest: 0,
};
const clients = Object.entries(configs).map(([kind, config]) => ({
  kind,
  client: createClient(config, {
    store: redisStore(redis),
    onEvent: ({ type }) => (tally.events[type] = (tally.events[type] ?? 0) + 1),
  }),
}));

const until = Date.now() + seconds * 1000;
async function caller() {
  while (Date.now() < until) {
    for (const { kind, client } of clients) {
      const start = Date.now();
      try {
        const { access_token, expires_at } = await client.getToken();
        tally.ended += Number(start >= Number(expires_at) * 1000);
        if (!tally.tokens.includes(access_token)) {
          tally.tokens.push(access_token);
        }
      } catch (error) {
        tally.failed.push({ kind, start, end: Date.now(), error: String(error) });
      }
      tally.calls++;
      tally.longest = Math.max(tally.longest, Date.now() - start);
    }
    await setTimeout(5 + 20 * Math.random());
  }
}
await Promise.all(Array.from({ length: callers }, caller));
await Promise.all(clients.map(({ client }) => client.close()));
redis.destroy();
console.log(JSON.stringify(tally));
