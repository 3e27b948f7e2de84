import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { suite, test } from 'node:test';

import { Module, perform } from '../../module/module.js';
import '../../node.js';
import { signByModule } from '../../token/signer.js';
import { startGo } from '../../module/start_go.js';
import { corpus, corpusCount } from '../support/corpus.js';
import { checkVector, runVectors, vectorsOf } from '../vectors.js';

const vectors = vectorsOf(corpus);
const whole = new Module();
whole.load = async () =>
  WebAssembly.compile(await readFile(new URL('../../../dist/fetchtoken.wasm', import.meta.url)));
whole.start = startGo;
whole.startNow = undefined;

suite('the compact module', () => {
  for (const vector of vectors) {
    test(vector.id, () => checkVector(vector, perform, signByModule));
  }
});

suite('the whole module', () => {
  for (const vector of vectors) {
    test(vector.id, () => checkVector(vector, (op, fields) => whole.perform(op, fields)));
  }
});

test('every vector of the corpus is run', () => {
  assert.equal(vectors.length, corpusCount);
});

test('the runner fails what is not as it should be', async () => {
  const [sign] = corpus['jws-generated.json'].tests;
  const refusal = corpus['token-response.json'].tests.find(
    (/** @type {any} */ vector) => vector.wantError?.status === 400,
  );
  const broken = {
    'the wrong result': { ...sign, want: { signature: 'AAAA' } },
    'a member too many in want': { ...sign, want: { ...sign.want, alg: 'HS256' } },
    'an error that is not wanted': { ...sign, input: { ...sign.input, alg: 'none' } },
    'a result where an error is wanted': {
      ...sign,
      want: undefined,
      wantError: { code: 'invalid_key' },
    },
    'another error': { ...refusal, wantError: { ...refusal.wantError, status: 401 } },
    'an error without the member': { ...refusal, wantError: { requestId: 'r-1' } },
    'an error with the member': { ...refusal, wantError: { status: null } },
    'an error that does not mention it': { ...refusal, wantError: { mentions: ['teapot'] } },
    'neither want nor wantError': { ...sign, want: undefined },
    'both want and wantError': { ...sign, wantError: { code: 'invalid_key' } },
    'an unknown op': { ...sign, op: 'verify' },
    'an unknown key': { ...sign, now: 1 },
    'an unknown key in input': { ...sign, input: { ...sign.input, kid: '1' } },
    'an unknown key in outcome': {
      ...refusal,
      outcome: { ...refusal.outcome, reason: 'Bad Request' },
    },
    'an unknown key in wantError': { ...refusal, wantError: { hint: 'no' } },
  };
  const file = (/** @type {object[]} */ tests) => ({
    schema: 'fetchtoken/vectors/1',
    source: 'this test',
    tests,
  });
  const tests = Object.entries(broken).map(([id, vector]) => ({ ...vector, id }));
  const { count, failures } = await runVectors(
    { 'a.json': file([sign, ...tests]) },
    perform,
    signByModule,
  );
  assert.equal(count, 1 + tests.length);
  assert.deepEqual(failures.map(({ id }) => id), Object.keys(broken));

  assert.throws(
    () => vectorsOf({ 'a.json': file([sign]), 'b.json': file([sign]) }),
    /stands twice/,
  );
  assert.throws(() => vectorsOf({ 'a.json': { ...file([sign]), notes: '' } }), /unknown key notes/);
  assert.throws(
    () => vectorsOf({ 'a.json': { ...file([sign]), schema: 'fetchtoken/vectors/2' } }),
    /schema/,
  );
});
