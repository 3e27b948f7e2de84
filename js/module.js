// The WebAssembly module: loaded when it is first needed, once, and again after a failure or when an instance has died.

import { Go } from '../dist/go.js';
import { TokenError } from './token_error.js';
import { read, write } from './wire.js';

/** @typedef {import('./wire.js').Fields} Fields */

/** @type {() => Promise<WebAssembly.Module>} */
let load;

/**
 * Says how this runtime gets the compiled module. Nothing is loaded yet: a Cloudflare Worker could not start Go in its global scope.
 *
 * @param {() => Promise<WebAssembly.Module>} loader
 */
export function loadWith(loader) {
  load = loader;
}

/** @type {Promise<WebAssembly.Module> | undefined} */
let compiled;
/** @type {Promise<Instance> | undefined} */
let starting;
/** @type {Instance | undefined} */
let running;

/** An instance that runs. It ends for good when it traps or panics; what it held was a copy of its input. */
class Instance {
  /** @type {any} */ #go;
  /** @type {any} */ #exports;
  /** @type {Uint8Array} */ #view = new Uint8Array();
  #buffer = (/** @type {number} */ size) => this.#bufferOf(size);

  /** @param {any} go @param {WebAssembly.Instance} instance */
  constructor(go, instance) {
    this.#go = go;
    this.#exports = instance.exports;
  }

  /** @param {number} size */
  #bufferOf(size) {
    const address = this.#exports.buffer(size) >>> 0;
    const memory = this.#exports.mem.buffer;
    if (this.#view.buffer !== memory) { // memory that has grown detaches every view of it
      this.#view = new Uint8Array(memory);
    }
    return this.#view.subarray(address);
  }

  /**
   * Carries out an operation, without a wait. It throws a TokenError that the module made, or what WebAssembly throws.
   *
   * @param {number} op
   * @param {Fields} fields
   */
  call(op, fields) {
    const length = this.#exports.call(op, write(fields, this.#buffer)) >>> 0;
    if (this.#go.exited) {
      throw new WebAssembly.RuntimeError('the instance has ended');
    }
    return read(this.#bufferOf(0).subarray(0, length));
  }
}

/** @returns {Promise<Instance>} */
async function start() {
  try {
    compiled ??= load();
    const module = await compiled;
    const go = new Go();
    const instance = await WebAssembly.instantiate(module, go.importObject);
    await Promise.race([go.run(instance), undefined]); // it throws at once, or returns when the instance ends, which call notices
    if (go.exited) {
      throw new Error('the module ended as it started');
    }
    return (running = new Instance(go, instance));
  } catch (cause) {
    compiled = undefined; // the next call tries again
    throw new TokenError('module_failed', `the WebAssembly module could not be started: ${/** @type {Error} */ (cause)?.message ?? cause}`, { cause });
  } finally {
    starting = undefined;
  }
}

/**
 * Carries out an operation without a wait, which only an instance that runs can do. If it dies of it, another is started meanwhile.
 *
 * @param {number} op
 * @param {() => Fields} message is called if there is an instance
 */
export function performNow(op, message) {
  const instance = running;
  if (instance === undefined) {
    throw new TokenError('not_ready', 'the WebAssembly module is not running: await ready(), which starts it, and call again');
  }
  const fields = message();
  try {
    return instance.call(op, fields);
  } catch (error) {
    if (error instanceof TokenError) {
      throw error;
    }
    if (running === instance) {
      running = undefined;
      (starting ??= start()).catch(() => {}); // ready() tells
    }
    throw new TokenError('not_ready', 'the WebAssembly module ended as it carried this out, and another is being started: await ready() and call again');
  }
}

/** Loads the module, if it isn't there. Nobody needs to call it; a server may, to be ready for its first request. */
export async function ready() {
  if (running === undefined) {
    await (starting ??= start());
  }
}

/**
 * Carries out an operation. If the instance dies of it, a new one does it again: an operation has no effect but its answer.
 *
 * @param {number} op
 * @param {Fields} fields
 */
export async function perform(op, fields) {
  for (let attempt = 1; ; attempt++) {
    const instance = running ?? (await (starting ??= start()));
    try {
      return instance.call(op, fields);
    } catch (error) {
      if (error instanceof TokenError) {
        throw error;
      }
      if (running === instance) {
        running = undefined;
      }
      if (attempt === 2) {
        throw new TokenError('internal', 'the WebAssembly module failed twice: please report it with the shape of the configuration, without its secrets');
      }
    }
  }
}
