// The entry for Node, Deno and Bun: the module is a file beside this one.

import { channel } from 'node:diagnostics_channel';
import { readFile } from 'node:fs/promises';

import { clientsIn } from './client.js';
import { lite } from './module.js';

lite.load = async () => WebAssembly.compile(await readFile(new URL('../dist/fetchtoken-lite.wasm', import.meta.url)));

// What clients do can be subscribed to: it holds no secrets.
const events = channel('fetchtoken');
clientsIn({ publish: (event) => events.publish(event) });

export * from './index.js';
