// What a long-lived process keeps of many operations: nothing. In a process of its own, so that
// nobody else's garbage counts.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

import { instances, memoryOf } from '../support/instances.js';
import { performNow } from '../../module/module.js';
import '../../node.js';
import { TokenError } from '../../lib/token_error.js';
import { CREDENTIALS, EXPLAIN, NEXT, OAUTH1, fieldsOf } from '../../module/wire.js';

/** @typedef {import('../../module/wire.js').Fields} Fields */

const MiB = 1024 * 1024;
const random = new Uint8Array(21);
const moment = ['a', 'now', '1700000000000', 'a', 'random', random];

/** What a renewal has done so far, by which an answer is read. @param {number} i */
const stateOf = (i) => [
  'a',
  'state',
  performNow(NEXT, () => [...configOf(i), ...moment]).values.state,
];

/**
 * Some configurations come again and again, others never do: each of these is like the last
 * hundred.
 *
 * @param {number} i
 */
const configOf = (i) =>
  fieldsOf('config', {
    provider: 'here',
    clientId: `id-${i % 100}`,
    clientSecret: `${i % 7 === 0 ? i : 0}${'s'.repeat(80)}`,
  });

const small = JSON.stringify({
  accessToken: 'a'.repeat(900),
  tokenType: 'bearer',
  expiresIn: 3600,
});
const large = JSON.stringify({
  accessToken: 'a',
  tokenType: 'bearer',
  expiresIn: 3600,
  list: Array.from({ length: 2500 }, (_, i) => `${i}${'x'.repeat(32)}`),
});
assert.ok(large.length > 95_000);

/**
 * A response as the module takes it.
 *
 * @param {string} status
 * @param {string | Uint8Array} body
 */
const response = (status, body) => ['a', 'status', status, 'a', 'body', body];

/**
 * Every kind of operation but the signatures, which take longer and leave less.
 *
 * @type {((i: number) => [number, Fields])[]}
 */
const OPERATIONS = [
  (i) => [NEXT, [...configOf(i), 'a', 'now', `${1_700_000_000_000 + i}`, 'a', 'random', random]],
  (i) => [
    NEXT,
    [
      ...configOf(i),
      ...moment,
      ...stateOf(i),
      ...response('200', i % 1000 === 1 ? large : small),
    ],
  ],
  (i) => [
    OAUTH1,
    [
      ...fieldsOf('request', {
        method: 'GET',
        url: `https://h.example/${i}?a=b`,
        consumerKey: 'k',
        consumerSecret: `s${i % 90}`,
      }),
      'a',
      'now',
      '1700000000000',
      'a',
      'random',
      random.subarray(5),
    ],
  ],
  (i) => [
    NEXT,
    [
      ...configOf(i),
      ...moment,
      ...stateOf(i),
      ...response('401', `{"errorCode":401300,"message":"${i}"}`),
    ],
  ],
  (i) => [EXPLAIN, [...configOf(i), ...moment]],
  (i) => [
    NEXT,
    [
      ...configOf(i),
      ...moment,
      ...stateOf(i),
      'a',
      'attempts',
      '3',
      'a',
      'deadline',
      '60000',
      'a',
      'failure',
      'network',
    ],
  ],
  (i) => [CREDENTIALS, ['a', 'file', `here.access.key.id = ${i}\nhere.access.key.secret = b\n`]],
];

/** @param {number} from @param {number} to */
function perform(from, to) {
  for (let i = from; i < to; i++) {
    const [op, fields] = OPERATIONS[i % OPERATIONS.length](i);
    try {
      performNow(op, () => fields);
    } catch (error) {
      assert.ok(error instanceof TokenError && error.code === 'error_response', String(error));
    }
  }
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

/** What the module takes, what is alive in JavaScript, and the process. */
function measure() {
  collectGarbage();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { wasm: memoryOf().buffer.byteLength, alive: heapUsed + external, rss };
}

/** What 100,000 operations leave, what 900,000 more do, and how many instances there were. */
function operate() {
  perform(0, 100_000);
  const warm = measure();
  perform(100_000, 1_000_000);
  return { warm, end: measure(), count: instances.length };
}

/**
 * Operates in a thread whose space for what dies young is small: V8 enlarges that of a process in
 * steps, in Node 24 by more than a leak would.
 *
 * @returns {Promise<ReturnType<typeof operate>>}
 */
async function operateInThread() {
  const resourceLimits = { maxYoungGenerationSizeMb: 8 };
  const thread = new Worker(new URL(import.meta.url), { resourceLimits });
  const [result] = await once(thread, 'message');
  return result;
}

async function leavesNothing(/** @type {import('node:test').TestContext} */ t) {
  const { warm, end, count } = await operateInThread();
  const grown = (/** @type {number} */ now, /** @type {number} */ before) =>
    Number(((now - before) / MiB).toFixed(1));
  t.diagnostic(
    `the module takes ${end.wasm / MiB} MiB; since 100,000 ${grown(end.alive, warm.alive)} MiB ` +
    `more are alive, and the process grew by ${grown(end.rss, warm.rss)} MiB`,
  );
  assert.equal(count, 1);
  assert.equal(end.wasm, warm.wasm);
  assert.ok(end.wasm <= 4 * MiB, `the module takes ${end.wasm} bytes`);
  assert.ok(grown(end.alive, warm.alive) <= 1, `${grown(end.alive, warm.alive)} MiB more are alive`);
  assert.ok(grown(end.rss, warm.rss) <= 20, `the process grew by ${grown(end.rss, warm.rss)} MiB`);
}

if (isMainThread) {
  test('a million operations leave nothing behind', leavesNothing);
} else {
  parentPort?.postMessage(operate());
}
