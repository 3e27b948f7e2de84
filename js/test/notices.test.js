import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { notices, path } from '../../wasm/notices.js';

test('THIRD_PARTY_NOTICES is what wasm/notices.js makes of what is linked', async () => {
  assert.equal(await readFile(path, 'utf8'), notices());
});

test('it has the licences of Go, of each module that the .wasm files hold, and of fflate', async () => {
  const text = await readFile(path, 'utf8');
  for (const name of ['fetchtoken.wasm', 'fetchtoken-lite.wasm']) { // Go notes what it linked
    const module = await readFile(new URL(`../../dist/${name}`, import.meta.url), 'latin1');
    const linked = new Set(Array.from(module.matchAll(/^dep\t(\S+)\t(\S+)/gm), ([, path, version]) => `${path} ${version}`));
    assert.ok(linked.size > 0, name);
    for (const dependency of linked) {
      assert.match(text, new RegExp(`^${dependency.replaceAll('.', '\\.')}, in .*dist/${name.replace('.', '\\.')}`, 'm'));
    }
  }
  for (const holder of ['Copyright 2009 The Go Authors', 'Copyright (c) 2020 The Go Authors', 'Copyright (c) 2009,2014 Google Inc.', 'Arjun Barrett']) {
    assert.ok(text.includes(holder), holder);
  }
});
