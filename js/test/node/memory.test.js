// What a long-lived process keeps of many token requests: nothing. In a process of its own, so that nobody else's garbage counts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { instances } from '../support/instances.js';
import { perform } from '../../module.js';
import '../../node.js';
import { BUILD, PARSE, fieldsOf } from '../../wire.js';

const MiB = 1024 * 1024;

const config = fieldsOf('config', { provider: 'here', clientId: 'an-id', clientSecret: 's'.repeat(86) });
const random = new Uint8Array(16);
const body = JSON.stringify({ accessToken: 'a'.repeat(900), tokenType: 'bearer', expiresIn: 3600 });

/** @param {number} count */
async function exchange(count) {
  for (let i = 0; i < count; i++) {
    const sentAt = String(1_700_000_000_000 + i);
    await perform(BUILD, [...config, 'a', 'sentAt', sentAt, 'a', 'random', random]);
    await perform(PARSE, [...config, 'a', 'sentAt', sentAt, 'a', 'status', '200', 'a', 'body', body]);
  }
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

function measure() {
  collectGarbage();
  const memory = /** @type {WebAssembly.Memory} */ (instances[0].exports.mem);
  return { rss: process.memoryUsage.rss(), wasm: memory.buffer.byteLength };
}

test('20,000 token requests leave nothing behind', async () => {
  await exchange(4000);
  const warm = measure();
  await exchange(20_000);
  const { rss, wasm } = measure();
  assert.equal(instances.length, 1);
  assert.ok(wasm - warm.wasm <= MiB, `the module's memory grew by ${wasm - warm.wasm} bytes`);
  assert.ok(rss - warm.rss <= 10 * MiB, `the process grew by ${rss - warm.rss} bytes`);
});
