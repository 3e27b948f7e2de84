// The whole module where the clock moves in steps, as a browser's does. Go's collector then seems
// to take most of the time, and stops marking within allocations; if it isn't let run between
// calls, no collection ends. This is a process of its own, for it has a clock of its own.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { Go } from '../../../dist/go.js';
import { NEXT, fieldsOf, read, write } from '../../module/wire.js';

const MiB = 1024 * 1024;
const whole = new URL('../../../dist/fetchtoken.wasm', import.meta.url);

let now = 0;
performance.now = () => (now += 1); // milliseconds

test('8,000 calls that leave 64 KB of garbage each, and more, need no more memory than the first', async () => {
  const go = new Go();
  const { instance } = await WebAssembly.instantiate(await readFile(whole), go.importObject);
  go.run(instance); // it returns when the instance ends
  const { buffer, call, mem } = /** @type {any} */ (instance.exports);
  const bufferOf = (/** @type {number} */ size) => {
    const address = buffer(size) >>> 0; // this may let the memory grow
    return new Uint8Array(mem.buffer, address);
  };
  const refused = fieldsOf('config', { client: 'a'.repeat(64_000) });
  for (let i = 1; i <= 8000; i++) { // left alone it takes 44 MiB after 5,000, and 200 after 7,400
    const length = call(NEXT, write(refused, bufferOf)) >>> 0;
    assert.throws(() => read(bufferOf(0).subarray(0, length), NEXT), { code: 'invalid_config' });
    assert.ok(
      mem.buffer.byteLength <= 16 * MiB,
      `${mem.buffer.byteLength / MiB} MiB after ${i} calls`,
    );
  }
});
