import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { notices, path, sbom, sbomPath } from '../../wasm/notices.js';

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

test('the compact module is built with the Go of its record, and links no C', async () => {
  const read = async (/** @type {string} */ name) =>
    JSON.parse(await readFile(new URL(`../../wasm/compact/${name}.json`, import.meta.url), 'utf8'));
  const { go } = (await read('record')).tools;
  const text = await readFile(path, 'utf8');
  assert.match(text, new RegExp(`\\nGo ${go.slice(2)}, in dist/fetchtoken-compact\\.wasm`));
  const { libc, rtlib, 'extra-files': assembly } = await read('target');
  assert.deepEqual([libc, rtlib, assembly], [undefined, undefined, ['src/runtime/asm_tinygowasm.S']]);
});

test('sbom.cdx.json is what wasm/notices.js makes, and names what the notices do', async () => {
  const text = await readFile(sbomPath, 'utf8');
  assert.equal(text, sbom());
  const { components, dependencies, metadata } = JSON.parse(text);
  const named = components.map(({ name, version }) => `${name} ${version}`);
  const noticed = Array.from(
    (await readFile(path, 'utf8')).matchAll(/^-{80}\n(.*), in dist.*\n-{80}$|^(fflate \S+), in/gm),
    ([, linked, copied]) => linked ?? copied,
  );
  assert.deepEqual(named, noticed);
  assert.equal(new Set(components.map((part) => part['bom-ref'])).size, components.length);
  assert.deepEqual(dependencies[0].dependsOn, components.map(({ purl }) => purl));
  const { version } = JSON.parse(
    await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  assert.equal(metadata.component.version, version);
});
