// The entry for Cloudflare Workers. They can't compile bytes but import a compiled module.

import module from '../dist/fetchtoken-compact.wasm';
import { clientsIn } from './client/runtime.js';
import { compact, initialized } from './module/module.js';
import { warmUp } from './workers/warm_up.js';

compact.loadNow = () => module;
if (!(module instanceof WebAssembly.Module)) {
  // Nitro compiles the module and makes the only instance itself.
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
  warmUp(compact); // time in the global scope is not a request's time
} catch {
  // A request that needs the module starts it again, and gets the error.
}

// The end of a request ends its pending promises, except those that waitUntil has. The module's
// name is in a variable, so that no bundler looks for it.
clientsIn({ requestsEnd: true });
const workers = 'cloudflare:workers';
// Old runtimes have no waitUntil.
import(/* webpackIgnore: true */ /* @vite-ignore */ workers).then(
  ({ waitUntil }) => clientsIn({ waitUntil }),
  () => {},
);

export * from './index.js';
