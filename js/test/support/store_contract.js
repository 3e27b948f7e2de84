// What every TokenStore does, whatever it keeps its records in.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';

import { until } from './until.js';

/** A store key that nobody has used. */
export const freshKey = () => randomBytes(32).toString('hex');

/**
 * Defines the tests of a store.
 *
 * @param {string} name
 * @param {() => import('../../types.js').TokenStore} open returns the store, once the tests run
 * @param {{ leases: boolean }} expected
 */
export function testStore(name, open, { leases }) {
  test(`${name}: a record is kept, replaced and deleted`, async () => {
    const store = open();
    const [key, other] = [freshKey(), freshKey()];
    assert.equal(await store.get(key), undefined);
    await store.set(key, 'first', 60_000);
    await store.set(other, 'of another', 60_000);
    assert.equal(await store.get(key), 'first');
    await store.set(key, 'second', 60_000);
    assert.equal(await store.get(key), 'second');
    assert.equal(await store.delete(key), undefined);
    assert.equal(await store.get(key), undefined);
    await store.delete(key);
    assert.equal(await store.get(other), 'of another');
  });

  test(`${name}: a record is any text`, async () => {
    const store = open();
    for (const record of ['', ' "\'\\\r\n\0é✓😀 ', '{"until":0}', `1.${'A'.repeat(200_000)}`]) {
      const key = freshKey();
      await store.set(key, record, 60_000);
      assert.equal(await store.get(key), record);
    }
  });

  test(`${name}: a record ends with its time`, async () => {
    const store = open();
    const [key, other] = [freshKey(), freshKey()];
    const started = performance.now();
    await store.set(key, 'record', 700.5); // a part of a millisecond too
    await store.set(other, 'record', 60_000);
    const found = await store.get(key);
    assert.ok(found === 'record' || performance.now() - started > 690, 'it is there until then');
    await until('it ends', async () => (await store.get(key)) === undefined);
    assert.ok(performance.now() - started > 690, 'not before its time');
    assert.equal(await store.get(other), 'record');
  });

  if (!leases) {
    test(`${name}: there are no leases`, () => assert.equal(open().lease, undefined));
    return;
  }

  /** @param {string} key @param {number} ttl */
  const lease = async (key, ttl) => {
    const { lease: take } = open();
    assert.ok(take);
    return take(key, ttl);
  };

  test(`${name}: one holds the lease of a key, until it is released`, async () => {
    const key = freshKey();
    for (let round = 0; round < 3; round++) {
      const taken = await Promise.all(Array.from({ length: 30 }, () => lease(key, 60_000)));
      const held = taken.filter((l) => l !== undefined);
      assert.equal(held.length, 1);
      assert.equal(await lease(key, 60_000), undefined);
      const other = await lease(freshKey(), 60_000);
      assert.ok(other, 'another key has a lease of its own');
      await other.release();
      assert.equal(await lease(key, 60_000), undefined);
      await held[0].release();
    }
    const again = await lease(key, 60_000);
    assert.ok(again);
    await again.release();
    await again.release(); // a second time does nothing
  });

  test(`${name}: a lease ends with its time, and its holder doesn't release that of the next`, async () => {
    const key = freshKey();
    const started = performance.now();
    const first = await lease(key, 300.5);
    assert.ok(first);
    /** @type {Awaited<ReturnType<typeof lease>>} */
    let second;
    await until('it ends', async () => (second = await lease(key, 60_000)));
    assert.ok(performance.now() - started > 290, 'not before its time');
    await first.release();
    assert.equal(await lease(key, 60_000), undefined);
    await second.release();
    const third = await lease(key, 60_000);
    assert.ok(third);
    await third.release();
  });

  test(`${name}: a lease is no record`, async () => {
    const store = open();
    const key = freshKey();
    const held = await lease(key, 60_000);
    assert.ok(held);
    assert.equal(await store.get(key), undefined);
    await store.set(key, 'record', 60_000);
    await held.release();
    assert.equal(await store.get(key), 'record');
  });
}
