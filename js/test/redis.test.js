// The Redis store, with the clients that people have, on a real server.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { Cluster, Redis } from 'ioredis';
import { createClient, createClientPool, createCluster } from 'redis';

import { redisStore } from '../stores/redis.js';
import { startRedis } from './support/redis.js';
import { freshKey, testStore } from './support/store_contract.js';
import { until } from './support/until.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const server = await startRedis();
const clusterServer = await startRedis({ cluster: true });
const url = `redis://127.0.0.1:${server.port}`;
const clusterAt = { host: '127.0.0.1', port: clusterServer.port };

/** What to do at the end. @type {(() => unknown)[]} */
const closing = [];
after(async () => {
  await Promise.all(closing.map((close) => close()));
  await Promise.all([server.close(), clusterServer.close()]);
});

/**
 * Takes note of a client of node-redis, which has to be connected.
 *
 * @template {any} T
 * @param {T} client
 * @returns {T}
 */
function nodeRedis(client) {
  const any = /** @type {any} */ (client);
  any.on('error', () => {}); // without a listener, a lost connection ends the process
  closing.push(() => any.destroy());
  return client;
}

/**
 * Takes note of a client of ioredis.
 *
 * @template {import('ioredis').Redis | import('ioredis').Cluster} T
 * @param {T} client
 * @returns {T}
 */
function ioredis(client) {
  client.on('error', () => {});
  closing.push(() => client.disconnect());
  return client;
}

const clients = {
  'node-redis': nodeRedis(createClient({ url })),
  'a pool of node-redis': nodeRedis(createClientPool({ url })),
  'a cluster of node-redis': nodeRedis(
    createCluster({ rootNodes: [{ url: `redis://127.0.0.1:${clusterServer.port}` }] }),
  ),
  ioredis: ioredis(new Redis(url)),
  'a cluster of ioredis': ioredis(new Cluster([clusterAt])),
};
await Promise.all(
  [clients['node-redis'], clients['a pool of node-redis'], clients['a cluster of node-redis']].map(
    (client) => client.connect(),
  ),
);

for (const [name, client] of Object.entries(clients)) {
  testStore(name, () => redisStore(client), { leases: true });
}

test('what it keeps in Redis, and for how long', async () => {
  const redis = clients.ioredis;
  const store = redisStore(clients['node-redis'], { prefix: 'app:' });
  const key = freshKey();
  await store.set(key, 'record', 60_000);
  assert.equal(await redis.get(`app:${key}`), 'record');
  const left = await redis.pttl(`app:${key}`);
  assert.ok(left > 50_000 && left <= 60_000, String(left));
  assert.equal(await redisStore(redis).get(key), undefined, 'another prefix is another store');

  const lease = await store.lease(key, 30_000);
  const holder = await redis.get(`app:${key}:lease`);
  assert.match(holder ?? '', /^[0-9a-f-]{36}$/);
  const leaseLeft = await redis.pttl(`app:${key}:lease`);
  assert.ok(leaseLeft > 20_000 && leaseLeft <= 30_000, String(leaseLeft));
  await redis.set(`app:${key}:lease`, 'of somebody else');
  await lease?.release();
  assert.equal(await redis.get(`app:${key}:lease`), 'of somebody else');
  assert.deepEqual((await redis.keys(`*${key}*`)).sort(), [`app:${key}`, `app:${key}:lease`]);
});

test('a client that returns buffers', async () => {
  const store = redisStore(clients['node-redis'].withTypeMapping({ [36]: Buffer }));
  const key = freshKey();
  await store.set(key, 'record é', 60_000);
  assert.equal(await store.get(key), 'record é');
});

test('all clients share leases and records', async () => {
  const stores = [clients['node-redis'], clients['a pool of node-redis'], clients.ioredis].map(
    (client) => redisStore(client),
  );
  for (let round = 0; round < 20; round++) {
    const key = freshKey();
    const taken = await Promise.all(
      Array.from({ length: 30 }, (_, i) => stores[i % 3].lease(key, 60_000)),
    );
    assert.equal(taken.filter((lease) => lease !== undefined).length, 1);
    await stores[round % 3].set(key, 'record', 60_000);
    assert.deepEqual(await Promise.all(stores.map((store) => store.get(key))), [
      'record',
      'record',
      'record',
    ]);
    await taken.find((lease) => lease !== undefined)?.release();
    assert.ok(await stores[(round + 1) % 3].lease(key, 60_000));
  }
});

