// The stores that need nothing but Node, and what every store refuses.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { fileStore } from '../../stores/file.js';
import { kvStore } from '../../stores/kv.js';
import { memoryStore } from '../../stores/memory.js';
import { redisStore } from '../../stores/redis.js';
import { webStorageStore } from '../../stores/web_storage.js';
import { freshKey, testStore } from '../support/store_contract.js';

const folder = await mkdtemp(join(tmpdir(), 'fetchtoken-'));
after(() => rm(folder, { recursive: true }));

const memory = memoryStore();
testStore('memory', () => memory, { leases: true });
testStore('file', () => fileStore(join(folder, 'stores')), { leases: true });

test('memory: beyond the limit, what is over goes first, then what was set longest ago', async () => {
  const store = memoryStore({ limit: 3 });
  const [over, a, b, c, d] = Array.from({ length: 5 }, freshKey);
  await store.set(a, 'a', 60_000);
  await store.set(over, 'over', 1);
  await store.set(b, 'b', 60_000);
  await new Promise((resolve) => setTimeout(resolve, 5));
  await store.set(c, 'c', 60_000);
  assert.deepEqual(await Promise.all([a, over, b, c].map(store.get)), ['a', undefined, 'b', 'c']);
  await store.set(a, 'a again', 60_000);
  await store.set(d, 'd', 60_000);
  assert.deepEqual(await Promise.all([a, b, c, d].map(store.get)), [
    'a again',
    undefined,
    'c',
    'd',
  ]);
});

test('what a store can not keep anything in', () => {
  for (const [make, message] of /** @type {[() => unknown, RegExp][]} */ ([
    [() => fileStore(''), /fileStore needs the path of a folder/],
    [() => fileStore(/** @type {any} */ (7)), /fileStore needs the path of a folder/],
    [() => kvStore(/** @type {any} */ (undefined)), /kvStore needs a KV namespace/],
    [() => kvStore(/** @type {any} */ (new Map())), /kvStore needs a KV namespace/],
    [() => redisStore(/** @type {any} */ ('redis://localhost')), /redisStore needs a client/],
    [() => redisStore(/** @type {any} */ (undefined)), /redisStore needs a client/],
    [() => webStorageStore(/** @type {any} */ ({})), /webStorageStore needs a Storage/],
  ])) {
    assert.throws(make, { name: 'TokenError', code: 'invalid_config', message });
  }
});

test('a file store takes no name from outside its folder', async () => {
  const store = fileStore(folder);
  for (const key of [
    '',
    '../x',
    'a/b',
    `${'a'.repeat(64)}\n`,
    'A'.repeat(64),
    'a'.repeat(63),
    `${'a'.repeat(64)}.lock`,
  ]) {
    for (const call of [
      () => store.get(key),
      () => store.set(key, 'r', 1000),
      () => store.delete(key),
      () => store.lease(key, 1000),
    ]) {
      await assert.rejects(call, {
        name: 'TokenError',
        code: 'invalid_config',
        message: /64 hexadecimal digits/,
      });
    }
  }
});

test('a record is not returned once the clock was set back before it was written: when it ends is not known any more', async () => {
  const { now } = Date;
  const texts = new Map();
  const web = {
    getItem: (k) => texts.get(k) ?? null,
    setItem: (k, v) => void texts.set(k, v),
    removeItem: (k) => void texts.delete(k),
    key: () => null,
    length: 0,
  };
  const namespace = {
    get: async (k) => texts.get(k) ?? null,
    put: async (k, v) => void texts.set(k, v),
    delete: async (k) => void texts.delete(k),
  };
  let time = now();
  Date.now = () => time;
  try {
    for (const [name, store] of Object.entries({
      memory: memoryStore(),
      file: fileStore(join(folder, 'set back')),
      kv: kvStore(/** @type {any} */ (namespace)),
      web: webStorageStore(/** @type {any} */ (web)),
    })) {
      const key = freshKey();
      await store.set(key, 'a record', 3_600_000);
      for (const [ms, record] of /** @type {[number, string | undefined][]} */ ([
        [0, 'a record'],
        [3_000_000, 'a record'],
        [3_600_000, undefined],
      ])) {
        time += ms;
        assert.equal(await store.get(key), record, `${name}: ${ms} ms later`);
        time -= ms;
      }
      time -= 3_600_000;
      assert.equal(await store.get(key), undefined, `${name}: an hour back`);
      await store.set(key, 'another', 1000);
      assert.equal(await store.get(key), 'another', name);
      time += 3_600_000;
    }
  } finally {
    Date.now = now;
  }
});
