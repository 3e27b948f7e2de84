// One process of a crowd: many callers, one client, and a word to the parent on each request for a
// token. What it says of requests and of the store it sees from outside the client: in the fetch
// and in the store that it hands in.

import { setTimeout } from 'node:timers/promises';

import { Redis } from 'ioredis';
import { createClient as createRedis } from 'redis';

import { createClient } from '../../node.js';
import { redisStore } from '../../stores/redis.js';

const { name, config, redis: url, library, callers } = JSON.parse(process.argv[2]);

/** As docs/stores.md wants them: no queue for what can't be sent. */
const redis = library === 'ioredis'
  ? new Redis(url, { lazyConnect: true, enableOfflineQueue: false, maxRetriesPerRequest: 0 })
  : createRedis({ url, disableOfflineQueue: true });
redis.on('error', () => {}); // without a listener, a lost connection ends the process
await redis.connect();

let requests = 0;
const request = () => `${name}.${requests}`;
/**
 * When the store was looked into for the last time, until when a lease surely lives, and what
 * failed since.
 */
let looked = 0;
let leased = 0;
/** @type {string | undefined} */ let alone;
/** The end of the token that came last. */
let had = 0;

/** @param {string} type @param {object} [particulars] */
const tell = (type, particulars) =>
  process.send?.({ type, name, request: request(), ...particulars });

const inner = redisStore(redis);
/** @type {import('../../types.js').TokenStore} */
const store = {
  get: (key) => {
    looked = Date.now();
    alone = undefined;
    return inner.get(key);
  },
  lease: (key, ttl) => {
    leased = Date.now() + ttl;
    return inner.lease(key, ttl);
  },
  set: async (key, record, ttl) => {
    await inner.set(key, record, ttl);
    tell('stored', { stored: Date.now() });
  },
  delete: inner.delete,
};

const client = createClient(config, {
  store,
  fetch: (input, init) => {
    requests++;
    tell('sent', { sent: Date.now(), looked, leased, alone, had });
    return fetch(input, { ...init, headers: { ...init?.headers, 'x-request': request() } });
  },
  onEvent: (event) => {
    if (event.type === 'store_failed') {
      alone = String(event.error);
    }
    if (event.type === 'renewed' || event.type === 'shared') {
      had = Number(event.expiresAt) * 1000;
    }
    if (event.type === 'renewed') {
      tell('renewed', { renewed: Date.now(), until: had });
    }
  },
});

const tally = {
  calls: 0,
  failed: 0,
  ended: 0,
  longest: 0,
  errors: /** @type {string[]} */ ([]),
  tokens: /** @type {string[]} */ ([]),
};

async function caller() {
  for (;;) {
    const before = Date.now();
    try {
      const token = await client.getToken();
      tally.ended += Number(before >= Number(token.expires_at) * 1000);
      if (!tally.tokens.includes(token.access_token)) {
        tally.tokens.push(token.access_token);
      }
    } catch (error) {
      tally.failed++;
      tally.errors.push(String(error));
    }
    tally.calls++;
    tally.longest = Math.max(tally.longest, Date.now() - before);
    await setTimeout(100 + 200 * Math.random());
  }
}

process.on('message', () => tell('tally', { tally }));
process.on('disconnect', () => process.exit()); // of a test that is ended
for (let i = 0; i < callers; i++) {
  caller();
}
