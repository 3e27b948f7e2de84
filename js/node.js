// The entry for Node, Deno and Bun: the module is a file beside this one.

import { channel } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';

import { clientsIn } from './client.js';
import { compact } from './module.js';

compact.loadNow = () => new WebAssembly.Module(readFileSync(new URL('../dist/fetchtoken-compact.wasm', import.meta.url)));

// What clients do can be subscribed to: it holds no secrets.
const events = channel('fetchtoken');
clientsIn({ publish: (event) => events.publish(event) });

export * from './index.js';
