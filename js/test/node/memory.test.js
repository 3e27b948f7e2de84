// What a long-lived process keeps of many operations: nothing. In a process of its own, so that
// nobody else's garbage counts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

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

/**
 * What the module takes, what is alive in JavaScript, and the process. V8 enlarges its space for
 * objects that die young in steps, up to three times 32 MiB in Node 24.
 */
function measure() {
  collectGarbage();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { wasm: memoryOf().buffer.byteLength, alive: heapUsed + external, rss };
}

test('a million operations leave nothing behind', (t) => {
  perform(0, 100_000);
  const warm = measure();
  perform(100_000, 1_000_000);
  const { wasm, alive, rss } = measure();
  const grown = (/** @type {number} */ now, /** @type {number} */ before) =>
    Number(((now - before) / MiB).toFixed(1));
  t.diagnostic(
    `the module takes ${wasm / MiB} MiB; since 100,000 ${grown(alive, warm.alive)} MiB more are ` +
    `alive`,
  );
  assert.equal(instances.length, 1);
  assert.equal(wasm, warm.wasm);
  assert.ok(wasm <= 4 * MiB, `the module takes ${wasm} bytes`);
  assert.ok(grown(alive, warm.alive) <= 1, `${grown(alive, warm.alive)} MiB more are alive`);
  assert.ok(grown(rss, warm.rss) <= 80, `the process grew by ${grown(rss, warm.rss)} MiB`);
});
