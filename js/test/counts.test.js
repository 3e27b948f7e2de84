import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Counts } from './support/counts.js';

/** @param {...string} lines */
function countsOf(...lines) {
  const counts = new Counts();
  lines.forEach((line) => counts.read(line));
  return counts;
}

const GO = '{"Action":"output","Output":"    vectors_test.go:9: counted wazero: 7 + 0 vectors\\n"}';

test('what runtimes ran, and what they can not have, stands in the table', () => {
  const counts = countsOf(GO, '# counted Deno 2.9.5: 5 + 2 vectors, 3 + 0 behaviours');
  assert.deepEqual(counts.table().split(/ *\n/), [
    'runtime                 vectors             behaviours',
    'wazero                  7                   -',
    'Deno 2.9.5              5 + 2 absent        3',
  ]);
  assert.deepEqual(counts.faults(false), []);
});

test('runtimes that run less are a fault, and so are those that are missing', () => {
  const counts = countsOf(
    GO,
    '# counted Bun 1.4.5: 6 + 0 vectors, 3 + 0 behaviours',
    '# counted Firefox 153: 7 + 0 vectors, 3 + 1 behaviours',
  );
  assert.deepEqual(counts.faults(false), [
    'the numbers of vectors differ',
    'the numbers of behaviours differ',
  ]);
  assert.ok(counts.faults(true).includes('Node 26 has not run'));
  assert.ok(!counts.faults(true).includes('Bun has not run'));
});
