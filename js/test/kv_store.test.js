// The KV store, and the seal, in workerd.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { sealerOf, storeKeyOf } from './support/sealing.js';
import { freshKey, testStore } from './support/store_contract.js';
import { startWorker } from './support/workerd.js';

const worker = await startWorker('store_worker.js', { kvNamespaces: ['TOKENS'] });
const namespace = await worker.miniflare.getKVNamespace('TOKENS');
after(() => worker.stop());

/** The Worker's store. @param {string} method @returns {(...args: any[]) => Promise<any>} */
const asked =
  (method) =>
  async (...args) =>
    (await worker.ask('store', { method, args })) ?? undefined;
const store = { get: asked('get'), set: asked('set'), delete: asked('delete') };

testStore('KV', () => store, { leases: false });

test('KV: the store in the Worker has no lease either', async () => {
  assert.deepEqual(await worker.ask('methods'), ['get', 'set', 'delete']);
});

test('KV: it keeps a record as long as asked, but a minute at least', async () => {
  for (const [ttl, seconds] of [[5, 60], [60_000, 60], [60_001, 61], [3_600_000, 3600]]) {
    const key = freshKey();
    const before = Math.floor(Date.now() / 1000);
    await store.set(key, 'record', ttl);
    const after = Math.ceil(Date.now() / 1000);
    const { keys } = await namespace.list({ prefix: `fetchtoken:${key}` });
    assert.equal(keys.length, 1);
    const { expiration = 0 } = keys[0];
    assert.ok(
      expiration >= before + seconds && expiration <= after + seconds,
      `${ttl} ms: ${expiration - before} s`,
    );
  }
});

test('KV: a value that is no record is ignored, and replaced', async () => {
  const key = freshKey();
  await namespace.put(`fetchtoken:${key}`, 'of somebody else');
  assert.equal(await store.get(key), undefined);
  await store.set(key, 'record', 60_000);
  assert.equal(await store.get(key), 'record');
});

test('what workerd seals, Node opens, and the other way round', async () => {
  const config = /** @type {any} */ ({
    provider: 'here',
    clientId: 'an-id',
    clientSecret: 'é secret',
    parameters: { b: '1', password: 'p', a: ['2'] },
  });
  const storeKey = await storeKeyOf(config);
  assert.equal(await worker.ask('storeKey', config), storeKey);
  const value = { access_token: 'é✓'.repeat(1000), expires_at: 1_800_000_000 };
  const sealer = await sealerOf(config, storeKey);
  assert.deepEqual(await sealer.open(await worker.ask('seal', { config, storeKey, value })), value);
  const record = await sealer.seal(value);
  assert.deepEqual(await worker.ask('open', { config, storeKey, record }), value);
  assert.equal(await worker.ask('open', { config, storeKey: freshKey(), record }), null);
  assert.deepEqual(worker.complaints(), []);
});
