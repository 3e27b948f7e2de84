// Starts a module that standard Go has built. It needs the functions of Go's wasm_exec.js.

import { Go } from '../../dist/go.js';

/**
 * Starts the module, and returns its exports under the compact module's names.
 *
 * @param {WebAssembly.Module} module
 * @returns {Promise<import('./module.js').Exports>}
 */
export async function startGo(module) {
  const go = new Go();
  const instance = await WebAssembly.instantiate(module, go.importObject);
  // run() throws at once, or resolves when the instance ends.
  await Promise.race([go.run(instance), undefined]);
  /**
   * If Go exits during a call, the export returns normally; this wrapper throws then.
   *
   * @param {Function} f
   */
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
