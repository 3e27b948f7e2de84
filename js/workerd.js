// The entry for Cloudflare Workers: they compile no bytes, but import a compiled module.

import module from '../dist/fetchtoken-compact.wasm';
import { clientsIn } from './client/client.js';
import { compact, initialized } from './module/module.js';
import { warmUp } from './workers/warm_up.js';

compact.loadNow = () => module;
if (!(module instanceof WebAssembly.Module)) {
  // Nitro compiles it and makes an instance of it, the only one
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
try {
  warmUp(compact); // what that takes in the global scope is no request's time
} catch {
  // a request that needs the module starts it again, and hears why it can't
}

// What a request began ends with it, but for what waitUntil has. The name stands apart from the
// import, so that no bundler looks for the module.
clientsIn({ requestsEnd: true });
const workers = 'cloudflare:workers';
// old ones have none
import(/* webpackIgnore: true */ /* @vite-ignore */ workers).then(
  ({ waitUntil }) => clientsIn({ waitUntil }),
  () => {},
);

export * from './index.js';
