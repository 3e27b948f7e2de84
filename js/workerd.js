// The entry for Cloudflare Workers: they compile no bytes, but import a compiled module.

import module from '../dist/fetchtoken-lite.wasm';
import { clientsIn } from './client.js';
import { lite } from './module.js';

lite.load = async () => module;

// What a request began ends with it.
clientsIn({ requestsEnd: true });

export * from './index.js';