test('the lease of a process that dies ends with its time', async () => {
  const key = freshKey();
  const holder = spawn(process.execPath, ['--input-type=module', '--eval', `
    import { createClient } from 'redis';
    import { redisStore } from './js/stores/redis.js';
    const client = await createClient({ url: '${url}' }).connect();
    console.log((await redisStore(client).lease('${key}', 3000)) !== undefined);
  `], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = await once(holder.stdout, 'data');
  assert.equal(String(said).trim(), 'true');
  holder.kill('SIGKILL');
  await once(holder, 'exit');

  const store = redisStore(clients.ioredis);
  assert.equal(await store.lease(key, 1000), undefined, 'it is not free at once');
  await until('it ends', () => store.lease(key, 1000));
});

/**
 * The operations of a store.
 *
 * @param {ReturnType<typeof redisStore>} store
 * @returns {(() => Promise<unknown>)[]}
 */
const operations = (store) => [
  () => store.get(freshKey()),
  () => store.set(freshKey(), 'r', 1000),
  () => store.delete(freshKey()),
  () => store.lease(freshKey(), 1000),
];

test('a server that is gone', async () => {
  const gone = await startRedis();
  const at = `redis://127.0.0.1:${gone.port}`;
  // As docs/stores.md wants them: no queue for what can't be sent.
  const prompt = [
    await nodeRedis(createClient({ url: at, disableOfflineQueue: true })).connect(),
    ioredis(new Redis(at, { enableOfflineQueue: false, maxRetriesPerRequest: 0 })),
  ];
  // As they are by default: commands wait for the server to come back.
  const patient = [await nodeRedis(createClient({ url: at })).connect(), ioredis(new Redis(at))];
  if (prompt[1].status !== 'ready') {
    await once(prompt[1], 'ready');
  }
  const promptStores = prompt.map((client) => redisStore(client, { timeout: 60_000 }));
  const patientStores = patient.map((client) => redisStore(client, { timeout: 300 }));
  for (const store of [...promptStores, ...patientStores]) {
    assert.equal(await store.get(freshKey()), undefined);
  }
  const held = await patientStores[0].lease(freshKey(), 60_000);

  await gone.stop();
  for (const store of promptStores) {
    for (const operation of operations(store)) {
      await assert.rejects(
        operation,
        (error) => !/hasn't answered/.test(String(error)),
        'it is not waited for',
      );
    }
  }
  for (const store of patientStores) {
    await Promise.all(
      operations(store).map((operation) =>
        assert.rejects(operation, /^Error: Redis hasn't answered (GET|SET|DEL) for 300 ms$/),
      ),
    );
  }
  await assert.rejects(async () => held?.release(), /hasn't answered EVAL/);

  await gone.start();
  for (const store of [...promptStores, ...patientStores]) {
    const key = freshKey();
    await until('it takes records again', () =>
      store.set(key, 'record', 60_000).then(
        () => true,
        () => false,
      ),
    );
    assert.equal(await store.get(key), 'record', 'it works again once the server is back');
  }
  await gone.close();
});

test('a server that takes commands and answers none', async () => {
  const silent = await startRedis();
  const at = `redis://127.0.0.1:${silent.port}`;
  const stores = [await nodeRedis(createClient({ url: at })).connect(), ioredis(new Redis(at))].map(
    (client) => redisStore(client, { timeout: 300 }),
  );
  for (const store of stores) {
    assert.equal(await store.get(freshKey()), undefined);
  }
  silent.pause();
  await Promise.all(
    stores.flatMap(operations).map((operation) => assert.rejects(operation, /hasn't answered/)),
  );
  silent.resume();
  const key = freshKey();
  for (const store of stores) {
    await store.set(key, 'record', 60_000);
    assert.equal(await store.get(key), 'record');
  }
  await silent.close();
});

test('a lease that was taken though nobody heard of it is freed', async () => {
  const silent = await startRedis();
  const at = `redis://127.0.0.1:${silent.port}`;
  const client = ioredis(new Redis(at));
  const store = redisStore(client, { timeout: 300 });
  const key = freshKey();
  assert.equal(await store.get(key), undefined);
  silent.pause();
  await assert.rejects(store.lease(key, 60_000), /hasn't answered SET/);
  silent.resume();
  await client.ping(); // what was sent before is done
  assert.ok(await store.lease(key, 60_000));
  await silent.close();
});

test('a client that is closed', async () => {
  const closed = [await createClient({ url }).connect(), new Redis(url)];
  await closed[0].close();
  await closed[1].quit();
  for (const client of closed) {
    await Promise.all(
      operations(redisStore(client)).map((operation) => assert.rejects(operation, /closed/)),
    );
  }
});

test('the types of these clients fit', async () => {
  const file = fileURLToPath(new URL('support/redis_clients.ts', import.meta.url));
  const tsc = [
    'node_modules/typescript/bin/tsc',
    '--ignoreConfig',
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    '--module',
    'nodenext',
    '--target',
    'es2024',
    '--types',
    'node',
    file,
  ];
  await promisify(execFile)(process.execPath, tsc, { cwd: root }).catch(({ stdout }) =>
    assert.fail(stdout),
  );
});
