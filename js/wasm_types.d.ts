import type { WebAssemblyModule } from './types.js';

/**
 * The WebAssembly module. Bundlers for Workers compile it. Elsewhere, give `ready` its URL, its
 * bytes or the compiled module. JavaScript uses the compact module; the other one signs with
 * private keys itself, and serves programs without this package.
 *
 * @example
 * ```js
 * import { ready } from 'fetchtoken';
 * import module from 'fetchtoken/fetchtoken-compact.wasm';
 *
 * await ready(module);
 * ```
 */
declare const module: WebAssemblyModule;
export default module;
