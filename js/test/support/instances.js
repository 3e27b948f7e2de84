// Import this before fetchtoken: it keeps every instance of the module that is made, so that tests
// can count them and kill them.

/** @type {WebAssembly.Instance[]} */
export const instances = [];

const { Instance, instantiate } = WebAssembly;

/** @param {WebAssembly.Instance} made */
function keep(made) {
  if (made.exports?.call) { // fetch of Node is made of WebAssembly too
    instances.push(made);
  }
  return made;
}

WebAssembly.Instance = class extends Instance {
  /** @param {WebAssembly.Module} module @param {WebAssembly.Imports} [imports] */
  constructor(module, imports) {
    super(module, imports);
    keep(this);
  }
};
WebAssembly.instantiate = /** @type {any} */ (
  async (/** @type {[any, any]} */ ...args) => keep(/** @type {any} */ (await instantiate(...args)))
);

/**
 * The memory of an instance.
 *
 * @param {WebAssembly.Instance} [instance] the newest one if left out
 */
export function memoryOf(instance = instances.at(-1)) {
  return /** @type {WebAssembly.Memory} */ (instance?.exports.memory);
}

/**
 * Kills an instance: nothing is left of its memory, so that whatever it does next traps.
 *
 * @param {WebAssembly.Instance} [instance] the newest one if left out
 */
export function kill(instance = instances.at(-1)) {
  new Uint8Array(memoryOf(instance).buffer).fill(0xff);
}
