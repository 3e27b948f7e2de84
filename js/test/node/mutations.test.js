// The list of `make mutate` can't rot: each text that it breaks stands in its file, once.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { mutations } from '../support/mutations.js';

test('each rule has a name of its own', () => {
  assert.equal(new Set(mutations.map(({ rule }) => rule)).size, mutations.length);
});

for (const { rule, file, text, becomes } of mutations) {
  test(`${rule}: its text stands in ${file} once`, async () => {
    assert.equal(
      (await readFile(new URL(`../../../${file}`, import.meta.url), 'utf8')).split(text).length - 1,
      1,
    );
    assert.notEqual(text, becomes);
  });
}
