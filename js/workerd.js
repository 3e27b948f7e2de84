// The entry for Cloudflare Workers: they compile no bytes, but import a compiled module.

import module from '../dist/fetchtoken-compact.wasm';
import { clientsIn } from './client.js';
import { compact, initialized } from './module.js';

compact.loadNow = () => module;
if (!(module instanceof WebAssembly.Module)) { // Nitro compiles it and makes an instance of it, the only one
  /** @type {any} */ let exports = module;
  compact.startNow = () => {
    if (exports === undefined) {
      throw new Error('the instance that the build made has ended');
    }
    const started = initialized({ exports });
    exports = undefined;
    return started;
  };
}
compact.ready().catch(() => {}); // what the start takes in the global scope is no request's time; a request that needs it tries again

// What a request began ends with it.
clientsIn({ requestsEnd: true });

export * from './index.js';
