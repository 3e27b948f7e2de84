// The entry for Node, Deno and Bun: the module is a file beside this one.

import { readFile } from 'node:fs/promises';
import { loadWith } from './module.js';

loadWith(async () => WebAssembly.compile(await readFile(new URL('../dist/fetchtoken.wasm', import.meta.url))));

export * from './index.js';
