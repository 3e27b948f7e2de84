// The entry for Node, Deno and Bun: the module is a file beside this one.

import { readFile } from 'node:fs/promises';
import { lite } from './module.js';

lite.load = async () => WebAssembly.compile(await readFile(new URL('../dist/fetchtoken-lite.wasm', import.meta.url)));

export * from './index.js';
