import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';

import { adviceOf, readOrigin } from '../../lib/origin.js';

const file = new URL('../../../core/testdata/command/origins.json', import.meta.url);
const { origins } = JSON.parse(await readFile(file, 'utf8'));

test('a text means an origin, or has a fault that says what to write', () => {
  assert.ok(origins.length > 0);
  for (const { given, ...want } of origins) {
    const { origin, fault } = readOrigin(given);
    const got = fault === undefined ? { origin } : { what: fault.what, advice: adviceOf(fault, '"') };
    assert.deepEqual(got, want, JSON.stringify(given));
  }
});

test('a host that fetch writes in another way is no origin by its text', () => {
  for (const [given, write] of [
    ['https://b\u00fccher.example', 'https://xn--bcher-kva.example'], // the URL Standard, RFC 5891
    ['http://2130706433', 'http://127.0.0.1'],
    ['http://0177.0.0.1', 'http://127.0.0.1'],
    ['https://127.1', 'https://127.0.0.1'],
  ]) {
    const what = 'has its host in another spelling';
    assert.deepEqual(readOrigin(given), { fault: { what, write } });
  }
});
