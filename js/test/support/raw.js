// The raw module in Node: Go's own wasm_exec.js and the .wasm, without js/.

import { readFile } from 'node:fs/promises';
import { runInThisContext } from 'node:vm';

const wasmExec = new URL('../../../dist/wasm_exec.js', import.meta.url);
const wasm = new URL('../../../dist/fetchtoken.wasm', import.meta.url);

/**
 * Starts an instance of the raw module, which stays for as long as the process does, and returns
 * its fetchToken.
 *
 * @param {string} [name] of the object that the module registers on globalThis; the module's own
 *   without it
 * @returns {Promise<typeof import('../../types.js').fetchToken>}
 */
export async function loadRaw(name) {
  const global = /** @type {any} */ (globalThis);
  if (global.Go === undefined) {
    runInThisContext(await readFile(wasmExec, 'utf8'), { filename: wasmExec.pathname });
  }
  const go = new global.Go();
  if (name !== undefined) {
    go.argv = ['fetchtoken.wasm', name];
  }
  const { instance } = await WebAssembly.instantiate(await readFile(wasm), go.importObject);
  go.run(instance); // never awaited: it returns when the instance ends
  return global[name ?? 'fetchtoken'].fetchToken;
}
