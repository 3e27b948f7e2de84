// The two WebAssembly modules. A module is started once, at its first use, and again after its
// instance has died.

import { TokenError } from '../lib/token_error.js';
import { FORGET, read, write } from './wire.js';

/** @typedef {import('./wire.js').Fields} Fields */
/**
 * @typedef {{ memory: WebAssembly.Memory, buffer: (size: number) => number, call: (op: number,
 *   length: number) => number }} Exports the exports of an instance
 */

/**
 * An instance is replaced when its memory has grown beyond this many bytes, because memory never
 * shrinks. Few operations need as much.
 */
const MOST_MEMORY = 4 * 1024 * 1024;

/**
 * A running instance. A trap ends it for good. That loses nothing, because it holds only copies of
 * its input.
 */
class Instance {
  /** @type {Exports} */ #exports;
  /** @type {Uint8Array} */ #view = new Uint8Array();
  #buffer = (/** @type {number} */ size) => this.#bufferOf(size);

  /** @param {Exports} exports */
  constructor(exports) {
    this.#exports = exports;
  }

  /**
   * Makes the buffer at least `size` bytes large, and returns a view of its first `length` bytes,
   * or of all the memory from its beginning.
   *
   * @param {number} size
   * @param {number} [length]
   */
  #bufferOf(size, length) {
    const address = this.#exports.buffer(size) >>> 0;
    const memory = this.#exports.memory.buffer;
    if (this.#view.buffer !== memory) { // growing memory detaches every view of it
      this.#view = new Uint8Array(memory);
    }
    return this.#view.subarray(address, length === undefined ? undefined : address + length);
  }

  /**
   * Performs an operation at once. It throws the module's TokenError, or an error of WebAssembly.
   *
   * @param {number} op
   * @param {Fields} fields
   */
  call(op, fields) {
    const length = this.#exports.call(op, write(fields, this.#buffer)) >>> 0;
    return read(this.#bufferOf(0, length), op, fields);
  }

  /** The bytes of its memory. */
  get size() {
    return this.#view.length;
  }
}

/** One of the two modules. */
export class Module {
  /**
   * Loads the compiled module synchronously, in runtimes that can.
   *
   * @type {(() => WebAssembly.Module) | undefined}
   */
  loadNow;
  /**
   * Loads the compiled module asynchronously. Without loadNow and load there is no module.
   *
   * @type {(() => Promise<WebAssembly.Module>) | undefined}
   */
  load;
  /**
   * Compiles the caller's module. Without it the runtime can't compile.
   *
   * @type {((source: URL | BufferSource) => Promise<WebAssembly.Module>) | undefined}
   */
  compile;
  /** @type {(module: WebAssembly.Module) => Promise<Exports>} */
  start = async (module) => initialized(await WebAssembly.instantiate(module));
  /**
   * Starts the module synchronously.
   *
   * @type {((module: WebAssembly.Module) => Exports) | undefined}
   */
  startNow = (module) => initialized(new WebAssembly.Instance(module));
  /** @type {WebAssembly.Module | undefined} */
  #compiled;
  /** @type {Promise<Instance> | undefined} */
  #starting;
  /** @type {Instance | undefined} */
  #running;

  /** @param {Module['load']} load @returns {Promise<Instance>} */
  async #start(load) {
    try {
      this.#compiled ??= await /** @type {NonNullable<Module['load']>} */ (load)();
      return (this.#running = new Instance(await this.start(this.#compiled)));
    } catch (cause) {
      throw this.#failed(cause);
    } finally {
      this.#starting = undefined;
    }
  }

