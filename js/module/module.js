// The WebAssembly modules: each is started when it is first needed, once, and again when an
// instance has died.

import { TokenError } from '../lib/token_error.js';
import { FORGET, read, write } from './wire.js';

/** @typedef {import('./wire.js').Fields} Fields */
/**
 * @typedef {{ memory: WebAssembly.Memory, buffer: (size: number) => number, call: (op: number,
 *   length: number) => number }} Exports what an instance offers
 */

/**
 * An instance whose memory has grown beyond so many bytes is replaced, for memory never shrinks.
 * Few operations take as much.
 */
const MOST_MEMORY = 4 * 1024 * 1024;

/** An instance that runs. It ends for good when it traps; what it held was a copy of its input. */
class Instance {
  /** @type {Exports} */ #exports;
  /** @type {Uint8Array} */ #view = new Uint8Array();
  #buffer = (/** @type {number} */ size) => this.#bufferOf(size);

  /** @param {Exports} exports */
  constructor(exports) {
    this.#exports = exports;
  }

  /**
   * Returns a view of the buffer, which then has at least that size: of so many bytes, or of all
   * that follow.
   *
   * @param {number} size
   * @param {number} [length]
   */
  #bufferOf(size, length) {
    const address = this.#exports.buffer(size) >>> 0;
    const memory = this.#exports.memory.buffer;
    if (this.#view.buffer !== memory) { // memory that has grown detaches every view of it
      this.#view = new Uint8Array(memory);
    }
    return this.#view.subarray(address, length === undefined ? undefined : address + length);
  }

  /**
   * Carries out an operation, without a wait. It throws a TokenError that the module made, or what
   * WebAssembly throws.
   *
   * @param {number} op
   * @param {Fields} fields
   */
  call(op, fields) {
    const length = this.#exports.call(op, write(fields, this.#buffer)) >>> 0;
    return read(this.#bufferOf(0, length), op);
  }

  /** How many bytes it takes. */
  get size() {
    return this.#view.length;
  }
}

/** One of the two modules. */
export class Module {
  /**
   * How this runtime gets the compiled module without a wait, if it can.
   *
   * @type {(() => WebAssembly.Module) | undefined}
   */
  loadNow;
  /**
   * How it gets it otherwise. Without either there is none.
   *
   * @type {(() => Promise<WebAssembly.Module>) | undefined}
   */
  load;
  /**
   * How it compiles what the caller has. Without it the runtime compiles nothing.
   *
   * @type {((source: URL | BufferSource) => Promise<WebAssembly.Module>) | undefined}
   */
  compile;
  /** @type {(module: WebAssembly.Module) => Promise<Exports>} */
  start = async (module) => initialized(await WebAssembly.instantiate(module));
  /** The same without a wait. @type {((module: WebAssembly.Module) => Exports) | undefined} */
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

  /** Returns an instance, a new one if none runs; or undefined if it takes a wait to start one. */
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
        // else this may be a page of an older browser, which starts nothing as large without a wait
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
   * Starts the module, if it doesn't run.
   *
   * @param {Module['load']} [given] gets the compiled module in place of what this runtime has
   */
  async ready(given) {
    if (given !== undefined && this.#running === undefined) {
      await this.#start(given);
    } else if (this.#now() === undefined) {
      await (this.#starting ??= this.#start(this.load));
    }
  }

  /**
   * Carries out an operation. If the instance dies of it, a new one does it again: an operation has
   * no effect but its answer.
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
   * Does the same without a wait, which takes an instance that runs, or one that starts without a
   * wait.
   *
   * @param {number} op
   * @param {() => Fields} message is called if there is an instance
   */
  performNow(op, message) {
    /** @type {Fields | undefined} */
    let fields;
    for (let attempt = 1; attempt <= 2; attempt++) {
      const instance = this.#now();
      if (instance === undefined) {
        if (attempt === 2) {
          this.ready().catch(() => {}); // whoever awaits it hears of it
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
   * Has an instance carry out an operation. It returns undefined if the instance died of it, and
   * throws the TokenError that it answers.
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

  /** Has an instance that runs forget everything. */
  forget() {
    if (this.#running !== undefined) {
      this.#call(this.#running, FORGET, []); // with one that dies of it goes what it held
    }
  }

  /** Drops the instance that runs, and all that it holds. */
  drop() {
    this.forget();
    this.#running = undefined;
  }
}

/**
 * Makes an instance ready for operations.
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
 * The same call works later.
 *
 * @param {number} attempt the second one is after the death of an instance
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
 * The module that does everything but sign with a private key, which WebCrypto does. It imports
 * nothing.
 */
export const compact = new Module();

/** The one that signs, too, for a page without WebCrypto: without_webcrypto.js brings it. */
export const whole = new Module();

/** Carries out an operation. @type {Module['perform']} */
export const perform = (op, fields) => compact.perform(op, fields);

/** Carries out an operation at once. @type {Module['performNow']} */
export const performNow = (op, message) => compact.performNow(op, message);

/** Has the modules forget all that they keep. */
export function forget() {
  compact.forget();
  whole.drop();
}
