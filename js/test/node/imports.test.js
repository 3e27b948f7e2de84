// What the modules import and export is what SECURITY.md says.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { Go } from '../../../dist/go.js';

const root = new URL('../../../', import.meta.url);

/** @param {string} cell of a table */
const namesIn = (cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name).sort();

test('the modules import and export what SECURITY.md lists, and nothing else', async () => {
  const text = await readFile(new URL('SECURITY.md', root), 'utf8');
  const rows = [...text.matchAll(/^\| `(\S+\.wasm)` \| (.*) \| (.*) \|$/gm)];
  const shipped = (await readdir(new URL('dist', root))).filter((name) => name.endsWith('.wasm'));
  assert.deepEqual(rows.map(([, file]) => file).sort(), shipped.sort());
  for (const [, file, imports, exports] of rows) {
    const module = await WebAssembly.compile(await readFile(new URL(`dist/${file}`, root)));
    const imported = WebAssembly.Module.imports(module);
    const from = [...new Set(imported.map(({ module }) => module))].sort();
    assert.deepEqual(from, namesIn(imports), file);
    assert.equal(from.length === 0, imports === 'none', file);
    const exported = WebAssembly.Module.exports(module);
    assert.deepEqual(exported.map(({ name }) => name).sort(), namesIn(exports), file);
  }
});

test('what the whole module imports are functions of wasm_exec.js', async () => {
  const module = await WebAssembly.compile(await readFile(new URL('dist/fetchtoken.wasm', root)));
  const offered = Object.keys(new Go().importObject.gojs);
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    assert.deepEqual([from, kind, offered.includes(name)], ['gojs', 'function', true], name);
  }
});

test('what js/ loads is the module of the repository', async () => {
  const read = (/** @type {string} */ name) =>
    readFile(new URL(`${name}/fetchtoken-compact.wasm`, root));
  assert.ok((await read('dist')).equals(await read('wasm/compact')));
});
