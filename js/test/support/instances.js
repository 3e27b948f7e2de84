// Import this before fetchtoken: it keeps every instance of a Go program that is made, so that tests can count them and kill them.

/** @type {WebAssembly.Instance[]} */
export const instances = [];

const { instantiate } = WebAssembly;

WebAssembly.instantiate = /** @type {any} */ (async (/** @type {[any, any]} */ ...args) => {
  const made = /** @type {any} */ (await instantiate(...args));
  if (made.exports?.run) { // fetch of Node is made of WebAssembly too
    instances.push(made);
  }
  return made;
});

/**
 * Kills an instance: nothing is left of its memory, so that whatever it does next traps.
 *
 * @param {WebAssembly.Instance} [instance] the newest one if left out
 */
export function kill(instance = instances.at(-1)) {
  const memory = /** @type {WebAssembly.Memory} */ (instance?.exports.mem);
  new Uint8Array(memory.buffer).fill(0xff);
}
