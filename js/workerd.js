// The entry for Cloudflare Workers: they compile no bytes, but import a compiled module.

import module from '../dist/fetchtoken-compact.wasm';
import { clientsIn } from './client.js';
import { compact } from './module.js';

compact.loadNow = () => module;
compact.ready().catch(() => {}); // what the start takes in the global scope is no request's time; a request that needs it tries again

// What a request began ends with it.
clientsIn({ requestsEnd: true });

export * from './index.js';