  /** Returns the running instance or starts one; undefined if starting one is asynchronous. */
  #now() {
    if (this.#running === undefined && this.startNow !== undefined) {
      try {
        this.#compiled ??= this.loadNow?.();
        if (this.#compiled !== undefined) {
          this.#running = new Instance(this.startNow(this.#compiled));
        }
      } catch (cause) {
        if (this.load === undefined) {
          throw this.#failed(cause);
        }
        // Older browsers start a module of this size asynchronously only.
      }
    }
    return this.#running;
  }

  /** @param {unknown} cause */
  #failed(cause) {
    this.#compiled = undefined; // the next call tries again
    return new TokenError(
      'module_failed',
      `the WebAssembly module could not be started: ` +
      `${/** @type {Error} */ (cause)?.message ?? cause}`,
      { cause },
    );
  }

  /**
   * Starts the module unless it is running.
   *
   * @param {Module['load']} [given] loads the compiled module instead of the runtime's loader
   */
  async ready(given) {
    if (given !== undefined && this.#running === undefined) {
      await this.#start(given);
    } else if (this.#now() === undefined) {
      await (this.#starting ??= this.#start(this.load));
    }
  }

  /**
   * Performs an operation. If it kills the instance, a new instance performs it again; an operation
   * has no side effects.
   *
   * @param {number} op
   * @param {Fields} fields
   */
  async perform(op, fields) {
    for (let attempt = 1; attempt <= 2; attempt++) {
      const answer = this.#call(
        this.#now() ?? (await (this.#starting ??= this.#start(this.load))),
        op,
        fields,
      );
      if (answer !== undefined) {
        return answer;
      }
    }
    throw failedTwice();
  }

  /**
   * Performs an operation synchronously. It needs a running instance, or one that starts
   * synchronously.
   *
   * @param {number} op
   * @param {() => Fields} message called once an instance is running
   */
  performNow(op, message) {
    /** @type {Fields | undefined} */
    let fields;
    for (let attempt = 1; attempt <= 2; attempt++) {
      const instance = this.#now();
      if (instance === undefined) {
        if (attempt === 2) {
          this.ready().catch(() => {}); // a caller that awaits ready() gets the error
        }
        throw notReady(attempt);
      }
      const answer = this.#call(instance, op, (fields ??= message()));
      if (answer !== undefined) {
        return answer;
      }
    }
    throw failedTwice();
  }

  /**
   * Calls an instance. It returns undefined if the instance died, and throws the TokenError that
   * the instance returned.
   *
   * @param {Instance} instance
   * @param {number} op
   * @param {Fields} fields
   */
  #call(instance, op, fields) {
    let lives = false;
    try {
      const answer = instance.call(op, fields);
      lives = true;
      return answer;
    } catch (error) {
      if (error instanceof TokenError) {
        lives = true;
        throw error;
      }
      return undefined;
    } finally {
      if ((!lives || instance.size > MOST_MEMORY) && this.#running === instance) {
        this.#running = undefined;
      }
    }
  }

  /** Makes a running instance forget all configurations and secrets. */
  forget() {
    if (this.#running !== undefined) {
      this.#call(this.#running, FORGET, []); // an instance that dies loses its memory as well
    }
  }

  /** Drops the running instance with all that it holds. */
  drop() {
    this.forget();
    this.#running = undefined;
  }
}

/**
 * Initializes an instance.
 *
 * @param {WebAssembly.Instance} instance
 * @returns {Exports}
 */
export function initialized({ exports }) {
  const { _initialize, ...rest } = /** @type {any} */ (exports);
  _initialize();
  return rest;
}

const failedTwice = () =>
  new TokenError(
    'internal',
    'the WebAssembly module failed twice: please report it with the shape of the configuration, ' +
    'without its secrets',
  );

/**
 * Returns the error of a call for which no instance was ready. The same call works later.
 *
 * @param {number} attempt the second attempt comes after an instance has died
 */
const notReady = (attempt) =>
  Object.assign(
    new TokenError(
      'not_ready',
      attempt === 1
        ? 'the WebAssembly module is not running: await ready(), which starts it, and call again'
        : 'the WebAssembly module ended as it carried this out, and another is being started: ' +
          'await ready() and call again',
    ),
    { retryable: true },
  );

/**
 * The compact module, which can do everything except sign with a private key: WebCrypto does that.
 * It imports nothing.
 */
export const compact = new Module();

/**
 * The whole module, which also signs, for pages without WebCrypto. without_webcrypto.js loads it.
 */
export const whole = new Module();

/** Performs an operation. @type {Module['perform']} */
export const perform = (op, fields) => compact.perform(op, fields);

/** Performs an operation synchronously. @type {Module['performNow']} */
export const performNow = (op, message) => compact.performNow(op, message);

/** Makes both modules forget all configurations and secrets. */
export function forget() {
  compact.forget();
  whole.drop();
}
