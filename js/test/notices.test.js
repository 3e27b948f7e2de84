import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { notices, path } from '../../wasm/notices.js';

test('THIRD_PARTY_NOTICES is what wasm/notices.js makes of what is linked', async () => {
  assert.equal(await readFile(path, 'utf8'), notices());
});

test('it has the licences of all that the modules hold, and of fflate', async () => {
  const text = await readFile(path, 'utf8');
  // Go notes in a module what it linked; TinyGo doesn't.
  const module = await readFile(new URL('../../dist/fetchtoken.wasm', import.meta.url), 'latin1');
  const linked = Array.from(
    module.matchAll(/^dep\t(\S+)\t(\S+)/gm),
    ([, path, version]) => `${path} ${version}`,
  );
  assert.ok(linked.length > 0);
  for (const dependency of linked) {
    assert.ok(text.includes(`\n${dependency}, in dist/fetchtoken.wasm`), dependency);
  }
  for (const holder of [
    'Copyright 2009 The Go Authors',
    'Copyright (c) 2020 The Go Authors',
    'Copyright (c) 2009,2014 Google Inc.',
    'Arjun Barrett',
    'The TinyGo Authors',
  ]) {
    assert.ok(text.includes(holder), holder);
  }
});
