// What the modules import and export is what SECURITY.md says.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

const root = new URL('../../../', import.meta.url);

/** @param {string} cell of a table */
const namesIn = (cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name).sort();

test('the modules import and export what SECURITY.md lists, and nothing else', async () => {
  const text = await readFile(new URL('SECURITY.md', root), 'utf8');
  const rows = [...text.matchAll(/^\| `(\S+\.wasm)` \| (.*) \| (.*) \|$/gm)];
  assert.deepEqual(rows.map(([, file]) => file), ['fetchtoken-compact.wasm', 'fetchtoken.wasm']);
  for (const [, file, imports, exports] of rows) {
    const module = await WebAssembly.compile(await readFile(new URL(`dist/${file}`, root)));
    const from = [...new Set(WebAssembly.Module.imports(module).map(({ module }) => module))].sort();
    assert.deepEqual(from, namesIn(imports), file);
    assert.equal(from.length === 0, imports === 'none', file);
    assert.deepEqual(WebAssembly.Module.exports(module).map(({ name }) => name).sort(), namesIn(exports), file);
  }
});

test('what js/ loads is the module of the repository', async () => {
  const read = (/** @type {string} */ name) => readFile(new URL(`${name}/fetchtoken-compact.wasm`, root));
  assert.ok((await read('dist')).equals(await read('wasm/compact')));
});
