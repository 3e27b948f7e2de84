// The clients that redisStore takes, as their own packages type them.

import { Cluster, Redis } from 'ioredis';
import { createClient, createClientPool, createCluster } from 'redis';

import { redisStore } from '../../stores/redis.js';

redisStore(createClient({ url: 'redis://127.0.0.1' }));
redisStore(createClientPool({ url: 'redis://127.0.0.1' }));
redisStore(createCluster({ rootNodes: [{ url: 'redis://127.0.0.1' }] }));
redisStore(new Redis({ lazyConnect: true }));
redisStore(new Cluster([{ host: '127.0.0.1' }], { lazyConnect: true }));

// @ts-expect-error: no client
redisStore('redis://127.0.0.1');
// @ts-expect-error: no client
redisStore(new Map());
