// How a module of standard Go is started. It wants the functions of Go's wasm_exec.js.

import { Go } from '../../dist/go.js';

/**
 * Starts it, and returns its exports under the names that the compact module has for them.
 *
 * @param {WebAssembly.Module} module
 * @returns {Promise<import('./module.js').Exports>}
 */
export async function startGo(module) {
  const go = new Go();
  const instance = await WebAssembly.instantiate(module, go.importObject);
  // it throws at once, or returns when the instance ends
  await Promise.race([go.run(instance), undefined]);
  /** An export returns as if nothing had happened when Go exits in it. @param {Function} f */
  const alive = (f) => (/** @type {number[]} */ ...numbers) => {
    const result = f(...numbers);
    if (go.exited) {
      throw new WebAssembly.RuntimeError('the instance has ended');
    }
    return result;
  };
  if (go.exited) {
    throw new Error('the module ended as it started');
  }
  const { mem, buffer, call } = /** @type {any} */ (instance.exports);
  return { memory: mem, buffer: alive(buffer), call: alive(call) };
}
